/**
 * Releases that were left: which versions they had, and what still holds them. Versions retire when their release is
 * confirmed to be over and no pinned job needs them; from then on they are held weakly, so that asking who is old keeps nothing
 * alive. Must never keep a retired version from the garbage collector.
 */
import type { Job, JobRegistry } from './jobs.js';
import { learned } from './patch.js';
import type { Manifest } from './protocol.js';
import type { Handle, ModuleRecord, Runtime, Version } from './record.js';
import { removedExports } from './removed.js';
import { retire } from './retire.js';

/** A hook whose promise has not settled. `module` is null where it is not known. */
export interface PendingHook {
  readonly hook: 'onUpgrade' | 'onRetire';
  readonly module: string | null;
}

/** A version that was replaced, as far as it can be told without holding it. */
interface Remains {
  readonly id: string;
  readonly stamp: string;
  /** The version and the functions that only its code has. Null until it retires. */
  refs: readonly WeakRef<object>[] | null;
}

/** A handle of a module that was removed. */
interface GoneHandle {
  readonly module: string;
  readonly name: string;
  readonly ref: WeakRef<Handle>;
}

export interface PastRelease {
  /** For its jobs. Null once it has retired. */
  manifest: Manifest | null;
  readonly release: string;
  readonly number: number;
  /** It was current while `runtime.commits` was in [from, until). */
  readonly from: number;
  readonly until: number;
  readonly to: string;
  /** Nothing returns to it. */
  isOver: boolean;
  /** What its end replaced; null once that has retired. */
  versions: readonly Version[] | null;
  readonly remains: readonly Remains[];
  readonly handles: readonly GoneHandle[];
  /** Exports that went with it although somebody may hold them, as `id#name`. */
  readonly lost: readonly string[];
  /** With what settles when they have. */
  readonly hooks: Map<PendingHook, Promise<void>>;
}

/** What keeps a release of the past. */
export interface Keeping {
  readonly past: PastRelease;
  /** Jobs that began on it. */
  readonly jobs: readonly Job[];
  /** Modules whose old version somebody still has. */
  readonly alive: readonly Remains[];
  /** Nothing but code that the application holds does, or what is garbage already. */
  readonly isCaptured: boolean;
}

export interface Past {
  /** Note that a commit has replaced `versions` and `removed` of a release, which may come back until `end`. */
  leave(manifest: Manifest, to: string, versions: readonly Version[], removed: readonly ModuleRecord[]): PastRelease;
  /** Nothing returns to it any more: what it had retires as soon as no job needs it. */
  end(past: PastRelease): void;
  /** More is known of a release. */
  learn(manifest: Manifest): void;
  /** Its versions are current again. */
  comeBack(past: PastRelease): void;
  addHook(past: PastRelease, hook: PendingHook, settled: Promise<unknown>): void;
  /** Settles when no hook is pending, or after `ms`. */
  settleHooks(ms: number): Promise<void>;
  /** The last release that had the export that a handle stood for. */
  lastOf(handle: Handle): string;
  /** The release that a job began on, if another one is running now. */
  releaseOf(job: Pick<Job, 'serial'>): PastRelease | null;
  /** Retire what has become due. */
  retireDue(): void;
  /** Releases that something keeps, the oldest first. */
  keeping(): readonly Keeping[];
}

/** Make the past of a runtime. It has none yet. */
export function createPast(runtime: Runtime, jobs: JobRegistry, report: (error: unknown) => void): Past {
  let releases: PastRelease[] = [];
  let since = runtime.commits;
  const lastReleases = new WeakMap<Handle, string>();

  const releaseOf = ({ serial }: Pick<Job, 'serial'>): PastRelease | null => (serial >= since ? null : (releases.find(({ from, until }) => from <= serial && serial < until) ?? null));

  const keepingOf = (past: PastRelease, its: readonly Job[]): Keeping => {
    const alive = past.remains.filter(({ refs }) => refs?.some((ref) => ref.deref()) ?? true);
    return { past, jobs: its, alive, isCaptured: !past.versions && !past.hooks.size && !its.length && alive.length > 0 };
  };

  const past: Past = {
    releaseOf,
    leave(manifest, to, versions, removed) {
      past.keeping();
      const gone = [...versions.flatMap(({ record }) => removedExports(record, false)), ...removed.flatMap((record) => removedExports(record, true))];
      const isGone = new Set(gone.map(({ handle }) => handle));
      for (const { record: { handles } } of versions) for (const handle of handles.values()) if (!isGone.has(handle)) lastReleases.delete(handle);
      const lost = gone.filter(({ handle }) => !lastReleases.has(handle));
      for (const { handle } of lost) lastReleases.set(handle, manifest.release);
      const all = [...versions, ...removed.map(({ current }) => current)];
      const left: PastRelease = {
        manifest, release: manifest.release, number: manifest.number, from: since, until: runtime.commits, to, isOver: false, versions: all, hooks: new Map(),
        remains: all.map(({ record: { id }, stamp }) => ({ id, stamp: stamp ?? manifest.modules[id]?.stamp ?? '', refs: null })),
        handles: gone.filter(({ module }) => !runtime.records.has(module)).map(({ module, name, handle }) => ({ module, name, ref: new WeakRef(handle) })),
        lost: lost.map(({ module, name }) => `${module}#${name}`),
      };
      since = runtime.commits;
      releases.push(left);
      return left;
    },
    lastOf: (handle) => lastReleases.get(handle) ?? '',
    end(left) {
      left.isOver = true;
      past.retireDue();
    },
    learn(manifest) {
      for (const left of releases) left.manifest &&= learned(left.manifest, manifest);
    },
    comeBack(left) {
      left.isOver = true;
      left.versions = null;
      left.manifest = null;
      for (const each of left.remains) each.refs = [];
    },
    addHook(left, hook, settled) {
      const done = (): void => void left.hooks.delete(hook);
      left.hooks.set(hook, settled.then(done, done));
    },
    async settleHooks(ms) {
      const pending = releases.flatMap(({ hooks }) => [...hooks.values()]);
      if (!pending.length) return;
      let timer: ReturnType<typeof setTimeout> | undefined;
      await Promise.race([Promise.all(pending), new Promise((resolve) => (timer = setTimeout(resolve, Math.max(0, ms))))]);
      clearTimeout(timer);
    },
    retireDue() {
      for (const left of releases) {
        const { versions, isOver, until } = left;
        if (!versions || !isOver || jobs.oldest() < until) continue;
        left.versions = null;
        left.manifest = null;
        versions.forEach((version, index) => {
          const remains = left.remains[index];
          if (remains) remains.refs = [version, ...ownFunctions(version)].map((held) => new WeakRef(held));
        });
        retire(versions, { from: left.release, to: left.to }, report, (module, settled) => past.addHook(left, { hook: 'onRetire', module }, settled));
      }
    },
    keeping() {
      const its = new Map<PastRelease, Job[]>();
      for (const job of jobs.living()) {
        const began = releaseOf(job);
        if (began) its.set(began, [...(its.get(began) ?? []), job]);
      }
      const kept = releases.map((left) => keepingOf(left, its.get(left) ?? [])).filter(({ past: left, jobs: held, alive }) => left.versions || left.hooks.size || held.length || alive.length);
      releases = kept.map(({ past: left }) => left);
      return kept;
    },
  };
  jobs.onAged(past.retireDue);
  return past;
}

/** Functions that this version alone made. One whose export is gone is left out: its handle keeps it. */
function ownFunctions({ link, own, table, record: { handles } }: Version): object[] {
  const found: object[] = [];
  for (const each of link.h ?? []) {
    const name = typeof each === 'string' ? each : each[0];
    const value: unknown = Object.getOwnPropertyDescriptor(own ?? table, name)?.value;
    if (typeof value === 'function' && handles.get(name)?.target !== value) found.push(value);
  }
  return found;
}
