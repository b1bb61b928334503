/**
 * Promise sentences 1 to 3 of the design and statements 1 to 18 of the upgrade semantics (numbers in the names: S1, ...):
 * which code a call reaches, and that a commit is all or nothing.
 */
import { describe, expect, test } from '@jest/globals';
import { boot, buildRelease } from '../application.js';

const shop = {
  'main.js': `import { total } from './total.js';
    export const quote = (n) => total(n);
    export function* slowly(n) { yield total(n); yield total(n); }
    export async function later(gate, n) { const before = total(n); await gate; return [before, total(n)]; }`,
  'total.js': `import { rate } from './rate.js'; export function total(n) { return n * rate(); }`,
  'rate.js': `const base = 2; export function rate() { return base; }`,
};
const dearer = { ...shop, 'rate.js': `const base = 3; export function rate() { return base; }` };

describe('calls and versions', () => {
  test('S1, promise 1: after a commit a call through an import reaches the new code, in every importer', async () => {
    const app = await boot(shop);
    const { quote } = app.module('main.js');
    expect(quote(10)).toBe(20);
    const result = await app.upgrade(dearer);
    expect(result).toMatchObject({ outcome: 'committed', refusals: [] });
    expect(result.plan?.modules).toEqual({ 'rate.js': 'changed' });
    expect(quote(10)).toBe(30);
  });

  test('S1: a frame that is running keeps its own code and finishes', async () => {
    const app = await boot({
      'main.js': `export { work } from './work.js';`,
      'work.js': `export async function work(gate) { const mine = 'old'; await gate; return mine + local(); } function local() { return ' frame'; }`,
    });
    let open = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const running = app.module('main.js').work(gate);
    await app.upgrade({ 'main.js': `export { work } from './work.js';`, 'work.js': `export async function work(gate) { return 'new'; }` });
    open();
    expect(await running).toBe('old frame');
    expect(await app.module('main.js').work(gate)).toBe('new');
  });

  test('S1: a generator that has started goes on with old frames and new calls', async () => {
    const app = await boot(shop);
    const steps = app.module('main.js').slowly(1);
    expect(steps.next().value).toBe(2);
    await app.upgrade(dearer);
    expect(steps.next().value).toBe(3);
  });

  test('S3: more than two versions coexist', async () => {
    const app = await boot(shop);
    const closures: (() => number)[] = [];
    for (const base of [3, 4, 5]) {
      await app.upgrade({ ...shop, 'rate.js': `const base = ${base}; export function rate() { return base; } export const frozen = [() => base];` });
      closures.push(app.module('rate.js').frozen[0]);
    }
    expect(closures.map((read) => read())).toEqual([3, 4, 5]);
    expect(app.module('main.js').quote(1)).toBe(5);
  });

  test('S5: adding an export, a re-export and a cycle is a legal upgrade', async () => {
    const app = await boot({ 'main.js': `import * as all from './all.js'; export const keys = () => Object.keys(all); export const get = (name) => all[name];`, 'all.js': `export * from './a.js';`, 'a.js': `export const a = 1;` });
    expect(app.module('main.js').keys()).toEqual(['a']);
    const result = await app.upgrade({ 'main.js': `import * as all from './all.js'; export const keys = () => Object.keys(all); export const get = (name) => all[name];`, 'all.js': `export * from './a.js'; export * from './b.js';`, 'a.js': `import { b } from './b.js'; export const a = 1; export const c = () => b;`, 'b.js': `import { c } from './a.js'; export const b = 2; export const d = () => c();` });
    expect(result.outcome).toBe('committed');
    expect(app.module('main.js').keys()).toEqual(['a', 'b', 'c', 'd']);
    expect(app.module('main.js').get('d')()).toBe(2);
  });

  test('S6: the body of an unchanged module does not run again, and its state is untouched', async () => {
    const runs: string[] = [];
    const sources = { 'main.js': `import { note } from 'log'; import { rate } from './rate.js'; /*#__PURE__*/ note('main'); let n = 0; export const count = () => ++n + rate();`, 'rate.js': `import { note } from 'log'; /*#__PURE__*/ note('rate'); export function rate() { return 0; }` };
    const app = await boot(sources, { cold: { log: { note: (name: string) => runs.push(name) } } });
    app.module('main.js').count();
    await app.upgrade({ ...sources, 'rate.js': `import { note } from 'log'; /*#__PURE__*/ note('rate'); export function rate() { return 100; }` });
    expect(runs).toEqual(['rate', 'main', 'rate']);
    expect(app.module('main.js').count()).toBe(102);
  });

  test('S7: the body of a changed module runs exactly once', async () => {
    const runs: string[] = [];
    const at = (n: number) => ({ 'main.js': `import { a } from './a.js'; import { b } from './b.js'; export const all = () => a + b;`, 'a.js': `import { note } from 'log'; import { c } from './c.js'; /*#__PURE__*/ note('a${n}'); export let a = c;`, 'b.js': `import { c } from './c.js'; import { note } from 'log'; /*#__PURE__*/ note('b${n}'); export let b = c;`, 'c.js': `import { note } from 'log'; /*#__PURE__*/ note('c${n}'); export const c = ${n};` });
    const app = await boot(at(1), { cold: { log: { note: (name: string) => runs.push(name) } } });
    runs.length = 0;
    expect((await app.upgrade(at(2))).outcome).toBe('committed');
    expect(runs).toEqual(['c2', 'a2', 'b2']);
    expect(app.module('main.js').all()).toBe(4);
  });

  test('live bindings of new code reach importers that were never touched', async () => {
    const app = await boot({ 'main.js': `import { n, add } from './n.js'; export const read = () => n; export const more = () => add();`, 'n.js': `export let n = 1; export function add() { n++; }` });
    await app.upgrade({ 'main.js': `import { n, add } from './n.js'; export const read = () => n; export const more = () => add();`, 'n.js': `export let n = 10; export function add() { n += 10; }` }, { allow: ['STATE_UNDECLARED'] });
    const { read, more } = app.module('main.js');
    expect(read()).toBe(10);
    more();
    expect(read()).toBe(20);
  });
});

describe('the transaction', () => {
  const pair = (n: number) => ({ 'main.js': `import { a } from './a.js'; import { b } from './b.js'; export const pair = () => [a(), b()];`, 'a.js': `export function a() { return ${n}; }`, 'b.js': `export function b() { return ${n}; }` });

  test('S11, promise 2: no turn and no microtask observes two releases mixed', async () => {
    const app = await boot(pair(1));
    let stop = false;
    let observed = 0;
    let mixed = 0;
    const probe = async () => {
      while (!stop) {
        for (let i = 0; i < 50; i++) {
          const [a, b] = app.module('main.js').pair();
          observed++;
          if (a !== b) mixed++;
          await null;
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const probing = probe();
    for (let n = 2; n < 30; n++) expect((await app.upgrade(pair(n))).outcome).toBe('committed');
    stop = true;
    await probing;
    expect(observed).toBeGreaterThan(500);
    expect(mixed).toBe(0);
  });

  test('S8, S10: a body that throws changes nothing, and the next good release works', async () => {
    const app = await boot(pair(1));
    const result = await app.upgrade({ ...pair(2), 'b.js': `throw new Error('bad b'); export function b() {}` });
    expect(result).toMatchObject({ outcome: 'refused', refusals: [{ code: 'EVALUATE', place: 'b.js' }] });
    expect(app.module('main.js').pair()).toEqual([1, 1]);
    expect(app.upgrader.current().number).toBe(1);
    expect((await app.upgrade(pair(3))).outcome).toBe('committed');
    expect(app.module('main.js').pair()).toEqual([3, 3]);
  });

  test('S9: while a slow body is pending, callers get the old version', async () => {
    let open = (_: number) => {};
    const gate = new Promise<number>((resolve) => (open = resolve));
    const app = await boot(pair(1), { cold: { gate: { gate } } });
    const upgrading = app.upgrade({ ...pair(2), 'b.js': `import { gate } from 'gate'; const n = await gate; export function b() { return n; }` });
    await new Promise((resolve) => setImmediate(resolve));
    expect(app.module('main.js').pair()).toEqual([1, 1]);
    open(2);
    expect((await upgrading).outcome).toBe('committed');
    expect(app.module('main.js').pair()).toEqual([2, 2]);
  });

  test('S12: the commit runs on an empty stack, in a task of its own', async () => {
    const stacks: string[] = [];
    const app = await boot(pair(1), { cold: { probe: { at: () => stacks.push(String(new Error().stack)) } } });
    const upgrading = app.upgrade({ ...pair(2), 'a.js': `import { at } from 'probe'; import { onUpgrade } from 'relup'; onUpgrade(() => { at(); }); export function a() { return 2; }` });
    await upgrading;
    expect(stacks).toHaveLength(1);
    expect(stacks[0]).toContain('processImmediate');
    expect(stacks[0]).not.toContain('application.ts');
  });

  test('S14: exactly one upgrade at a time; a second one is refused with the reason', async () => {
    const app = await boot(pair(1));
    const [first, second] = await Promise.all([app.upgrade(pair(2)), app.upgrade(pair(3))]);
    expect(first.outcome).toBe('committed');
    expect(second).toMatchObject({ outcome: 'refused', refusals: [{ code: 'BUSY' }] });
    expect(app.module('main.js').pair()).toEqual([2, 2]);
  });

  test('S17: planning has no side effects', async () => {
    const app = await boot(pair(1));
    const plan = app.plan({ ...pair(2), 'b.js': `throw new Error('never run'); export function b() {}` });
    expect(plan.modules).toEqual({ 'a.js': 'changed', 'b.js': 'changed' });
    expect(app.module('main.js').pair()).toEqual([1, 1]);
    expect(app.events).toEqual([]);
  });

  test('any release upgrades to any other, also back to an older one when a rollback is asked for', async () => {
    const app = await boot(pair(1));
    await app.upgrade(pair(7));
    const older = buildRelease(pair(3), { number: 1 });
    expect(await app.go(older)).toMatchObject({ outcome: 'refused', refusals: [{ code: 'OLDER_RELEASE' }] });
    expect((await app.go(older, { rollback: true })).outcome).toBe('committed');
    expect(app.module('main.js').pair()).toEqual([3, 3]);
  });

  test('prepare is pinned to the pending release: no old value is baked in through an unchanged module', async () => {
    const at = (n: number) => ({ 'main.js': `export { price } from './price.js';`, 'price.js': `import { make } from './make.js'; const made = make(); export const price = () => made + ${n - n};/* ${n} */`, 'make.js': `import { RATE } from './rate.js'; export function make() { return RATE; }`, 'rate.js': `export const RATE = ${n};` });
    const app = await boot(at(1));
    expect(app.module('main.js').price()).toBe(1);
    const result = await app.upgrade(at(2));
    expect(result).toMatchObject({ outcome: 'committed' });
    expect(result.plan?.modules).toEqual({ 'price.js': 'changed', 'rate.js': 'changed' });
    expect(app.module('main.js').price()).toBe(2);
  });

  test('pending values are shown to nobody else: after a refused release old values are back', async () => {
    const sources = { 'main.js': `import { make } from './make.js'; import { x } from './x.js'; export const now = () => [make(), x];`, 'make.js': `import { RATE } from './rate.js'; export function make() { return RATE; }`, 'rate.js': `export const RATE = 1;`, 'x.js': `export const x = 1;` };
    const app = await boot(sources);
    const result = await app.upgrade({ ...sources, 'rate.js': `export const RATE = 2;`, 'x.js': `import { make } from './make.js'; if (make() === 2) throw new Error('saw pending'); export const x = 2;` });
    expect(String(result.error)).toContain('saw pending');
    expect(app.module('main.js').now()).toEqual([1, 1]);
  });
});
