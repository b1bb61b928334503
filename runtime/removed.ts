/**
 * Handles whose export is gone. They go on calling the function that was retired until it is purged, and then say so: a saved
 * reference never runs code that nobody can see any more, and never hangs in the air.
 */
import { RelupError } from './errors.js';
import { valueOf } from './expose.js';
import type { Handle, ModuleRecord } from './record.js';
import { isCallable } from './values.js';

/** An export that somebody may hold although the current release does not have it. */
export interface RemovedExport {
  readonly module: string;
  readonly name: string;
  readonly handle: Handle;
}

/** Handles of a module that stand for nothing of its current version. `isGone`: the whole module is. */
export function removedExports({ id, handles, current }: ModuleRecord, isGone: boolean): RemovedExport[] {
  const gone = [...new Set(handles.values())].filter(({ names }) => isGone || !names.some((name) => isCallable(valueOf(current, name))));
  return gone.map((handle) => ({ module: id, name: handle.names[0] as string, handle })); // it was made for one
}

/** Let a handle throw from now on. Errors when it is called: EXPORT_RETIRED. */
export function commitRemoved({ module, name, handle }: RemovedExport, from: string, to: string): void {
  handle.target = () => {
    throw new RelupError('EXPORT_RETIRED', `${module}#${name}`, `"${name}" of ${module} was part of release ${from}; release ${to} does not have it, and the old code was purged.`, 'Let go of the reference (a listener, a timer, a route) in the release that removes the export.');
  };
}
