/**
 * What the parts of a plan share: two manifests with the choices that were made, and the way findings are told.
 */
import type { Acceptance } from './plan-accept.js';
import type { Decision, Manifest, Refusal } from './protocol.js';
import type { Resolver } from './resolve.js';

export interface PlanOptions {
  /** What happens to unchanged modules that hold values of changed ones. Default: the release's policy, then `refuse`. */
  readonly onStale?: 'refuse' | 'reevaluate';
  /**
   * Refusals that this application accepts: `EFFECT_AT_LOAD`, `STATE_UNDECLARED`, `ENTRY_CHANGED`, `EXPORT_KIND`, `CLASS_LAYOUT`,
   * `CLASS_HERITAGE`, `CLASS_RENAMED`.
   */
  readonly allow?: readonly string[];
  /** The older release is wanted. */
  readonly rollback?: boolean;
  /** Nobody asks for the way back, which is a plan of its own; `noRollback` stays empty. */
  readonly oneWay?: boolean;
  readonly known?: Known;
}

/**
 * What the caller knows of both releases, so that a small change of a large program is planned without a look at all of it. Both
 * hold whole modules (nothing is `pruned`).
 */
export interface Known {
  /** Ids of the modules of which one release has another version than the other, or none. */
  readonly differing: Iterable<string>;
  /** How many modules the new release has. */
  readonly count: number;
  /** Who imports a module statically, in the new release. */
  importersOf(id: string): Iterable<string>;
}

export type Decided = Record<string, Exclude<Decision, 'unchanged'>>;

export interface Inputs {
  readonly from: Manifest;
  readonly to: Manifest;
  readonly onStale: 'refuse' | 'reevaluate';
  readonly allow: ReadonlySet<string>;
  readonly rollback: boolean;
  readonly resolvers: { readonly from: Resolver; readonly to: Resolver };
  /** What `import.meta.hot` says; null if nobody says anything. */
  readonly acceptance: Acceptance | null;
  readonly known: Known | null;
}

/** Filled by the parts. */
export interface Findings {
  /** Nothing but another release helps. */
  readonly refusals: Refusal[];
  /** A fresh process or page helps. */
  readonly escalations: Refusal[];
  /** Nothing stands in the way, but something stays old. */
  readonly notes: Refusal[];
  /** Jobs pinned to the running release have to end first. */
  readonly drain: Refusal[];
}

/** Whether the decision means that the module gets a new body. */
export function isEvaluated({ to, onStale, acceptance }: Inputs, modules: Decided, id: string): boolean {
  if (modules[id] !== 'stale') return modules[id] !== 'removed';
  return (onStale === 'reevaluate' && !to.entries.includes(id)) || (acceptance?.isInCharge(id) ?? false);
}

export function refusal(code: string, place: string, reason: string, hint: string): Refusal {
  return { code, place, reason, hint };
}

/** `"a"`, `"a" and "b"`, `"a", "b" and "c"` */
export function quoted(names: readonly string[]): string {
  const each = names.map(name => `"${name}"`);
  const last = each.pop() ?? '';
  return each.length > 0 ? `${each.join(', ')} and ${last}` : last;
}
