/**
 * Review: effects, hooks, probation, one upgrade at a time.
 */
import { describe, expect, test } from '@jest/globals';
import { boot, type Sources } from '../application.js';
import type { UpgradeResult } from '../../runtime/upgrade.js';

const settle = (ms = 20) => new Promise((resolve) => setTimeout(resolve, ms));
const probation = { ms: 0 };

function recorder() {
  const running = new Set<string>();
  const log: string[] = [];
  const run = (name: string) => {
    running.add(name);
    log.push(`start ${name}`);
    return () => {
      running.delete(name);
      log.push(`stop ${name}`);
    };
  };
  return { running, log, cold: { rec: { run, note: (text: string) => log.push(text), running } } };
}
const header = `import { effect, onUpgrade, onRetire, state } from 'relup'; import { run, note, running } from 'rec';`;

describe('effects', () => {
  test('what could not be taken back is not called "Nothing was changed"', async () => {
    const { cold } = recorder();
    const at = (n: number) => ({ 'main.js': `export { a } from './a.js'; `, 'a.js': `${header} let first = true; ${n === 1 ? `effect(() => { if (globalThis.__started) throw new Error('no restart'); globalThis.__started = true; return () => {}; });` : `onUpgrade(() => { throw new Error('no'); });`} export const a = () => first; export const v = ${n};` });
    const app = await boot(at(1), { cold });
    const result = await app.upgrade(at(2));
    expect(result.outcome).toBe('refused');
    expect(result.refusals[0]?.code).toBe('HOOK');
    expect(result.refusals[0]?.hint).not.toContain('Nothing was changed');
    expect(result.refusals[0]?.hint).not.toContain('Everything was taken back');
  });

  test('S35: an effect of a removed dependency stops after the effects that depend on it', async () => {
    const { cold, log } = recorder();
    const one: Sources = { 'main.js': `export { s } from './server.js';`, 'server.js': `${header} import { db } from './db.js'; effect(() => run('server')); export const s = () => db;`, 'db.js': `${header} effect(() => run('db')); export const db = 1;` };
    const two: Sources = { 'main.js': one['main.js'] as string, 'server.js': `${header} effect(() => run('server2')); export const s = () => 2;` };
    const app = await boot(one, { cold });
    log.length = 0;
    expect((await app.upgrade(two)).outcome).toBe('committed');
    expect(log).toEqual(['stop server', 'stop db', 'start server2']);
  });

  test('of a release, also in modules that were loaded during its probation, stop with the rollback, and their code goes', async () => {
    const { cold, running } = recorder();
    const at = (n: number) => ({ 'main.js': `import { a } from './a.js'; export const read = () => a(); export const load = () => import('./lazy.js');`, 'a.js': `export const a = () => ${n};`, 'lazy.js': `${header} effect(() => run('lazy${n}')); export const lazy = () => ${n};` });
    const app = await boot(at(1), { cold });
    expect(await app.upgrade(at(2), { probation })).toMatchObject({ outcome: 'committed' });
    const { load } = app.module('main.js');
    expect((await load()).lazy()).toBe(2);
    expect(await app.upgrader.rollback()).toMatchObject({ outcome: 'rolledBack' });
    expect([...running].filter((name) => name === 'lazy2')).toEqual([]);
    expect(app.runtime.records.get('lazy.js')?.current.stamp).toBeUndefined();
  });

  test('an effect whose start is asynchronous is refused, or stopped once it has started', async () => {
    const { cold, running } = recorder();
    const at = (n: number) => ({ 'main.js': `export { a } from './a.js';`, 'a.js': `${header} effect(async () => run('a${n}')); export const a = ${n};` });
    const app = await boot(at(1), { cold });
    const result = await app.upgrade(at(2));
    await settle();
    if (result.outcome === 'committed') expect([...running]).toEqual(['a2']);
  });

  test('an effect that returns a disposable, not a function, is refused or disposed of', async () => {
    const { cold, running } = recorder();
    const at = (n: number) => ({ 'main.js': `export { a } from './a.js';`, 'a.js': `${header} effect(() => { const stop = run('a${n}'); return { [Symbol.for('nodejs.dispose')]: stop, ...(Symbol.dispose && { [Symbol.dispose]: stop }) }; }); export const a = ${n};` });
    const app = await boot(at(1), { cold });
    const result = await app.upgrade(at(2));
    if (result.outcome === 'committed') expect([...running]).toEqual(['a2']);
  });
});

describe('one upgrade at a time', () => {
  const at = (n: number) => ({ 'main.js': `import { a } from './a.js'; export const read = () => a();`, 'a.js': `export const a = () => ${n};` });

  test('S14: also when a listener asks for another one while the first begins', async () => {
    const app = await boot(at(1));
    let asked = false;
    let second: Promise<UpgradeResult> | undefined;
    app.upgrader.subscribe((event) => {
      if (event.type !== 'preparing' || asked) return;
      asked = true;
      second = app.upgrade(at(3));
    });
    const first = await app.upgrade(at(2));
    expect([first.outcome, (await second)?.outcome].sort()).toEqual(['committed', 'refused']);
  });

  test('upgrade() inside an onUpgrade hook is refused as busy', async () => {
    const results: Promise<UpgradeResult>[] = [];
    const app = await boot(at(1), { cold: { up: { go: () => results.push(app.upgrade(at(3))) } } });
    expect((await app.upgrade({ ...at(2), 'a.js': `import { go } from 'up'; import { onUpgrade } from 'relup'; onUpgrade(() => { go(); }); export const a = () => 2;` })).outcome).toBe('committed');
    expect(await results[0]).toMatchObject({ outcome: 'refused', refusals: [{ code: 'BUSY' }] });
    expect(app.module('main.js').read()).toBe(2);
  });

  test('confirm() while a rollback is under way answers false and retires nothing', async () => {
    const { cold, log } = recorder();
    const with_ = (n: number) => ({ ...at(n), 'a.js': `${header} onRetire(() => note('retire ${n}')); export const s = state({ x: 1${n === 2 ? '' : ', gone: 1'} }, { version: ${n}, up: { 2: (s) => ({ x: s.x }) }, down: { 1: (s) => ({ x: s.x, gone: s.gone }) } }); export const a = () => ${n};` });
    const app = await boot(with_(1), { cold });
    await app.upgrade(with_(2), { probation });
    const rolling = app.upgrader.rollback();
    const confirmed = app.upgrader.confirm();
    const result = await rolling;
    expect([confirmed, result.outcome, log]).toEqual([false, 'rolledBack', ['retire 2']]);
  });

  test('a listener that throws decides nothing', async () => {
    const app = await boot(at(1), { host: { schedule: (task) => void setImmediate(() => { try { task(); } catch { /* counted elsewhere */ } }) } });
    app.upgrader.subscribe(() => { throw new Error('listener'); });
    expect((await app.upgrade(at(2))).outcome).toBe('committed');
  });

  test('after a rollback that was refused, the next upgrade still retires what the first one replaced', async () => {
    const { cold, log } = recorder();
    const with_ = (n: number) => ({ ...at(n), 'a.js': `${header} onRetire(() => note('retire ${n}')); export const s = state({ x: 1 }, { version: ${n}, up: { 2: (s) => s, 3: (s) => s } }); export const a = () => ${n};` });
    const app = await boot(with_(1), { cold });
    await app.upgrade(with_(2), { probation });
    expect((await app.upgrader.rollback()).outcome).toBe('refused');
    const third = await app.upgrade(with_(3));
    expect([third.outcome, log]).toEqual(third.outcome === 'committed' ? ['committed', ['retire 1', 'retire 2']] : ['refused', []]);
  });
});

describe('probation', () => {
  const at = (n: number) => ({ 'main.js': `import { a } from './a.js'; export const read = () => a(); export const load = () => import('./lazy.js');`, 'a.js': `export const a = () => ${n};`, 'lazy.js': `export const fail = () => { throw new Error('lazy ${n}'); };` });
  test('errors of a changed module that is first loaded during probation are of new code', async () => {
    const app = await boot(at(1));
    await app.upgrade(at(2), { probation });
    const { fail } = await app.module('main.js').load();
    try {
      fail();
    } catch (error) {
      app.upgrader.reportError(error);
    }
    expect(app.events.at(-1)).toMatchObject({ type: 'error', attributedTo: 'new' });
    await settle();
  });
  test('a health answer that comes after confirm does nothing', async () => {
    let answer = (_: boolean) => {};
    const app = await boot(at(1));
    await app.upgrade(at(2), { probation: { ms: 0, health: () => new Promise((resolve) => (answer = resolve)) } });
    expect(app.upgrader.confirm()).toBe(true);
    answer(false);
    await settle();
    expect(app.module('main.js').read()).toBe(2);
  });
  test('an error reported inside the commit is not lost', async () => {
    const app = await boot(at(1));
    const result = await app.upgrade(at(2), { probation: { ms: 0, health: () => { throw new Error('sick'); } } });
    expect(result.outcome).toBe('committed');
    await settle();
    expect(app.module('main.js').read()).toBe(1);
  });
});

describe('discard', () => {
  test('a refused version whose onRetire rejects does not bring the process down', async () => {
    const at = (n: number) => ({ 'main.js': `export { a } from './a.js';`, 'a.js': `import { onRetire, onUpgrade } from 'relup'; ${n === 2 ? `onRetire(() => globalThis.__rejecting()); onUpgrade(() => { throw new Error('no'); });` : ''} export const a = ${n};` });
    const handled: unknown[] = [];
    (globalThis as any).__rejecting = () => ({ then: (_: unknown, onRejected?: (e: unknown) => void) => void handled.push(onRejected) });
    const app = await boot(at(1));
    expect((await app.upgrade(at(2))).outcome).toBe('refused');
    await settle();
    expect(handled.length).toBeGreaterThan(0);
  });
});
