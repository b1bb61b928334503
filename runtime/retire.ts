/**
 * The end of versions: their `onRetire` hooks. Nothing here decides which versions end.
 */
import type { Version } from './record.js';

/**
 * Run the `onRetire` hooks of versions that nothing returns to. What a hook throws is reported, and stops no other.
 *
 * Shape: `onPending` is told of hooks that have not finished.
 */
export function retire(versions: readonly Version[], change: { from: string | null; to: string | null }, report: (error: unknown) => void, onPending?: (module: string, settled: Promise<unknown>) => void): void {
  for (const version of versions) {
    version.own = null;
    for (const hook of version.retireHooks) {
      try {
        const result = hook(change);
        if (typeof (result as { then?: unknown } | null)?.then !== 'function') continue;
        const settled = Promise.resolve(result).catch(report);
        onPending?.(version.record.id, settled);
      } catch (error) {
        report(error);
      }
    }
  }
}
