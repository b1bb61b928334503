/**
 * Review: what keeps old versions alive, over many upgrades. Old module instances must be collectable.
 */
import { setFlagsFromString } from 'node:v8';
import vm from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { boot, type Sources } from '../application.js';

setFlagsFromString('--expose-gc');
const gc = vm.runInNewContext('gc') as () => void;
const collect = async () => {
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    gc();
  }
};
const allow = ['STATE_UNDECLARED', 'EFFECT_AT_LOAD'];
const kinds: Record<string, (n: number) => Sources> = {
  'functions': (n) => ({ 'main.js': `import { f } from './m.js'; export const read = () => f();`, 'm.js': `const big = new Payload(); export function f() { return big.n + ${n}; }` }),
  'export let through a barrel and a namespace': (n) => ({ 'main.js': `import { x, set } from './all.js'; import * as all from './all.js'; export { x as shown } from './all.js'; export const read = () => [x, all['x']]; export const write = (v) => set(v);`, 'all.js': `export * from './m.js'; export * as ns from './m.js';`, 'm.js': `const big = new Payload(); export let x = big.n + ${n}; export function set(v) { x = v + big.n; }` }),
  'a changed barrel over an unchanged export let': (n) => ({ 'main.js': `import { x, f } from './all.js'; export const read = () => [x, f()];`, 'all.js': `export * from './u.js'; const big = new Payload(); export function f() { return big.n + ${n}; }`, 'u.js': `export let x = 1; export function set(v) { x = v; }` }),
  'cycles with an unchanged module': (n) => ({ 'main.js': `import { f } from './m.js'; export const read = () => f();`, 'm.js': `import { u } from './u.js'; const big = new Payload(); export function f() { return u() + big.n + ${n}; }`, 'u.js': `import { f } from './m.js'; export function u() { return f ? 1 : 0; }` }),
  'top-level await below': (n) => ({ 'main.js': `import { f } from './m.js'; export const read = () => f();`, 'm.js': `import { u } from './u.js'; const big = new Payload(); export function f() { return u + big.n + ${n}; }`, 'u.js': `export const u = await 1;` }),
  'state and effects': (n) => ({ 'main.js': `import { f } from './m.js'; export const read = () => f();`, 'm.js': `import { state, effect, onUpgrade, onRetire } from 'relup'; const big = new Payload(); const s = state({ a: 1 }, { version: ${n}, up: new Proxy({}, { get: () => (x) => (big.n, x) }) }); effect(() => () => big.n); onUpgrade(() => void big.n); onRetire(() => void big.n); export function f() { return s.a + big.n + ${n}; }` }),
  'added and removed modules': (n) => ({ 'main.js': `import { f } from './m.js'; export const read = () => f();`, 'm.js': `import { y } from './y${n % 3}.js'; const big = new Payload(); export function f() { return y + big.n + ${n}; }`, [`y${n % 3}.js`]: `const big = new Payload(); export const y = () => big.n;` }),
};

describe('old versions are collected', () => {
  test.each(Object.entries(kinds))('%s', async (_, at) => {
    const alive: WeakRef<object>[] = [];
    (globalThis as any).Payload = class {
      n = 1;
      data = new Array(10);
      constructor() {
        alive.push(new WeakRef(this));
      }
    };
    const app = await boot(at(1));
    for (let n = 2; n < 60; n++) expect(await app.upgrade(at(n), { allow })).toMatchObject({ outcome: 'committed', refusals: [] });
    await collect();
    // References to dead tables go with the next commit.
    for (let n = 60; n < 62; n++) await app.upgrade(at(n), { allow });
    await collect();
    const kept = alive.filter((ref) => ref.deref()).length;
    expect(alive.length).toBeGreaterThan(60);
    expect(kept).toBeLessThanOrEqual(6);
    const sizes = [...app.runtime.records.values()].flatMap(({ current, older }) => [older.length, current.asyncParents.length, ...[...current.mirrors.values()].map((set) => set.size)]);
    expect(Math.max(...sizes)).toBeLessThan(20);
    expect(app.runtime.open.size).toBe(0);
  });

  test('also when every release is rolled back', async () => {
    const alive: WeakRef<object>[] = [];
    (globalThis as any).Payload = class { n = 1; constructor() { alive.push(new WeakRef(this)); } };
    const at = kinds['export let through a barrel and a namespace']!;
    const app = await boot(at(1));
    const facade: { x?: unknown } = {};
    app.runtime.records.get('m.js')!.facade({ x: (v) => void (facade.x = v) });
    for (let n = 2; n < 40; n++) {
      expect(await app.upgrade(at(n), { allow, probation: { ms: 0 } })).toMatchObject({ outcome: 'committed' });
      expect(await app.upgrader.rollback()).toMatchObject({ outcome: 'rolledBack' });
    }
    await collect();
    await app.upgrade(at(40), { allow });
    await collect();
    expect(alive.filter((ref) => ref.deref()).length).toBeLessThanOrEqual(3);
    expect([...app.runtime.records.values()].map(({ older, current }) => Math.max(older.length, ...[...current.mirrors.values()].map((set) => set.size)))).toEqual([expect.anything(), expect.anything(), expect.anything()]);
    for (const { older, current } of app.runtime.records.values()) for (const size of [older.length, ...[...current.mirrors.values()].map((set) => set.size)]) expect(size).toBeLessThan(10);
  });

  test('also when every release is refused', async () => {
    const alive: WeakRef<object>[] = [];
    (globalThis as any).Payload = class { n = 1; constructor() { alive.push(new WeakRef(this)); } };
    const at = (n: number): Sources => ({ 'main.js': `import { f } from './m.js'; export const read = () => f();`, 'm.js': `import { u } from './u.js'; const big = new Payload(); export function f() { return big.n + ${n} + u(); }`, 'u.js': `import { f } from './m.js'; if (${n} > 1) throw new Error('no'); export function u() { return f ? 1 : 0; }` });
    const app = await boot(at(1));
    for (let n = 2; n < 40; n++) expect((await app.upgrade({ ...at(n), 'm.js': at(n)['m.js']!.replace(`import { u } from './u.js';`, `import { u } from './u.js';`) }, { allow })).outcome).toBe('refused');
    await collect();
    expect(alive.filter((ref) => ref.deref()).length).toBeLessThanOrEqual(2);
    expect(app.runtime.open.size).toBe(0);
  });
});
