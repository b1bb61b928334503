/**
 * In which order modules of a release are evaluated. Pure.
 */
import type { Manifest } from './protocol.js';

/**
 * Place of every module in a depth-first walk from the entries: dependencies first, in source order. Then from what nobody requests
 * (lazy modules): who is above whom in a cycle depends on where it is entered. A part of a manifest lists its modules in that order.
 */
export function evaluationOrder(manifest: Manifest): Map<string, number> {
  if (manifest.partial) return new Map(Object.keys(manifest.modules).map((id, index) => [id, index]));
  const order = new Map<string, number>();
  const seen = new Set<string>();
  // A stack of its own: module graphs can be deeper than the call stack.
  const walk: { id: string; next: number }[] = [];
  const ids = Object.keys(manifest.modules);
  const requested = new Set<string>();
  for (const id of ids) for (const request of manifest.modules[id]?.requests ?? []) if (request !== id) requested.add(request);
  for (const root of [...manifest.entries, ...ids.filter((id) => !requested.has(id)), ...ids]) {
    if (!seen.has(root)) walk.push({ id: root, next: 0 });
    seen.add(root);
    for (let top = walk.at(-1); top; top = walk.at(-1)) {
      const request = manifest.modules[top.id]?.requests[top.next++];
      if (request === undefined) {
        order.set(top.id, order.size);
        walk.pop();
      } else if (!seen.has(request) && manifest.modules[request]) {
        seen.add(request);
        walk.push({ id: request, next: 0 });
      }
    }
  }
  return order;
}
