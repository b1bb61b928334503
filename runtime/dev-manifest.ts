/**
 * Manifests of what a dev server's peer runs: as much of them as preparing and committing takes. What modules are like, the server
 * knows. Pure.
 */
import { bare } from './patch.js';
import { format, type Manifest, type ModuleEntry } from './protocol.js';
import type { ModuleRecord } from './record.js';

export function entryOf({ current: { stamp, link, dynamic } }: ModuleRecord): ModuleEntry {
  return {
    ...bare,
    stamp: stamp ?? '',
    requests: link.r ?? [],
    names: link.n ?? [],
    indirect: link.i ?? [],
    stars: link.s ?? [],
    dynamic: Object.values(dynamic).flatMap(([target]) => (target.startsWith('cold:') ? [] : [target])),
    async: link.a === 1,
  };
}

/** A release that no store has: the state of the sources at a time. */
export const releaseOf = (session: string, revision: number | string, modules: Record<string, ModuleEntry>, cold: Manifest['cold'] = {}): Manifest =>
  // All cold modules can be imported by their keys, as externals of a server can.
  ({ format, app: 'dev', release: `${session}-${revision}`, number: typeof revision === 'number' ? revision : 0, target: 'node', entries: [], modules, cold, chunks: {}, styles: {}, assets: {}, workers: {}, drop: [] });
