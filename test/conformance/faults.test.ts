/**
 * Promise 3 and S15: a fault at every step of prepare and commit at which code that is not ours runs (bodies, migrations,
 * fills, effects, hooks, loading) leaves tables, state, effects and `current` exactly as before.
 */
import { describe, expect, test } from '@jest/globals';
import { boot, type Application, type Sources } from '../application.js';

/** `point()` counts; the n-th call throws. */
function injector() {
  const running = new Set<string>();
  let calls = 0;
  let failAt = Infinity;
  const point = (name: string): void => {
    if (++calls === failAt) throw new Error(`fault at step ${failAt} (${name})`);
  };
  const run = (name: string) => {
    point(`start ${name}`);
    running.add(name);
    return () => {
      point(`stop ${name}`);
      running.delete(name);
    };
  };
  return { running, cold: { rec: { point, run } }, calls: () => calls, arm: (n: number) => ((calls = 0), (failAt = n)), disarm: () => (failAt = Infinity) };
}

const header = (n: number) => `import { state, effect, onUpgrade, onRetire } from 'relup'; import { point, run } from 'rec'; point('body'); effect(() => run(import.meta.url + ${n})); onUpgrade(() => { point('hook'); });`;
const release = (n: number): Sources => ({
  'main.js': `import { run } from 'rec'; import { effect } from 'relup'; import * as all from './index.js'; effect(() => run('main')); export const read = () => ({ ...all, sum: all.sum(), count: all.count });`,
  'index.js': `export * from './cart.js'; export { rate as currentRate } from './rate.js'; export * as rates from './rate.js';`,
  'cart.js': `${header(n)} import { rate } from './rate.js'; export const cart = state({ items: [1], ${n === 1 ? '' : `added: point('fill'),`} }, { version: ${n}, up: { 2: (s) => { s.items.push(2); point('up 2'); return { items: s.items }; }, 3: (s) => { point('up 3'); return { items: s.items.map((i) => i) }; } }, down: { 2: (s) => s, 1: (s) => { point('down'); return { items: s.items }; } } }); export let count = ${n}; export function sum() { count++; count--; return cart.items.length * rate(); } ${n === 1 ? '' : 'export const more = () => count;'}`,
  'rate.js': `${header(n)} export function rate() { return ${n}; } export const name = 'rate ${n}'; export default class Rate { static n = ${n}; }`,
  ...(n === 1 ? { 'old.js': `${header(n)}` } : { 'new.js': `${header(n)}` }),
});
const withExtra = (n: number): Sources => ({ ...release(n), 'index.js': `${release(n)['index.js']} import './${n === 1 ? 'old' : 'new'}.js';` });

function snapshot(app: Application, running: Set<string>): unknown {
  const { sum: _, rates, ...values } = app.module('main.js').read();
  return {
    values,
    rates: { ...rates },
    cart: structuredClone(app.module('cart.js').cart),
    hidden: Reflect.ownKeys(app.module('cart.js').cart),
    running: [...running].sort(),
    current: app.upgrader.current().release,
    modules: [...app.runtime.records.values()].map(({ id, pending, previous, current, roots }) => [id, pending, previous, current.status, [...roots].map(([key, root]) => [key, root.version, root.dropped])]),
  };
}

const allow = ['STATE_UNDECLARED', 'EFFECT_AT_LOAD'];

describe('a fault at every step', () => {
  test('of an upgrade', async () => {
    const counting = injector();
    const whole = await boot(withExtra(1), { cold: counting.cold });
    counting.arm(Infinity);
    expect(await whole.upgrade(withExtra(3), { allow })).toMatchObject({ outcome: 'committed' });
    const steps = counting.calls();
    expect(steps).toBeGreaterThan(15);

    for (let step = 1; step <= steps; step++) {
      const faults = injector();
      const app = await boot(withExtra(1), { cold: faults.cold });
      const { cart } = app.module('cart.js');
      const before = snapshot(app, faults.running);
      faults.arm(step);
      const result = await app.upgrade(withExtra(3), { allow });
      faults.disarm();
      expect([step, result.outcome]).toEqual([step, 'refused']);
      expect(String(result.error)).toContain(`fault at step ${step}`);
      expect([step, snapshot(app, faults.running)]).toEqual([step, before]);
      expect(app.module('cart.js').cart).toBe(cart);
      expect(await app.upgrade(withExtra(3), { allow })).toMatchObject({ outcome: 'committed' });
    }
  });

  test('of a rollback', async () => {
    const start = async () => {
      const faults = injector();
      const app = await boot(withExtra(1), { cold: faults.cold });
      await app.upgrade(withExtra(3), { allow, probation: { ms: 0 } });
      return { faults, app, before: snapshot(app, faults.running) };
    };
    const counting = await start();
    counting.faults.arm(Infinity);
    expect(await counting.app.upgrader.rollback()).toMatchObject({ outcome: 'rolledBack' });
    const steps = counting.faults.calls();
    expect(steps).toBeGreaterThan(6);
    for (let step = 1; step <= steps; step++) {
      const { faults, app, before } = await start();
      faults.arm(step);
      expect(await app.upgrader.rollback()).toMatchObject({ outcome: 'refused' });
      faults.disarm();
      expect([step, snapshot(app, faults.running)]).toEqual([step, before]);
      expect(await app.upgrader.rollback()).toMatchObject({ outcome: 'rolledBack' });
      expect(app.module('main.js').read().sum).toBe(app.module('cart.js').cart.items.length);
    }
  });
});
