/**
 * Where `relup/runtime` finds the follower that `relup/node`, `relup/browser` or a dev server made (attached.ts). It lies on the runtime:
 * an application may hold this file twice.
 */
import type { Follower } from './follower.js';
import type { Runtime } from './record.js';

/** Make a follower the application's own. Answers how to detach it. */
export function attach(runtime: Runtime, follower: Follower): () => void {
  runtime.follower = follower;
  const unsubscribe = follower.upgrader.subscribe((event) => {
    for (const listener of runtime.listeners ?? []) listener(event);
  });
  return () => {
    unsubscribe();
    if (runtime.follower === follower) delete runtime.follower;
  };
}
