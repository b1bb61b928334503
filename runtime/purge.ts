/**
 * Purge: giving up what old releases still have in memory. Soft if nothing needs it, else after their jobs were told to stop.
 * Must never take anything from a job that lives.
 */
import { RelupError } from './errors.js';
import { nameJobs, type JobRegistry } from './jobs.js';
import type { Past } from './past.js';
import type { Refusal } from './protocol.js';
import type { Callable, Handle, Runtime } from './record.js';
import { commitRemoved, removedExports } from './removed.js';
import { describeOld, type OldRelease } from './versions.js';

export interface PurgeOptions {
  /** How long aborted jobs have to end, in ms. Default 10,000. */
  readonly graceMs?: number;
}

export interface PurgeResult {
  readonly outcome: 'purged' | 'refused';
  /** Releases that something was left of. What the application holds of them is collected when it lets go. */
  readonly releases: readonly string[];
  /** Removed exports, as `id#name`: whoever still calls one gets EXPORT_RETIRED from now on. */
  readonly exports: readonly string[];
  /** Old releases that something needs; empty after `purged`. */
  readonly holding: readonly OldRelease[];
  readonly refusals: readonly Refusal[];
}

export interface Purge {
  /** Give up old releases if nothing needs them: no job, hook, probation, nor code that the application still holds. */
  soft(): PurgeResult;
  /** Abort the pinned jobs of old releases, wait for them, give up what they needed. Code that the application holds goes on working. */
  hard(options: PurgeOptions): Promise<PurgeResult>;
}

/** Make the purge of a runtime. `release` is the running one. */
export function createPurge(runtime: Runtime, jobs: JobRegistry, past: Past, release: () => string): Purge {
  const retired = new WeakMap<Handle, Callable>();

  const holding = (isSoft: boolean): OldRelease[] =>
    past.keeping().map((keeping) => describeOld(keeping, jobs, []))
      .filter((old) => old.unconfirmed || old.hooks.length || (isSoft ? old.jobs.length || old.captured : old.jobs.some(({ mode }) => mode === 'pinned')));

  const refuse = (held: readonly OldRelease[], refusal: Refusal): PurgeResult => ({ outcome: 'refused', releases: [], exports: [], holding: held, refusals: [refusal] });

  const unconfirmed = (held: readonly OldRelease[]): PurgeResult | null => {
    const before = held.find((old) => old.unconfirmed);
    return before ? refuse(held, { code: 'BUSY', place: '', reason: `Release ${release()} is on probation, and ${before.release} is what a rollback returns to.`, hint: 'Confirm it or roll it back first. Nothing was changed.' }) : null;
  };

  const running = (held: readonly OldRelease[], hint: string): PurgeResult => refuse(held, {
    code: 'JOBS_RUNNING', place: '',
    reason: `Old releases are needed: ${held.map((old) => `${old.release} by ${needsOf(old)}`).join('; ')}.`,
    hint: `${hint} Nothing was changed.`,
  });

  const commitPurge = (): PurgeResult => {
    const releases = past.keeping().map(({ past: left }) => left);
    past.retireDue();
    // Handles must call what they stand for before that can be taken from them.
    runtime.settle?.();
    const removed = [...runtime.records.values()].flatMap((record) => removedExports(record, false));
    for (const { handles } of releases) {
      for (const { module, name, ref } of handles) {
        const handle = ref.deref();
        if (handle && !runtime.records.has(module)) removed.push({ module, name, handle });
      }
    }
    const exports: string[] = [];
    for (const each of removed) {
      const { module, name, handle } = each;
      if (retired.get(handle) === handle.target) continue;
      commitRemoved(each, past.lastOf(handle), release());
      retired.set(handle, handle.target);
      exports.push(`${module}#${name}`);
    }
    return { outcome: 'purged', releases: releases.map((left) => left.release), exports, holding: [], refusals: [] };
  };

  return {
    soft() {
      const held = holding(true);
      return unconfirmed(held) ?? (held.length ? running(held, 'Try again when they are not, or purge({ graceMs }).') : commitPurge());
    },
    async hard({ graceMs = 10_000 }) {
      if (!(graceMs >= 0 && graceMs < 2 ** 31)) throw new RelupError('OPTION', '', `"graceMs" is ${JSON.stringify(graceMs)}.`, 'Give milliseconds, less than 2 ** 31. Nothing was changed.');
      const refused = unconfirmed(holding(false));
      if (refused) return refused;
      const leaving = jobs.living().filter((job) => job.mode === 'pinned' && past.releaseOf(job));
      for (const job of leaving) jobs.abort(job, new RelupError('JOBS_RUNNING', '', `Release ${past.releaseOf(job)?.release ?? ''}, which "${job.name}" began on, is purged.`, 'Stop, or do it again on the current release.'));
      const started = runtime.host.now();
      const left = await jobs.wait(leaving, graceMs);
      if (left.length) return running(holding(false), `Listen to job.signal in ${nameJobs(jobs, left)}.`);
      past.retireDue();
      await past.settleHooks(graceMs - (runtime.host.now() - started));
      const held = holding(false);
      return held.length ? running(held, 'Let their hooks end.') : commitPurge();
    },
  };
}

const needsOf = ({ jobs, hooks, captured }: OldRelease): string => [
  ...jobs.slice(0, 10).map(({ name, mode, ageMs }) => `job "${name}" (${mode}, ${ageMs} ms old)`),
  ...(jobs.length > 10 ? [`${jobs.length - 10} more jobs`] : []),
  ...hooks.map(({ hook, module }) => `${hook}${module === null ? '' : ` of ${module}`}`),
  ...(captured ? ['code that the application holds'] : []),
].join(', ');
