/**
 * The application's own follower, as `relup/runtime` finds it.
 */
import { RelupError } from './errors.js';
import type { Follower } from './follower.js';
import { runtime } from './main.js';
import type { UpgradeEvent } from './upgrade.js';

/** Errors: NOT_FOLLOWING. */
export function follower(): Follower {
  if (!runtime.follower) throw new RelupError('NOT_FOLLOWING', '', 'This application does not follow a store.', 'Call follow() of relup/node or relup/browser first. Nothing was changed.');
  return runtime.follower;
}

/** What a dev server upgrades follows no store: `follow()` has nothing to do there. */
export const servedFollower = (): Follower | null => (runtime.isServed ? follower() : null);

/** Listen to upgrades, also of a follower that comes later. Answers how to stop. */
export function subscribe(listener: (event: UpgradeEvent) => void): () => void {
  const listeners = (runtime.listeners ??= new Set());
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
