/**
 * The end of versions: their `onRetire` hooks. Nothing here decides which versions end.
 */
import type { Version } from './record.js';

/** Run the `onRetire` hooks of versions that nothing returns to. What a hook throws is reported, and stops no other. */
export function retire(versions: readonly Version[], change: { from: string | null; to: string | null }, report: (error: unknown) => void): void {
  for (const version of versions) {
    version.own = null;
    for (const hook of version.retireHooks) {
      try {
        const result = hook(change);
        if (typeof (result as { then?: unknown } | null)?.then === 'function') Promise.resolve(result).catch(report);
      } catch (error) {
        report(error);
      }
    }
  }
}
