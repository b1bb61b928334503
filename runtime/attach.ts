/**
 * Where `relup/runtime` finds the follower that `relup/node`, `relup/browser` or a dev server made. It lies on the runtime: an
 * application may hold this file twice.
 */
import { RelupError } from './errors.js';
import type { Follower } from './follower.js';
import { runtime } from './main.js';
import type { UpgradeEvent } from './upgrade.js';

const listeners = (): Set<(event: UpgradeEvent) => void> => (runtime.listeners ??= new Set());

/** Make a follower the application's own. Answers how to detach it. */
export function attach(follower: Follower): () => void {
  runtime.follower = follower;
  const unsubscribe = follower.upgrader.subscribe((event) => {
    for (const listener of listeners()) listener(event);
  });
  return () => {
    unsubscribe();
    if (runtime.follower === follower) delete runtime.follower;
  };
}

/** Errors: NOT_FOLLOWING. */
export function follower(): Follower {
  if (!runtime.follower) throw new RelupError('NOT_FOLLOWING', '', 'This application does not follow a store.', 'Call follow() of relup/node or relup/browser first. Nothing was changed.');
  return runtime.follower;
}

/** What a dev server upgrades follows no store: `follow()` has nothing to do there. */
export const servedFollower = (): Follower | null => (runtime.isServed ? follower() : null);

/** Listen to upgrades, also of a follower that comes later. Answers how to stop. */
export function subscribe(listener: (event: UpgradeEvent) => void): () => void {
  listeners().add(listener);
  return () => void listeners().delete(listener);
}
