/**
 * Review: migrations are all or nothing, and leave plain live objects behind.
 */
import { isProxy } from 'node:util/types';
import { describe, expect, test } from '@jest/globals';
import { boot, type Application, type Cold } from '../application.js';

const at = (declaration: string, more = '') => ({
  'main.js': `export { root, save } from './s.js';`,
  's.js': `import { state } from 'relup'; import * as cold from 'cold'; export const save = (key, value) => { root[key] = value; }; export const root = state(${declaration}); ${more}`,
});
const at2 = (declaration: string, up: string, down = '(s) => s') => at(`${declaration}, { version: 2, up: { 2: ${up} }, down: { 1: ${down} } }`);
const probation = { ms: 0 };
async function migrate(declaration: string, up: string, cold: Cold = { cold: {} }): Promise<{ app: Application; root: any; result: any }> {
  const app = await boot(at(declaration), { cold });
  const { root } = app.module('main.js');
  const result = await app.upgrade(at2(declaration, up));
  return { app, root, result };
}
function holdsProxy(value: any, seen = new Set()): boolean {
  if (typeof value !== 'object' || value === null || seen.has(value)) return false;
  seen.add(value);
  if (isProxy(value)) return true;
  if (value instanceof Map) return [...value].flat().some((inner) => holdsProxy(inner, seen));
  if (value instanceof Set) return [...value].some((inner) => holdsProxy(inner, seen));
  return Reflect.ownKeys(value).some((key) => holdsProxy(value[key], seen));
}

describe('no view of a migration stays in live state', () => {
  const initial = `{ items: [{ id: 1 }, { id: 2 }], other: { x: 1 }, map: new Map() }`;
  test.each([
    ['in a new Set', `(s) => ({ ...s, chosen: new Set(s.items) })`],
    ['as keys of a new Map', `(s) => ({ ...s, chosen: new Map(s.items.map((i) => [i, 1])) })`],
    ['in an instance', `(s) => ({ ...s, chosen: s.items.map((i) => Object.assign(new (class Item {})(), { i })) })`],
    ['in an object assigned to a nested field', `(s) => { s.items[0].wrapped = { inner: s.other }; return s; }`],
    ['in an object put into a nested Map', `(s) => { s.map.set('k', { inner: s.other }); return s; }`],
    ['in an object pushed into a nested array', `(s) => { s.items.push({ inner: s.other }); return s; }`],
  ])('%s', async (_, up) => {
    const { root, result } = await migrate(initial, up);
    expect(result).toMatchObject({ outcome: 'committed' });
    expect(holdsProxy(root)).toBe(false);
  });
  test.each([
    ['an array root', `[{ id: 1 }]`, `(s) => s.map((item) => ({ item }))`],
    ['a Map root', `new Map([['a', { id: 1 }]])`, `(s) => new Map([...s].map(([k, item]) => [k, { item }]))`],
    ['a Set root', `new Set([{ id: 1 }])`, `(s) => new Set([...s].map((item) => ({ item })))`],
  ])('%s', async (_, declaration, up) => {
    const { root, result } = await migrate(declaration, up);
    expect(result).toMatchObject({ outcome: 'committed' });
    expect(holdsProxy(root)).toBe(false);
  });
});

describe('steps', () => {
  test('may build cyclic data', async () => {
    const { result, root } = await migrate(`{ a: 1 }`, `(s) => { const node = { s: 1 }; node.self = node; return { a: s.a, node }; }`);
    expect(result).toMatchObject({ outcome: 'committed' });
    expect(root.node.self).toBe(root.node);
  });
  test('may read nested frozen objects', async () => {
    const { result, root } = await migrate(`{ config: Object.freeze({ limits: Object.freeze({ max: 3 }) }) }`, `(s) => ({ config: s.config, max: s.config.limits.max })`);
    expect(result).toMatchObject({ outcome: 'committed' });
    expect(root.max).toBe(3);
  });
  test('that fail take back what setters wrote', async () => {
    const { result, root } = await migrate(`{ inner: { _x: 1, set x(v) { this._x = v; } } }`, `(s) => { s.inner.x = 5; throw new Error('no'); }`);
    expect(result).toMatchObject({ outcome: 'refused' });
    expect(root.inner._x).toBe(1);
  });
  test('that fail take back what they did to class instances', async () => {
    const cold = { cold: { Counter: class { n = 0; } } };
    const { result, root } = await migrate(`{ counter: new cold.Counter(), when: new Date(0), bytes: new Uint8Array(2) }`, `(s) => { s.counter.n++; s.when.setTime(5); s.bytes[0] = 7; throw new Error('no'); }`, cold);
    expect(result).toMatchObject({ outcome: 'refused' });
    expect([root.counter.n, root.when.getTime(), root.bytes[0]]).toEqual([0, 0, 0]);
  });
  test('take effect once on class instances', async () => {
    const cold = { cold: { Counter: class { n = 0; } } };
    const { result, root } = await migrate(`{ counter: new cold.Counter() }`, `(s) => { s.counter.n += 10; return s; }`, cold);
    expect(result).toMatchObject({ outcome: 'committed' });
    expect(root.counter.n).toBe(10);
  });
  test('that fail leave the order of fields', async () => {
    const { root } = await migrate(`{ a: 1, b: 2, c: 3 }`, `(s) => { delete s.a; throw new Error('no'); }`);
    expect(JSON.stringify(root)).toBe('{"a":1,"b":2,"c":3}');
  });
  test('may append 20,000 elements one by one', async () => {
    const { result, root } = await migrate(`{ list: [] }`, `(s) => { for (let i = 0; i < 20000; i++) s.list.push(i); return s; }`);
    expect(result).toMatchObject({ outcome: 'committed' });
    expect(root.list.length).toBe(20_000);
  });
  test('may return an array of 200,000 elements', async () => {
    const { result, root } = await migrate(`[]`, `(s) => Array.from({ length: 200000 }, (_, i) => i)`);
    expect(result).toMatchObject({ outcome: 'committed' });
    expect(root.length).toBe(200_000);
  });
  test('may return fields with symbols as keys', async () => {
    const cold = { cold: { key: Symbol('key') } };
    const { root, result } = await migrate(`{ [cold.key]: 1, a: 1 }`, `(s) => ({ a: s.a, [cold.key]: 2 })`, cold);
    expect(result).toMatchObject({ outcome: 'committed' });
    expect(root[cold.cold.key]).toBe(2);
  });
  test('a frozen root is refused with a code of state', async () => {
    const { result } = await migrate(`Object.freeze({ a: 1 })`, `(s) => ({ a: 2 })`);
    expect(result).toMatchObject({ outcome: 'refused', refusals: [{ code: expect.stringMatching(/^STATE_/), place: 's.js#root' }] });
  });
  test('array methods over nested arrays, up and down, twice', async () => {
    const declaration = `{ list: [{ n: 3 }, { n: 1 }, { n: 2 }] }`;
    const up = `(s) => { s.list.sort((a, b) => a.n - b.n); s.list.splice(1, 1); s.list.reverse(); s.list.unshift({ n: 0 }); s.list.copyWithin(0, 1); return s; }`;
    const expected = [{ n: 3 }, { n: 1 }, { n: 2 }];
    new Function('s', `return (${up})(s)`)({ list: expected });
    const { root, result } = await migrate(declaration, up);
    expect(result).toMatchObject({ outcome: 'committed' });
    expect(root.list).toEqual(expected);
    expect(holdsProxy(root)).toBe(false);
  });
});

describe('keys', () => {
  test('a new state may take the key that a renamed one had', async () => {
    const one = { 'main.js': `export { a } from './s.js';`, 's.js': `import { state } from 'relup'; export const a = state({ old: 1 });` };
    const two = { 'main.js': `export { a } from './s.js';`, 's.js': `import { state } from 'relup'; export const b = state({}, { renamedFrom: 'a' }); export const a = state({ fresh: 1 });` };
    const app = await boot(one);
    const root = app.module('s.js').a;
    const result = await app.upgrade(two);
    if (result.outcome === 'refused') return;
    expect(app.module('s.js').b).toBe(root);
    expect(app.module('s.js').a).toEqual({ fresh: 1 });
    expect([...app.runtime.records.get('s.js')!.roots.keys()].sort()).toEqual(['a', 'b']);
  });
  test('swapped names and skipped renames are refused or keep every root', async () => {
    const one = { 'main.js': `export * from './s.js';`, 's.js': `import { state } from 'relup'; export const a = state({ was: 'a' }); export const b = state({ was: 'b' });` };
    const app = await boot(one);
    const { a, b } = app.module('main.js');
    const swapped = await app.upgrade({ ...one, 's.js': `import { state } from 'relup'; export const a = state({}, { renamedFrom: 'b' }); export const b = state({}, { renamedFrom: 'a' });` });
    if (swapped.outcome === 'committed') expect([app.module('main.js').a, app.module('main.js').b]).toEqual([b, a]);
    const skipped = await app.upgrade({ ...one, 's.js': `import { state } from 'relup'; export const c = state({}, { renamedFrom: 'x' }); export const b = state({});` });
    expect(skipped).toMatchObject({ outcome: 'refused' });
  });
  test('rename there and back again, and on', async () => {
    const app = await boot(at(`{ n: 1 }`), { cold: { cold: {} } });
    const root = app.module('s.js').root;
    const renamed = { 'main.js': at('')['main.js'] as string, 's.js': `import { state } from 'relup'; export const save = 0; const later = state({ n: 1 }, { renamedFrom: 'root' }); export { later as root };` };
    for (let i = 0; i < 3; i++) {
      expect(await app.upgrade(renamed, { probation, allow: ['EXPORT_KIND'] })).toMatchObject({ outcome: 'committed' });
      expect(app.module('s.js').root).toBe(root);
      expect(await app.upgrader.rollback()).toMatchObject({ outcome: 'rolledBack' });
      expect(app.module('s.js').root).toBe(root);
      expect([...app.runtime.records.get('s.js')!.roots.keys()]).toEqual(['root']);
    }
  });
});

describe('dropped fields', () => {
  test('that new code writes again are there after confirm, and can be seen before', async () => {
    const app = await boot(at(`{ items: [], note: 'old' }`), { cold: { cold: {} } });
    const { root } = app.module('main.js');
    await app.upgrade(at2(`{ items: [] }`, `(s) => ({ items: s.items })`), { probation });
    app.module('main.js').save('note', 'new');
    const seen = JSON.stringify(root);
    app.upgrader.confirm();
    expect([seen, root.note]).toEqual(['{"items":[],"note":"new"}', 'new']);
  });
  test('by down are gone after the rollback, and state that old code writes then survives the next confirm', async () => {
    const app = await boot(at(`{ items: [] }`), { cold: { cold: {} } });
    const { root } = app.module('main.js');
    await app.upgrade(at2(`{ items: [], total: 0 }`, `(s) => ({ items: s.items })`, `(s) => ({ items: s.items })`), { probation });
    await app.upgrader.rollback();
    app.module('main.js').save('total', 9);
    expect(JSON.stringify(root)).toBe('{"items":[],"total":9}');
    await app.upgrade(at(`{ items: [] }`, 'export const v = 3;'));
    expect(root.total).toBe(9);
  });
  test('and re-added start anew', async () => {
    const app = await boot(at(`{ a: 1, b: 'old' }`), { cold: { cold: {} } });
    const { root } = app.module('main.js');
    await app.upgrade(at2(`{ a: 1 }`, `(s) => ({ a: s.a })`, `(s) => ({ a: s.a, b: 'down' })`), { probation });
    await app.upgrader.rollback();
    expect(JSON.stringify(root)).toBe('{"a":1,"b":"down"}');
    await app.upgrade(at2(`{ a: 1 }`, `(s) => ({ a: s.a })`));
    expect('b' in root).toBe(false);
    await app.upgrade(at(`{ a: 1, b: 'anew' }, { version: 3, up: { 3: (s) => ({ ...s }) } }`));
    expect(JSON.stringify(root)).toBe('{"a":1,"b":"anew"}');
  });
});

describe('several roots', () => {
  test('a fill thunk may read another root of the same upgrade, migrated', async () => {
    const one = { 'main.js': `export { b } from './b.js'; export { a } from './a.js';`, 'a.js': `import { state } from 'relup'; export const a = state({ n: 1 });`, 'b.js': `import { state } from 'relup'; import { a } from './a.js'; export const b = state({ x: 1 }); export const use = () => a;` };
    const two = { ...one, 'a.js': `import { state } from 'relup'; export const a = state({ n: 1 }, { version: 2, up: { 2: (s) => ({ n: s.n + 1 }) } });`, 'b.js': `import { state } from 'relup'; import { a } from './a.js'; export const b = state({ x: 1, y: a.n }); export const use = () => a;` };
    const app = await boot(one);
    const result = await app.upgrade(two);
    if (result.outcome === 'committed') expect(app.module('main.js').b.y).toBe(2);
    else expect(result.refusals[0]?.code).toBe('STATE_AT_LOAD');
  });
  test('an object that two roots share stays shared', async () => {
    const sources = (up: string, v: number) => ({ 'main.js': `export { a, b, link } from './s.js';`, 's.js': `import { state } from 'relup'; export const a = state({ shared: { n: 1 } }, { version: ${v}, up: { 2: ${up} } }); export const b = state({ ref: null }, { version: ${v}, up: { 2: (s) => ({ ref: s.ref }) } }); export const link = () => { b.ref = a.shared; };` });
    const app = await boot(sources('(s) => s', 1));
    const { a, b, link } = app.module('main.js');
    link();
    expect(await app.upgrade(sources('(s) => { s.shared.n = 2; return { shared: s.shared }; }', 2))).toMatchObject({ outcome: 'committed' });
    expect(b.ref).toBe(a.shared);
    expect(b.ref.n).toBe(2);
  });
});
