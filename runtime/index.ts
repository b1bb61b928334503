/**
 * `relup/runtime`: upgrades in the hands of the application. All of it acts on the store that `follow()` was given.
 */
import { follower } from './attach.js';
import type { Manifest } from './protocol.js';
import type { UpgradeResult, Versions } from './upgrade.js';

export { subscribe } from './attach.js';
export type { Manifest, ModuleEntry, Plan, Refusal } from './protocol.js';
export type { Probation, ReleaseState, UpgradeEvent, UpgradeOptions, UpgradeResult, Versions } from './upgrade.js';
export { RelupError, type Code } from './errors.js';

/** Go to a release of the store, the latest by default. Expected failures are results, not throws. Errors: NOT_FOLLOWING. */
export const upgrade = (release?: string): Promise<UpgradeResult> => follower().upgrade(release);

/** Return to the release before, in place, on the state as it is now. Errors: NOT_FOLLOWING. */
export const rollback = (): Promise<UpgradeResult> => follower().rollback();

/** Make the current release permanent: its probation ends, replaced versions retire. False if there was nothing to confirm. */
export const confirm = (): boolean => follower().upgrader.confirm();

/** Releases and modules as they run now. Errors: NOT_FOLLOWING. */
export const versions = (): Versions => follower().upgrader.versions();

/** The manifest of the running release. Errors: NOT_FOLLOWING. */
export const current = (): Manifest => follower().upgrader.current();
