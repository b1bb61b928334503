/**
 * Review: what running code can see of an upgrade that is being prepared, and what comes after a refusal.
 */
import { describe, expect, test } from '@jest/globals';
import { createRecord } from '../../runtime/core.js';
import { boot, buildRelease, compileArtifact } from '../application.js';

const tick = () => new Promise((resolve) => setImmediate(resolve));
/** What a new body waits for, and tells that it waits. */
function gate<T = void>() {
  let open!: (value: T) => void;
  let begin!: () => void;
  const promise = new Promise<T>((resolve) => (open = resolve));
  const begun = new Promise<void>((resolve) => (begin = resolve));
  return { promise, open, begin, begun };
}
const waiting = `import { begin, promise } from 'gate'; /*#__PURE__*/ begin(); await promise;`;

describe('while an upgrade is prepared', () => {
  const slow = (n: number, wait = false) => ({
    'main.js': `import * as b from './b.js'; import { b as named } from './b.js'; export const viaNamespace = (k) => b[k](); export const viaName = () => named(); export const load = () => import('./b.js');`,
    'b.js': `${wait ? waiting : ''} export function b() { return ${n}; }`,
  });

  test('a namespace object shows the running release until the commit', async () => {
    const g = gate();
    const app = await boot(slow(1), { cold: { gate: g } });
    const upgrading = app.upgrade(slow(2, true));
    await g.begun;
    const seen = [app.module('main.js').viaName(), app.module('main.js').viaNamespace('b')];
    g.open();
    await upgrading;
    expect(seen).toEqual([1, 1]);
  });

  test('no turn sees a namespace and a named import of different releases, without any await in new code', async () => {
    const app = await boot(slow(1));
    const upgrading = app.upgrade(slow(2));
    const mixed: unknown[] = [];
    let stop = false;
    void upgrading.then(() => (stop = true));
    for (let i = 0; i < 10_000 && !stop && !mixed.length; i++) {
      const pair = [app.module('main.js').viaName(), app.module('main.js').viaNamespace('b')];
      if (pair[0] !== pair[1]) mixed.push(pair);
      await null;
      if (i % 50 === 49) await tick();
    }
    await upgrading;
    expect(mixed).toEqual([]);
  });

  test('import() by running code gives the running version', async () => {
    const g = gate();
    const app = await boot(slow(1), { cold: { gate: g } });
    const upgrading = app.upgrade(slow(2, true));
    await g.begun;
    const loaded = app.module('main.js').load();
    const first = await Promise.race([loaded.then((ns: any) => ns.b()), tick().then(tick).then(() => 'waits for the pending version')]);
    g.open();
    await upgrading;
    expect(first).toBe(1);
  });

  test('rollback: no turn between its start and its commit sees two releases', async () => {
    const app = await boot(slow(1));
    await app.upgrade(slow(2), { probation: { ms: 0 } });
    const rolling = app.upgrader.rollback();
    const pair = [app.module('main.js').viaName(), app.module('main.js').viaNamespace('b')];
    await rolling;
    expect(pair).toEqual([2, 2]);
  });

  const lazy = (n: number, wait = '') => ({
    'main.js': `import { rate } from './rate.js'; export const load = () => import('./lazy.js'); export const read = () => rate();`,
    'rate.js': `${wait} export function rate() { return ${n}; }`,
    'lazy.js': `import { rate } from './rate.js'; export const lazy = () => rate();`,
  });

  test('a module that running code loads meanwhile is not linked to a version that is then refused', async () => {
    const g = gate();
    const app = await boot(lazy(1), { cold: { gate: g } });
    const upgrading = app.upgrade(lazy(2, waiting));
    await g.begun;
    const loading = app.module('main.js').load();
    await tick();
    (g.open as (v: unknown) => void)(Promise.reject(new Error('no')));
    expect((await upgrading).outcome).toBe('refused');
    const outcome = await loading.then((ns: any) => ns.lazy(), (error: unknown) => String(error));
    expect(outcome).toBe(1);
  });

  const changedLazy = (n: number, wait = '') => ({
    'main.js': `import { a } from './a.js'; export const load = () => import('./lazy.js'); export const read = () => a();`,
    'a.js': `${wait} export function a() { return ${n}; }`,
    'lazy.js': `export const lazy = () => ${n};`,
  });

  test('a changed module that running code loads for the first time meanwhile is of the new release after the commit', async () => {
    const g = gate();
    const app = await boot(changedLazy(1), { cold: { gate: g } });
    const upgrading = app.upgrade(changedLazy(2, waiting));
    await g.begun;
    const { load } = app.module('main.js');
    expect((await load()).lazy()).toBe(1);
    g.open();
    const result = await upgrading;
    if (result.outcome === 'refused') expect(result.refusals[0]?.code).toBe('BUSY');
    else expect((await load()).lazy()).toBe(2);
  });

  test('a module that running code loads meanwhile, and new code requests as well, is there once', async () => {
    const g = gate();
    const at = (n: number) => ({
      'main.js': `import { a } from './a.js'; export const load = () => import('./lazy.js'); export const read = () => a();`,
      'a.js': n === 1 ? `export function a() { return null; }` : `import { box } from './lazy.js'; ${waiting} export function a() { return box(); }`,
      'lazy.js': `const only = {}; export const box = () => only;`,
    });
    const app = await boot(at(1), { cold: { gate: g } });
    const upgrading = app.upgrade(at(2));
    await g.begun;
    const { box } = await app.module('main.js').load();
    g.open();
    expect(await upgrading).toMatchObject({ outcome: 'refused', refusals: [{ code: 'BUSY', place: 'lazy.js' }] });
    expect(await app.upgrade(at(2))).toMatchObject({ outcome: 'committed' });
    expect(app.module('main.js').read()).toBe(box());
  });

  test('what running code takes or loads when all is prepared is new after the commit', async () => {
    const at = (n: number) => ({
      'main.js': `import { a, v } from './a.js'; export { v } from './a.js'; export const take = () => a; export const lazy = () => import('./barrel.js'); export const user = () => import('./user.js');`,
      'a.js': `export function a() { return ${n}; } export const v = ${n};`, 'barrel.js': `export { v } from './a.js';`, 'user.js': `import { v } from './barrel.js'; export const go = () => v;`,
    });
    const app = await boot(at(1));
    const seen: any = {};
    const moment = async (): Promise<void> => {
      const main = app.module('main.js');
      Object.assign(seen, { held: main.take(), barrel: await main.lazy(), user: await main.user() });
    };
    expect(await app.upgrade(at(2), { moment })).toMatchObject({ outcome: 'committed' });
    expect([seen.held(), app.module('main.js').take()(), seen.barrel.v, seen.user.go(), app.module('main.js').v]).toEqual([2, 2, 2, 2, 2]);
  });

  test('a chunk that arrives when all is prepared, with a module that changes, makes the upgrade wait', async () => {
    const at = (n: number) => ({ 'main.js': `export { a } from './a.js'; export const lazy = () => import('./l.js');`, 'a.js': `export const a = () => ${n};`, 'l.js': `export const l = () => ${n};` });
    const app = await boot(at(1));
    const first = buildRelease(at(1)).artifacts.get('l.js')!;
    const moment = async (): Promise<void> => {
      const { link, factory, dynamic } = compileArtifact(first.bundled, first.stamp);
      app.runtime.records.set('l.js', createRecord(app.runtime, 'l.js', { link, factory, dynamic, requests: [], meta: {}, live: true }));
    };
    expect(await app.upgrade(at(2), { moment })).toMatchObject({ outcome: 'refused', refusals: [{ code: 'BUSY', place: 'l.js' }] });
    expect(await app.upgrade(at(2))).toMatchObject({ outcome: 'committed' });
    expect([app.module('main.js').a(), (await app.module('main.js').lazy()).l()]).toEqual([2, 2]);
  });

  test('a new body may import() a module that its release adds', async () => {
    const at = (n: number) => ({ 'main.js': `export { a } from './a.js';`, 'a.js': n === 1 ? `export const a = () => 1;` : `const { added } = await import('./added.js'); export const a = () => added;`, ...(n === 1 ? {} : { 'added.js': `export const added = 2;` }) });
    const app = await boot(at(1));
    expect(await app.upgrade(at(2))).toMatchObject({ outcome: 'committed' });
    expect(app.module('main.js').a()).toBe(2);
  });

  test('a new body that import()s a changed module which was never loaded gets the new one', async () => {
    const at = (n: number) => ({ 'main.js': `export { a } from './a.js';`, 'a.js': n === 1 ? `export const a = () => import('./lazy.js');` : `const { lazy } = await import('./lazy.js'); export const a = () => lazy;`, 'lazy.js': `export const lazy = ${n};` });
    const app = await boot(at(1));
    expect(await app.upgrade(at(2))).toMatchObject({ outcome: 'committed' });
    expect(app.module('main.js').a()).toBe(2);
  });
});

describe('after the time limit', () => {
  test('a body does not go on, and bodies that waited for it never run', async () => {
    const g = gate();
    const notes: string[] = [];
    const cold = { gate: { promise: g.promise, note: (text: string) => notes.push(text) } };
    const at = (n: number) => ({
      'main.js': `export { b } from './b.js';`,
      'b.js': n === 1 ? `export function b() {}` : `import { note } from 'gate'; import './a.js'; /*#__PURE__*/ note('b runs'); export function b() {}`,
      'a.js': `export {}`,
      ...(n === 2 && { 'a.js': `import { note, promise } from 'gate'; await promise; /*#__PURE__*/ note('a goes on');` }),
    });
    const app = await boot(at(1), { cold });
    expect(await app.upgrade(at(2), { evaluateLimitMs: 30 })).toMatchObject({ outcome: 'refused', refusals: [{ code: 'EVALUATE_TIMEOUT' }] });
    g.open();
    await tick();
    await tick();
    expect(notes).toEqual([]);
  });

  test('a body that ends late shows nothing pending to anybody', async () => {
    const g = gate();
    const cold = { gate: { promise: g.promise } };
    const at = (n: number) => ({
      'main.js': `import { make } from './make.js'; export const read = () => make();`,
      'make.js': `import { RATE } from './rate.js'; export const make = () => RATE;`,
      'rate.js': n === 1 ? `export let RATE = 1;` : `import { promise } from 'gate'; import { state, effect } from 'relup'; export let RATE = 2; await promise; RATE = 3; export const s = state({}); effect(() => { globalThis.__late = 1; });`,
    });
    const app = await boot(at(1), { cold });
    await app.upgrade(at(2), { evaluateLimitMs: 30 });
    g.open();
    await tick();
    expect(app.module('main.js').read()).toBe(1);
    expect((globalThis as any).__late).toBeUndefined();
    expect([...app.runtime.records.get('rate.js')!.roots]).toEqual([]);
  });
});

describe('prepare is pinned', () => {
  test('also to what a changed barrel re-exports of an unchanged module', async () => {
    const at = (n: number) => ({
      'main.js': `export { price } from './price.js'; import './other.js';`,
      'price.js': `import { make } from './make.js'; const made = make(); export const price = () => made; /* ${n} */ export const v = ${n};`,
      'make.js': `import { RATE } from './rates.js'; export function make() { return RATE; }`,
      'rates.js': n === 1 ? `export const RATE = 1;` : `export { RATE } from './other.js';`,
      'other.js': `export const RATE = 2;`,
    });
    const app = await boot(at(1));
    const result = await app.upgrade(at(2));
    expect(result).toMatchObject({ outcome: 'committed' });
    expect(app.module('main.js').price()).toBe(2);
  });
});

describe('broken modules', () => {
  test('a module that failed to load can be mended by an upgrade', async () => {
    const at = (n: number) => ({ 'main.js': `export const load = () => import('./lazy.js');`, 'lazy.js': n === 1 ? `throw new Error('broken'); export const x = 1;` : `export const x = 2;` });
    const app = await boot(at(1));
    const { load } = app.module('main.js');
    await expect(load()).rejects.toThrow('broken');
    expect(await app.upgrade(at(2))).toMatchObject({ outcome: 'committed' });
    expect((await load()).x).toBe(2);
  });

  test('and so can the unchanged modules that failed with it', async () => {
    const at = (n: number) => ({ 'main.js': `export const load = () => import('./lazy.js');`, 'lazy.js': `import { x } from './bad.js'; export const y = () => x;`, 'bad.js': n === 1 ? `if (true) throw new Error('broken'); export function x() {}` : `export const x = 2;` });
    const app = await boot(at(1));
    const { load } = app.module('main.js');
    await expect(load()).rejects.toThrow('broken');
    expect(await app.upgrade(at(2), { allow: ['EXPORT_KIND'] })).toMatchObject({ outcome: 'committed' });
    expect((await load()).y()).toBe(2);
  });

  test('refused cyclic modules leave nothing behind in the runtime', async () => {
    const at = (n: number, bad = '') => ({ 'main.js': `export { a } from './a.js';`, 'a.js': `import { b } from './b.js'; export function a() { return b(); }`, 'b.js': `import { a } from './a.js'; ${bad} export function b() { return ${n}; }` });
    const app = await boot(at(1));
    for (let n = 2; n < 5; n++) expect((await app.upgrade({ ...at(n, `if (true) throw new Error('bad');`), 'a.js': at(1)['a.js'] + `/*${n}*/ export const v = ${n};` })).outcome).toBe('refused');
    expect(app.runtime.open.size).toBe(0);
  });
});

describe('a re-export that leads to another module now, as a value that unchanged code hands out', () => {
  const at = (module: string, user: string) => ({
    'main.js': `import { get } from './getter.js'; import './user.js'; import './b2.js'; export { get };`, 'getter.js': `import { f } from './a.js'; export const get = () => f; export const call = () => f();`,
    'a.js': `export { f } from './${module}.js';`, 'b1.js': `export function f() { return 'b1'; }`, 'b2.js': `export function f() { return 'b2'; }`,
    'user.js': `import { get, call } from './getter.js'; ${user}`,
  });
  const options = { probation: false, onStale: 'reevaluate' } as const;
  const seen = `export const seen = [get()(), call()].join();`;

  test.each([['read before', seen], ['never read', `export const seen = '';`]])('%s: new bodies see the new one', async (_, user) => {
    const app = await boot(at('b1', user));
    expect(await app.upgrade(at('b2', `${seen} export const edition = 2;`), options)).toMatchObject({ outcome: 'committed' });
    expect([app.module('user.js').seen, app.module('main.js').get()()]).toEqual(['b2,b2', 'b2']);
  });

  test.each([['read before', seen], ['never read', `export const seen = '';`]])('%s: after a refusal running code has the old one', async (_, user) => {
    const app = await boot(at('b1', user));
    expect(await app.upgrade(at('b2', `${seen} throw new Error('no');`), options)).toMatchObject({ outcome: 'refused', refusals: [{ code: 'EVALUATE' }] });
    expect(app.module('main.js').get()()).toBe('b1');
    expect(await app.upgrade(at('b2', user), options)).toMatchObject({ outcome: 'committed' });
    expect(app.module('main.js').get()()).toBe('b2');
  });
});
