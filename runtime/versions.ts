/**
 * What runs and who is old, for people and for `relup ctl versions`. Only reads.
 */
import type { Frozen } from './frozen.js';
import { populations } from './instances.js';
import type { JobInfo, JobRegistry } from './jobs.js';
import type { Keeping, Past, PendingHook } from './past.js';
import type { Manifest } from './protocol.js';
import type { Runtime } from './record.js';

export type ReleaseState = 'unpacked' | 'current' | 'permanent' | 'old';

/** Instances of a class that are brought to its newest layout when they are touched. */
export interface ClassInstances {
  readonly module: string;
  readonly key: string;
  /** How many have been. Nobody knows how many there are. */
  readonly migrated: number;
  /** Those whose `static upgrade` threw: they stay as they were. */
  readonly quarantined: readonly { readonly error: unknown }[];
}

/** A release that is not running any more, and what keeps something of it. */
export interface OldRelease {
  readonly release: string;
  readonly number: number;
  /** Commits of this process before it was current: tells two stays of one release apart. */
  readonly serial: number;
  /** Versions that are still in memory. */
  readonly modules: readonly { readonly id: string; readonly stamp: string }[];
  /** Jobs that began on it; those of mode `pinned` still see it. */
  readonly jobs: readonly JobInfo[];
  /** Hooks whose promises have not settled. */
  readonly hooks: readonly PendingHook[];
  /** Classes of its modules with instances on their way. */
  readonly instances: readonly ClassInstances[];
  /** `rollback()` returns to it. */
  readonly unconfirmed: boolean;
  /** Only code that the application still holds (listeners, closures, frames) keeps it, or the garbage collector has not run. */
  readonly captured: boolean;
}

export interface Versions {
  readonly release: string;
  readonly number: number;
  readonly state: ReleaseState;
  /** All that relup manages. */
  readonly modules: readonly { readonly id: string; readonly stamp: string; readonly evaluated: boolean; readonly olderTables: number; readonly frozen: boolean }[];
  /** Jobs that began on the running release. */
  readonly jobs: readonly JobInfo[];
  /** The oldest first. */
  readonly old: readonly OldRelease[];
  /** Classes with instances on their way. */
  readonly classes: readonly ClassInstances[];
  /** Which modules are managed: patterns of the build, and those that are frozen. */
  readonly managed: { readonly include: readonly string[]; readonly exclude: readonly string[]; readonly frozen: readonly string[] };
}

interface Known {
  readonly runtime: Runtime;
  readonly jobs: JobRegistry;
  readonly past: Past;
  readonly frozen: Frozen;
}

export function describeVersions({ runtime, jobs, past, frozen }: Known, running: Manifest, state: ReleaseState): Versions {
  const classes = [...populations(runtime.records.values())].map(({ module, key, population: { migrated, quarantined } }) => ({ module, key, migrated, quarantined: quarantined.map(({ error }) => ({ error })) }));
  return {
    release: running.release,
    number: running.number,
    state,
    modules: [...runtime.records.values()].map(({ id, current, older }) => ({
      id,
      stamp: current.stamp ?? running.modules[id]?.stamp ?? '',
      evaluated: current.status === 'evaluated',
      olderTables: older.filter((ref) => ref.deref()).length,
      frozen: frozen.isFrozen(id),
    })),
    jobs: jobs.living().filter((job) => !past.releaseOf(job)).map(jobs.describe),
    old: past.keeping().map((keeping) => describeOld(keeping, jobs, classes)),
    classes,
    managed: { include: running.managed?.include ?? [], exclude: running.managed?.exclude ?? [], frozen: frozen.patterns() },
  };
}

export function describeOld({ past: { release, number, from, hooks, isOver }, jobs: its, alive, isCaptured }: Keeping, jobs: JobRegistry, classes: readonly ClassInstances[]): OldRelease {
  const ids = new Set(alive.map(({ id }) => id));
  return {
    release, number, serial: from,
    modules: alive.map(({ id, stamp }) => ({ id, stamp })),
    jobs: its.map(jobs.describe),
    hooks: [...hooks.keys()],
    instances: classes.filter(({ module }) => ids.has(module)),
    unconfirmed: !isOver,
    captured: isCaptured,
  };
}
