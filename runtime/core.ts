/**
 * The runtime that every bundle carries: it defines modules, links and evaluates them, and keeps their records.
 * It knows nothing of releases; upgrade.ts does.
 */
import { createAdoption } from './adopt.js';
import { createContext } from './context.js';
import { start, whenDone } from './evaluate.js';
import { resolveExport } from './bindings.js';
import { constantOf, instantiate } from './link.js';
import type { Dynamic, Factory, Link, Table } from './protocol.js';
import type { Host, ModuleRecord, Runtime, Version } from './record.js';
import { createFacade, createTable, mirrorInto, subscribe } from './table.js';
import { handledOf, valuesOf } from './values.js';

export type { Host, ModuleRecord, Runtime, Version } from './record.js';

/** Make an empty runtime. A bundle has one; tests make their own. */
export function createRuntime(host: Host): Runtime {
  return { records: new Map(), host, values: new WeakMap(), adoption: createAdoption(), createContext, url: null, asyncCount: 0, open: new Set(), commits: 0, traces: 0, preparing: false };
}

/** What tells one version of a module from another. */
export interface Making extends Pick<Version, 'link' | 'factory' | 'requests' | 'dynamic' | 'meta'> {
  readonly stamp?: string;
  readonly live?: boolean;
}

/** Make a version of a module. It is linked and evaluated later. */
export function createVersion(record: ModuleRecord, { link, factory, requests, dynamic, meta, stamp, live = false }: Making): Version {
  const mirrors: Version['mirrors'] = new Map();
  return {
    record, stamp: stamp ?? null, link, factory, requests, dynamic, meta, mirrors, live, pin: null,
    table: createTable(link, mirrors), own: null, values: null, classes: new Map(), cells: link.c ? Object.create(Object.create(null)) : null, body: null, status: 'defined', failure: null,
    asyncOrder: 0, pendingDependencies: 0, asyncParents: [], cycleRoot: null, ancestors: null, done: null,
    states: new Map(), effects: [], upgradeHooks: [], retireHooks: [], hot: null,
  };
}

/** Make the record of a module that the runtime does not know yet, with its first version. */
export function createRecord(runtime: Runtime, id: string, making: Making): ModuleRecord {
  const record = {
    id,
    runtime,
    pending: null,
    older: [],
    facades: [],
    roots: new Map(),
    hidden: new Map(),
    handles: new Map(),
    lineages: new Map(),
    namespace: null,
    start: () => start(record.current),
    facade(setters, url, isOnly = false) {
      if (url !== undefined) runtime.url ??= url;
      const facade = createFacade(setters);
      // A module runner evaluates a module's text again and again.
      if (isOnly) record.facades.length = 0;
      record.facades.push(facade);
      runtime.traces++;
      showFacade(record.current, facade);
    },
    get done() {
      return whenDone(record.current);
    },
  } as Omit<ModuleRecord, 'current'> as ModuleRecord;
  record.current = createVersion(record, making);
  return record;
}

/** `import.meta` of one module: an object of its own with what the chunk's has. */
const createMeta = (meta: object): object => Object.assign(Object.create(null), meta);

/**
 * Define a module of the bundle. Emitted code calls this through the module's accessor, once.
 *
 * Shape:   `requests` by request index, as the factory takes them; `dynamic` by literal specifier; `stamp` comes from a dev server,
 *          where no manifest says which version of a module a page has got.
 * Changes: the runtime's records.
 */
export function defineModule(runtime: Runtime, id: string, link: Link, factory: Factory, requests: Version['requests'], dynamic: Dynamic, meta: object, stamp?: string): ModuleRecord {
  const known = runtime.records.get(id);
  if (known) return known;
  const record = createRecord(runtime, id, { link, factory, requests, dynamic, meta: createMeta(meta), live: true, ...(stamp !== undefined && { stamp }) });
  if (runtime.commits) return runtime.host.late?.(record) ?? record;
  runtime.records.set(id, record);
  return record;
}

/** Connect the live bindings of a facade with the exports of a module, hoisted ones at once. */
function showFacade(version: Version, facade: Table): void {
  instantiate(version);
  // No array is iterated from here on: the bodies have run and may have left Array.prototype in any state.
  for (const name in facade) {
    const found = resolveExport(version, name);
    if (!found || found === 'ambiguous') continue;
    const constant = constantOf(found);
    const slot = mirrorInto(facade, name);
    const show: typeof slot = handledOf(found) ? () => slot(valuesOf(version)[name]) : slot;
    if (constant) show(constant.get());
    else if ('version' in found && found.name !== null) subscribe(found.version, found.name, show);
  }
}
