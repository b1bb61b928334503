/**
 * `job()` as application code calls it: the jobs of the one runtime of the bundle. Works in a unit test too, where there is
 * no plugin and nothing is ever upgraded.
 */
import { checkMode, endWith, jobsOf, type JobOptions } from './jobs.js';
import { siteOf } from './jobs-site.js';
import { runtime } from './main.js';
import type { Runtime } from './record.js';

export interface JobFunction {
  /**
   * Run a function as a job: a unit of work that upgrades know of. At once, unless an upgrade waits for jobs to end and this one
   * is to be `pinned` or `drain`. In a job that lives it joins that one, and its own mode does not matter (but for stricter
   * ones in a `live` job).
   *
   * Shape:  a promise of what the function answers.
   * Errors: OPTION (no such mode); what the function throws.
   */
  <T>(work: () => T, options?: JobOptions): Promise<Awaited<T>>;
  /**
   * Bind a function to the current job, so that it sees the job's release wherever it is called: listeners that somebody else
   * calls, and in a browser everything after the first await. When the job has ended it sees the current release.
   */
  wrap<This, Args extends unknown[], Result>(work: (this: This, ...args: Args) => Result): (this: This, ...args: Args) => Result;
  /** Aborted when the release of the current job is purged, or has to make room for another one. Outside of jobs never. */
  readonly signal: AbortSignal;
}

/** The function `job` of a runtime. */
export function createJob(of: Runtime): JobFunction {
  function job<T>(work: () => T, options: JobOptions = {}): Promise<Awaited<T>> {
    try {
      checkMode(options.mode);
      const name = options.name ?? work.name;
      const result = jobsOf(of).start({ name: name || 'job', mode: options.mode ?? 'live', site: siteOf(name, job) }, (_, end) => endWith(work(), end));
      return Promise.resolve(result) as Promise<Awaited<T>>;
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }
  function wrap<This, Args extends unknown[], Result>(work: (this: This, ...args: Args) => Result): (this: This, ...args: Args) => Result {
    const jobs = jobsOf(of);
    const current = jobs.current();
    if (!current) return work;
    return function (this: This, ...args: Args): Result {
      return jobs.enter(current, () => Reflect.apply(work, this, args) as Result);
    };
  }
  return Object.defineProperties(job, {
    wrap: { value: wrap, enumerable: true },
    signal: { get: () => jobsOf(of).signal(), enumerable: true },
  }) as unknown as JobFunction;
}

export const job = /* @__PURE__ */ createJob(runtime);
