/**
 * Two releases at a time: what a commit changes answers by the job that asks, and is plain and fast again when the last old job
 * has ended.
 */
import { setFlagsFromString } from 'node:v8';
import { expect, test } from '@jest/globals';
import { createCoexistence } from '../../runtime/coexist.js';
import { restoreAll, type Journal } from '../../runtime/journal.js';
import { createHandle } from '../../runtime/values.js';
import type { Runtime } from '../../runtime/record.js';

setFlagsFromString('--allow-natives-syntax');
const isFast = new Function('object', 'return %HasFastProperties(object)') as (object: object) => boolean;

/** A runtime of which only what coexistence reads is there. `now` is the horizon of the job that runs, `alive` those of all jobs. */
function rig() {
  const jobs = { now: Infinity, alive: [] as number[], horizon: () => jobs.now, oldest: () => Math.min(Infinity, ...jobs.alive) };
  const runtime = { commits: 0, jobs } as unknown as Runtime;
  const coexistence = createCoexistence(runtime);
  const as = <T>(horizon: number, run: () => T): T => {
    const before = jobs.now;
    jobs.now = horizon;
    try {
      return run();
    } finally {
      jobs.now = before;
    }
  };
  /** One commit that writes values into one table. */
  const commit = (table: object, values: Record<string, unknown>, journal: Journal = []): Journal => {
    for (const [key, value] of Object.entries(values)) coexistence.write(table, key, { value, writable: true, enumerable: true, configurable: true }, journal, true);
    coexistence.finish();
    runtime.commits++;
    return journal;
  };
  return { jobs, runtime, coexistence, as, commit };
}

test('every job sees the table as of its release, everybody else the newest', () => {
  const { jobs, coexistence, as, commit } = rig();
  const table = { rate: 1, tax: 10 };
  jobs.alive = [0];
  commit(table, { rate: 2 });
  jobs.alive = [0, 1];
  commit(table, { rate: 3, tax: 30 });
  expect([as(0, () => ({ ...table })), as(1, () => ({ ...table })), { ...table }]).toEqual([{ rate: 1, tax: 10 }, { rate: 2, tax: 10 }, { rate: 3, tax: 30 }]);
  expect(as(2, () => table.rate)).toBe(3);
  jobs.alive = [1];
  coexistence.settle();
  expect([as(1, () => table.rate), table.rate]).toEqual([2, 3]);
  jobs.alive = [];
  coexistence.settle();
  expect(Object.getOwnPropertyDescriptor(table, 'rate')).toEqual({ value: 3, writable: true, enumerable: true, configurable: true });
});

test('tables are fast while two releases live, and afterwards', () => {
  const { jobs, coexistence, commit } = rig();
  const table: Record<string, unknown> = {};
  for (let index = 0; index < 20; index++) table[`name${index}`] = index;
  jobs.alive = [0];
  commit(table, Object.fromEntries(Object.keys(table).map((name) => [name, -1])));
  expect(isFast(table)).toBe(true);
  jobs.alive = [];
  coexistence.settle();
  expect(isFast(table)).toBe(true);
  expect(Object.values(Object.getOwnPropertyDescriptors(table)).every(({ writable }) => writable)).toBe(true);
});

test('nothing is needed while no pinned job lives', () => {
  const { jobs, coexistence } = rig();
  expect(coexistence.isNeeded()).toBe(false);
  jobs.alive = [0];
  expect(coexistence.isNeeded()).toBe(true);
});

test('a commit that fails leaves no accessor behind', () => {
  const { jobs, runtime, as, commit } = rig();
  const table = { rate: 1 };
  jobs.alive = [0];
  restoreAll(commit(table, { rate: 2 }));
  expect(Object.getOwnPropertyDescriptor(table, 'rate')).toEqual({ value: 1, writable: true, enumerable: true, configurable: true });
  runtime.commits = 0;
  commit(table, { rate: 3 });
  const journal = commit(table, { rate: 4 });
  restoreAll(journal);
  expect([as(0, () => table.rate), table.rate]).toEqual([1, 3]);
});

test('the old version goes on writing its own table for its own jobs', () => {
  const { jobs, as, commit } = rig();
  const table = { count: 1 };
  jobs.alive = [0];
  commit(table, { count: 100 });
  as(0, () => (table.count = 2));
  expect([as(0, () => table.count), table.count]).toEqual([2, 100]);
});

test('a property of a prototype can be replaced on one object', () => {
  const { jobs, coexistence, as } = rig();
  const prototype = { greet: () => 'old' };
  const object = Object.create(prototype) as typeof prototype;
  jobs.alive = [0];
  coexistence.write(prototype, 'greet', { value: () => 'new', writable: true, enumerable: false, configurable: true }, []);
  expect([as(0, () => object.greet()), object.greet()]).toEqual(['old', 'new']);
  object.greet = () => 'mine';
  expect([object.greet(), Object.keys(object)]).toEqual(['mine', ['greet']]);
  const other = Object.create(prototype) as typeof prototype;
  expect(other.greet()).toBe('new');
});

test('a property that is new is not there for old jobs', () => {
  const { jobs, coexistence, as } = rig();
  const prototype: Record<string, unknown> = {};
  jobs.alive = [0];
  coexistence.write(prototype, 'added', { value: 1, writable: true, enumerable: true, configurable: true }, []);
  expect([as(0, () => prototype['added']), prototype['added']]).toEqual([undefined, 1]);
});

test('a handle calls what the job may see, also with new', () => {
  const { jobs, runtime, coexistence, as } = rig();
  const handle = createHandle(function point(this: unknown) { return new.target ? { made: 'old' } : 'old'; });
  const next = function point(this: unknown) { return new.target ? { made: 'new' } : 'new'; };
  jobs.alive = [0];
  coexistence.writeTarget(handle, next, []);
  runtime.commits++;
  const call = handle.value as unknown as { (): string; new (): { made: string } };
  expect([as(0, () => call()), call(), as(0, () => new call().made), new call().made]).toEqual(['old', 'new', 'old', 'new']);
  jobs.alive = [];
  coexistence.settle();
  expect([call(), handle.target]).toEqual(['new', next]);
});

test('a version that comes back writes its table for everybody again', () => {
  const { jobs, runtime, coexistence, as } = rig();
  const table = { live: 1 };
  jobs.alive = [0];
  coexistence.write(table, 'live', { get: () => 100, set: () => {}, enumerable: true, configurable: true }, [], true);
  runtime.commits++;
  jobs.alive = [0, 1];
  // What a rollback does.
  coexistence.write(table, 'live', { value: 1, writable: true, enumerable: true, configurable: true }, [], true, undefined, true);
  runtime.commits++;
  table.live = 2;
  expect([as(0, () => table.live), as(1, () => table.live), table.live]).toEqual([2, 100, 2]);
  expect(coexistence.shown(table, 'live')).toMatchObject({ value: 2 });
  jobs.alive = [];
  coexistence.settle();
  expect(Object.getOwnPropertyDescriptor(table, 'live')).toEqual({ value: 2, writable: true, enumerable: true, configurable: true });
});
