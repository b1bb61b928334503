/**
 * Who an upgrade has to wait for: jobs of mode `drain`, pinned jobs that cannot live on beside the new release, and those of the
 * oldest release if too many would be alive. It waits within limits and never goes over a job that lives.
 */
import { RelupError } from './errors.js';
import { nameJobs, type Job, type JobRegistry } from './jobs.js';
import type { Past } from './past.js';
import type { Refusal } from './protocol.js';

export interface JobLimits {
  /** Releases alive: the running one, older ones with pinned jobs, and the new one. Default 2. */
  readonly maxReleases?: number;
  /** What happens to the jobs of the oldest if there would be more: default `wait`; `abort` tells their signal first. */
  readonly oldest?: 'wait' | 'abort' | 'refuse';
  /** How long to wait for them, in ms, before the upgrade is refused. Default 30,000. */
  readonly waitMs?: number;
  /** How long to wait for jobs that have to end before the commit, in ms, before the upgrade is refused. Default 10,000. */
  readonly drainMs?: number;
}

export type CheckedLimits = Required<JobLimits>;

/** Errors: OPTION. */
export function checkLimits({ maxReleases = 2, oldest = 'wait', waitMs = 30_000, drainMs = 10_000 }: JobLimits = {}): CheckedLimits {
  const fail = (name: string, value: unknown, hint: string): never => {
    throw new RelupError('OPTION', '', `The option "jobs.${name}" is ${JSON.stringify(value)}.`, `${hint} Nothing was changed.`);
  };
  if (!Number.isInteger(maxReleases) || maxReleases < 2) fail('maxReleases', maxReleases, 'Give a whole number from 2: the running release and the new one.');
  if (!['wait', 'abort', 'refuse'].includes(oldest)) fail('oldest', oldest, 'Give "wait", "abort" or "refuse".');
  // setTimeout takes no more.
  for (const [name, value] of [['waitMs', waitMs], ['drainMs', drainMs]] as const) if (!(value >= 0 && value < 2 ** 31)) fail(name, value, 'Give milliseconds, less than 2 ** 31.');
  return { maxReleases, oldest, waitMs, drainMs };
}

const running = (registry: JobRegistry, jobs: readonly Job[], why: string, hint: string): RelupError =>
  new RelupError('JOBS_RUNNING', '', `${why}: ${nameJobs(registry, jobs)}.`, `${hint} Nothing was changed.`);

/**
 * Make room for one more release.
 *
 * Errors: JOBS_RUNNING if jobs of the oldest ones live on.
 */
export async function makeRoom(registry: JobRegistry, past: Past, release: string, { maxReleases, oldest, waitMs }: CheckedLimits, onWait: (jobs: readonly Job[]) => void): Promise<void> {
  const byRelease = new Map<string, Job[]>();
  for (const job of registry.living()) {
    const began = job.mode === 'pinned' ? past.releaseOf(job) : null;
    if (began && began.release !== release) byRelease.set(began.release, [...(byRelease.get(began.release) ?? []), job]);
  }
  const excess = byRelease.size + 2 - maxReleases;
  if (excess <= 0) return;
  const leaving = [...byRelease].slice(0, excess);
  const jobs = leaving.flatMap(([, its]) => its);
  const names = leaving.map(([name]) => name).join(', ');
  const why = `More than ${maxReleases} releases would be alive; jobs still run on ${names}`;
  if (oldest === 'refuse') throw running(registry, jobs, why, 'Try again when they have ended, or raise jobs.maxReleases.');
  onWait(jobs);
  if (oldest === 'abort') for (const job of jobs) registry.abort(job, new RelupError('JOBS_RUNNING', '', `Release ${names}, which "${job.name}" began on, has to make room for another one.`, 'Stop, or do it again on the current release.'));
  const left = await registry.wait(jobs, waitMs);
  if (left.length) throw running(registry, left, why, oldest === 'abort' ? 'Listen to job.signal in them, or raise jobs.waitMs.' : 'Let them end, raise jobs.waitMs, or set jobs.oldest to "abort".');
}

/**
 * Do the last step of an upgrade when nothing runs that may not see it. New pinned and drain jobs queue meanwhile; they run
 * after it, however it ends.
 *
 * Shape:  `reasons` say why pinned jobs may not.
 * Errors: JOBS_RUNNING after `drainMs`; those of `work`.
 */
export async function drained<T>(registry: JobRegistry, reasons: readonly Refusal[], drainMs: number, onWait: (jobs: readonly Job[]) => void, work: () => Promise<T>): Promise<T> {
  const [reason] = reasons;
  registry.pause();
  try {
    const jobs = registry.living().filter(({ mode }) => mode === 'drain' || (reason && mode === 'pinned'));
    if (jobs.length) onWait(jobs);
    const left = await registry.wait(jobs, drainMs);
    if (left.length) throw running(registry, left, reason ? `Jobs may not live on beside the new release (${reason.code}, ${reason.place}), and did not end within ${drainMs} ms` : `Jobs that an upgrade waits for did not end within ${drainMs} ms`, 'Let them end, or raise jobs.drainMs.');
    return await work();
  } finally {
    registry.resume();
  }
}
