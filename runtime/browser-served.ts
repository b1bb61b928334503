/**
 * `relup/browser` in a page of a dev server: that brings the upgrades, and there is no store to follow.
 */
import { follower } from './attached.js';
import type { Following } from './browser.js';

export { RelupError } from './errors.js';

/** As `follow` of browser.ts. Errors: NOT_FOLLOWING, where the page has no peer. */
export const follow = (): Following => ({
  check: () => follower().check(),
  upgrade: (release) => follower().upgrade(release),
  rollback: () => follower().rollback(),
  defer: () => () => {},
  close() {},
});
