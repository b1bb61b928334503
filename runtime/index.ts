/**
 * `relup/runtime`: upgrades in the hands of the application. All of it acts on the store that `follow()` was given.
 */
import { follower } from './attached.js';
import type { Manifest } from './protocol.js';
import type { PurgeOptions, PurgeResult, UpgradeResult, Versions } from './upgrade.js';

export { subscribe } from './attached.js';
export type { Manifest, ModuleEntry, Plan, Refusal } from './protocol.js';
export type { JobInfo, JobMode } from './jobs.js';
export type { JobLimits, Probation, PurgeOptions, PurgeResult, ReleaseState, UpgradeEvent, UpgradeOptions, UpgradeResult, Versions } from './upgrade.js';
export type { ClassInstances, OldRelease } from './versions.js';
export { RelupError, type Code } from './errors.js';

/** Go to a release of the store, the latest by default. Expected failures are results, not throws. Errors: NOT_FOLLOWING. */
export const upgrade = (release?: string): Promise<UpgradeResult> => follower().upgrade(release);

/** Return to the release before, in place, on the state as it is now. Errors: NOT_FOLLOWING. */
export const rollback = (): Promise<UpgradeResult> => follower().rollback();

/** Make the current release permanent: its probation ends, replaced versions retire. False if there was nothing to confirm. */
export const confirm = (): boolean => follower().upgrader.confirm();

/** Releases and modules as they run now, jobs, and who is old: what still holds anything of a release that was left. Errors: NOT_FOLLOWING. */
export const versions = (): Versions => follower().upgrader.versions();

/**
 * Give up what is left of old releases, if nothing needs it: no job, hook, probation, nor code that the application still holds.
 *
 * Changes: replaced versions retire, saved references to removed exports throw EXPORT_RETIRED when they are called. Or nothing.
 * Errors:  NOT_FOLLOWING; that something needs them is a result.
 */
export const softPurge = (): PurgeResult => follower().upgrader.softPurge();

/**
 * Abort the pinned jobs of old releases by their signal, wait up to `graceMs` (default 10,000) for them to end, and give up the
 * rest as `softPurge` does. Code that the application holds goes on working. A job that does not end refuses it.
 *
 * Errors: NOT_FOLLOWING, OPTION.
 */
export const purge = (options?: PurgeOptions): Promise<PurgeResult> => follower().upgrader.purge(options);

/**
 * Lock modules: upgrades that would change one are refused (FROZEN). A string is a module id, a folder that ends with "/", or a
 * package, as in the options of the plugin.
 *
 * Shape:  answers the ids that this concerns now.
 * Errors: NOT_FOLLOWING, OPTION.
 */
export const freeze = (pattern: string | RegExp): readonly string[] => follower().freeze(pattern);

/** Undo `freeze` of the same pattern; what was refused for its sake is tried again. False if there was none. Errors: NOT_FOLLOWING. */
export const thaw = (pattern: string | RegExp): boolean => follower().thaw(pattern);

/** The manifest of the running release. Errors: NOT_FOLLOWING. */
export const current = (): Manifest => follower().upgrader.current();
