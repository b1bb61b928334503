/**
 * Effects, hooks and the way back (design section 5, upgrade semantics S15, S16, S29, S30, S35).
 */
import { describe, expect, test } from '@jest/globals';
import { boot, type Cold, type Sources } from '../application.js';

/** Counts what runs, by name. */
function recorder(): { cold: Cold; running: Set<string>; log: string[] } {
  const running = new Set<string>();
  const log: string[] = [];
  const run = (name: string) => {
    if (running.has(name)) throw new Error(`${name} runs twice`);
    running.add(name);
    log.push(`start ${name}`);
    return () => {
      running.delete(name);
      log.push(`stop ${name}`);
    };
  };
  return { running, log, cold: { rec: { run, note: (text: string) => log.push(text) } } };
}

const service = (n: number, more = ''): Sources => ({
  'main.js': `import { effect } from 'relup'; import { run } from 'rec'; import { v } from './a.js'; import { w } from './b.js'; effect(() => run('main')); export const read = () => [v(), w()];`,
  'a.js': `import { effect, onUpgrade, onRetire } from 'relup'; import { run, note } from 'rec'; import { w } from './b.js'; effect(() => run('a${n}')); onUpgrade(({ from, to }) => note('upgrade a${n}')); onRetire(() => note('retire a${n}')); export function v() { return 'a${n}' + w(); } ${more}`,
  'b.js': `import { effect, onRetire, onUpgrade } from 'relup'; import { run, note } from 'rec'; effect(() => run('b${n}')); onUpgrade(() => note('upgrade b${n}')); onRetire(() => note('retire b${n}')); export function w() { return 'b${n}'; }`,
});

describe('effects', () => {
  test('S35: not started in prepare; commit stops old ones in reverse dependency order and starts new ones in order', async () => {
    const { cold, running, log } = recorder();
    const app = await boot(service(1), { cold });
    expect(log).toEqual(['start b1', 'start a1', 'start main']);
    log.length = 0;
    expect((await app.upgrade(service(2))).outcome).toBe('committed');
    expect(log).toEqual(['stop a1', 'stop b1', 'start b2', 'start a2', 'upgrade b2', 'upgrade a2', 'retire b1', 'retire a1']);
    expect([...running].sort()).toEqual(['a2', 'b2', 'main']);
  });

  test('onRetire of replaced versions waits for confirm', async () => {
    const { cold, log } = recorder();
    const app = await boot(service(1), { cold });
    await app.upgrade(service(2), { probation: { ms: 0 } });
    expect(log.filter((line) => line.startsWith('retire'))).toEqual([]);
    app.upgrader.confirm();
    expect(log.filter((line) => line.startsWith('retire'))).toEqual(['retire b1', 'retire a1']);
  });

  test('rollback swaps effects back, runs onRetire of the rolled-back versions at once, and restores code', async () => {
    const { cold, running, log } = recorder();
    const app = await boot(service(1), { cold });
    await app.upgrade(service(2), { probation: { ms: 0 } });
    log.length = 0;
    expect(await app.upgrader.rollback()).toMatchObject({ outcome: 'rolledBack' });
    expect([...running].sort()).toEqual(['a1', 'b1', 'main']);
    expect(log.filter((line) => line.startsWith('retire'))).toEqual(['retire b2', 'retire a2']);
    expect(app.module('main.js').read()).toEqual(['a1b1', 'b1']);
    expect((await app.upgrade(service(3))).outcome).toBe('committed');
    expect(app.module('main.js').read()).toEqual(['a3b3', 'b3']);
  });

  test('EFFECT_AT_LOAD: an undeclared effect of a changed module is refused', async () => {
    const { cold } = recorder();
    const app = await boot(service(1), { cold });
    expect(await app.upgrade(service(2, `setInterval(() => {}, 1000);`))).toMatchObject({ outcome: 'refused', refusals: [{ code: 'EFFECT_AT_LOAD', place: expect.stringContaining('a.js') }] });
  });

  test.each([
    ['an effect that throws on start', `effect(() => { throw new Error('no start'); });`, 'EFFECT'],
    ['an onUpgrade that throws', `onUpgrade(() => { throw new Error('no hook'); });`, 'HOOK'],
  ])('S15: %s takes the whole commit back', async (_, more, code) => {
    const { cold, running } = recorder();
    const app = await boot(service(1), { cold });
    const result = await app.upgrade(service(2, more));
    expect(result).toMatchObject({ outcome: 'refused', refusals: [{ code, place: 'a.js' }] });
    expect([...running].sort()).toEqual(['a1', 'b1', 'main']);
    expect(app.module('main.js').read()).toEqual(['a1b1', 'b1']);
    expect(app.upgrader.versions()).toMatchObject({ number: 1, state: 'permanent' });
  });

  test('removed modules stop, added ones start', async () => {
    const { cold, running } = recorder();
    const at = (name: string) => ({ 'main.js': `export { x } from './x.js';`, 'x.js': `import { y } from './${name}.js'; export const x = () => y;`, [`${name}.js`]: `import { effect } from 'relup'; import { run } from 'rec'; effect(() => run('${name}')); export const y = '${name}';` });
    const app = await boot(at('old'), { cold });
    expect(await app.upgrade(at('new'), { probation: { ms: 0 } })).toMatchObject({ outcome: 'committed' });
    expect([...running]).toEqual(['new']);
    expect(app.module('main.js').x()).toBe('new');
    await app.upgrader.rollback();
    expect([...running]).toEqual(['old']);
    expect(app.module('main.js').x()).toBe('old');
  });
});

describe('probation and release states', () => {
  const settle = () => new Promise((resolve) => setTimeout(resolve, 20));
  /** Until it is told; a machine may be busy. */
  const told = async (app: Awaited<ReturnType<typeof boot>>, type: string): Promise<void> => {
    for (let turn = 0; turn < 200 && !app.events.some((event) => event.type === type); turn++) await settle();
    expect(app.events.find((event) => event.type === type)).toBeDefined();
  };

  test('S29: current until confirmed, then permanent', async () => {
    const { cold } = recorder();
    const app = await boot(service(1), { cold });
    expect(app.upgrader.versions().state).toBe('permanent');
    await app.upgrade(service(2), { probation: { ms: 0 } });
    expect(app.upgrader.versions().state).toBe('current');
    app.upgrader.confirm();
    expect(app.upgrader.versions().state).toBe('permanent');
    expect(app.upgrader.confirm()).toBe(false);
  });

  test('S30: a health function that says no brings the old release back by itself', async () => {
    const { cold } = recorder();
    const app = await boot(service(1), { cold });
    await app.upgrade(service(2), { probation: { ms: 10_000, health: () => false } });
    await told(app, 'rolledBack');
    expect(app.module('main.js').read()).toEqual(['a1b1', 'b1']);
    expect(app.events.at(-1)).toMatchObject({ type: 'rolledBack', result: { refusals: [{ code: 'PROBATION' }] } });
  });

  test('S30: a time without trouble confirms by itself', async () => {
    const { cold } = recorder();
    const app = await boot(service(1), { cold });
    await app.upgrade(service(2), { probation: { ms: 5, health: () => true } });
    await told(app, 'confirmed');
    expect(app.events.at(-1)).toMatchObject({ type: 'confirmed' });
  });

  test.each([false, true])('errors of new code end the probation, errors of old code do not; by patch: %s', async (patched) => {
    const { cold } = recorder();
    const at = (n: number) => ({ ...service(n), 'c.js': `export function fail() { throw new Error('c${n}'); }`, 'main.js': `${service(1)['main.js']} export { fail } from './c.js';` });
    const app = await boot(at(1), { cold, patched });
    const caught = (): Error => {
      try {
        app.module('main.js').fail();
      } catch (error) {
        return error as Error;
      }
      throw new Error('did not throw');
    };
    const old = caught();
    await app.upgrade(at(2), { probation: { ms: 0 } });
    app.upgrader.reportError(old);
    await told(app, 'error');
    expect(app.events.at(-1)).toMatchObject({ type: 'error', attributedTo: 'old' });
    app.upgrader.reportError(caught());
    await told(app, 'rolledBack');
  });

  test('a promise of onUpgrade that rejects belongs to probation', async () => {
    const { cold } = recorder();
    const app = await boot(service(1), { cold });
    await app.upgrade(service(2, `onUpgrade(async () => { throw new Error('late'); });`), { probation: { ms: 0 } });
    await told(app, 'rolledBack');
  });

  test('rollback without a replaced release answers NO_PREVIOUS', async () => {
    const app = await boot({ 'main.js': 'export const x = 1;' });
    expect(await app.upgrader.rollback()).toMatchObject({ outcome: 'refused', refusals: [{ code: 'NO_PREVIOUS' }] });
  });
});
