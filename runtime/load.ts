/**
 * Dynamic import. A hot target resolves to relup's namespace, whoever brings its code: a chunk of the bundle
 * while that is what is current, its artifact afterwards. A cold target is the host's.
 */
import { evaluate } from './evaluate.js';
import { namespaceOf } from './link.js';
import { names } from './names.js';
import type { ModuleRecord, Runtime, Version } from './record.js';

/** 13.3.10 Import Calls: whatever goes wrong rejects the promise. */
export function importModule(version: Version, specifier: unknown, options: unknown): Promise<unknown> {
  return new Promise((resolve) => {
    const name = String(specifier);
    const entry = Object.hasOwn(version.dynamic, name) ? version.dynamic[name] : undefined;
    resolve(entry && !entry[0].startsWith('cold:') ? importHot(version, entry[0], entry[1]) : entry?.[1] ? entry[1]() : importCold(version, name, options));
  });
}

async function importHot({ live, record: { runtime } }: Version, id: string, load?: () => Promise<unknown>): Promise<object> {
  let record = (live ? undefined : runtime.upcoming?.get(id)) ?? runtime.records.get(id);
  if (load && !runtime.commits && (!record || record.current.status === 'defined')) {
    const chunk = (await load()) as Record<typeof names.accessor, () => ModuleRecord>;
    // The chunk may have been under way while an upgrade was committed; then it is not what is current.
    if (!runtime.commits) record = chunk[names.accessor]();
  }
  record ??= await loadRecord(runtime, id);
  // Only pending code may wait for a pending version.
  await evaluate((!live && record.pending) || record.current);
  return namespaceOf(record);
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
