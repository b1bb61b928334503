/**
 * 10,000 pinned jobs over 20 releases in one process: at every await, everything that a job reaches, by whatever way, is of the release
 * on which it began. Without pins no observation is ever half of one release and half of another.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { boot, type Application } from '../application.js';
import { createRandom } from '../chance.js';
import { endWith, jobsOf } from '../../runtime/jobs.js';

const releases = 20;
const jobsEach = 500;

/** Every way to reach another module: call, value, member, class, instance, static, namespace, barrel, saved reference, import(). */
const sourcesOf = (release: number): Record<string, string> => ({
  'main.js': `
    import { look } from './unchanged.js'; import { onUpgrade } from 'relup'; onUpgrade(() => {});
    export const probe = () => look();`,
  'unchanged.js': `
    import { a, A, Widget, table, live } from './a.js'; import * as b from './b.js'; import { viaBarrel, Renamed } from './barrel.js'; import { c } from './c.js'; import { reset } from 'relup';
    const saved = { a };  const Kept = Widget;
    let bound = reset(null); let instance = reset(null); export const look = () => [a(), A, new Widget().release(), (instance ??= new Widget()).release(), Widget.of(), new Kept().release(), table.release, live, b.b(), b.B, viaBarrel(), new Renamed().release(), saved.a(), (bound ??= c.bind(null))(), c()];
    export const later = () => import('./b.js').then((ns) => [ns.b(), ns.B]);`,
  'a.js': `
    import { c } from './c.js';
    export const A = ${release}; export let live = ${release}; export const setLive = (n) => { live = n; };
    export const table = { release: ${release} };
    export function a() { return c() === ${release} ? ${release} : 'mixed in a'; }
    export class Widget { static of() { return ${release}; } release() { return c() === ${release} ? ${release} : 'mixed in Widget'; } }`,
  'b.js': `import { A } from './a.js'; import { c } from './c.js'; export const B = ${release}; export const b = () => (A === ${release} && c() === ${release} ? ${release} : 'mixed in b');`,
  'barrel.js': `export { b as viaBarrel } from './b.js'; export * from './d.js';`,
  'c.js': `export const c = () => ${release};`,
  'd.js': `import { c } from './c.js'; export class Renamed { release() { return c() === ${release} ? ${release} : 'mixed in d'; } }`,
});

type Main = { probe(): unknown[] };
type Later = { later(): Promise<unknown[]> };

const timers: NodeJS.Timeout[] = [];
afterEach(() => timers.forEach((timer) => clearInterval(timer)));

/** Distinct things that were seen at one moment. */
const look = (app: Application): unknown[] => [...new Set(app.module<Main>('main.js').probe())];

test(`${releases * jobsEach} jobs over ${releases} releases see their own, everybody else the newest`, async () => {
  const app = await boot(sourcesOf(1));
  const jobs = jobsOf(app.runtime);
  const random = createRandom(7);
  const mixed: unknown[] = [];
  let observed = 0;
  let overlapped = 0;
  let current = 1;
  let goOn = (): void => {};
  let nextCommit = new Promise<void>((resolve) => { goOn = resolve; });
  const see = (expected: number, seen: readonly unknown[]): void => {
    observed++;
    if (seen.length !== 1 || seen[0] !== expected) mixed.push({ expected, seen });
    if (expected !== current) overlapped++;
  };
  const work = async (): Promise<void> => {
    const began = current;
    // However long an upgrade takes, some live through it.
    if (random() < 0.1) await nextCommit;
    for (let step = 1 + Math.floor(random() * 4); step >= 0; step--) {
      see(began, look(app));
      if (random() < 0.2) see(began, [...new Set(await app.module<Later>('unchanged.js').later())]);
      else if (random() < 0.5) await sleep(Math.floor(random() * 25));
      else await new Promise((resolve) => setImmediate(resolve));
      see(began, look(app));
    }
  };
  timers.push(setInterval(() => see(current, look(app)), 1));
  const running: Promise<void>[] = [];
  for (let release = 1; release <= releases; release++) {
    if (release > 1) {
      const result = await app.upgrade(sourcesOf(release), { allow: ['STATE_UNDECLARED'] });
      expect([release, result.outcome, result.refusals]).toEqual([release, 'committed', []]);
      current = release;
      goOn();
      nextCommit = new Promise<void>((resolve) => { goOn = resolve; });
    }
    for (let job = 0; job < jobsEach; job++) {
      running.push(Promise.resolve(jobs.start({ name: `job ${job}`, mode: 'pinned' }, (_, end) => endWith(work(), end) as Promise<void>)));
      if (job % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  goOn();
  await Promise.all(running);
  timers.forEach((timer) => clearInterval(timer));
  expect(mixed.slice(0, 3)).toEqual([]);
  expect(observed).toBeGreaterThan(releases * jobsEach * 2);
  // The test says nothing unless many jobs lived through an upgrade.
  expect(overlapped).toBeGreaterThan(releases * jobsEach * 0.05);
  await sleep(50);
  expect(jobs.oldest()).toBe(Infinity);
});

test('without pins no turn sees half of a release', async () => {
  const app = await boot(sourcesOf(1));
  const seen = new Set<number>();
  let half = 0;
  timers.push(setInterval(() => {
    const found = look(app);
    seen.add(found.length);
    if (found.length !== 1) half++;
  }, 0));
  for (let release = 2; release <= releases; release++) {
    const [result] = await Promise.all([app.upgrade(sourcesOf(release), { allow: ['STATE_UNDECLARED'] }), Promise.resolve().then(() => look(app)).then((found) => (half += Number(found.length !== 1)))]);
    expect(result.outcome).toBe('committed');
    expect(look(app)).toEqual([release]);
    await sleep(2);
  }
  expect([half, [...seen]]).toEqual([0, [1]]);
});
