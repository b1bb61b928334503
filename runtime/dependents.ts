/**
 * Which modules use what changed: upwards over imports. Pure.
 */
import type { ModuleRecord } from './record.js';

/**
 * Ids of the modules that import one of `changed`, directly or through others, and `changed` itself.
 *
 * Shape: nothing that imports an `isEnd` module is found through it.
 */
export function dependentsOf(records: ReadonlyMap<string, ModuleRecord>, changed: Iterable<string>, isEnd: (id: string) => boolean): Set<string> {
  const importers = new Map<string, string[]>();
  for (const [id, { current }] of records) {
    for (const request of current.requests) {
      if (typeof request !== 'function') continue;
      const target = request().id;
      const list = importers.get(target);
      if (list) list.push(id);
      else importers.set(target, [id]);
    }
  }
  const found = new Set(changed);
  for (const id of found) {
    if (!isEnd(id)) for (const importer of importers.get(id) ?? []) found.add(importer);
  }
  return found;
}
