/**
 * Handles (design sections 2 and 5): an exported function used as a value is one permanent function that calls the newest code,
 * is the same for everybody, and cannot be told from the function that it stands for.
 */
import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { boot, buildRelease, type Application, type Sources } from '../application.js';

const main = `import { fn } from './lib.js';
  export const get = () => fn;
  export const call = (...args) => fn(...args);
  export const make = (...args) => new fn(...args);`;
const program = (lib: string): Sources => ({ 'main.js': main, 'lib.js': lib });

/** Upgrade, and fail with the refusals if it was refused. */
async function commit(app: Application, sources: Sources, options: Parameters<Application['upgrade']>[1] = {}): Promise<void> {
  const { outcome, refusals, error } = await app.upgrade(sources, options);
  expect({ outcome, refusals, error }).toEqual({ outcome: 'committed', refusals: [], error: undefined });
}

/** For bodies that tell the test what they see while they load. */
const loose = { allow: ['EFFECT_AT_LOAD', 'STATE_UNDECLARED'] };

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** Names of the functions of lib.js that have handles. */
const handled = (app: Application): string[] => [...(app.runtime.records.get('lib.js')?.handles.keys() ?? ['no record'])];

describe('who holds a handle runs the newest code', () => {
  test('a saved reference', async () => {
    const app = await boot(program(`export function fn() { return 1; }`));
    const saved = app.module('main.js').get();
    expect(saved()).toBe(1);
    await commit(app, program(`export function fn() { return 2; }`));
    expect(saved()).toBe(2);
  });

  test('a reference that a module saved while it loaded', async () => {
    const sources = (n: number): Sources => ({ 'main.js': `import { table } from './table.js'; export const run = () => table.fn();`, 'table.js': `import { fn } from './lib.js'; export const table = { fn };`, 'lib.js': `export function fn() { return ${n}; }` });
    const app = await boot(sources(1));
    expect(app.module('main.js').run()).toBe(1);
    await commit(app, sources(2));
    expect(app.module('main.js').run()).toBe(2);
  });

  test('an element of an array and an argument that a closure kept', async () => {
    const sources = (n: number): Sources => ({ 'main.js': `import { fn } from './lib.js'; const saved = []; export const save = () => saved.push(fn); export const run = () => saved[0](); export const close = () => ((kept) => () => kept())(fn);`, 'lib.js': `export function fn() { return ${n}; }` });
    const app = await boot(sources(1));
    const { save, run, close } = app.module('main.js');
    save();
    const later = close();
    await commit(app, sources(2));
    expect([run(), later()]).toEqual([2, 2]);
  });

  test('what the exporting module itself handed out', async () => {
    const lib = (n: number): string => `export function fn() { return ${n}; } export const listen = (emitter) => emitter.on('x', fn);`;
    const sources = (n: number): Sources => ({ 'main.js': `export * from './lib.js';`, 'lib.js': lib(n) });
    const app = await boot(sources(1));
    const seen: number[] = [];
    const emitter = { on: (_: string, listener: () => number) => void (emitter.emit = () => seen.push(listener())), emit: () => 0 };
    app.module('main.js').listen(emitter);
    await commit(app, sources(2));
    emitter.emit();
    expect(seen).toEqual([2]);
  });

  test('a listener of an EventEmitter', async () => {
    const app = await boot(program(`export function fn(log) { log.push(1); }`));
    const emitter = new EventEmitter();
    const log: number[] = [];
    emitter.on('x', app.module('main.js').get());
    await commit(app, program(`export function fn(log) { log.push(2); }`));
    emitter.emit('x', log);
    expect(log).toEqual([2]);
  });

  test('a listener of an EventEmitter can be removed after an upgrade', async () => {
    const app = await boot(program(`export function fn() {}`));
    const emitter = new EventEmitter();
    emitter.on('x', app.module('main.js').get());
    await commit(app, program(`export function fn() { return 2; }`));
    emitter.off('x', app.module('main.js').get());
    expect(emitter.listenerCount('x')).toBe(0);
  });

  test('a listener of an EventTarget', async () => {
    const app = await boot(program(`export function fn(event) { event.log = 1; }`));
    const target = new EventTarget();
    target.addEventListener('x', app.module('main.js').get());
    await commit(app, program(`export function fn(event) { event.log = 2; }`));
    const event = new Event('x');
    target.dispatchEvent(event);
    expect((event as Event & { log?: number }).log).toBe(2);
  });

  test('a listener added again to an EventTarget after an upgrade is there once', async () => {
    const app = await boot(program(`export function fn(event) { event.times = 1; }`));
    const target = new EventTarget();
    target.addEventListener('x', app.module('main.js').get());
    await commit(app, program(`export function fn(event) { event.times = (event.times ?? 0) + 1; }`));
    target.addEventListener('x', app.module('main.js').get());
    const event = new Event('x');
    target.dispatchEvent(event);
    expect((event as Event & { times?: number }).times).toBe(1);
  });

  test('an interval', async () => {
    const app = await boot(program(`export function fn(log) { log.push(1); }`));
    const log: number[] = [];
    const timer = setInterval(app.module('main.js').get(), 1, log);
    try {
      await commit(app, program(`export function fn(log) { log.push(2); }`));
      log.length = 0;
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      clearInterval(timer);
    }
    expect(new Set(log)).toEqual(new Set([2]));
  });

  test('a timeout that was set before', async () => {
    const app = await boot(program(`export function fn(done) { done(1); }`));
    const { get } = app.module('main.js');
    const fired = new Promise((resolve) => setTimeout(get(), 500, resolve));
    await commit(app, program(`export function fn(done) { done(2); }`));
    expect(await fired).toBe(2);
  });

  test('a callback of a promise that settles later', async () => {
    const app = await boot(program(`export function fn(n) { return n + 1; }`));
    let open = (_: number): void => {};
    const chained = new Promise<number>((resolve) => (open = resolve)).then(app.module('main.js').get());
    await commit(app, program(`export function fn(n) { return n + 2; }`));
    open(0);
    expect(await chained).toBe(2);
  });

  test('a bound copy', async () => {
    const app = await boot(program(`export function fn(a, b) { return ['old', this, a, b]; }`));
    const bound = app.module('main.js').get().bind('me', 1);
    await commit(app, program(`export function fn(a, b) { return ['new', this, a, b]; }`));
    expect(bound(2)).toEqual(['new', 'me', 1, 2]);
  });

  test('a bound copy that is constructed', async () => {
    const app = await boot(program(`export function fn(a) { this.a = a; }`));
    const { get } = app.module('main.js');
    const Bound = get().bind(null, 1);
    await commit(app, program(`export function fn(a) { this.a = a + 1; }`));
    const made = new Bound();
    expect([made.a, made instanceof get(), made instanceof Bound]).toEqual([2, true, true]);
  });

  test('a method of an object', async () => {
    const app = await boot(program(`export function fn() { return this.n; }`));
    const object = { n: 5, fn: app.module('main.js').get() };
    await commit(app, program(`export function fn() { return this.n * 2; }`));
    expect(object.fn()).toBe(10);
  });

  test('an accessor made of it', async () => {
    const app = await boot(program(`export function fn() { return this.n; }`));
    const object = Object.defineProperty({ n: 5 }, 'm', { get: app.module('main.js').get() }) as { m: number };
    await commit(app, program(`export function fn() { return this.n * 2; }`));
    expect(object.m).toBe(10);
  });

  test('a function that maps itself over a list', async () => {
    const app = await boot(program(`export function fn(x) { return Array.isArray(x) ? x.map(fn) : 'old'; }`));
    const saved = app.module('main.js').get();
    await commit(app, program(`export function fn(x) { return Array.isArray(x) ? x.map(fn) : 'new'; }`));
    expect(saved([1, [2]])).toEqual(['new', ['new']]);
  });

  test('a running old frame that hands its own function out', async () => {
    const app = await boot(program(`export async function fn(gate) { await gate; return fn; }`));
    const { get } = app.module('main.js');
    let open = (): void => {};
    const running = get()(new Promise<void>((resolve) => (open = resolve)));
    await commit(app, program(`export async function fn() { return 'new'; }`));
    open();
    const handed = await running;
    expect(handed).toBe(get());
    expect(await handed()).toBe('new');
  });

  test('an arrow function that becomes a declaration', async () => {
    const app = await boot(program(`export const fn = () => 1;`));
    const saved = app.module('main.js').get();
    await commit(app, program(`export function fn() { return 2; }`));
    expect([saved(), saved === app.module('main.js').get()]).toEqual([2, true]);
  });

  test('a function that becomes asynchronous', async () => {
    const app = await boot(program(`export function fn() { return 1; }`));
    const saved = app.module('main.js').get();
    await commit(app, program(`export async function fn() { return 2; }`));
    expect(saved()).toBeInstanceOf(Promise);
    expect(await saved()).toBe(2);
    expect(saved.constructor.name).toBe('AsyncFunction');
  });

  test('a handle first asked for after an upgrade', async () => {
    const app = await boot(program(`export function fn() { return 1; }`));
    await commit(app, program(`export function fn() { return 2; }`));
    const saved = app.module('main.js').get();
    await commit(app, program(`export function fn() { return 3; }`));
    expect(saved()).toBe(3);
  });

  test('a handle of a function that an upgrade added', async () => {
    const sources = (lib: string): Sources => ({ 'main.js': `import * as lib from './lib.js'; export const get = (name) => lib[name];`, 'lib.js': lib });
    const app = await boot(sources(`export const other = 1;`));
    await commit(app, sources(`export const other = 1; export function added() { return 2; }`));
    const saved = app.module('main.js').get('added');
    await commit(app, sources(`export const other = 1; export function added() { return 3; }`));
    expect(saved()).toBe(3);
  });

  test('30 upgrades in a row', async () => {
    const app = await boot(program(`export function fn() { return 0; }`));
    const { get } = app.module('main.js');
    const saved = get();
    for (let n = 1; n <= 30; n++) {
      await commit(app, program(`export function fn() { return ${n}; }`));
      expect([saved(), get() === saved]).toEqual([n, true]);
    }
  });

  test('a frozen one', async () => {
    const app = await boot(program(`export function fn() { return 1; }`));
    const saved = Object.freeze(app.module('main.js').get());
    await commit(app, program(`export function fn() { return 2; }`));
    expect(saved()).toBe(2);
  });
});

describe('identity', () => {
  const ways = (n: number): Sources => ({
    'main.js': `import { fn } from './lib.js';
      import * as ns from './lib.js';
      import standard from './lib.js';
      import { alias } from './lib.js';
      import { through } from './barrel.js';
      import { renamed } from './barrel.js';
      import { fn as starred } from './star.js';
      import * as stars from './star.js';
      import { nested } from './barrel.js';
      import { own } from './lib.js';
      export const view = { importer: () => fn, namespace: () => ns.fn, computed: () => ns['f' + 'n'], default: () => standard, alias: () => alias, through: () => through, renamed: () => renamed,
        star: () => starred, stars: () => stars.fn, nested: () => nested.fn, exporter: () => own(), dynamic: () => import('./lib.js').then((lib) => lib.fn), dynamicDefault: async () => (await import('./lib.js')).default,
        destructured: () => { const { fn } = ns; return fn; }, spread: () => ({ ...ns }).fn, described: () => Object.getOwnPropertyDescriptor(ns, 'fn').value, reflected: () => Reflect.get(ns, 'fn') };`,
    'barrel.js': `export { fn as through } from './lib.js'; import { fn } from './lib.js'; export { fn as renamed }; export * as nested from './star.js';`,
    'star.js': `export * from './lib.js';`,
    'lib.js': `export function fn() { return ${n}; } export { fn as alias, fn as default }; export const own = () => fn;`,
  });
  const names = ['importer', 'namespace', 'computed', 'default', 'alias', 'through', 'renamed', 'star', 'stars', 'nested', 'exporter', 'dynamic', 'dynamicDefault', 'destructured', 'spread', 'described', 'reflected'];

  test.each(names)('%s: the handle that everybody has, before and after upgrades', async (name) => {
    const app = await boot(ways(1));
    const { view } = app.module('main.js');
    const first = await view[name]();
    expect(typeof first).toBe('function');
    for (const other of names) expect([other, (await view[other]()) === first]).toEqual([other, true]);
    await commit(app, ways(2));
    for (const other of names) expect([other, (await view[other]()) === first]).toEqual([other, true]);
    expect(first()).toBe(2);
  });

  const uses = [
    '[fn][0]', '({ fn }).fn', '(() => fn)()', '((callback = fn) => callback)()', 'fn || null', 'null ?? fn', 'true ? fn : 0', '(0, fn)', '[...[fn]][0]', 'Object(fn)', 'fn.valueOf()', '((x) => x)(fn)',
    '(() => { let x; x = fn; return x; })()', '(() => { const { a = fn } = {}; return a; })()', '(() => { const [a = fn] = []; return a; })()', '(function* () { yield fn; })().next().value', '(class { static f = fn; }).f',
    'new (class { f = fn; })().f', '(() => { try { throw fn; } catch (thrown) { return thrown; } })()', '((x) => { switch (x) { case fn: return x; } })(given)', 'given === fn ? given : 0', 'fn === given ? given : 0',
    '((_, x) => x)`${fn}`', 'fn.bind === Function.prototype.bind && fn', '[given].find((x) => x === fn)', '(() => { for (const x of [fn]) return x; })()', 'Object.values({ fn })[0]', '({ get f() { return fn; } }).f',
    '(() => { label: { return fn; } })()', 'eval(fn)', '(x => x ||= fn)(null)', '((...xs) => xs[0])(...[fn])',
  ];

  test.each(uses)('%s is the handle, in an importer and in the exporting module', async (use) => {
    const sources = (n: number): Sources => ({ 'main.js': `import { fn } from './lib.js'; export { own } from './lib.js'; export const get = () => fn; export const use = (given) => ${use};`, 'lib.js': `export function fn() { return ${n}; } export const own = (given) => ${use};` });
    const app = await boot(sources(1));
    const { get, use: used, own } = app.module('main.js');
    const fn = get();
    expect([used(fn) === fn, own(fn) === fn]).toEqual([true, true]);
    await commit(app, sources(2));
    expect([used(fn) === fn, own(fn) === fn, fn()]).toEqual([true, true, 2]);
  });

  test('a namespace object that was handed on', async () => {
    const app = await boot({ 'main.js': `import * as ns from './lib.js'; import { fn } from './lib.js'; const use = (given) => given.fn; export const same = () => use(ns) === fn;`, 'lib.js': `export function fn() {}` });
    expect(app.module('main.js').same()).toBe(true);
  });

  test('a function of a package that a module exports again is the package\'s own', async () => {
    const pack = { helper: () => 1 };
    const app = await boot({ 'main.js': `export { got } from './barrel.js'; import { helper } from './barrel.js'; export const get = () => helper;`, 'barrel.js': `export { helper } from 'pack'; import { helper } from 'pack'; export const got = () => helper;` }, { cold: { pack } });
    expect([app.module('main.js').get() === pack.helper, app.module('main.js').got() === pack.helper]).toEqual([true, true]);
  });

  test('a changed importer has the same handle', async () => {
    const app = await boot({ 'main.js': `export * from './user.js';`, 'user.js': `import { fn } from './lib.js'; export const get = () => fn;`, 'lib.js': `export function fn() {}` });
    const saved = app.module('main.js').get();
    await commit(app, { 'main.js': `export * from './user.js';`, 'user.js': `import { fn } from './lib.js'; const kept = fn; export const get = () => kept;`, 'lib.js': `export function fn() { return 2; }` });
    expect(app.module('main.js').get()).toBe(saved);
  });

  test('a module that an upgrade adds has the same handle', async () => {
    const app = await boot(program(`export function fn() {}`));
    const saved = app.module('main.js').get();
    await commit(app, { 'main.js': `${main} export { got } from './added.js';`, 'added.js': `import { fn } from './lib.js'; export const got = () => fn;`, 'lib.js': `export function fn() { return 2; }` });
    expect(app.module('main.js').got()).toBe(saved);
  });

  test('an argument given to the exporting module is what that module has', async () => {
    const lib = (n: number): string => `export function fn() { return ${n}; } export const isMine = (other) => other === fn;`;
    const sources = (n: number): Sources => ({ 'main.js': `import { fn, isMine } from './lib.js'; export const check = () => isMine(fn);`, 'lib.js': lib(n) });
    const app = await boot(sources(1));
    expect(app.module('main.js').check()).toBe(true);
    await commit(app, sources(2));
    expect(app.module('main.js').check()).toBe(true);
  });

  test('a function that was saved by a replaced version is what the new version has', async () => {
    const lib = (n: number): string => `import { kept } from 'store'; export function fn() { return ${n}; } export const keep = () => { kept.fn = fn; }; export const isKept = () => kept.fn === fn;`;
    const sources = (n: number): Sources => ({ 'main.js': `export * from './lib.js';`, 'lib.js': lib(n) });
    const app = await boot(sources(1), { cold: { store: { kept: {} } } });
    app.module('main.js').keep();
    await commit(app, sources(2));
    expect(app.module('main.js').isKept()).toBe(true);
  });

  test('an anonymous default export', async () => {
    const sources = (n: number): Sources => ({ 'main.js': `import fn from './lib.js'; export const get = () => fn;`, 'lib.js': `export default function () { return ${n}; }` });
    const app = await boot(sources(1));
    const saved = app.module('main.js').get();
    await commit(app, sources(2));
    expect([saved(), saved === app.module('main.js').get(), saved.name]).toEqual([2, true, 'default']);
  });

  test('a default export that is an arrow function', async () => {
    const sources = (n: number): Sources => ({ 'main.js': `import fn from './lib.js'; export const get = () => fn;`, 'lib.js': `export default () => ${n};` });
    const app = await boot(sources(1));
    const saved = app.module('main.js').get();
    await commit(app, sources(2));
    expect([saved(), saved === app.module('main.js').get(), saved.name]).toEqual([2, true, 'default']);
  });

  test('the own name of a function expression', async () => {
    const app = await boot(program(`export const fn = function self() { return self; };`));
    const saved = app.module('main.js').get();
    expect(saved()).toBe(saved);
    await commit(app, program(`export const fn = function self() { return [self]; };`));
    expect(saved()[0]).toBe(saved);
  });

  test.each(['Map', 'WeakMap'])('a key of a %s', async (kind) => {
    const app = await boot(program(`export function fn() {}`));
    const { get } = app.module('main.js');
    const map = kind === 'Map' ? new Map<object, number>([[get(), 7]]) : new WeakMap<object, number>([[get(), 7]]);
    await commit(app, program(`export function fn() { return 2; }`));
    expect(map.get(get())).toBe(7);
  });

  test.each(['Set', 'WeakSet'])('an element of a %s', async (kind) => {
    const app = await boot(program(`export function fn() {}`));
    const { get } = app.module('main.js');
    const set = kind === 'Set' ? new Set([get()]) : new WeakSet([get()]);
    await commit(app, program(`export function fn() { return 2; }`));
    expect(set.has(get())).toBe(true);
  });

  test('a barrel that leads elsewhere after an upgrade shows the other handle, and the saved one stays what it was', async () => {
    const sources = (from: string, n: number): Sources => ({ 'main.js': `import { fn } from './barrel.js'; import * as a from './a.js'; import * as b from './b.js'; export const get = () => fn; export const getA = () => a.fn; export const getB = () => b.fn;`, 'barrel.js': `export { fn } from './${from}.js';`, 'a.js': `export function fn() { return 'a${n}'; }`, 'b.js': `export function fn() { return 'b${n}'; }` });
    const app = await boot(sources('a', 1));
    const { get, getA, getB } = app.module('main.js');
    const saved = get();
    await commit(app, sources('b', 2));
    expect([get() === getB(), saved === getA(), saved(), get()()]).toEqual([true, true, 'a2', 'b2']);
  });

  test('two exports of one name in two modules have two handles', async () => {
    const app = await boot({ 'main.js': `import { fn } from './a.js'; import { fn as other } from './b.js'; export const pair = () => [fn, other];`, 'a.js': `export function fn() {}`, 'b.js': `export function fn() {}` });
    const [a, b] = app.module('main.js').pair();
    expect(a).not.toBe(b);
  });

  test('in a cycle, a function declaration has its handle before its module ran', async () => {
    const app = await boot({ 'main.js': `import { early } from './a.js'; import { fn } from './b.js'; export const same = () => early() === fn;`, 'b.js': `import './a.js'; export function fn() {}`, 'a.js': `import { fn } from './b.js'; const kept = fn; export const early = () => kept;` }, { entries: ['main.js'] });
    expect(app.module('main.js').same()).toBe(true);
  });

  test('a constant in its dead zone throws a ReferenceError when it is used as a value', async () => {
    const app = await boot({ 'main.js': `import { fn } from './b.js'; import { seen } from './a.js'; export const got = () => [seen(), typeof fn];`, 'b.js': `import './a.js'; export const fn = () => 1;`, 'a.js': `import { fn } from './b.js'; let error; try { [fn]; } catch (thrown) { error = thrown; } export const seen = () => error?.name;` });
    expect(app.module('main.js').got()).toEqual(['ReferenceError', 'function']);
  });

  test('a release may give a function another name before its old one, and take it away again', async () => {
    const sources = (lib: string): Sources => ({ 'main.js': `import * as ns from './lib.js'; export const get = (name) => ns[name];`, 'lib.js': lib });
    const app = await boot(sources(`export function fn() { return 1; }`));
    const get = (name: string): (() => number) => app.module('main.js').get(name);
    const saved = get('fn');
    await commit(app, sources(`export default function fn() { return 2; } export { fn };`));
    expect([get('fn') === saved, get('default') === saved, saved()]).toEqual([true, true, 2]);
    await commit(app, sources(`export default function other() { return 30; } export function fn() { return 3; }`));
    expect([get('fn') === saved, get('fn')(), get('default')(), saved()]).toEqual([true, 3, 30, 3]);
    expect(get('default')).not.toBe(saved);
    await commit(app, sources(`export default function fn() { return 4; } export { fn };`), { probation: { ms: 0 } });
    expect([get('fn')(), get('default')(), saved()]).toEqual([4, 4, 4]);
    await app.upgrader.rollback();
    expect([get('fn')(), get('default')(), saved()]).toEqual([3, 30, 3]);
  });
});

describe('a handle behaves as its function', () => {
  test('this', async () => {
    const app = await boot(program(`export function fn() { return this; }`));
    const fn = app.module('main.js').get();
    const object = { fn };
    expect([fn(), object.fn(), fn.call(1), fn.apply('a'), Reflect.apply(fn, null, [])]).toEqual([undefined, object, 1, 'a', null]);
  });

  test('arguments: their number, defaults and rest', async () => {
    const app = await boot(program(`export function fn(a, b = 'b', ...rest) { return [arguments.length, a, b, rest]; }`));
    const fn = app.module('main.js').get();
    expect([fn(), fn(undefined, undefined), fn(1, 2, 3, 4)]).toEqual([[0, undefined, 'b', []], [2, undefined, 'b', []], [4, 1, 2, [3, 4]]]);
  });

  test('what it throws', async () => {
    const app = await boot(program(`export function fn(error) { throw error; }`));
    const error = new Error('thrown');
    expect(() => app.module('main.js').get()(error)).toThrow(error);
  });

  test('new: object, prototype and instanceof', async () => {
    const app = await boot(program(`export function fn(a) { this.a = a; }`));
    const { get } = app.module('main.js');
    const fn = get();
    const made = new fn(1);
    expect([made.a, made instanceof fn, Object.getPrototypeOf(made) === fn.prototype, made.constructor === fn]).toEqual([1, true, true, true]);
  });

  test('new runs the newest code', async () => {
    const app = await boot(program(`export function fn() { this.n = 1; }`));
    const { get, make } = app.module('main.js');
    const saved = get();
    await commit(app, program(`export function fn() { this.n = 2; }`));
    expect([new saved().n, make().n]).toEqual([2, 2]);
  });

  test('an object that new returns instead', async () => {
    const app = await boot(program(`export function fn() { return { other: true }; }`));
    expect(new (app.module('main.js').get())()).toEqual({ other: true });
  });

  test('new.target is the handle, however it is constructed', async () => {
    const lib = (n: number): string => `export function fn() { return { target: new.target, n: ${n} }; }`;
    const app = await boot(program(lib(1)));
    const { get, make } = app.module('main.js');
    const fn = get();
    expect([new fn().target === fn, make().target === fn]).toEqual([true, true]);
    await commit(app, program(lib(2)));
    expect([new fn().target === fn, make().target === fn, make().n]).toEqual([true, true, 2]);
  });

  test('new.target is undefined in a call', async () => {
    const app = await boot(program(`export function fn() { return new.target; }`));
    expect([app.module('main.js').get()(), app.module('main.js').call()]).toEqual([undefined, undefined]);
  });

  test('new.target in an arrow function of it', async () => {
    const app = await boot(program(`export function fn() { return { target: (() => new.target)() }; }`));
    const { get, make } = app.module('main.js');
    expect([make().target === get(), new (get())().target === get()]).toEqual([true, true]);
  });

  test('another new.target', async () => {
    const app = await boot(program(`export function fn() { this.target = new.target; }`));
    class Other {}
    const made = Reflect.construct(app.module('main.js').get(), [], Other) as { target: unknown };
    expect([made instanceof Other, made.target === Other]).toEqual([true, true]);
  });

  test('a class that extends it', async () => {
    const lib = (n: number): string => `export function fn(a) { this.a = a + ${n}; } fn.prototype.m = function () { return 'm${n}' + this.a; };`;
    const app = await boot({ 'main.js': `import { fn } from './lib.js'; export class Sub extends fn { constructor(a) { super(a); this.sub = true; } m() { return 'sub ' + super.m(); } } export const get = () => fn;`, 'lib.js': lib(1) });
    const { Sub, get } = app.module('main.js');
    const old = new Sub(0);
    await commit(app, { 'main.js': `import { fn } from './lib.js'; export class Sub extends fn { constructor(a) { super(a); this.sub = true; } m() { return 'sub ' + super.m(); } } export const get = () => fn;`, 'lib.js': lib(2) });
    const made = new Sub(0);
    expect([old.m(), made.m(), made.sub, made instanceof Sub, made instanceof get(), Object.getPrototypeOf(Sub) === get()]).toEqual(['sub m21', 'sub m22', true, true, true, true]);
  });

  test('name and length', async () => {
    const app = await boot(program(`export function fn(a, b, c = 1) {}`));
    const fn = app.module('main.js').get();
    expect([fn.name, fn.length]).toEqual(['fn', 2]);
    expect(Object.getOwnPropertyDescriptor(fn, 'name')).toEqual({ value: 'fn', writable: false, enumerable: false, configurable: true });
    expect(Object.getOwnPropertyDescriptor(fn, 'length')).toEqual({ value: 2, writable: false, enumerable: false, configurable: true });
  });

  test('name and length of new code', async () => {
    const app = await boot(program(`export const fn = function first(a) {};`));
    const fn = app.module('main.js').get();
    await commit(app, program(`export const fn = function second(a, b) {};`));
    expect([fn.name, fn.length]).toEqual(['second', 2]);
  });

  test('an exported alias has the name of the function', async () => {
    const app = await boot({ 'main.js': `import { alias } from './lib.js'; export const get = () => alias;`, 'lib.js': `function local() {} export { local as alias };` });
    expect(app.module('main.js').get().name).toBe('local');
  });

  test('own keys are those of a function', async () => {
    const app = await boot(program(`export function fn() {} export const arrow = () => {}; export const pair = () => [fn, arrow];`));
    function plain(): void {}
    const [fn, arrow] = app.module('lib.js').pair();
    expect(Reflect.ownKeys(fn).sort()).toEqual(Reflect.ownKeys(plain).filter((key) => key !== 'arguments' && key !== 'caller').sort());
    expect(Reflect.ownKeys(arrow).sort()).toEqual(['length', 'name']);
    expect(Object.keys(fn)).toEqual([]);
  });

  test('properties that importers write are read by the exporting module', async () => {
    const app = await boot({ 'main.js': `import { fn } from './lib.js'; export const write = (value) => { fn.options = value; };`, 'lib.js': `export function fn() { return fn.options; }` });
    app.module('main.js').write(5);
    expect(app.module('lib.js').fn()).toBe(5);
  });

  test('properties that the exporting module writes are read by importers', async () => {
    const app = await boot({ 'main.js': `import { fn } from './lib.js'; export const read = () => [fn.count, Object.keys(fn), Object.hasOwn(fn, 'count'), 'count' in fn, fn.hasOwnProperty('count')];`, 'lib.js': `export function fn() { fn.count = (fn.count ?? 0) + 1; }` });
    app.module('lib.js').fn();
    app.module('lib.js').fn();
    expect(app.module('main.js').read()).toEqual([2, ['count'], true, true, true]);
  });

  test('properties that the module wrote while it loaded', async () => {
    const app = await boot(program(`export function fn() {} fn.displayName = 'Fn'; Object.defineProperty(fn, 'hidden', { value: 1 }); Object.assign(fn, { [Symbol.for('s')]: 2 });`));
    const fn = app.module('main.js').get();
    expect([fn.displayName, fn.hidden, fn[Symbol.for('s')], Object.keys(fn)]).toEqual(['Fn', 1, 2, ['displayName']]);
  });

  test('properties are deleted for everybody', async () => {
    const app = await boot({ 'main.js': `import { fn } from './lib.js'; export const remove = () => delete fn.tag; export const has = () => 'tag' in fn;`, 'lib.js': `export function fn() { return fn.tag; } fn.tag = 1;` });
    const { remove, has } = app.module('main.js');
    expect([app.module('lib.js').fn(), remove(), has(), app.module('lib.js').fn()]).toEqual([1, true, false, undefined]);
  });

  test('accessors defined on it', async () => {
    const app = await boot(program(`export function fn() { return fn.twice; } fn.n = 2;`));
    const fn = app.module('main.js').get();
    Object.defineProperty(fn, 'twice', { get(this: { n: number }) { return this.n * 2; } });
    expect([fn.twice, fn()]).toEqual([4, 4]);
  });

  test('inherited properties', async () => {
    const app = await boot(program(`export function fn() {}`));
    const fn = app.module('main.js').get();
    expect([fn instanceof Function, fn instanceof Object, fn.call === Function.prototype.call, fn.constructor === Function, Object.getPrototypeOf(fn) === Function.prototype]).toEqual([true, true, true, true, true]);
  });

  test('inspected by Node', async () => {
    const app = await boot(program(`export function fn() {} fn.tag = 1;`));
    expect(inspect(app.module('main.js').get())).toBe('[Function: fn] { tag: 1 }');
  });

  test('typeof, Object.prototype.toString and Function.prototype.toString answer as for a function', async () => {
    const app = await boot(program(`export function fn() {}`));
    const fn = app.module('main.js').get();
    expect([typeof fn, Object.prototype.toString.call(fn), typeof Function.prototype.toString.call(fn)]).toEqual(['function', '[object Function]', 'string']);
  });

  test('prototype methods, by whichever reference they were written', async () => {
    const app = await boot({ 'main.js': `import { fn } from './lib.js'; fn.prototype.late = function () { return 'late' + this.n; }; export const make = () => new fn();`, 'lib.js': `export function fn() { this.n = 1; } fn.prototype.early = function () { return 'early' + this.n; };` });
    const made = app.module('main.js').make();
    expect([made.early(), made.late()]).toEqual(['early1', 'late1']);
  });

  test('Symbol.hasInstance on it', async () => {
    const app = await boot({ 'main.js': `import { fn } from './lib.js'; export const is = (value) => value instanceof fn;`, 'lib.js': `export function fn() {} Object.defineProperty(fn, Symbol.hasInstance, { value: (value) => value === 7 });` });
    expect([app.module('main.js').is(7), app.module('main.js').is({})]).toEqual([true, false]);
  });

  test.each([
    ['an arrow function', `export const fn = () => 1;`],
    ['an async function', `export async function fn() {}`],
    ['an async arrow function', `export const fn = async () => {};`],
  ])('%s is not constructible and has no prototype', async (_, lib) => {
    const app = await boot(program(lib));
    const fn = app.module('main.js').get();
    expect(() => new fn()).toThrow(TypeError);
    expect([Object.hasOwn(fn, 'prototype'), fn.prototype]).toEqual([false, undefined]);
  });

  test.each([
    ['a generator', `export function* fn() {}`],
    ['an async generator', `export async function* fn() {}`],
  ])('%s is not constructible', async (_, lib) => {
    const app = await boot(program(lib));
    const fn = app.module('main.js').get();
    expect(() => new fn()).toThrow(TypeError);
  });

  test('an arrow function keeps its this', async () => {
    const app = await boot(program(`export const fn = () => this;`));
    expect(app.module('main.js').get().call({})).toBeUndefined();
  });

  test.each([
    ['a function', `export function fn() {}`, 'Function'],
    ['an async function', `export async function fn() {}`, 'AsyncFunction'],
    ['a generator', `export function* fn() {}`, 'GeneratorFunction'],
    ['an async generator', `export async function* fn() {}`, 'AsyncGeneratorFunction'],
  ])('%s says its kind', async (_, lib, kind) => {
    const app = await boot(program(lib));
    const fn = app.module('main.js').get();
    expect([fn.constructor.name, Object.prototype.toString.call(fn)]).toEqual([kind, `[object ${kind}]`]);
  });

  test('a generator makes objects of its prototype', async () => {
    const app = await boot(program(`export function* fn(a) { const b = yield a; return b * 2; }`));
    const fn = app.module('main.js').get();
    const steps = fn(1);
    expect([steps instanceof fn, Object.getPrototypeOf(steps) === fn.prototype, steps.next().value, steps.next(4)]).toEqual([true, true, 1, { done: true, value: 8 }]);
  });

  test('a started generator goes on with its old frame, the next one is new', async () => {
    const app = await boot(program(`export function* fn() { yield 'old 1'; yield 'old 2'; }`));
    const saved = app.module('main.js').get();
    const steps = saved();
    steps.next();
    await commit(app, program(`export function* fn() { yield 'new'; }`));
    expect([steps.next().value, saved().next().value, steps instanceof saved]).toEqual(['old 2', 'new', true]);
  });

  test('an async generator', async () => {
    const app = await boot(program(`export async function* fn() { yield 1; }`));
    const saved = app.module('main.js').get();
    await commit(app, program(`export async function* fn() { yield 2; yield 3; }`));
    const seen: number[] = [];
    for await (const n of saved()) seen.push(n);
    expect(seen).toEqual([2, 3]);
  });

  test.each([
    ['an async function', `async function`, ''],
    ['an async function that awaits', `async function`, 'await null;'],
    ['a function that returns a promise', `function`, 'return Promise.resolve();'],
  ])('%s settles in the same turn as one without a handle', async (_, kind, body) => {
    const app = await boot(program(`export ${kind} fn() { ${body} } ${kind} plain() { ${body} } export const bare = () => plain();`));
    const handle = app.module('main.js').get();
    const plain = app.module('lib.js').bare;
    for (const [first, second] of [[handle, plain], [plain, handle]]) {
      const log: string[] = [];
      const settled = (which: unknown) => (): void => void log.push(which === first ? 'first' : 'second');
      await Promise.all([first().then(settled(first)), second().then(settled(second))]);
      expect(log).toEqual(['first', 'second']);
    }
  });

  test('an async function whose parameters throw rejects', async () => {
    const app = await boot(program(`export async function fn({ a }) {}`));
    await expect(app.module('main.js').get()()).rejects.toThrow(TypeError);
  });

  test('Error.captureStackTrace leaves the function and what it called out, in importers and in the exporting module', async () => {
    const check = `function assert(mark) { const error = {}; Error.captureStackTrace(error, mark); return error.stack; }`;
    const sources = (n: number): Sources => ({
      'main.js': `import { fn, outer } from './lib.js'; export const viaImport = () => fn(() => { const error = {}; Error.captureStackTrace(error, fn); return error.stack; }); export const viaExporter = () => outer();`,
      'lib.js': `${check} export function fn(run) { return run(); } export function outer() { return inner(); } function inner() { const error = {}; Error.captureStackTrace(error, outer); return error.stack; } export const n = ${n};`,
    });
    const app = await boot(sources(1));
    const { viaImport, viaExporter } = app.module('main.js');
    for (const n of [2, 3]) {
      for (const [run, name, hidden] of [[viaImport, 'viaImport', 'at fn'], [viaExporter, 'viaExporter', 'at outer']] as const) {
        const stack = run();
        expect(stack).toContain(name);
        expect(stack).not.toContain(hidden);
        expect(stack).not.toContain('at inner');
      }
      await commit(app, sources(n));
    }
  });

  test('the frame of the function is in stacks, with its name', async () => {
    const app = await boot(program(`export function fn() { return new Error('here').stack; }`));
    expect(app.module('main.js').get()()).toMatch(/at fn /);
  });

  test('the frame of new code is of its artifact', async () => {
    const app = await boot(program(`export function fn() { return new Error('here').stack; }`));
    const saved = app.module('main.js').get();
    const next = buildRelease(program(`export function fn() { return new Error('new').stack; }`), { number: 2 });
    expect((await app.go(next)).outcome).toBe('committed');
    expect(saved()).toContain(`${next.artifacts.get('lib.js')?.stamp}.js`);
  });
});

describe('properties and prototypes across upgrades', () => {
  test('properties written at run time survive', async () => {
    const app = await boot(program(`export function fn() { return 1; }`));
    const fn = app.module('main.js').get();
    fn.cache = new Map([['a', 1]]);
    await commit(app, program(`export function fn() { return fn.cache.get('a') + 1; }`));
    expect([fn.cache.get('a'), fn()]).toEqual([1, 2]);
  });

  test('properties that the new body writes are those of the saved handle', async () => {
    const app = await boot(program(`export function fn() {} fn.version = 1;`));
    const fn = app.module('main.js').get();
    await commit(app, program(`export function fn() {} fn.version = 2; fn.added = true;`));
    expect([fn.version, fn.added]).toEqual([2, true]);
  });

  test('properties that the new body reads while it loads are those of the handle', async () => {
    const app = await boot(program(`export function fn() {} fn.count = 1;`));
    const fn = app.module('main.js').get();
    fn.count = 41;
    await commit(app, program(`export function fn() {} fn.count = (fn.count ?? 0) + 1;`));
    expect(fn.count).toBe(42);
  });

  test('what the new body writes while it loads is invisible until the commit', async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const app = await boot(program(`export function fn() { return 1; } fn.version = 1;`), { cold: { gate: { gate } } });
    const fn = app.module('main.js').get();
    const upgrading = app.upgrade(program(`import { gate } from 'gate'; export function fn() { return 2; } fn.version = 2; fn.added = true; fn.prototype.m = () => 2; await gate; fn.late = true;`));
    await tick();
    expect([fn(), fn.version, 'added' in fn, 'm' in fn.prototype]).toEqual([1, 1, false, false]);
    open();
    expect((await upgrading).outcome).toBe('committed');
    expect([fn(), fn.version, fn.added, fn.late, fn.prototype.m()]).toEqual([2, 2, true, true, 2]);
  });

  test('nothing of it is visible when the upgrade is refused', async () => {
    const app = await boot(program(`export function fn(a) { return 1; } fn.version = 1; fn.gone = 1;`));
    const fn = app.module('main.js').get();
    const before = Reflect.ownKeys(fn);
    const result = await app.upgrade(program(`export function fn(a, b) { return 2; } fn.version = 2; fn.added = true; delete fn.gone; fn.prototype.m = () => 2; throw new Error('refused');`));
    expect(result.outcome).toBe('refused');
    expect([fn(), fn.version, fn.gone, fn.length, Reflect.ownKeys(fn), Object.keys(fn.prototype)]).toEqual([1, 1, 1, 1, before, []]);
  });

  test('pending code that calls a saved handle gets the pending function, running code the old one', async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const kept: { fn?: () => number; seen?: number } = {};
    const app = await boot(program(`export function fn() { return 1; }`), { cold: { env: { gate, kept } } });
    kept.fn = app.module('main.js').get();
    const upgrading = app.upgrade(program(`import { gate, kept } from 'env'; export function fn() { return 2; } kept.seen = kept.fn(); await gate;`), loose);
    while (kept.seen === undefined) await tick();
    expect([kept.seen, kept.fn?.()]).toEqual([2, 1]);
    open();
    expect((await upgrading).outcome).toBe('committed');
    expect(kept.fn?.()).toBe(2);
  });

  test('a handle that a refused body handed out calls the running code', async () => {
    const kept: { fn?: () => number } = {};
    const app = await boot(program(`export function fn() { return 1; }`), { cold: { env: { kept } } });
    await app.upgrade(program(`import { kept } from 'env'; export function fn() { return 2; } kept.fn = fn; throw new Error('refused');`), loose);
    expect([kept.fn?.(), kept.fn === app.module('main.js').get()]).toEqual([1, true]);
  });

  test('a handle that running code first asks for while new code is pending calls the old function until the commit', async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const app = await boot(program(`export function fn() { return 1; }`), { cold: { gate: { gate } } });
    const upgrading = app.upgrade(program(`import { gate } from 'gate'; export function fn() { return 2; } await gate; fn.late = true;`));
    await tick();
    const saved = app.module('main.js').get();
    expect(saved()).toBe(1);
    open();
    expect((await upgrading).outcome).toBe('committed');
    expect([saved(), saved.late, saved === app.module('main.js').get()]).toEqual([2, true, true]);
  });

  test('instances know their constructor when a new body was the first to ask for the handle', async () => {
    const app = await boot(program(`export function fn() {}`));
    const { get, make } = app.module('main.js');
    await commit(app, program(`export function fn() {} fn.prototype.m = () => 2;`));
    const made = make();
    expect([made.m(), made.constructor === get(), made instanceof get()]).toEqual([2, true, true]);
  });

  test('old instances get prototype methods of new code', async () => {
    const lib = (n: number): string => `export function fn() { this.n = 1; } fn.prototype.m = function () { return this.n + ${n}; };`;
    const app = await boot(program(lib(10)));
    const old = app.module('main.js').make();
    expect(old.m()).toBe(11);
    await commit(app, program(`${lib(20)} fn.prototype.added = function () { return 'added'; };`));
    expect([old.m(), old.added(), old instanceof app.module('main.js').get()]).toEqual([21, 'added', true]);
  });

  test('old and new instances have one prototype, and instanceof holds both ways', async () => {
    const lib = (n: number): string => `export function fn() { this.n = ${n}; } export const isMine = (value) => value instanceof fn;`;
    const sources = (n: number): Sources => ({ 'main.js': `import { fn } from './lib.js'; export { isMine } from './lib.js'; export const make = () => new fn(); export const is = (value) => value instanceof fn;`, 'lib.js': lib(n) });
    const app = await boot(sources(1));
    const { make } = app.module('main.js');
    const oldCheck = app.module('main.js').isMine;
    const old = make();
    await commit(app, sources(2));
    const made = make();
    expect([made.n, Object.getPrototypeOf(made) === Object.getPrototypeOf(old)]).toEqual([2, true]);
    for (const check of [oldCheck, app.module('main.js').isMine, app.module('main.js').is]) expect([check(old), check(made)]).toEqual([true, true]);
  });

  test('a property whose descriptor the new body changes', async () => {
    const app = await boot(program(`export function fn() {} fn.value = 1;`));
    const fn = app.module('main.js').get();
    await commit(app, program(`export function fn() {} Object.defineProperty(fn, 'value', { get: () => 2, configurable: true, enumerable: false });`));
    expect([fn.value, Object.keys(fn)]).toEqual([2, []]);
  });
});

describe('handles are made on first use', () => {
  test('calls, constructions and conversions make none', async () => {
    const app = await boot({ 'main.js': `import { fn } from './lib.js'; import * as ns from './lib.js'; export const use = () => [fn(), new fn(), ns.fn(), fn\`\`, typeof fn, fn.call(null), fn.apply(null, []), fn ? 1 : 2];`, 'lib.js': `export function fn() { return 1; } export const again = () => fn();` });
    app.module('main.js').use();
    expect(handled(app)).toEqual([]);
  });

  test('the first use as a value makes one', async () => {
    const app = await boot(program(`export function fn() {} export function other() {}`));
    expect(handled(app)).toEqual([]);
    app.module('main.js').get();
    app.module('main.js').get();
    expect(handled(app)).toEqual(['fn']);
  });

  test('a namespace object, its names and calls through it make none', async () => {
    const app = await boot({ 'main.js': `import * as ns from './lib.js'; export const use = () => [Reflect.ownKeys(ns)[0], 'fn' in ns, ns.fn()];`, 'lib.js': `export function fn() { return 1; }` });
    expect(app.module('main.js').use()).toEqual(['fn', true, 1]);
    expect(handled(app)).toEqual([]);
  });

  test('upgrades make none', async () => {
    const app = await boot(program(`export function fn() { return 1; }`));
    await commit(app, program(`export function fn() { return 2; }`));
    expect(handled(app)).toEqual([]);
  });
});

describe('what has no handle', () => {
  test('a binding that is assigned again is read as it is', async () => {
    const app = await boot(program(`export let fn = () => 1; export const swap = () => { fn = () => 2; };`));
    const { get } = app.module('main.js');
    const before = get();
    app.module('lib.js').swap();
    expect([before(), get()(), before === get(), handled(app)]).toEqual([1, 2, false, ['swap']]);
  });

  test('a function declaration that is assigned again is read as it is', async () => {
    const app = await boot(program(`export function fn() { return 1; } export const swap = () => { fn = () => 2; };`));
    const { get } = app.module('main.js');
    const before = get();
    app.module('lib.js').swap();
    expect([before(), get()()]).toEqual([1, 2]);
  });

  test('a function that escaped before it was exported is raw, and listed as captured', async () => {
    const sources = program(`const registry = []; const register = (f) => { registry.push(f); return f; }; export const fn = register(() => 1); export const isRegistered = (f) => registry.includes(f);`);
    const app = await boot(sources);
    expect(app.module('lib.js').isRegistered(app.module('main.js').get())).toBe(true);
    expect(handled(app)).toEqual(['isRegistered']);
    expect(buildRelease(sources).manifest.modules['lib.js']?.captured).toMatchObject([{ what: 'fn' }]);
  });

  test('values that are no functions', async () => {
    const app = await boot(program(`export const fn = { call: () => 1 };`));
    expect([app.module('main.js').get().call(), handled(app)]).toEqual([1, []]);
  });

  test('a class', async () => {
    const app = await boot(program(`export class fn {}`));
    const { get, make } = app.module('main.js');
    expect([make().constructor === get(), handled(app)]).toEqual([true, []]);
  });
});

describe('exports that go or change their kind', () => {
  const user = (lib: string, more = ''): Sources => ({ 'main.js': `import * as lib from './lib.js'; export const get = (name) => lib[name]; export const keys = () => Object.keys(lib); ${more}`, 'lib.js': lib });

  test('the handle of a removed export keeps the retired function', async () => {
    const app = await boot(user(`export function fn() { return 'retired'; } export const other = 1;`));
    const saved = app.module('main.js').get('fn');
    await commit(app, user(`export const other = 2;`));
    expect([saved(), app.module('main.js').get('fn'), app.module('main.js').keys()]).toEqual(['retired', undefined, ['other']]);
  });

  test('an export that comes back has the handle that it had', async () => {
    const app = await boot(user(`export function fn() { return 1; } export const other = 1;`));
    const saved = app.module('main.js').get('fn');
    await commit(app, user(`export const other = 2;`));
    await commit(app, user(`export function fn() { return 3; } export const other = 3;`));
    expect([saved(), saved === app.module('main.js').get('fn')]).toEqual([3, true]);
  });

  test('the handle of a removed module keeps the retired function', async () => {
    const app = await boot({ 'main.js': `export * from './user.js';`, 'user.js': `import { fn } from './lib.js'; export const get = () => fn;`, 'lib.js': `export function fn() { return 'retired'; }` });
    const saved = app.module('main.js').get();
    await commit(app, { 'main.js': `export * from './user.js';`, 'user.js': `export const get = () => null;` });
    expect([saved(), app.module('main.js').get()]).toEqual(['retired', null]);
  });

  test.each([
    ['a class', `export class fn { constructor() { this.made = true; } }`],
    ['an object', `export const fn = { made: true };`],
  ])('a function that becomes %s is refused where unchanged code imports it', async (_, lib) => {
    const app = await boot(program(`export function fn() { return 1; }`));
    const saved = app.module('main.js').get();
    expect(await app.upgrade(program(lib))).toMatchObject({ outcome: 'refused', refusals: [{ code: 'EXPORT_KIND' }] });
    expect([saved(), app.module('main.js').call()]).toEqual([1, 1]);
  });

  test.each([
    ['a class', `export class fn { constructor() { this.made = true; } }`],
    ['an object', `export const fn = { made: true };`],
  ])('a function that becomes %s, where it is allowed: the saved handle keeps the function', async (_, lib) => {
    const app = await boot(program(`export function fn() { return 1; }`));
    const saved = app.module('main.js').get();
    await commit(app, program(lib), { allow: ['EXPORT_KIND'] });
    expect([saved(), app.module('main.js').get() === saved]).toEqual([1, false]);
  });
});

describe('the way back', () => {
  test('rollback returns the old function', async () => {
    const app = await boot(program(`export function fn(a) { return 1; }`));
    const saved = app.module('main.js').get();
    await commit(app, program(`export function fn(a, b) { return 2; }`), { probation: { ms: 0 } });
    expect([saved(), saved.length]).toEqual([2, 2]);
    expect((await app.upgrader.rollback()).outcome).toBe('rolledBack');
    expect([saved(), saved.length, saved === app.module('main.js').get()]).toEqual([1, 1, true]);
  });

  test('rollback returns the properties that the new body wrote', async () => {
    const app = await boot(program(`export function fn() {} fn.version = 1;`));
    const fn = app.module('main.js').get();
    await commit(app, program(`export function fn() { return 2; } fn.version = 2; fn.added = true;`), { probation: { ms: 0 } });
    await app.upgrader.rollback();
    expect([fn.version, 'added' in fn]).toEqual([1, false]);
  });

  test('rollback returns prototype methods', async () => {
    const lib = (n: number): string => `export function fn() {} fn.prototype.m = function () { return ${n}; };`;
    const app = await boot(program(lib(1)));
    const { get, make } = app.module('main.js');
    get();
    const old = make();
    await commit(app, program(lib(2)), { probation: { ms: 0 } });
    const made = make();
    await app.upgrader.rollback();
    expect([old.m(), made.m(), made instanceof get()]).toEqual([1, 1, true]);
  });

  test('a handle that was made on probation calls the old function after a rollback', async () => {
    const app = await boot(program(`export function fn() { return 1; }`));
    await commit(app, program(`export function fn() { return 2; }`), { probation: { ms: 0 } });
    const saved = app.module('main.js').get();
    await app.upgrader.rollback();
    expect([saved(), saved === app.module('main.js').get()]).toEqual([1, true]);
  });

  test('an upgrade after a rollback reaches saved references', async () => {
    const app = await boot(program(`export function fn() { return 1; }`));
    const saved = app.module('main.js').get();
    await commit(app, program(`export function fn() { return 2; }`), { probation: { ms: 0 } });
    await app.upgrader.rollback();
    await commit(app, program(`export function fn() { return 3; }`));
    expect([saved(), saved === app.module('main.js').get()]).toEqual([3, true]);
  });

  test('a throw in the commit leaves code, name, length, properties and prototype as they were', async () => {
    const app = await boot(program(`export function fn(a) { return 1; } fn.version = 1; fn.prototype.m = () => 1;`));
    const fn = app.module('main.js').get();
    const result = await app.upgrade(program(`import { onUpgrade } from 'relup'; onUpgrade(() => { throw new Error('hook'); }); export function fn(a, b) { return 2; } fn.version = 2; fn.added = 1; fn.prototype.m = () => 2;`));
    expect(result).toMatchObject({ outcome: 'refused', refusals: [{ code: 'HOOK' }] });
    expect([fn(), fn.length, fn.version, 'added' in fn, fn.prototype.m(), app.module('main.js').call(), new fn().m()]).toEqual([1, 1, 1, false, 1, 1, 1]);
  });

  test('the next good release reaches saved references', async () => {
    const app = await boot(program(`export function fn() { return 1; }`));
    const saved = app.module('main.js').get();
    expect((await app.upgrade(program(`export function fn() { return 2; } throw new Error('bad');`))).outcome).toBe('refused');
    await commit(app, program(`export function fn() { return 3; }`));
    expect([saved(), saved === app.module('main.js').get()]).toEqual([3, true]);
  });
});
