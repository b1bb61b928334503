/**
 * `relup`: what application code declares. The plugin replaces these calls; without it they have plain semantics,
 * so that unit tests need no build.
 */
import type { Hook, StateOptions } from './record.js';

export { job } from './jobs-api.js';
export type { JobFunction } from './jobs-api.js';
export type { JobInfo, JobMode, JobOptions } from './jobs.js';
export type { StateOptions } from './record.js';
export type UpgradeHook = Hook;

/** Steps between shapes of a state: `up[n]` makes version n of n - 1, `down[n]` makes version n of n + 1. */
export interface StateDeclaration extends Omit<StateOptions, 'up' | 'down'> {
  readonly up?: Readonly<Record<number, (state: never) => object>>;
  readonly down?: Readonly<Record<number, (state: never) => object>>;
}

/**
 * Declare state that lives on across releases: the same object for ever, keyed by module and binding.
 *
 * Shape:   an object, array, Map or Set; must be the whole initialiser of a top-level constant.
 * Changes: nothing at first; an upgrade migrates the contents in place by `up`, a rollback by `down`.
 * Errors:  STATE_PLACE at build time; STATE_* when an upgrade is prepared.
 */
export function state<T extends object>(initial: T, _declaration: StateDeclaration = {}): T {
  return initial;
}

/**
 * Start something that can be stopped: a listener, a timer, a server. Not started while an upgrade is prepared;
 * commit stops the old ones and starts the new ones, a rollback swaps them back.
 *
 * Errors: EFFECT_PLACE at build time; EFFECT if it throws on commit, which is then taken back.
 */
export function effect(start: () => unknown): void {
  start();
}

/** Run a function, synchronously and in dependency order, inside the commit that brings this version. */
export function onUpgrade(_hook: UpgradeHook): void {}

/** Run a function when this version is given up for good: replaced and confirmed, refused or rolled back. */
export function onRetire(_hook: UpgradeHook): void {}

/**
 * Say that making a value has no effects, so that a module may be evaluated again: `const schema = pure(z.object({ ... }))`.
 * Everything that is called inside counts as pure. The plugin takes the call away; without it, it answers what it is given.
 */
export function pure<T>(value: T): T {
  return value;
}

/** Say that a top-level value that functions change shall start anew with every version of the module. */
export function reset<T>(value: T): T {
  return value;
}
