/**
 * Where `relup/runtime` finds the follower that `relup/node` or `relup/browser` made.
 */
import { RelupError } from './errors.js';
import type { Follower } from './follower.js';
import type { UpgradeEvent } from './upgrade.js';

let attached: Follower | null = null;
const listeners = new Set<(event: UpgradeEvent) => void>();

/** Make a follower the application's own. Answers how to detach it. */
export function attach(follower: Follower): () => void {
  attached = follower;
  const unsubscribe = follower.upgrader.subscribe((event) => {
    for (const listener of listeners) listener(event);
  });
  return () => {
    unsubscribe();
    if (attached === follower) attached = null;
  };
}

/** Errors: NOT_FOLLOWING. */
export function follower(): Follower {
  if (!attached) throw new RelupError('NOT_FOLLOWING', '', 'This application does not follow a store.', 'Call follow() of relup/node or relup/browser first. Nothing was changed.');
  return attached;
}

/** Listen to upgrades, also of a follower that comes later. Answers how to stop. */
export function subscribe(listener: (event: UpgradeEvent) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
