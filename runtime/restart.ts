/**
 * Versions that start again: a version whose disposers have run cannot be put back as it is, so its code is evaluated anew, off to the
 * side and committed like an upgrade. Also how modules are refreshed that a release does not change.
 */
import { createVersion } from './core.js';
import { classFacts } from './class-facts.js';
import { createOverlay } from './overlay.js';
import { evaluationOrder } from './order.js';
import { evaluateAll, type Settle } from './pending.js';
import { discard, finishPreparing, type Prepared } from './prepare.js';
import type { Manifest } from './protocol.js';
import type { ModuleRecord, Version } from './record.js';

/**
 * Make a version anew from the code of another. It is pending then.
 *
 * Shape: `returning` are records that the runtime does not have at the moment.
 */
export function copyVersion({ record, stamp, link, factory, requests, dynamic, meta }: Version, returning: ReadonlyMap<string, ModuleRecord> = new Map()): Version {
  const found = requests.map((request, index): Version['requests'][number] => {
    if (typeof request !== 'function') return request;
    const id = link.r?.[index];
    // An artifact asks by id, a bundle knows the record.
    return () => (request as () => ModuleRecord | undefined)() ?? (returning.get(id as string) as ModuleRecord);
  });
  return (record.pending = createVersion(record, { link, factory, requests: found, dynamic, meta, ...(stamp !== null && { stamp }) }));
}

/**
 * Prepare current versions to start again.
 *
 * Errors: as `prepare`; all is discarded then.
 */
export async function prepareAgain(manifest: Manifest, versions: readonly Version[], report: (error: unknown) => void, limitMs: number, settle: Settle = null): Promise<Prepared> {
  const [first] = versions as [Version]; // there is one
  const { runtime } = first.record;
  const made = inOrder(manifest, versions).map((version) => copyVersion(version));
  const overlay = createOverlay(made, classFacts(manifest, manifest), report);
  runtime.overlay = overlay;
  try {
    await evaluateAll(runtime, made, new Set(), overlay, limitMs, settle);
    return finishPreparing(runtime, { from: manifest, to: manifest }, made, [], [], overlay);
  } catch (error) {
    discard(made, report);
    throw error;
  } finally {
    delete runtime.overlay;
  }
}

/** Dependencies first. */
export function inOrder(manifest: Manifest, versions: readonly Version[]): Version[] {
  const order = evaluationOrder(manifest);
  return [...versions].sort((a, b) => (order.get(a.record.id) ?? 0) - (order.get(b.record.id) ?? 0));
}
