/**
 * Review: live bindings through barrels, namespaces and facades over several upgrades and rollbacks.
 */
import { describe, expect, test } from '@jest/globals';
import { boot } from '../application.js';

const allow = ['STATE_UNDECLARED'];
const probation = { ms: 0 };

describe('late writes by old closures', () => {
  const at = (n: number) => ({
    'main.js': `import { n } from './n.js'; export { n as shown } from './n.js'; export { set } from './n.js'; export const read = () => n;`,
    'n.js': n === 1 ? `export let n = 1; export const set = (0, (v) => { n = v; });` : `export const n = 2; export const set = (0, () => {});`,
  });

  test('do not reach importers of a new version that never assigns the binding again', async () => {
    const app = await boot(at(1));
    const { set } = app.module('main.js');
    await app.upgrade(at(2), { allow });
    set(99);
    expect([app.module('main.js').read(), app.module('main.js').shown]).toEqual([2, 2]);
  });

  test('are there after a rollback to a version that a constant had replaced', async () => {
    const app = await boot(at(1));
    const { set } = app.module('main.js');
    await app.upgrade(at(2), { allow, probation });
    set(99);
    await app.upgrader.rollback();
    expect([app.module('main.js').read(), app.module('main.js').shown]).toEqual([99, 99]);
  });

  test('between prepare and a commit that fails are not lost', async () => {
    const main = { 'main.js': `import { n, set } from './n.js'; export const read = () => n; export const write = (v) => set(v);` };
    const app = await boot({ ...at(1), ...main });
    const { write: set } = app.module('main.js');
    const bad = { ...at(2), ...main, 'n.js': `import { onUpgrade } from 'relup'; onUpgrade(() => { throw new Error('no'); }); ${at(2)['n.js']}` };
    const { host } = app.runtime;
    app.runtime.host = { ...host, schedule: (task) => host.schedule(() => (set(50), task())) };
    expect((await app.upgrade(bad, { allow })).outcome).toBe('refused');
    expect(app.module('main.js').read()).toBe(50);
  });

  const lets = (n: number) => ({
    'main.js': `import { n } from './all.js'; import * as all from './all.js'; export { n as shown, set } from './all.js'; export const read = () => [n, all.n, Object.values(all)[0]];`,
    'all.js': `export * from './n.js';`,
    'n.js': `export let n = ${n}; export const set = (0, (v) => { n = v; });`,
  });
  test('of several versions, up and down and up again', async () => {
    const app = await boot(lets(1));
    const all = () => [...app.module('main.js').read(), app.module('main.js').shown];
    const facade: { n?: unknown } = {};
    app.runtime.records.get('main.js')!.facade({ shown: (v) => void (facade.n = v) });
    const set1 = app.module('main.js').set;
    set1(11);
    expect([...all(), facade.n]).toEqual([11, 11, 11, 11, 11]);
    await app.upgrade(lets(2), { allow, probation });
    const set2 = app.module('main.js').set;
    set1(12);
    expect([...all(), facade.n]).toEqual([2, 2, 2, 2, 2]);
    set2(22);
    expect([...all(), facade.n]).toEqual([22, 22, 22, 22, 22]);
    await app.upgrader.rollback();
    expect([...all(), facade.n]).toEqual([12, 12, 12, 12, 12]);
    set2(23);
    set1(13);
    expect([...all(), facade.n]).toEqual([13, 13, 13, 13, 13]);
    await app.upgrade(lets(3), { allow, probation });
    const set3 = app.module('main.js').set;
    set3(33);
    set1(14);
    set2(24);
    expect([...all(), facade.n]).toEqual([33, 33, 33, 33, 33]);
    app.upgrader.confirm();
    await app.upgrade(lets(4), { allow, probation });
    set3(34);
    await app.upgrader.rollback();
    expect([...all(), facade.n]).toEqual([34, 34, 34, 34, 34]);
  });

  test('of a version whose commit failed do not reach facades', async () => {
    const app = await boot(lets(1));
    const facade: { n?: unknown } = {};
    app.runtime.records.get('n.js')!.facade({ n: (v) => void (facade.n = v) });
    const cold: { set?: (v: number) => void } = {};
    (globalThis as any).__leak = cold;
    const bad = { ...lets(2), 'n.js': `import { onUpgrade } from 'relup'; onUpgrade(() => { globalThis.__leak.set = set; throw new Error('no'); }); ${lets(2)['n.js']}` };
    expect((await app.upgrade(bad, { allow })).outcome).toBe('refused');
    expect(facade.n).toBe(1);
    cold.set!(77);
    expect(facade.n).toBe(1);
  });
});

describe('slots of replaced versions', () => {
  test('a barrel that became a module of its own no longer mirrors what it re-exported', async () => {
    const at = (n: number) => ({ 'main.js': `import { x } from './all.js'; import { set } from './u.js'; export const read = () => x; export const write = (v) => set(v);`, 'all.js': n === 1 ? `export { x } from './u.js';` : `export const x = 'own';`, 'u.js': `export let x = 1; export function set(v) { x = v; }` });
    const app = await boot(at(1));
    expect(await app.upgrade(at(2))).toMatchObject({ outcome: 'committed' });
    app.module('main.js').write(5);
    expect(app.module('main.js').read()).toBe('own');
  });
  test('take a late assignment, whatever the name has become', async () => {
    const at = (n: number) => ({ 'main.js': `import { x } from './a.js'; export { set } from './a.js'; export const read = () => x;`, 'a.js': n === 1 ? `export let x = 1; export const set = (0, (v) => { x = v; return x; });` : `export { x } from 'cold'; export const set = (0, () => {});` });
    const app = await boot(at(1), { cold: { cold: { x: 'cold' } } });
    const { set } = app.module('main.js');
    expect(await app.upgrade(at(2), { allow, probation })).toMatchObject({ outcome: 'committed' });
    expect(set(7)).toBe(7);
    expect(app.module('main.js').read()).toBe('cold');
    await app.upgrader.rollback();
    expect(app.module('main.js').read()).toBe(7);
  });
});

describe('what a name means moves', () => {
  const main = `import { x } from './all.js'; import * as all from './all.js'; import './c.js'; export const read = () => [x, all.x, all[('x')]];`;
  test.each([
    ['to an unchanged module', `export { x } from './c.js';`, 'c'],
    ['to a cold module', `export { x } from 'cold';`, 'cold'],
    ['to an import of an unchanged module', `import { x } from './c.js'; export { x };`, 'c'],
  ])('%s: an unchanged barrel shows it', async (_, a2, expected) => {
    const at = (a: string) => ({ 'main.js': main, 'all.js': `export * from './a.js';`, 'a.js': a, 'c.js': `export const x = 'c'; export const other = 1;` });
    const app = await boot(at(`export const x = 'a';`), { cold: { cold: { x: 'cold' } } });
    expect(app.module('main.js').read()).toEqual(['a', 'a', 'a']);
    expect(await app.upgrade(at(a2), { probation })).toMatchObject({ outcome: 'committed' });
    expect(app.module('main.js').read()).toEqual([expected, expected, expected]);
    expect(await app.upgrader.rollback()).toMatchObject({ outcome: 'rolledBack' });
    expect(app.module('main.js').read()).toEqual(['a', 'a', 'a']);
  });

  test('to a namespace of an unchanged module', async () => {
    const at = (a: string) => ({ 'main.js': `import { x } from './all.js'; import './c.js'; export const read = () => x.v;`, 'all.js': `export { x } from './a.js';`, 'a.js': a, 'c.js': `export const v = 'c';` });
    const app = await boot(at(`export const x = { v: 'a' };`));
    expect(await app.upgrade(at(`export * as x from './c.js';`))).toMatchObject({ outcome: 'committed' });
    expect(app.module('main.js').read()).toBe('c');
  });

  test('from a barrel to a module of its own, and back', async () => {
    const at = (n: number) => ({ 'main.js': `import { x } from './all.js'; import * as all from './all.js'; export const read = () => [x, Object.keys(all), all.y];`, 'all.js': n === 1 ? `export * from './a.js';` : `import './a.js'; export const x = 'own';`, 'a.js': `export let x = 'a'; export const y = 'y'; export function set() { x = 'b'; }` });
    const app = await boot(at(1));
    await app.upgrade(at(2), { probation });
    expect(app.module('main.js').read()).toEqual(['own', ['x'], undefined]);
    await app.upgrader.rollback();
    expect(app.module('main.js').read()).toEqual(['a', ['set', 'x', 'y'], 'y']);
    await app.upgrade(at(2));
    expect(app.module('main.js').read()).toEqual(['own', ['x'], undefined]);
  });
});

describe('exports come and go', () => {
  const at = (n: number) => ({ 'main.js': `import * as a from './a.js'; export const read = () => [a.extra, a['extra'], typeof a.extra, 'extra' in a];`, 'a.js': n === 1 ? `export const x = 1;` : `export const x = 1; export const extra = 'new';` });
  test('an export that a release added is gone after the rollback', async () => {
    const app = await boot(at(1));
    expect(app.module('main.js').read()).toEqual([undefined, undefined, 'undefined', false]);
    await app.upgrade(at(2), { probation });
    expect(app.module('main.js').read()).toEqual(['new', 'new', 'string', true]);
    await app.upgrader.rollback();
    expect(app.module('main.js').read()).toEqual([undefined, undefined, 'undefined', false]);
  });
  test('an export that a release removed reads undefined through a namespace, or is refused', async () => {
    const app = await boot(at(2));
    const result = await app.upgrade(at(1));
    if (result.outcome === 'committed') expect(app.module('main.js').read()).toEqual([undefined, undefined, 'undefined', false]);
  });
  test('a conflict that appears hides the name, one that vanishes shows it', async () => {
    const both = (b: string) => ({ 'main.js': `import * as all from './all.js'; export const read = () => [all.x, Object.keys(all)];`, 'all.js': `export * from './a.js'; export * from './b.js';`, 'a.js': `export const x = 'a'; export const y = 1;`, 'b.js': b });
    const app = await boot(both(`export const z = 1;`));
    expect(app.module('main.js').read()).toEqual(['a', ['x', 'y', 'z']]);
    const result = await app.upgrade(both(`export const z = 1; export const x = 'b';`), { probation });
    if (result.outcome === 'committed') {
      expect(app.module('main.js').read()).toEqual([undefined, ['y', 'z']]);
      await app.upgrader.rollback();
    }
    expect(app.module('main.js').read()).toEqual(['a', ['x', 'y', 'z']]);
    const other = await boot(both(`export const z = 1; export const x = 'b';`));
    expect(other.module('main.js').read()).toEqual([undefined, ['y', 'z']]);
    await other.upgrade(both(`export const z = 1;`));
    expect(other.module('main.js').read()).toEqual(['a', ['x', 'y', 'z']]);
  });
});

describe('default exports and removed modules', () => {
  test('default exports of every kind are replaced', async () => {
    const forms = [`export default 1`, `export default function () { return 2 }`, `export default class {}`, `export default () => 4`, `const d = 5; export { d as default }`, `export { x as default } from './x.js'`];
    const main = `import d from './d.js'; import './x.js'; export const read = () => d;`;
    const app = await boot({ 'main.js': main, 'd.js': forms[0] as string, 'x.js': `export const x = 6;` });
    for (const form of [...forms, ...forms.reverse()]) {
      const sources = { 'main.js': main, 'd.js': form, 'x.js': `export const x = 6;` };
      const fresh = (await boot(sources)).module('main.js').read();
      expect(await app.upgrade(sources, { allow: ['EXPORT_KIND'] })).toMatchObject({ outcome: expect.not.stringMatching('refused') });
      const isClass = (value: unknown): value is { name: string } => typeof value === 'function' && String(value).startsWith('class');
      const look = (value: unknown): unknown => (isClass(value) ? `class ${value.name}` : typeof value === 'function' ? value() : String(value));
      expect([form, look(app.module('main.js').read())]).toEqual([form, look(fresh)]);
    }
  });
  test('a module that was removed and comes back is new', async () => {
    const at = (n: number) => ({ 'main.js': `export { x } from './x.js';`, 'x.js': n === 2 ? `export const x = () => 'none';` : `import { y, inc } from './y.js'; export const x = () => (inc(), y); export const v = ${n};`, ...(n !== 2 && { 'y.js': `export let y = ${n}; export function inc() { y++; }` }) });
    const app = await boot(at(1));
    expect(app.module('main.js').x()).toBe(2);
    await app.upgrade(at(2), { allow });
    expect(app.module('main.js').x()).toBe('none');
    await app.upgrade(at(3), { allow, probation });
    expect(app.module('main.js').x()).toBe(4);
    await app.upgrader.rollback();
    expect(app.module('main.js').x()).toBe('none');
    await app.upgrade(at(4), { allow });
    expect(app.module('main.js').x()).toBe(5);
  });
});
