/**
 * The first load of server code from a dev server: a graph of artifacts, evaluated in the engine's order, packages and other cold
 * modules among them. (Vite's module runner imports one module after the other, so in a cycle half of the graph is not there yet.)
 */
import { createRecord } from './core.js';
import { start } from './evaluate.js';
import type { LoadedArtifact } from './prepare.js';
import type { ColdBindings, ModuleRecord, Runtime, Version } from './record.js';

/** The bindings of a cold module that is imported when its turn comes. */
interface Cold {
  readonly key: string;
  readonly bindings: ColdBindings;
  fill(namespace: ColdBindings): void;
}

/** Whose turn brings which cold modules, by request index. */
export type ColdTurns = Map<Version, readonly (Cold | null)[]>;

/** Make the records of artifacts. They request each other and records that the runtime has. */
export function makeRecords(runtime: Runtime, artifacts: readonly LoadedArtifact[]): ColdTurns {
  const turns: ColdTurns = new Map();
  for (const artifact of artifacts) {
    const { link } = artifact;
    const cold = (link.r ?? []).map((target, index) => (target.startsWith('cold:') ? createCold(target.slice('cold:'.length), link.n?.[index] ?? []) : null));
    const requests = (link.r ?? []).map((target, index) => cold[index]?.bindings ?? (() => runtime.records.get(target) as ModuleRecord)); // the graph is whole
    const record = createRecord(runtime, artifact.id, { ...artifact, requests, meta: artifact.meta ?? {}, live: true });
    runtime.records.set(artifact.id, record);
    turns.set(record.current, cold);
  }
  return turns;
}

function createCold(key: string, names: readonly string[]): Cold {
  let namespace: ColdBindings | null = null;
  const read = (name: string): unknown => {
    if (!namespace) throw new ReferenceError(`Cannot access '${name}' before initialization`);
    return namespace[name];
  };
  // Whoever needs all names looks at the module itself.
  const bindings = names.includes('*')
    ? new Proxy({}, {
      get: (_, name) => (typeof name === 'string' ? read(name) : Reflect.get(namespace ?? {}, name)),
      has: (_, name) => name in (namespace ?? {}),
      ownKeys: () => Reflect.ownKeys(namespace ?? {}),
      getOwnPropertyDescriptor: (_, name) => ({ enumerable: true, configurable: true, value: (namespace ?? {})[name as string] }),
    })
    : Object.defineProperties({}, Object.fromEntries(names.map((name) => [name, { enumerable: true, configurable: true, get: () => read(name) }])));
  return { key, bindings, fill: (found) => void (namespace = found) };
}

/**
 * Evaluate a graph from its root: depth first, in source order, each cold module when it is its turn.
 *
 * Errors: what the first failing body throws, or import of a cold module.
 */
export async function evaluateInTurn(root: Version, turns: ColdTurns, importCold: (key: string) => Promise<unknown>): Promise<void> {
  const seen = new Set<Version>();
  const visit = async (version: Version): Promise<void> => {
    if (seen.has(version) || (version.status !== 'defined' && version.status !== 'linked')) return;
    seen.add(version);
    const cold = turns.get(version) ?? [];
    for (const [index, request] of version.requests.entries()) {
      const own = cold[index];
      if (own) own.fill((await importCold(own.key)) as ColdBindings);
      else if (typeof request === 'function') await visit((request as () => ModuleRecord)().current);
    }
    start(version, true);
  };
  await visit(root);
}
