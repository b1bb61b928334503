/**
 * Dynamic import. A hot target resolves to relup's namespace, whoever brings its code: a chunk of the bundle
 * while that is what is current, its artifact afterwards. A cold target is the host's.
 */
import { evaluate } from './evaluate.js';
import { namespaceOf } from './link.js';
import { accessorName, servedAccessorName } from './names.js';
import type { ModuleRecord, Runtime, Version } from './record.js';

/** 13.3.10 Import Calls: whatever goes wrong rejects the promise. */
export async function importModule(version: Version, specifier: unknown, options: unknown): Promise<unknown> {
  // An async function, so that the promise is the engine's own whatever became of the global `Promise`.
  const name = `${specifier as string}`;
  const checked = checkOptions(options);
  // The caller's turn must end before anything is evaluated.
  await undefined;
  const entry = Object.hasOwn(version.dynamic, name) ? version.dynamic[name] : undefined;
  if (entry && !entry[0].startsWith('cold:')) return importHot(version, entry[0], entry[1]);
  if (entry?.[1]) return entry[1]();
  const { importKey } = version.record.runtime.host;
  return entry && importKey ? importKey(entry[0].slice('cold:'.length), ['*']) : importCold(version, name, checked);
}

/** 13.3.10.2 EvaluateImportCall, the steps about options. Answers a copy, whose getters have run. */
function checkOptions(options: unknown): object | undefined {
  const attributes = options === undefined ? undefined : (check(Object(options) === options, options) as { with?: unknown }).with;
  if (attributes === undefined) return undefined;
  const entries = Object.entries(check(Object(attributes) === attributes, attributes) as object);
  return { with: Object.fromEntries(entries.map(([name, value]) => [name, check(typeof value === 'string', value)])) };
}

function check<T>(isRight: boolean, value: T): T {
  if (!isRight) throw new TypeError('import() options');
  return value;
}

async function importHot({ live, record: { runtime } }: Version, id: string, load?: () => Promise<unknown>): Promise<object> {
  let record = (live ? undefined : runtime.upcoming?.get(id)) ?? runtime.records.get(id);
  const isWanted = (): boolean => !runtime.commits && (!record || record.current.status === 'defined');
  if (load && isWanted()) {
    await runtime.host.beforeChunk?.();
    const chunk = isWanted() ? await loadChunk(runtime, load) : null;
    // The chunk may have been under way while an upgrade was committed; then it is not what is current.
    if (chunk && !runtime.commits) record = (chunk[servedAccessorName] ?? chunk[accessorName])?.();
    else record = runtime.records.get(id);
  }
  record ??= await loadRecord(runtime, id);
  // Only pending code may wait for a pending version.
  const wanted = (!live && record.pending) || record.current;
  // What a body computes while it loads is everybody's, whoever imported it first.
  await (runtime.jobs ? runtime.jobs.outside(() => evaluate(wanted)) : evaluate(wanted));
  return namespaceOf(record);
}

/** Null if the chunk cannot be fetched, but the module may come otherwise. (Vite answers nothing where its preloading failed and somebody dealt with that.) */
async function loadChunk({ host }: Runtime, load: () => Promise<unknown>): Promise<Record<string, (() => ModuleRecord) | undefined> | null> {
  try {
    return ((await load()) as Record<string, (() => ModuleRecord) | undefined> | undefined) ?? null;
  } catch (error) {
    // What engines say of a module that cannot be fetched; what a body throws is the importer's.
    if (host.load && error instanceof TypeError && /fetch|import|load/i.test(error.message)) return null;
    throw error;
  }
}

function loadRecord(runtime: Runtime, id: string): Promise<ModuleRecord> {
  if (!runtime.host.load) throw new TypeError(`Cannot import ${id}`);
  return runtime.host.load(id);
}

/** Relative specifiers are relative to the importing chunk, not to the runtime's. */
function importCold(version: Version, specifier: string, options: unknown): Promise<unknown> {
  const { url } = version.meta as { url?: string };
  const target = /^\.{0,2}\//.test(specifier) && url ? new URL(specifier, url).href : specifier;
  return version.record.runtime.host.importCold(target, options);
}
