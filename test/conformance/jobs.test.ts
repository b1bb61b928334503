/**
 * Jobs (design section 5): a pinned job sees one release from start to end while others run on the new one, an upgrade waits for
 * jobs of mode drain, and nothing ever waits for what waits for it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { boot, type Application, type Sources } from '../application.js';
import { createJobs, jobsOf, type Job } from '../../runtime/jobs.js';
import { createJob, type JobFunction } from '../../runtime/jobs-api.js';
import { createCarrier } from '../../runtime/jobs-context.js';
import { RelupError } from '../../runtime/errors.js';
import type { UpgradeEvent } from '../../runtime/upgrade.js';

interface Shop extends Application {
  readonly job: JobFunction;
  /** What code that runs now sees, by every way; one value if it is of one release. */
  see(): unknown;
  go1(n: number, options?: Parameters<Application['upgrade']>[1]): ReturnType<Application['upgrade']>;
}

const release = (n: number, more = ''): Sources => ({
  'main.js': `import { price, rate, Cart } from './shop.js'; export const see = () => [...new Set([price(), rate, new Cart().n(), Cart.of()])].join();`,
  'shop.js': `import { onRetire } from 'relup'; import { note } from 'rec'; onRetire(() => note('retire ${n}'));
    export const price = () => ${n}; export const rate = ${n}; export class Cart { static of() { return ${n}; } n() { return ${n}; } } ${more}`,
});

async function open(sources = release(1), notes: string[] = []): Promise<Shop> {
  const app = await boot(sources, { cold: { rec: { note: (text: string) => notes.push(text) } } });
  return { ...app, job: createJob(app.runtime), see: () => app.module<{ see(): unknown }>('main.js').see(), go1: (n, options) => app.upgrade(release(n), options) };
}

/** A promise and what settles it. */
function gate<T = void>(): { readonly promise: Promise<T>; readonly open: (value: T) => void; readonly fail: (error: unknown) => void } {
  let open = (_: T): void => {};
  let fail = (_: unknown): void => {};
  const promise = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}

const settled = async (): Promise<void> => {
  for (let count = 0; count < 20; count++) await turn();
};

/** The next event of a type. */
const told = (app: Application, type: UpgradeEvent['type']): Promise<UpgradeEvent> =>
  new Promise((resolve) => {
    const stop = app.upgrader.subscribe((event) => {
      if (event.type !== type) return;
      stop();
      resolve(event);
    });
  });

const aborted = async (signal: AbortSignal): Promise<void> => void (signal.aborted || (await new Promise((resolve) => signal.addEventListener('abort', resolve))));

describe('pinned', () => {
  test('sees one release from start to end, across awaits and timers, while others see the new one', async () => {
    const app = await open();
    const first = gate();
    const old = app.job(async () => {
      const seen = [app.see()];
      await first.promise;
      seen.push(app.see());
      await new Promise((resolve) => setTimeout(() => resolve(seen.push(app.see())), 1));
      await turn();
      return [...seen, app.see()];
    }, { mode: 'pinned' });
    expect(await app.go1(2)).toMatchObject({ outcome: 'committed' });
    expect(app.see()).toBe('2');
    const fresh = app.job(async () => (await turn(), app.see()), { mode: 'pinned' });
    first.open();
    expect([await old, await fresh, app.see()]).toEqual([['1', '1', '1', '1'], '2', '2']);
  });

  test('"live" is listed and sees what is current', async () => {
    const app = await open();
    const wait = gate();
    const live = app.job(async () => (await wait.promise, app.see()), { name: 'walker' });
    expect(app.upgrader.versions().jobs).toMatchObject([{ name: 'walker', mode: 'live', site: expect.stringContaining('jobs.test') }]);
    await app.go1(2);
    wait.open();
    expect(await live).toBe('2');
    expect(app.upgrader.versions().jobs).toEqual([]);
  });

  test('a job in a job joins it, and keeps it alive', async () => {
    const app = await open();
    const wait = gate();
    let inner: Promise<unknown> | undefined;
    await app.job(() => {
      inner = app.job(async () => (await wait.promise, app.see()), { mode: 'live' });
    }, { mode: 'pinned', name: 'outer' });
    await app.go1(2);
    expect(app.upgrader.versions().old).toMatchObject([{ jobs: [{ name: 'outer', mode: 'pinned' }] }]);
    wait.open();
    expect(await inner).toBe('1');
    await settled();
    expect(jobsOf(app.runtime).oldest()).toBe(Infinity);
  });

  test('in a live job, which promises nothing, it is a job of its own', async () => {
    const app = await open();
    const wait = gate();
    const seen = app.job(async () => {
      const inner = app.job(async () => (await wait.promise, app.see()), { mode: 'pinned' });
      await wait.promise;
      return [await inner, app.see()];
    });
    await app.go1(2);
    wait.open();
    expect(await seen).toEqual(['1', '2']);
  });

  test('when the last old job has ended, tables are plain data again', async () => {
    const app = await open();
    const wait = gate();
    const { table } = app.runtime.records.get('shop.js')?.current ?? { table: {} };
    const old = app.job(() => wait.promise, { mode: 'pinned' });
    await app.go1(2);
    expect(Object.getOwnPropertyDescriptor(table, 'rate')).toHaveProperty('get');
    wait.open();
    await old;
    await settled();
    expect(Object.getOwnPropertyDescriptor(table, 'rate')).toMatchObject({ value: 2, writable: true });
  });

  test('an ended job\'s context means the current release: what it left behind sees the new one', async () => {
    const app = await open();
    const wait = gate();
    let behind: Promise<unknown> = Promise.resolve();
    await app.job(() => void (behind = wait.promise.then(() => [app.see(), app.job.signal.aborted])), { mode: 'pinned' });
    await app.go1(2);
    wait.open();
    expect(await behind).toEqual(['2', false]);
  });

  test('what it throws is thrown to the one who started it, and it has ended', async () => {
    const app = await open();
    await expect(app.job(() => { throw new Error('at once'); }, { mode: 'pinned' })).rejects.toThrow('at once');
    await expect(app.job(async () => { throw new Error('later'); }, { mode: 'pinned' })).rejects.toThrow('later');
    expect(jobsOf(app.runtime).living()).toEqual([]);
    expect(await app.job(() => 5, { mode: 'pinned' })).toBe(5);
  });

  test('OPTION: there is no such mode', async () => {
    const app = await open();
    await expect(app.job(() => 1, { mode: 'pined' as 'pinned' })).rejects.toMatchObject({ code: 'OPTION', hint: expect.stringContaining('pinned') });
  });
});

describe('job.wrap', () => {
  test('a listener that somebody else calls sees the job\'s release, and after its end the current one', async () => {
    const app = await open();
    const emitter = new EventEmitter();
    const wait = gate();
    const seen: unknown[] = [];
    const old = app.job(async () => {
      emitter.on('tick', app.job.wrap((more: number) => seen.push(app.see(), more)));
      emitter.on('tick', () => seen.push(app.see()));
      await wait.promise;
    }, { mode: 'pinned' });
    await app.go1(2);
    emitter.emit('tick', 7);
    expect(seen).toEqual(['1', 7, '2']);
    wait.open();
    await old;
    seen.length = 0;
    emitter.emit('tick', 8);
    expect(seen).toEqual(['2', 8, '2']);
  });

  test('keeps this, arguments and result; outside of jobs it is the function itself', async () => {
    const app = await open();
    const add = function (this: { n: number }, m: number): number { return this.n + m; };
    expect(app.job.wrap(add)).toBe(add);
    expect(await app.job(() => app.job.wrap(add).call({ n: 1 }, 2))).toBe(3);
  });

  test('where nothing carries jobs across awaits (a browser), the synchronous part and what is wrapped are pinned', async () => {
    const app = await open();
    const carrier = createCarrier<Job>({});
    app.runtime.jobs = createJobs(app.runtime, carrier);
    const inPage = createJob(app.runtime);
    const wait = gate();
    const job = inPage(async () => {
      const wrapped = inPage.wrap(() => app.runtime.jobs?.horizon());
      const before = app.runtime.jobs?.horizon();
      await wait.promise;
      return [before, app.runtime.jobs?.horizon(), wrapped()];
    }, { mode: 'pinned' });
    expect([app.runtime.jobs.horizon(), app.runtime.jobs.oldest()]).toEqual([Infinity, 0]);
    wait.open();
    expect(await job).toEqual([0, Infinity, 0]);
    expect(app.runtime.jobs.oldest()).toBe(Infinity);
  });
});

describe('drain', () => {
  test('the upgrade waits; new pinned and drain jobs queue, live ones do not; then the queue runs on the new release, in order', async () => {
    const app = await open();
    const wait = gate();
    const log: unknown[] = [];
    const old = app.job(async () => (await wait.promise, log.push(`old ${app.see()}`)), { mode: 'drain', name: 'import' });
    const upgrade = app.go1(2);
    await settled();
    expect(app.events).toContainEqual({ type: 'waiting', release: expect.any(String), jobs: ['import'] });
    const queued = [
      app.job(() => log.push(`first ${app.see()}`), { mode: 'drain' }),
      app.job(() => log.push(`second ${app.see()}`), { mode: 'pinned' }),
    ];
    await app.job(() => log.push(`live ${app.see()}`));
    await settled();
    expect(log).toEqual(['live 1']);
    wait.open();
    expect(await upgrade).toMatchObject({ outcome: 'committed' });
    await Promise.all([old, ...queued]);
    expect(log).toEqual(['live 1', 'old 1', 'first 2', 'second 2']);
  });

  test('JOBS_RUNNING at the limit, with the jobs\' names; nothing was changed, the queue runs, and a later try succeeds', async () => {
    const app = await open();
    const wait = gate();
    const old = app.job(() => wait.promise, { mode: 'drain', name: 'never' });
    const upgrade = app.go1(2, { jobs: { drainMs: 20 } });
    await settled();
    const queued = app.job(() => app.see(), { mode: 'drain' });
    expect(await upgrade).toMatchObject({ outcome: 'refused', refusals: [{ code: 'JOBS_RUNNING', reason: expect.stringMatching(/"never" \(drain, \d+ ms old, started at .*jobs\.test/), hint: expect.stringContaining('Nothing was changed') }] });
    expect([await queued, app.see()]).toEqual(['1', '1']);
    wait.open();
    await old;
    expect(await app.go1(2)).toMatchObject({ outcome: 'committed' });
    expect(app.see()).toBe('2');
  });

  test('a change of state shape drains pinned jobs too', async () => {
    const state = (version: number): Sources => ({
      'main.js': `import { state } from 'relup'; const cart = state({ n: 1 }, { version: ${version}, up: { 2: (s) => ({ n: s.n + 1 }) }, down: { 1: (s) => ({ n: s.n - 1 }) } }); export const see = () => cart.n; import { onUpgrade } from 'relup'; onUpgrade(() => {});`,
    });
    const app = await open(state(1));
    const wait = gate();
    const old = app.job(async () => (await wait.promise, app.see()), { mode: 'pinned', name: 'reader' });
    expect(await app.upgrade(state(2), { jobs: { drainMs: 10 } })).toMatchObject({ outcome: 'refused', refusals: [{ code: 'JOBS_RUNNING', reason: expect.stringContaining('"reader"') }] });
    const upgrade = app.upgrade(state(2));
    await settled();
    wait.open();
    expect([await old, (await upgrade).outcome, app.see()]).toEqual([1, 'committed', 2]);
  });

  test('a job in a job during drain never queues, however deep', async () => {
    const app = await open();
    const wait = gate();
    const old = app.job(async () => {
      await wait.promise;
      return app.job(() => app.job(async () => (await turn(), app.see()), { mode: 'drain' }), { mode: 'pinned' });
    }, { mode: 'drain' });
    const upgrade = app.go1(2, { jobs: { drainMs: 5000 } });
    await settled();
    wait.open();
    expect([await old, (await upgrade).outcome]).toEqual(['1', 'committed']);
  });

  test('asked for inside a job, an upgrade answers "scheduled" and goes on without it', async () => {
    const app = await open();
    expect(await app.job(async () => (await app.go1(2)).outcome, { mode: 'drain' })).toBe('scheduled');
    await told(app, 'confirmed');
    expect([app.see(), app.events.map(({ type }) => type)]).toEqual(['2', ['scheduled', 'preparing', 'committed', 'confirmed']]);
  });

  test('new bodies of an upgrade that an old job asked for see what is current, not what the job sees', async () => {
    const at = (n: number, load = 0): Sources => ({
      'main.js': `import { peek } from './between.js'; export { atLoad } from './load.js'; export const see = () => peek();`,
      'between.js': `import { price } from './shop.js'; export const peek = () => price();`,
      'shop.js': `export const price = () => ${n};`,
      'load.js': `import { pure } from 'relup'; import { peek } from './between.js'; export const atLoad = pure(peek() + ${load});`,
    });
    const app = await open(at(1));
    const wait = gate();
    const long = gate();
    const old = app.job(async () => {
      await wait.promise;
      const { outcome } = await app.upgrade(at(2, 100), { jobs: { maxReleases: 3 } });
      await long.promise;
      return [outcome, app.see()];
    }, { mode: 'pinned' });
    expect(await app.upgrade(at(2), { onStale: 'reevaluate' })).toMatchObject({ outcome: 'committed' });
    const committed = told(app, 'committed');
    wait.open();
    await committed;
    expect(app.module<{ atLoad: number }>('main.js').atLoad).toBe(102);
    long.open();
    expect(await old).toEqual(['scheduled', 1]);
  });

  test('what queues runs in the context of the one who started it', async () => {
    const app = await open();
    const wait = gate();
    const own = new AsyncLocalStorage<string>();
    const old = app.job(() => wait.promise, { mode: 'drain' });
    const upgrade = app.go1(2);
    await told(app, 'waiting');
    const queued = own.run('mine', () => app.job(() => own.getStore(), { mode: 'pinned' }));
    wait.open();
    await Promise.all([old, upgrade]);
    expect(await queued).toBe('mine');
  });

  test('a rollback drains as well; one that a failed release asks for is tried again until the jobs have ended', async () => {
    const app = await open();
    await app.go1(2, { probation: { ms: 0 }, jobs: { drainMs: 5 } });
    const wait = gate();
    const job = app.job(() => wait.promise, { mode: 'drain', name: 'slow' });
    expect(await app.upgrader.rollback()).toMatchObject({ outcome: 'refused', refusals: [{ code: 'JOBS_RUNNING', reason: expect.stringContaining('"slow"') }] });
    expect(app.see()).toBe('2');
    wait.open();
    await job;
    expect([(await app.upgrader.rollback()).outcome, app.see()]).toEqual(['rolledBack', '1']);

    const again = gate();
    app.upgrader.subscribe(({ type }) => type === 'committed' && void app.job(() => again.promise, { mode: 'drain', name: 'slower' }));
    await app.go1(3, { probation: { ms: 0, health: () => false }, jobs: { drainMs: 5 } });
    expect(await told(app, 'refused')).toMatchObject({ result: { refusals: [{ code: 'PROBATION' }, { code: 'JOBS_RUNNING', reason: expect.stringContaining('"slower"') }] } });
    expect(app.see()).toBe('3');
    again.open();
    await told(app, 'rolledBack');
    expect(app.see()).toBe('1');
  });
});

describe('releases alive', () => {
  /** Two releases, of which the older has a pinned job. */
  async function two(work: (app: Shop) => Promise<unknown>): Promise<{ app: Shop; old: Promise<unknown> }> {
    const app = await open();
    const old = app.job(() => work(app), { mode: 'pinned', name: 'eldest' });
    expect(await app.go1(2)).toMatchObject({ outcome: 'committed' });
    return { app, old };
  }

  test('a third one waits for the jobs of the oldest', async () => {
    const wait = gate();
    const { app, old } = await two(async (shop) => (await wait.promise, shop.see()));
    const upgrade = app.go1(3);
    await settled();
    expect(app.see()).toBe('2');
    wait.open();
    expect([await old, (await upgrade).outcome, app.see()]).toEqual(['1', 'committed', '3']);
  });

  test('JOBS_RUNNING when it waited in vain, or is not to wait; more may be allowed', async () => {
    const wait = gate();
    const { app, old } = await two(async (shop) => (await wait.promise, shop.see()));
    for (const jobs of [{ waitMs: 5 }, { oldest: 'refuse' as const }]) expect(await app.go1(3, { jobs })).toMatchObject({ outcome: 'refused', refusals: [{ code: 'JOBS_RUNNING', reason: expect.stringContaining('"eldest"') }] });
    const middle = app.job(async () => (await wait.promise, app.see()), { mode: 'pinned' });
    expect(await app.go1(3, { jobs: { maxReleases: 3 } })).toMatchObject({ outcome: 'committed' });
    wait.open();
    expect([await old, await middle, app.see()]).toEqual(['1', '2', '3']);
  });

  test('only jobs of those that are too many are waited for', async () => {
    const wait = gate();
    const long = gate();
    const { app, old } = await two(async (shop) => (await wait.promise, shop.see()));
    const middle = app.job(async () => (await long.promise, app.see()), { mode: 'pinned', name: 'middle' });
    await app.go1(3, { jobs: { maxReleases: 3 } });
    const upgrade = app.go1(4, { jobs: { maxReleases: 3 } });
    expect(await told(app, 'waiting')).toMatchObject({ jobs: ['eldest'] });
    wait.open();
    expect([await old, (await upgrade).outcome]).toEqual(['1', 'committed']);
    long.open();
    expect(await middle).toBe('2');
  });

  test('abort: the signal of the oldest\'s jobs says why; a job that ignores it refuses the upgrade', async () => {
    const { app, old } = await two(async (shop) => {
      const { signal } = shop.job;
      await aborted(signal);
      return [shop.see(), signal.reason as unknown];
    });
    const young = app.job(async () => app.job.signal, { mode: 'pinned' });
    expect(await app.go1(3, { jobs: { oldest: 'abort' } })).toMatchObject({ outcome: 'committed' });
    expect(await old).toEqual(['1', expect.objectContaining({ code: 'JOBS_RUNNING' })]);
    expect((await young).aborted).toBe(false);

    const wait = gate();
    const deaf = app.job(() => wait.promise, { mode: 'pinned', name: 'deaf' });
    await app.go1(4);
    expect(await app.go1(5, { jobs: { oldest: 'abort', waitMs: 5 } })).toMatchObject({ outcome: 'refused', refusals: [{ code: 'JOBS_RUNNING', reason: expect.stringContaining('"deaf"'), hint: expect.stringContaining('job.signal') }] });
    wait.open();
    await deaf;
    expect(await app.go1(5)).toMatchObject({ outcome: 'committed' });
  });

  test('a rollback is exempt: it makes no new release', async () => {
    const wait = gate();
    const app = await open();
    const eldest = app.job(async () => (await wait.promise, app.see()), { mode: 'pinned' });
    await app.go1(2, { probation: { ms: 0 } });
    const short = gate();
    const young = app.job(async () => (await short.promise, app.see()), { mode: 'pinned' });
    expect([(await app.upgrader.rollback()).outcome, app.see()]).toEqual(['rolledBack', '1']);
    short.open();
    expect(await young).toBe('2');
    // The eldest began on an earlier stay of the release that runs again: that makes one release, not two.
    expect(await app.go1(3, { jobs: { oldest: 'refuse' } })).toMatchObject({ outcome: 'committed' });
    wait.open();
    expect(await eldest).toBe('1');
  });

  test('versions retire when no pinned job needs them, even if confirmed long before', async () => {
    const notes: string[] = [];
    const app = await open(release(1), notes);
    const wait = gate();
    const old = app.job(() => wait.promise, { mode: 'pinned' });
    await app.go1(2);
    expect([notes, app.upgrader.versions().state]).toEqual([[], 'permanent']);
    wait.open();
    await old;
    await settled();
    expect(notes).toEqual(['retire 1']);
    await app.go1(3);
    expect(notes).toEqual(['retire 1', 'retire 2']);
  });

  test.each([{ maxReleases: 1 }, { maxReleases: 2.5 }, { oldest: 'kill' }, { waitMs: -1 }, { drainMs: 2 ** 31 }, { drainMs: Number.NaN }])('OPTION: %j', async (jobs) => {
    const app = await open();
    await expect(app.go1(2, { jobs: jobs as object })).rejects.toBeInstanceOf(RelupError);
    expect(app.see()).toBe('1');
  });
});

describe('purge', () => {
  test('aborts the jobs of old releases and gives up what they needed; a job that throws at that has simply ended', async () => {
    const notes: string[] = [];
    const app = await open(release(1), notes);
    const old = app.job(() => new Promise((_, reject) => app.job.signal.addEventListener('abort', () => reject(app.job.signal.reason as Error))), { mode: 'pinned' });
    const thrown = old.catch((error: unknown) => error);
    await app.go1(2);
    const young = gate();
    const current = app.job(async () => (await young.promise, app.job.signal.aborted), { mode: 'pinned' });
    expect(await app.upgrader.purge({ graceMs: 1000 })).toMatchObject({ outcome: 'purged', holding: [] });
    expect(await thrown).toMatchObject({ code: 'JOBS_RUNNING', reason: expect.stringContaining('is purged') });
    expect(notes).toEqual(['retire 1']);
    young.open();
    expect(await current).toBe(false);
  });

  test('a job that ignores it refuses the purge, by name; it goes on seeing its release', async () => {
    const app = await open();
    const wait = gate();
    const old = app.job(async () => (await wait.promise, app.see()), { mode: 'pinned', name: 'deaf' });
    await app.go1(2);
    expect(app.upgrader.softPurge()).toMatchObject({ outcome: 'refused', holding: [{ jobs: [{ name: 'deaf' }] }], refusals: [{ code: 'JOBS_RUNNING', reason: expect.stringContaining('deaf') }] });
    expect(await app.upgrader.purge({ graceMs: 5 })).toMatchObject({ outcome: 'refused', holding: [{ jobs: [{ name: 'deaf' }] }], refusals: [{ code: 'JOBS_RUNNING', hint: expect.stringContaining('"deaf"') }] });
    wait.open();
    expect(await old).toBe('1');
    expect(await app.upgrader.purge()).toMatchObject({ outcome: 'purged' });
  });

  test('of an old job, inside that job, is refused in the end and not a deadlock', async () => {
    const app = await open();
    const wait = gate();
    const old = app.job(async () => (await wait.promise, app.upgrader.purge({ graceMs: 5 })), { mode: 'pinned', name: 'itself' });
    await app.go1(2);
    wait.open();
    expect(await old).toMatchObject({ outcome: 'refused', holding: [{ jobs: [{ name: 'itself' }] }] });
  });

  test('BUSY on probation: a rollback returns to what would be purged', async () => {
    const app = await open();
    await app.go1(2, { probation: { ms: 0 } });
    expect(app.upgrader.softPurge()).toMatchObject({ outcome: 'refused', holding: [{ unconfirmed: true }], refusals: [{ code: 'BUSY' }] });
    expect(await app.upgrader.purge()).toMatchObject({ outcome: 'refused', refusals: [{ code: 'BUSY' }] });
    expect(await app.upgrader.rollback()).toMatchObject({ outcome: 'rolledBack' });
  });

  test('an upgrade has to wait for a purge, and a purge for an upgrade', async () => {
    const app = await open();
    const wait = gate();
    const old = app.job(() => wait.promise, { mode: 'pinned' });
    await app.go1(2);
    const purge = app.upgrader.purge({ graceMs: 5000 });
    expect(await app.go1(3)).toMatchObject({ outcome: 'refused', refusals: [{ code: 'BUSY' }] });
    expect(app.upgrader.softPurge()).toMatchObject({ outcome: 'refused', refusals: [{ code: 'BUSY' }] });
    wait.open();
    await old;
    expect(await purge).toMatchObject({ outcome: 'purged' });
    expect(await app.go1(3)).toMatchObject({ outcome: 'committed' });
  });

  test('EXPORT_RETIRED: a saved reference to a removed export keeps its code until then', async () => {
    const at = (more: string): Sources => ({ 'main.js': `import * as ns from './shop.js'; export const see = () => 0; export const keep = () => ns.extra;`, 'shop.js': `export const other = 1; ${more}` });
    const app = await open(at(`export function extra() { return 'extra'; }`));
    const saved = app.module<{ keep(): () => string }>('main.js').keep();
    expect(await app.upgrade(at(''))).toMatchObject({ outcome: 'committed' });
    expect(app.events).toContainEqual({ type: 'lost', release: expect.any(String), exports: ['shop.js#extra'] });
    expect(saved()).toBe('extra');
    const { exports } = await app.upgrader.purge();
    expect(exports).toEqual(['shop.js#extra']);
    expect(saved).toThrow(expect.objectContaining({ code: 'EXPORT_RETIRED' }) as Error);
    expect((await app.upgrader.purge()).exports).toEqual([]);
  });
});
