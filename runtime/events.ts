/**
 * What an upgrader tells: results, and what happens besides. Listeners decide nothing: what one throws is its own.
 */
import type { Plan, Refusal } from './protocol.js';
import type { PurgeResult } from './purge.js';
import type { Host } from './record.js';

export interface UpgradeResult {
  /** `scheduled`: it was asked for inside a job, which it may have to wait for, and goes on without it; events tell how it ends. */
  readonly outcome: 'committed' | 'refused' | 'rolledBack' | 'none' | 'scheduled';
  readonly from: string;
  readonly to: string;
  readonly plan: Plan | null;
  /** Why; empty after `committed`. */
  readonly refusals: readonly Refusal[];
  /** What the commit cost; null if there was none. */
  readonly pauseMs: number | null;
  readonly migrationMs: number | null;
  readonly error?: unknown;
  /** After `refused`: modules that had cleaned up for the update (`import.meta.hot.dispose`) and were started again. */
  readonly restarted?: readonly string[];
}

export type UpgradeEvent =
  | { readonly type: 'preparing' | 'confirmed'; readonly release: string }
  | { readonly type: UpgradeResult['outcome']; readonly release: string; readonly result: UpgradeResult }
  /** It waits for these jobs to end, by name. */
  | { readonly type: 'waiting'; readonly release: string; readonly jobs: readonly string[] }
  /** Exports that the release does not have any more, as `id#name`: saved references keep their old code until it is purged. */
  | { readonly type: 'lost'; readonly release: string; readonly exports: readonly string[] }
  /** A module gave up a change (`import.meta.hot.invalidate`); who deals with it instead, as in a plan. Empty: nobody does. */
  | { readonly type: 'invalidated'; readonly release: string; readonly module: string; readonly message?: string; readonly accepted: Plan['accepted'] }
  | { readonly type: 'purged'; readonly release: string; readonly purge: PurgeResult }
  | { readonly type: 'error'; readonly release: string; readonly error: unknown; readonly attributedTo: 'new' | 'old' };

/** Make the listeners of an upgrader. */
export function createEvents(host: Pick<Host, 'schedule'>): { tell(event: UpgradeEvent): void; subscribe(listener: (event: UpgradeEvent) => void): () => void } {
  const listeners = new Set<(event: UpgradeEvent) => void>();
  return {
    tell(event) {
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (error) {
          // It must not decide an upgrade, nor vanish.
          host.schedule(() => {
            throw error;
          });
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
