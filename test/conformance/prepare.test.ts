/**
 * What is refused while an upgrade is prepared: linking, loading that hangs, loads that could mix releases.
 */
import { describe, expect, test } from '@jest/globals';
import { rollback } from '../../runtime/index.js';
import { boot, buildRelease, limited } from '../application.js';

const sources = { 'main.js': `import { a } from './a.js'; export const read = () => a();`, 'a.js': `export function a() { return 1; }` };

describe('prepare', () => {
  test('LINK: an artifact that imports what nobody exports', async () => {
    const app = await boot(sources);
    const good = buildRelease({ ...sources, 'a.js': `import { b } from './b.js'; export function a() { return b; }`, 'b.js': 'export const b = 2;' }, { number: 2 });
    const other = buildRelease({ ...sources, 'b.js': 'export const c = 3;' });
    const artifacts = new Map([...good.artifacts, ['b.js', other.artifacts.get('b.js') as { code: string; stamp: string }]]);
    expect(await app.go({ ...good, artifacts })).toMatchObject({ outcome: 'refused', refusals: [{ code: 'LINK', place: 'a.js', reason: 'a.js imports "b" of b.js, which does not export it.' }] });
    expect(app.module('main.js').read()).toBe(1);
    expect(app.runtime.records.has('b.js')).toBe(false);
  });

  test.each([
    ['awaits for ever', 'await new Promise(() => {}); export function a() {}'],
    ['loops for ever', 'for (;;); export function a() {}'],
  ])('EVALUATE_TIMEOUT: a body that %s', async (_, body) => {
    const app = await boot(sources, { host: { limit: limited } });
    expect(await app.upgrade({ ...sources, 'a.js': body }, { evaluateLimitMs: 50 })).toMatchObject({ outcome: 'refused', refusals: [{ code: 'EVALUATE_TIMEOUT', place: 'a.js' }] });
    expect(app.module('main.js').read()).toBe(1);
    expect((await app.upgrade({ ...sources, 'a.js': 'export function a() { return 2; }' })).outcome).toBe('committed');
  });

  test('EVALUATE: a body that rejects', async () => {
    const app = await boot(sources);
    expect(await app.upgrade({ ...sources, 'a.js': `await Promise.reject(new Error('no')); export function a() {}` })).toMatchObject({ outcome: 'refused', refusals: [{ code: 'EVALUATE', place: 'a.js' }] });
  });

  test('ASYNC_LOAD_MIXED: a body that awaits, and calls through unchanged code into changed code', async () => {
    const at = (n: number) => ({ 'main.js': `export { x } from './x.js';`, 'x.js': `import { load } from './load.js'; const value = await load(); export const x = () => value + ${n};`, 'load.js': `import { RATE } from './rate.js'; export async function load() { await null; return RATE; }`, 'rate.js': `export const RATE = ${n};` });
    const app = await boot(at(1));
    expect(await app.upgrade(at(2))).toMatchObject({ outcome: 'refused', refusals: [{ code: 'ASYNC_LOAD_MIXED', place: 'x.js:1' }] });
    expect(app.module('main.js').x()).toBe(2);
  });

  test('top-level await of modules that are all new sees new values throughout', async () => {
    const at = (n: number) => ({ 'main.js': `export { x } from './x.js';`, 'x.js': `import { RATE } from './rate.js'; await null; const value = RATE; export const x = () => value + ${n};`, 'rate.js': `export const RATE = await ${n};` });
    const app = await boot(at(1));
    expect(await app.upgrade(at(2))).toMatchObject({ outcome: 'committed' });
    expect(app.module('main.js').x()).toBe(4);
  });

  test('linking takes as many tasks as its time asks for, and what runs in between sees nothing of it', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `m${index}.js`);
    const at = (n: number) => ({ 'main.js': `${ids.map((id, index) => `import { value as v${index} } from './${id}';`).join('')} export const read = () => [${ids.map((_, index) => `v${index}()`)}];`, ...Object.fromEntries(ids.map((id) => [id, `export function value() { return ${n}; }`])) });
    const tasksOf = async (ms: number): Promise<number> => {
      let time = 0;
      let tasks = 0;
      const app = await boot(at(1), { host: { now: () => (time += ms), schedule: (task) => void setImmediate(() => {
        tasks++;
        expect(new Set(app.module('main.js').read())).toEqual(new Set([1]));
        task();
      }) } });
      expect(await app.upgrade(at(2), { probation: false })).toMatchObject({ outcome: 'committed' });
      expect(app.module('main.js').read()).toEqual(ids.map(() => 2));
      return tasks;
    };
    const quick = await tasksOf(0);
    // Each look at the clock is 5 ms later: 20 modules, checked and linked, in tasks of 8 ms.
    expect(await tasksOf(5) - quick).toBeGreaterThan(15);
  });

  test('NOT_FOLLOWING: relup/runtime without follow()', () => {
    expect(() => rollback()).toThrow(expect.objectContaining({ code: 'NOT_FOLLOWING' }));
  });

  test('a module that was never loaded is not evaluated, and comes in its current version when it is', async () => {
    const at = (n: number) => ({ 'main.js': `export const open = () => import('./lazy.js'); export function f() { return ${n}; } import { onUpgrade } from 'relup'; onUpgrade(() => {});`, 'lazy.js': `import { note } from 'log'; /*#__PURE__*/ note('lazy ${n}'); export const lazy = ${n};` });
    const notes: string[] = [];
    const app = await boot(at(1), { cold: { log: { note: (text: string) => notes.push(text) } } });
    await app.upgrade(at(2));
    expect(notes).toEqual([]);
    expect((await app.module('main.js').open()).lazy).toBe(2);
    expect(notes).toEqual(['lazy 2']);
  });
});
