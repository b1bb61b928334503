/**
 * State across releases (design section 5, upgrade semantics S19 to S27): roots that stay, chains up and down, dropped
 * fields, and every way in which a migration can go wrong.
 */
import { describe, expect, test } from '@jest/globals';
import { boot, limited, type Sources } from '../application.js';

const cart = (declaration: string, more = ''): Sources => ({
  'main.js': `export { root, add, read } from './cart.js';`,
  'cart.js': `import { state } from 'relup'; const cart = state(${declaration}); export const root = () => cart; export function add(item) { cart.items.push(item); } export function read() { return JSON.parse(JSON.stringify(cart)); } ${more}`,
});
const one = cart(`{ items: [], currency: 'EUR' }`);
const two = cart(`{ items: [], total: 0 }, { version: 2, up: { 2: (s) => ({ items: s.items.map((name) => ({ name })), was: s.currency }) }, down: { 1: (s) => ({ items: s.items.map(({ name }) => name), currency: s.was }) } }`);

describe('roots', () => {
  test('S25: a root is the same object across versions, and keeps what is in it', async () => {
    const app = await boot(one);
    const { add } = app.module('main.js');
    const root = app.module('main.js').root();
    add('tea');
    await app.upgrade(cart(`{ items: [], currency: 'EUR' }`, 'export const two = 2;'));
    app.module('main.js').add('cup');
    add('old reference');
    expect(app.module('main.js').root()).toBe(root);
    expect(root.items).toEqual(['tea', 'cup', 'old reference']);
  });

  test('initialisers are thunks: they run only for fields that are absent', async () => {
    let opened = 0;
    const cold = { db: { open: () => ++opened } };
    const at = (more: string) => ({ 'main.js': `import { state } from 'relup'; import { open } from 'db'; const pool = state({ db: open(), ${more} }); export const read = () => ({ ...pool }); export const onUpgrade = 0; import { onUpgrade as hook } from 'relup'; hook(() => {});` });
    const app = await boot(at(''), { cold });
    const result = await app.upgrade(at('size: 4, extra: open(),'));
    expect(result).toMatchObject({ outcome: 'committed' });
    expect(app.module('main.js').read()).toEqual({ db: 1, size: 4, extra: 2 });
  });

  test('arrays, Maps and Sets are roots too, and are migrated in place', async () => {
    const at = (n: number) => ({
      'main.js': `export * from './s.js';`,
      's.js': n === 1
        ? `import { state } from 'relup'; export const list = state([1, 2]); export const map = state(new Map([['a', 1]])); export const set = state(new Set(['x']));`
        : `import { state } from 'relup'; export const list = state([], { version: 2, up: { 2: (s) => s.map((n) => n * 10) } }); export const map = state(new Map(), { version: 2, up: { 2: (s) => new Map([...s].map(([k, v]) => [k, v + 1])) } }); export const set = state(new Set(), { version: 2, up: { 2: (s) => { s.add('y'); return s; } } });`,
    });
    const app = await boot(at(1));
    const { list, map, set } = app.module('main.js');
    expect(await app.upgrade(at(2))).toMatchObject({ outcome: 'committed' });
    expect([list, [...map], [...set]]).toEqual([[10, 20], [['a', 2]], ['x', 'y']]);
    expect(app.module('main.js').list).toBe(list);
  });

  test('a renamed key takes its root along', async () => {
    const at = (declaration: string, name: string) => ({ 'main.js': `import { state } from 'relup'; const ${name} = ${declaration}; export const root = () => ${name}; import { onUpgrade } from 'relup'; onUpgrade(() => {});` });
    const app = await boot(at(`state({ n: 1 })`, 'before'));
    const root = app.module('main.js').root();
    root.n = 7;
    expect(await app.upgrade(at(`state({ n: 1 }, { renamedFrom: 'before' })`, 'after'))).toMatchObject({ outcome: 'committed' });
    expect(app.module('main.js').root()).toBe(root);
    expect(root.n).toBe(7);
  });

  test('a key that vanished is refused with STATE_DROPPED, unless the release drops it', async () => {
    const app = await boot(one);
    const without: Sources = { 'main.js': one['main.js'] as string, 'cart.js': `export const root = () => null; export function add() {} export function read() {}` };
    expect(await app.upgrade(without)).toMatchObject({ outcome: 'refused', refusals: [{ code: 'STATE_DROPPED', place: expect.stringContaining('cart.js') }] });
    expect(await app.upgrade(without, { drop: ['cart.js#cart'] })).toMatchObject({ outcome: 'committed' });
  });
});

describe('chains', () => {
  test('S19, S25: up steps get the state as it is, return the new fields, and added fields are filled', async () => {
    const app = await boot(one);
    app.module('main.js').add('tea');
    expect(await app.upgrade(two)).toMatchObject({ outcome: 'committed', migrationMs: expect.any(Number) });
    expect(app.module('main.js').read()).toEqual({ items: [{ name: 'tea' }], was: 'EUR', total: 0 });
  });

  test('S27: a process several releases behind runs every step in between', async () => {
    const app = await boot(cart(`{ log: ['1'], items: [] }`));
    const steps = [2, 3, 4].map((n) => `${n}: (s) => ({ ...s, log: [...s.log, '${n}'] })`).join(', ');
    expect(await app.upgrade(cart(`{ log: [], items: [] }, { version: 4, up: { ${steps} } }`))).toMatchObject({ outcome: 'committed' });
    expect(app.module('main.js').read().log).toEqual(['1', '2', '3', '4']);
  });

  test('dropped fields stay readable to old frames until confirm, and are gone afterwards', async () => {
    const app = await boot(one);
    const root = app.module('main.js').root();
    await app.upgrade(two, { probation: { ms: 0 } });
    expect(Object.keys(root)).toEqual(['items', 'was', 'total']);
    expect(root.currency).toBe('EUR');
    expect(app.upgrader.confirm()).toBe(true);
    expect('currency' in root).toBe(false);
  });

  test('rollback migrates the state as it is now by down, and restores code', async () => {
    const app = await boot(one);
    const root = app.module('main.js').root();
    app.module('main.js').add('tea');
    await app.upgrade(two, { probation: { ms: 0 } });
    app.module('main.js').add({ name: 'cup' });
    expect(await app.upgrader.rollback()).toMatchObject({ outcome: 'rolledBack' });
    expect(app.module('main.js').read()).toEqual({ items: ['tea', 'cup'], currency: 'EUR' });
    expect(app.module('main.js').root()).toBe(root);
  });

  test('S20: a missing inverse is in the plan, and rollback is refused with STATE_NO_DOWN, leaving the new release', async () => {
    const app = await boot(one);
    const noWay = cart(`{ items: [] }, { version: 2, up: { 2: (s) => ({ items: s.items }) } }`);
    expect(app.plan(noWay).noRollback).toMatchObject([{ code: 'STATE_NO_DOWN' }]);
    await app.upgrade(noWay, { probation: { ms: 0 } });
    const before = app.module('main.js').read();
    expect(await app.upgrader.rollback()).toMatchObject({ outcome: 'refused', refusals: [{ code: 'STATE_NO_DOWN' }] });
    expect(app.module('main.js').read()).toEqual(before);
  });
});

describe('bad migrations change nothing', () => {
  const bad: Record<string, [code: string, step: string]> = {
    'throws half-way through nested writes': ['STATE_MIGRATION', `(s) => { s.items.push('half'); s.nested.deep.x = 2; delete s.currency; s.map.set('b', 2); s.set.clear(); s.items.length = 0; throw new Error('stop'); }`],
    'is asynchronous': ['STATE_ASYNC', `async (s) => { s.items.push('async'); return s; }`],
    'returns nothing': ['STATE_SHAPE', `(s) => { s.items.push('none'); }`],
    'returns another kind': ['STATE_SHAPE', `(s) => [s]`],
    'loops for ever': ['STATE_TIMEOUT', `(s) => { s.items.push('loop'); for (;;); }`],
  };
  test.each(Object.entries(bad))('a step that %s', async (_, [code, step]) => {
    const initial = `{ items: ['tea'], currency: 'EUR', nested: { deep: { x: 1 } }, map: new Map([['a', 1]]), set: new Set([1]) }`;
    const app = await boot(cart(initial), { host: { limit: limited } });
    const root = app.module('main.js').root();
    const before = structuredClone(root);
    const result = await app.upgrade(cart(`${initial}, { version: 2, up: { 2: ${step} } }`));
    expect(result).toMatchObject({ outcome: 'refused', pauseMs: null, refusals: [{ code, place: 'cart.js#cart', hint: expect.stringContaining('Nothing was changed') }] });
    expect(root).toEqual(before);
    expect(app.module('main.js').root()).toBe(root);
    expect((await app.upgrade(cart(initial, 'export const later = 1;'))).outcome).toBe('committed');
  });

  test('S15: a fill that throws in the commit is taken back with everything before it', async () => {
    const app = await boot(one);
    app.module('main.js').add('tea');
    const before = app.module('main.js').read();
    const result = await app.upgrade(cart(`{ items: [], broken: (() => { throw new Error('no fill'); })() }, { version: 2, up: { 2: (s) => ({ items: s.items.map((n) => n + '!') }) } }`));
    expect(result.outcome).toBe('refused');
    expect(app.module('main.js').read()).toEqual(before);
  });

  test('a missing step of a chain is refused by the plan', async () => {
    const app = await boot(one);
    expect(await app.upgrade(cart(`{ items: [] }, { version: 3, up: { 3: (s) => s } }`))).toMatchObject({ outcome: 'refused', refusals: [{ code: 'STATE_CHAIN' }] });
  });

  test('a chain whose versions are not literal is checked before the commit', async () => {
    const app = await boot(one);
    expect(await app.upgrade(cart(`{ items: [] }, { version: 1 + 2, up: { [1 + 2]: (s) => s } }`))).toMatchObject({ outcome: 'refused', refusals: [{ code: 'STATE_CHAIN' }] });
  });

  test('STATE_AT_LOAD: a root that is used while the body runs is refused', async () => {
    const app = await boot(one);
    expect(await app.upgrade(cart(`{ items: [], currency: 'EUR' }`, `const size = cart.items.length; export { size };`))).toMatchObject({ outcome: 'refused', refusals: [{ code: 'STATE_AT_LOAD' }] });
  });

  test('STATE_UNDECLARED: state that functions change without declaring it is refused, and settled by reset()', async () => {
    const at = (n: number, declared = 'let n = 0') => ({ 'main.js': `export { next } from './n.js';`, 'n.js': `import { reset } from 'relup'; ${declared}; export function next() { return ++n + ${n}; }` });
    const app = await boot(at(1));
    expect(await app.upgrade(at(2))).toMatchObject({ outcome: 'refused', refusals: [{ code: 'STATE_UNDECLARED', place: expect.stringContaining('n.js:1') }] });
    const settled = await boot(at(1, 'let n = reset(0)'));
    expect(await settled.upgrade(at(2, 'let n = reset(0)'))).toMatchObject({ outcome: 'committed' });
  });
});
