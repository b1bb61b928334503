/**
 * The jobs of a runtime: which run, on which release each of them began, and who has to wait for whom. It starts nothing of
 * its own accord and knows nothing of upgrades. Must never be imported by what every bundle carries.
 */
import { RelupError } from './errors.js';
import { createCarrier, type Carrier } from './jobs-context.js';
import { describeSite, type Site } from './jobs-site.js';
import type { Jobs, Runtime } from './record.js';

/**
 * `live`: only listed. `pinned`: sees one release from start to end. `drain`: an upgrade waits for it.
 */
export type JobMode = 'live' | 'pinned' | 'drain';
export const jobModes: readonly JobMode[] = ['live', 'pinned', 'drain'];

export interface JobOptions {
  /** What `versions()` and refusals call it. */
  readonly name?: string;
  /** Default `live`. */
  readonly mode?: JobMode;
}

/** A unit of work. */
export interface Job {
  readonly name: string;
  readonly mode: JobMode;
  /** `runtime.commits` when it started. */
  readonly serial: number;
  /** When it started, on the host's clock. */
  readonly since: number;
  readonly site: Site;
  /** Commits that it may see: those up to this one. Infinity unless pinned, and once it has ended. */
  horizon: number;
  /** Functions that run in it: its own, and those of jobs that joined it. Ends with the last one. */
  holds: number;
  controller: AbortController | null;
  /** Told when it ends. */
  ended: Set<() => void> | null;
}

/** A job, for people. */
export interface JobInfo {
  readonly name: string;
  readonly mode: JobMode;
  readonly ageMs: number;
  /** Where it was started; of jobs that share a name, where the first of them was. Null if unknown. */
  readonly site: string | null;
}

export interface Starting extends JobOptions {
  readonly site?: Site;
  /** Work that arrives from outside is a job of its own, whatever context it arrives in. */
  readonly root?: boolean;
}

export interface JobRegistry extends Jobs {
  /** The job that running code belongs to, while it lives. */
  current(): Job | undefined;
  /**
   * Run `body` in a new job, or in the current one if that lives. It runs at once and its result is answered as it is, unless
   * jobs have to queue: then a promise of it. The job ends when `end` was called, or `body` threw.
   */
  start<T>(options: Starting, body: (job: Job, end: () => void) => T): T | Promise<Awaited<T>>;
  /** Run something in a job, whether or not it lives. */
  enter<T>(job: Job | undefined, work: () => T): T;
  signal(): AbortSignal;
  /** All that live, oldest first. */
  living(): readonly Job[];
  describe(job: Job): JobInfo;
  abort(job: Job, reason: RelupError): void;
  /** Settles when these have ended, or after `ms`. Answers those that have not. */
  wait(jobs: readonly Job[], ms: number): Promise<readonly Job[]>;
  /** Let new pinned and drain jobs queue until `resume`. */
  pause(): void;
  resume(): void;
  /** Called on an empty stack after the last job of an older release has ended. Answers how to stop. */
  onAged(listener: () => void): () => void;
}

/** The registry of a runtime, made on first use. */
export function jobsOf(runtime: Runtime): JobRegistry {
  // Nobody else makes one.
  return (runtime.jobs ??= createJobs(runtime)) as JobRegistry;
}

/** Make a registry. `carrier` is given by tests. */
export function createJobs(runtime: Runtime, carrier: Carrier<Job> = createCarrier<Job>()): JobRegistry {
  const living = new Set<Job>();
  /** How many pinned jobs live by horizon. Horizons only grow, so the first key is the oldest. */
  const pinned = new Map<number, number>();
  const listeners = new Set<() => void>();
  let oldest = Infinity;
  let queue: (() => void)[] | null = null;
  let aging = false;

  const current = (): Job | undefined => {
    const job = carrier.get();
    return job && job.holds > 0 ? job : undefined;
  };

  const begin = ({ name = 'job', mode = 'live', site = null }: Starting): Job => {
    const { commits, host } = runtime;
    const job: Job = { name, mode, serial: commits, since: host.now(), site, horizon: mode === 'pinned' ? commits : Infinity, holds: 0, controller: null, ended: null };
    living.add(job);
    if (mode === 'pinned') {
      pinned.set(commits, (pinned.get(commits) ?? 0) + 1);
      if (commits < oldest) oldest = commits;
    }
    return job;
  };

  const finish = (job: Job): void => {
    const { horizon } = job;
    living.delete(job);
    job.horizon = Infinity;
    if (job.mode === 'pinned') leave(horizon);
    for (const ended of job.ended ?? []) ended();
    job.ended = null;
  };

  const leave = (horizon: number): void => {
    const left = (pinned.get(horizon) ?? 1) - 1;
    if (left > 0) return void pinned.set(horizon, left);
    pinned.delete(horizon);
    if (horizon !== oldest) return;
    oldest = pinned.keys().next().value ?? Infinity;
    // While no older release is alive, nothing has to turn back.
    if (horizon >= runtime.commits || aging) return;
    aging = true;
    // On an empty stack: the job may have ended inside a commit.
    runtime.host.schedule(() => {
      aging = false;
      runtime.settle?.();
      for (const listener of listeners) listener();
    });
  };

  /** One more function runs in a job. It may say only once that it has ended. */
  const hold = (job: Job): (() => void) => {
    let held = true;
    job.holds++;
    return () => {
      if (!held) return;
      held = false;
      if (--job.holds === 0) finish(job);
    };
  };

  const runIn = <T>(job: Job, body: (job: Job, end: () => void) => T): T => {
    const end = hold(job);
    try {
      return carrier.run(job, () => body(job, end));
    } catch (error) {
      end();
      throw error;
    }
  };

  const registry: JobRegistry = {
    horizon: () => carrier.get()?.horizon ?? Infinity,
    oldest: () => oldest,
    outside: (work) => carrier.run(undefined, work),
    current,
    start(options, body) {
      const outer = options.root ? undefined : current();
      const waits = options.mode === 'pinned' || options.mode === 'drain';
      // A live job promises nothing and nobody waits for it, so what is stricter may be of its own.
      if (outer && (outer.mode !== 'live' || !waits)) return runIn(outer, body);
      if (!queue || !waits) return runIn(begin(options), body);
      const waiting = queue;
      return new Promise((resolve, reject) => {
        waiting.push(carrier.keep(() => {
          try {
            resolve(runIn(begin(options), body) as never);
          } catch (error) {
            reject(error as Error);
          }
        }));
      });
    },
    enter: (job, work) => carrier.run(job, work),
    signal() {
      const job = current();
      return job ? (job.controller ??= new AbortController()).signal : never;
    },
    living: () => [...living],
    describe: ({ name, mode, since, site }) => ({ name, mode, ageMs: Math.round(runtime.host.now() - since), site: describeSite(site) }),
    // Listeners are the job's own code, and see what it sees.
    abort: (job, reason) => carrier.run(job, () => (job.controller ??= new AbortController()).abort(reason)),
    wait(jobs, ms) {
      const waiting = jobs.filter((job) => living.has(job));
      return new Promise((resolve) => {
        let timer: ReturnType<typeof setTimeout> | undefined;
        const left = (): Job[] => waiting.filter((job) => living.has(job));
        const done = (): void => {
          clearTimeout(timer);
          for (const job of waiting) job.ended?.delete(look);
          resolve(left());
        };
        const look = (): void => {
          if (!left().length) done();
        };
        if (!waiting.length) return done();
        timer = setTimeout(done, ms);
        for (const job of waiting) (job.ended ??= new Set()).add(look);
      });
    },
    pause: () => void (queue ??= []),
    resume() {
      const waiting = queue ?? [];
      queue = null;
      for (const run of waiting) run();
    },
    onAged(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return registry;
}

/** What code outside of jobs listens to. */
const never = /* @__PURE__ */ new AbortController().signal;

/** Answer what a function of a job answered, and end the job when that has settled. A rejection stays whose it was. */
export function endWith<T>(value: T, end: () => void): T | Promise<Awaited<T>> {
  if (typeof (value as { then?: unknown } | null | undefined)?.then !== 'function') {
    end();
    return value;
  }
  // Not `finally`, which makes three promises more.
  return Promise.resolve(value).then(
    (answer) => {
      end();
      return answer;
    },
    (error: unknown) => {
      end();
      throw error;
    },
  );
}

/** Errors: OPTION. */
export function checkMode(mode: JobMode | undefined): void {
  if (mode === undefined || jobModes.includes(mode)) return;
  throw new RelupError('OPTION', '', `There is no job of mode ${JSON.stringify(mode)}.`, `Modes: ${jobModes.join(', ')}.`);
}

/** One sentence part: who they are. Ten names at most. */
export function nameJobs(registry: JobRegistry, jobs: readonly Job[]): string {
  const told = jobs.slice(0, 10).map((job) => {
    const { name, mode, ageMs, site } = registry.describe(job);
    return `"${name}" (${mode}, ${ageMs} ms old${site === null ? '' : `, started at ${site}`})`;
  });
  return `${told.join(', ')}${jobs.length > told.length ? ` and ${jobs.length - told.length} more` : ''}`;
}
