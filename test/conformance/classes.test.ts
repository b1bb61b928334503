/**
 * Classes are a lineage (design section 5): the first version is the class for ever, and newer ones give it their code. Whoever holds
 * an instance, the class or a subclass runs the newest code, and nobody can tell that there were two.
 */
import { describe, expect, test } from '@jest/globals';
import { boot as bootAs, type Application, type Cold, type Sources } from '../application.js';

const main = `import { Foo } from './lib.js';
  export const get = () => Foo;
  export const make = (...args) => new Foo(...args);
  export const is = (value) => value instanceof Foo;`;
const program = (lib: string): Sources => ({ 'main.js': main, 'lib.js': lib });

type Options = NonNullable<Parameters<Application['upgrade']>[1]>;

/** Upgrade, and fail with the refusals if it was refused. */
async function commit(app: Application, sources: Sources, options: Options = {}): Promise<void> {
  const { outcome, refusals, error } = await app.upgrade(sources, options);
  expect({ outcome, refusals, error }).toEqual({ outcome: 'committed', refusals: [], error: undefined });
}

/** For bodies that do more than declare. */
const loose = { allow: ['EFFECT_AT_LOAD', 'STATE_UNDECLARED'] };

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What code of a test says while it runs. */
function recorder(): { cold: Cold; log: string[] } {
  const log: string[] = [];
  return { log, cold: { rec: { note: (text: string) => log.push(text) } } };
}

function gated(): { cold: Cold; open: () => void } {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  return { cold: { gate: { gate } }, open: () => open() };
}

// A class of a bundle allocates its objects itself; one that came by an artifact adopts them (docs/decisions/0007).
describe.each(['bundle', 'artifact'] as const)('first version in a %s', (form) => {
  const boot: typeof bootAs = (sources, options = {}) => bootAs(sources, { form, ...options });

  describe('live instances', () => {
    test('run the new code of a method', async () => {
      const app = await boot(program(`export class Foo { m() { return 1; } }`));
      const old = app.module('main.js').make();
      expect(old.m()).toBe(1);
      await commit(app, program(`export class Foo { m() { return 2; } }`));
      expect(old.m()).toBe(2);
    });

    test('get added methods', async () => {
      const app = await boot(program(`export class Foo { m() { return 1; } }`));
      const old = app.module('main.js').make();
      await commit(app, program(`export class Foo { m() { return this.added(); } added() { return 'added'; } }`));
      expect([old.added(), old.m()]).toEqual(['added', 'added']);
    });

    test('lose removed methods', async () => {
      const app = await boot(program(`export class Foo { m() {} gone() {} }`));
      const old = app.module('main.js').make();
      await commit(app, program(`export class Foo { m() {} }`));
      expect(['gone' in old, 'm' in old]).toEqual([false, true]);
    });

    test('run new getters and setters', async () => {
      const app = await boot(program(`export class Foo { constructor() { this._v = 1; } get v() { return this._v; } set v(v) { this._v = v; } }`));
      const old = app.module('main.js').make();
      await commit(app, program(`export class Foo { constructor() { this._v = 1; } get v() { return this._v * 10; } set v(v) { this._v = v + 1; } }`));
      const before = old.v;
      old.v = 5;
      expect([before, old.v]).toEqual([10, 60]);
    });

    test('get added accessors and lose removed ones', async () => {
      const app = await boot(program(`export class Foo { get gone() { return 1; } }`));
      const old = app.module('main.js').make();
      await commit(app, program(`export class Foo { get added() { return 2; } }`));
      expect([old.added, old.gone, 'gone' in old]).toEqual([2, undefined, false]);
    });

    test('a setter that goes leaves the getter', async () => {
      const app = await boot(program(`export class Foo { get v() { return 1; } set v(v) {} }`));
      const old = app.module('main.js').make();
      await commit(app, program(`export class Foo { get v() { return 2; } }`));
      expect(old.v).toBe(2);
      expect(() => {
        'use strict';
        old.v = 3;
      }).toThrow(TypeError);
    });

    test('a method that becomes an accessor, and one that becomes a method', async () => {
      const app = await boot(program(`export class Foo { a() { return 1; } get b() { return 1; } }`));
      const old = app.module('main.js').make();
      await commit(app, program(`export class Foo { get a() { return 2; } b() { return 2; } }`));
      expect([old.a, old.b()]).toEqual([2, 2]);
    });

    test('symbol members', async () => {
      const lib = (n: number): string => `export class Foo { *[Symbol.iterator]() { yield ${n}; } get [Symbol.toStringTag]() { return 'Foo${n}'; } [Symbol.toPrimitive]() { return ${n}; } [Symbol.for('mine')]() { return ${n}; } }`;
      const app = await boot(program(lib(1)));
      const old = app.module('main.js').make();
      await commit(app, program(lib(2)));
      expect([[...old], Object.prototype.toString.call(old), +old, old[Symbol.for('mine')]()]).toEqual([[2], '[object Foo2]', 2, 2]);
    });

    test('removed symbol members go', async () => {
      const app = await boot(program(`export class Foo { *[Symbol.iterator]() {} }`));
      const old = app.module('main.js').make();
      await commit(app, program(`export class Foo { m() {} }`));
      expect(Symbol.iterator in old).toBe(false);
    });

    test('computed names', async () => {
      const lib = (n: number): string => `const name = 'na' + 'me'; export class Foo { [name]() { return ${n}; } ['lit' + ${n}]() { return ${n}; } }`;
      const app = await boot(program(lib(1)));
      const old = app.module('main.js').make();
      await commit(app, program(lib(2)));
      expect([old.name(), old.lit2(), 'lit1' in old]).toEqual([2, 2, false]);
    });

    test('async, generator and async generator methods', async () => {
      const lib = (n: number): string => `export class Foo { async a() { await null; return ${n}; } *g() { yield ${n}; } async *ag() { yield ${n}; } }`;
      const app = await boot(program(lib(1)));
      const old = app.module('main.js').make();
      await commit(app, program(lib(2)));
      const seen: number[] = [];
      for await (const n of old.ag()) seen.push(n);
      expect([await old.a(), [...old.g()], seen]).toEqual([2, [2], [2]]);
    });

    test('a running method keeps its frame, and its next call is new', async () => {
      const app = await boot(program(`export class Foo { async m(gate) { const before = this.n(); await gate; return [before, this.n(), 'old frame']; } n() { return 1; } }`));
      const old = app.module('main.js').make();
      let open = (): void => {};
      const running = old.m(new Promise<void>((resolve) => (open = resolve)));
      await commit(app, program(`export class Foo { async m() { return 'new'; } n() { return 2; } }`));
      open();
      expect([await running, await old.m()]).toEqual([[1, 2, 'old frame'], 'new']);
    });

    test('methods stay not enumerable, in the form of the language', async () => {
      const app = await boot(program(`export class Foo { m() {} }`));
      const { get, make } = app.module('main.js');
      const before = Object.getOwnPropertyDescriptor(get().prototype, 'm');
      await commit(app, program(`export class Foo { m(a, b) { return 2; } }`));
      const after = Object.getOwnPropertyDescriptor(get().prototype, 'm');
      expect({ ...after, value: null }).toEqual({ ...before, value: null });
      expect([after?.value.name, after?.value.length, Object.keys(get().prototype), Object.keys(make())]).toEqual(['m', 2, [], []]);
    });

    test('fields keep what they hold', async () => {
      const app = await boot(program(`export class Foo { list = []; count = 0; m() { this.count++; this.list.push(this.count); } }`));
      const old = app.module('main.js').make();
      old.m();
      const { list } = old;
      await commit(app, program(`export class Foo { list = []; count = 0; m() { this.count += 10; this.list.push(this.count); } }`));
      old.m();
      expect([old.count, old.list, old.list === list]).toEqual([11, [1, 11], true]);
    });

    test('are found wherever they are: frozen, sealed, without a reference to the class, in a closure', async () => {
      const app = await boot(program(`export class Foo { m() { return 1; } }`));
      const { make } = app.module('main.js');
      const frozen = Object.freeze(make());
      const closed = ((instance: { m(): number }) => () => instance.m())(make());
      const derived = Object.create(make()) as { m(): number };
      await commit(app, program(`export class Foo { m() { return 2; } }`));
      expect([frozen.m(), closed(), derived.m()]).toEqual([2, 2, 2]);
    });

    test('what only exists because of a call in a decorator or static block is there once an upgrade', async () => {
      const lib = (n: number): string => `export class Foo { m() { return ${n}; } static { this.prototype.patched = function () { return 'patched ${n}'; }; } }`;
      const app = await boot(program(lib(1)));
      const old = app.module('main.js').make();
      await commit(app, program(lib(2)));
      expect(old.patched()).toBe('patched 2');
    });

    test('decorators, as TypeScript lowers them', async () => {
      const lib = (n: number): string => `var __decorate = function (decorators, target, key, desc) { var c = arguments.length, r = c < 3 ? target : desc === null ? desc = Object.getOwnPropertyDescriptor(target, key) : desc, d; for (var i = decorators.length - 1; i >= 0; i--) if (d = decorators[i]) r = (c < 3 ? d(r) : c > 3 ? d(target, key, r) : d(target, key)) || r; return c > 3 && r && Object.defineProperty(target, key, r), r; };
        const tag = (target) => { target.tagged = ${n}; };
        const wrap = (target, key, descriptor) => ({ ...descriptor, value() { return ['wrapped${n}', descriptor.value.call(this)]; } });
        let Foo = class Foo { m() { return ${n}; } plain() { return ${n}; } };
        __decorate([wrap], Foo.prototype, "m", null);
        Foo = __decorate([tag], Foo);
        export { Foo };`;
      const app = await boot(program(lib(1)));
      const { get, make, is } = app.module('main.js');
      const [old, Foo] = [make(), get()];
      await commit(app, program(lib(2)), loose);
      expect([old.m(), old.plain(), make().m(), get() === Foo, is(old), Foo.tagged]).toEqual([['wrapped2', 2], 2, ['wrapped2', 2], true, true, 2]);
    });

    test('fields that hold arrow functions call new methods', async () => {
      const lib = (n: number): string => `export class Foo { handle = () => this.m(); m() { return ${n}; } }`;
      const app = await boot(program(lib(1)));
      const { handle } = app.module('main.js').make();
      await commit(app, program(lib(2)));
      expect(handle()).toBe(2);
    });

    test('accessors of a base, read and written by super', async () => {
      const lib = (n: number): string => `class Base { get v() { return this._v; } set v(v) { this._v = [v, ${n}]; } } export class Foo extends Base { set(v) { super.v = v; return super.v; } }`;
      const app = await boot(program(lib(1)));
      const { get, make } = app.module('main.js');
      const old = make();
      await commit(app, program(lib(2)));
      expect([old.set(1), Object.create(get().prototype).set(2)]).toEqual([[1, 2], [2, 2]]);
    });

    test('a prototype that its module changes after the class', async () => {
      const lib = (n: number): string => `export class Foo { m() { return ${n}; } } Foo.prototype.later = function () { return 'later ${n}'; };`;
      const app = await boot(program(lib(1)));
      const old = app.module('main.js').make();
      await commit(app, program(lib(2)));
      expect([old.later(), old.m()]).toEqual(['later 2', 2]);
    });

    test('30 upgrades in a row', async () => {
      const lib = (n: number): string => `export class Foo { constructor() { this.n = ${n}; } m() { return [this.n, ${n}]; } m${n}() {} static s() { return ${n}; } }`;
      const app = await boot(program(lib(0)));
      const { get, make } = app.module('main.js');
      const Foo = get();
      const made = [make()];
      for (let n = 1; n <= 30; n++) {
        await commit(app, program(lib(n)));
        made.push(make());
        expect(made.map((each) => each.m())).toEqual(made.map((_, index) => [index, n]));
        expect([get() === Foo, Foo.s(), Reflect.ownKeys(Foo.prototype)]).toEqual([true, n, ['constructor', 'm', `m${n}`]]);
      }
    });
  });

  describe('identity', () => {
    const ways = (n: number): Sources => ({
      'main.js': `import { Foo, own } from './lib.js';
        import * as ns from './lib.js';
        import standard, { Alias } from './lib.js';
        import { Through, Renamed, nested } from './barrel.js';
        import { Foo as starred } from './star.js';
        export const view = { importer: () => Foo, namespace: () => ns.Foo, default: () => standard, alias: () => Alias, through: () => Through, renamed: () => Renamed, star: () => starred, nested: () => nested.Foo,
          exporter: () => own(), dynamic: () => import('./lib.js').then((lib) => lib.Foo), constructor: () => new Foo().constructor, prototype: () => new Foo().own(), newTarget: () => new Foo().target, statics: () => Foo.self() };`,
      'barrel.js': `export { Foo as Through } from './lib.js'; import { Foo } from './lib.js'; export { Foo as Renamed }; export * as nested from './star.js';`,
      'star.js': `export * from './lib.js';`,
      'lib.js': `export class Foo { constructor() { this.target = new.target; } own() { return Foo; } static self() { return this; } m() { return ${n}; } } export { Foo as Alias, Foo as default }; export const own = () => Foo;`,
    });
    const names = ['importer', 'namespace', 'default', 'alias', 'through', 'renamed', 'star', 'nested', 'exporter', 'dynamic', 'constructor', 'prototype', 'newTarget', 'statics'];

    test.each(names)('%s: the class that everybody has, before and after upgrades', async (name) => {
      const app = await boot(ways(1));
      const { view } = app.module('main.js');
      const first = await view[name]();
      for (let n = 2; n < 4; n++) {
        for (const other of names) expect([other, (await view[other]()) === first]).toEqual([other, true]);
        await commit(app, ways(n));
      }
      expect(new first().m()).toBe(3);
    });

    test('instanceof holds for old and new instances, in old and new code', async () => {
      const lib = (n: number): string => `export class Foo { m() { return ${n}; } } export const check = () => (value) => value instanceof Foo;`;
      const app = await boot({ 'main.js': `${main} export { check } from './lib.js';`, 'lib.js': lib(1) });
      const { make, is } = app.module('main.js');
      const [oldCheck, old] = [app.module('main.js').check(), make()];
      await commit(app, { 'main.js': `${main} export { check } from './lib.js';`, 'lib.js': lib(2) });
      const [newCheck, made] = [app.module('main.js').check(), make()];
      for (const check of [oldCheck, newCheck, is]) expect([check(old), check(made), check({})]).toEqual([true, true, false]);
    });

    test('old and new instances have one prototype', async () => {
      const app = await boot(program(`export class Foo {}`));
      const { get, make } = app.module('main.js');
      const old = make();
      await commit(app, program(`export class Foo { m() {} }`));
      expect([Object.getPrototypeOf(old) === get().prototype, Object.getPrototypeOf(make()) === get().prototype]).toEqual([true, true]);
    });

    test('this.constructor is the class, and its name', async () => {
      const lib = (n: number): string => `export class Foo { who() { return [this.constructor === Foo, this.constructor.name, ${n}]; } clone() { return new this.constructor(); } }`;
      const app = await boot(program(lib(1)));
      const { make } = app.module('main.js');
      const old = make();
      await commit(app, program(lib(2)));
      expect([old.who(), make().who(), old.clone().who()]).toEqual([[true, 'Foo', 2], [true, 'Foo', 2], [true, 'Foo', 2]]);
    });

    test('a saved constructor makes instances of new code', async () => {
      const app = await boot(program(`export class Foo { constructor(a) { this.a = a; } }`));
      const Saved = app.module('main.js').get();
      const factory = { Saved, make: (...args: unknown[]) => new Saved(...args) };
      await commit(app, program(`export class Foo { constructor(a) { this.a = [a]; } }`));
      expect([new Saved(1).a, factory.make(2).a, new factory.Saved(3).a, (Reflect.construct(Saved, [4]) as { a: unknown }).a]).toEqual([[1], [2], [3], [4]]);
    });

    test('a Map and a WeakMap keyed by class', async () => {
      const app = await boot(program(`export class Foo {}`));
      const { get, make } = app.module('main.js');
      const [map, weak] = [new Map([[get(), 'map']]), new WeakMap([[get(), 'weak']])];
      const old = make();
      await commit(app, program(`export class Foo { m() {} }`));
      expect([map.get(get()), weak.get(get()), map.get(old.constructor), map.get(make().constructor)]).toEqual(['map', 'weak', 'map', 'map']);
    });

    test('a container of classes that a module made while it loaded', async () => {
      const sources = (n: number): Sources => ({ 'main.js': `export { make } from './registry.js';`, 'registry.js': `import { A, B } from './lib.js'; const kinds = { a: A, list: [B] }; export const make = () => [new kinds.a(), new kinds.list[0]()];`, 'lib.js': `export class A { m() { return 'a${n}'; } } export class B { m() { return 'b${n}'; } }` });
      const app = await boot(sources(1));
      const old = app.module('main.js').make();
      await commit(app, sources(2));
      expect([...old, ...app.module('main.js').make()].map((each) => each.m())).toEqual(['a2', 'b2', 'a2', 'b2']);
    });

    test('a default-exported anonymous class', async () => {
      const sources = (n: number): Sources => ({ 'main.js': `import Foo from './lib.js'; export const make = () => new Foo(); export const get = () => Foo;`, 'lib.js': `export default class { constructor() { this.n = ${n}; } m() { return ${n}; } }` });
      const app = await boot(sources(1));
      const { make, get } = app.module('main.js');
      const [old, Saved] = [make(), get()];
      await commit(app, sources(2));
      expect([old.m(), make().n, Saved === get(), Saved.name, old instanceof get()]).toEqual([2, 2, true, 'default', true]);
    });

    test('a default-exported anonymous class that extends another one', async () => {
      const sources = (n: number): Sources => ({ 'main.js': `import Foo from './lib.js'; export const make = (...args) => new Foo(...args); export const get = () => Foo;`, 'lib.js': `class Base { constructor(a) { this.a = a; } b() { return ${n}; } } export default class extends Base { c = ${n}; m() { return [super.b(), ${n}, this.a]; } }` });
      const app = await boot(sources(1));
      const { make, get } = app.module('main.js');
      const old = make(5);
      await commit(app, sources(2));
      expect([old.m(), make(6).m(), make(6).c, get().name]).toEqual([[2, 2, 5], [2, 2, 6], 2, 'default']);
    });

    test('a class of a module that is loaded later', async () => {
      const sources = (n: number): Sources => ({ 'main.js': `export const load = () => import('./lazy.js');`, 'lazy.js': `export class Foo { constructor() { this.n = ${n}; } m() { return ${n}; } }` });
      const app = await boot(sources(1));
      const { Foo } = await app.module('main.js').load();
      const old = new Foo();
      await commit(app, sources(2));
      expect([old.m(), new Foo().n, (await app.module('main.js').load()).Foo === Foo]).toEqual([2, 2, true]);
    });

    test('a default-exported named class', async () => {
      const sources = (n: number): Sources => ({ 'main.js': `import Foo from './lib.js'; export const make = () => new Foo(); export const get = () => Foo;`, 'lib.js': `export default class Named { m() { return [${n}, new Named() instanceof this.constructor]; } }` });
      const app = await boot(sources(1));
      const old = app.module('main.js').make();
      await commit(app, sources(2));
      expect([old.m(), app.module('main.js').get().name]).toEqual([[2, true], 'Named']);
    });

    test('a class expression with a name of its own', async () => {
      const lib = (n: number): string => `export const Foo = class Inner { m() { return [${n}, Inner.name, Inner === this.constructor]; } static make() { return new Inner(); } };`;
      const app = await boot(program(lib(1)));
      const { get, make } = app.module('main.js');
      const old = make();
      await commit(app, program(lib(2)));
      expect([old.m(), get().make().m(), get().name]).toEqual([[2, 'Inner', true], [2, 'Inner', true], 'Inner']);
    });

    test('an anonymous class expression has the name of its variable', async () => {
      const app = await boot(program(`export const Foo = class { m() { return 1; } };`));
      const { get, make } = app.module('main.js');
      const old = make();
      await commit(app, program(`export const Foo = class { m() { return 2; } };`));
      expect([old.m(), get().name]).toEqual([2, 'Foo']);
    });

    test('an exported let with a class', async () => {
      const app = await boot(program(`export let Foo = class { m() { return 1; } };`));
      const { make } = app.module('main.js');
      const old = make();
      await commit(app, program(`export let Foo = class { m() { return 2; } };`));
      expect([old.m(), make().m(), make().constructor === old.constructor]).toEqual([2, 2, true]);
    });

    test('a class declaration that becomes a class expression', async () => {
      const app = await boot(program(`export class Foo { m() { return 1; } }`));
      const { get, make } = app.module('main.js');
      const [old, Saved] = [make(), get()];
      await commit(app, program(`const Foo = class { m() { return 2; } }; export { Foo };`));
      expect([old.m(), Saved === get()]).toEqual([2, true]);
    });

    test('a class that is not exported but reachable through state', async () => {
      const sources = (n: number): Sources => ({ 'main.js': `export * from './lib.js';`, 'lib.js': `import { state } from 'relup'; const data = state({ items: [] }); class Item { constructor() { this.made = ${n}; } m() { return [this.made, ${n}]; } } export const add = () => void data.items.push(new Item()); export const all = () => data.items.map((item) => [item.m(), item instanceof Item]);` });
      const app = await boot(sources(1));
      app.module('main.js').add();
      await commit(app, sources(2));
      app.module('main.js').add();
      expect(app.module('main.js').all()).toEqual([[[1, 2], true], [[2, 2], true]]);
    });

    test('name, length and own keys are those of the language, before and after', async () => {
      const app = await boot(program(`export class Foo { constructor(a, b) {} m() {} static s() {} }`));
      const { get } = app.module('main.js');
      class Plain { constructor(_a: unknown, _b: unknown, _c: unknown) {} m(): void {} static s(): void {} } // the same form
      const before = [get().name, get().length, Reflect.ownKeys(get()), Reflect.ownKeys(get().prototype)];
      expect(before).toEqual(['Foo', 2, Reflect.ownKeys(Plain), Reflect.ownKeys(Plain.prototype)]);
      await commit(app, program(`export class Foo { constructor(a, b, c) {} m() {} static s() {} }`));
      expect([get().name, get().length, Reflect.ownKeys(get()), Reflect.ownKeys(get().prototype)]).toEqual(['Foo', 3, Reflect.ownKeys(Plain), Reflect.ownKeys(Plain.prototype)]);
    });

    test('it cannot be called without new', async () => {
      const app = await boot(program(`export class Foo {}`));
      const { get } = app.module('main.js');
      expect(() => get()()).toThrow(TypeError);
      await commit(app, program(`export class Foo { m() {} }`));
      expect(() => get()()).toThrow(TypeError);
    });

    test('Object.getPrototypeOf of a class without heritage is Function.prototype', async () => {
      const app = await boot(program(`export class Foo {}`));
      const { get } = app.module('main.js');
      const before = Object.getPrototypeOf(get());
      await commit(app, program(`export class Foo { m() {} }`));
      // In an artifact it is what adopts objects.
      if (form === 'bundle') expect(before).toBe(Function.prototype);
      expect([Object.getPrototypeOf(get()) === before, Object.getPrototypeOf(get().prototype) === Object.prototype]).toEqual([true, true]);
    });

    test('a class that an upgrade adds begins its lineage', async () => {
      const sources = (lib: string): Sources => ({ 'main.js': `import * as lib from './lib.js'; export const get = () => lib.Foo;`, 'lib.js': lib });
      const app = await boot(sources(`export const other = 1;`));
      await commit(app, sources(`export const other = 1; export class Foo { m() { return 2; } }`));
      const Saved = app.module('main.js').get();
      const old = new Saved();
      await commit(app, sources(`export const other = 1; export class Foo { m() { return 3; } }`));
      expect([old.m(), new Saved().m(), Saved === app.module('main.js').get(), old instanceof Saved]).toEqual([3, 3, true, true]);
    });
  });

  describe('construction', () => {
    test('new runs the newest constructor, everywhere', async () => {
      const app = await boot(program(`export class Foo { constructor(a) { this.v = ['old', a]; } static make(a) { return new Foo(a); } clone() { return new this.constructor(9); } }`));
      const { make, get } = app.module('main.js');
      const old = make(1);
      await commit(app, program(`export class Foo { constructor(a) { this.v = ['new', a]; } static make(a) { return new Foo(a); } clone() { return new this.constructor(9); } }`));
      expect([old.v, make(1).v, get().make(2).v, old.clone().v]).toEqual([['old', 1], ['new', 1], ['new', 2], ['new', 9]]);
    });

    test('a running old frame constructs new code', async () => {
      const app = await boot({ 'main.js': `export * from './lib.js';`, 'lib.js': `export class Foo { constructor() { this.n = 1; } } export async function work(gate) { await gate; return new Foo(); }` });
      let open = (): void => {};
      const running = app.module('main.js').work(new Promise<void>((resolve) => (open = resolve)));
      await commit(app, { 'main.js': `export * from './lib.js';`, 'lib.js': `export class Foo { constructor() { this.n = 2; } } export async function work() {}` });
      open();
      const made = await running;
      expect([made.n, made instanceof app.module('main.js').Foo]).toEqual([2, true]);
    });

    test.each([
      ['a base class', `export class Foo { a = note('a'); b = note('b'); constructor() { note('constructor'); } }`, ['a', 'b', 'constructor']],
      ['a class without a constructor', `export class Foo { a = note('a'); b = note('b'); }`, ['a', 'b']],
      ['a derived class', `class Base { a = note('base a'); constructor() { note('base'); } } export class Foo extends Base { b = note('b'); constructor() { note('before'); super(); note('after'); } }`, ['before', 'base a', 'base', 'b', 'after']],
      ['a derived class without constructors', `class Base { a = note('base a'); } export class Foo extends Base { b = note('b'); }`, ['base a', 'b']],
      ['three levels', `class A { a = note('a'); constructor() { note('A'); } } class B extends A { b = note('b'); constructor() { super(); note('B'); } } export class Foo extends B { c = note('c'); constructor() { super(); note('C'); } }`, ['a', 'A', 'b', 'B', 'c', 'C']],
      ['computed and symbol fields', `const key = 'k'; export class Foo { [key] = note('k'); [Symbol.for('s')] = note('s'); 'quoted name' = note('q'); }`, ['k', 's', 'q']],
      ['private fields', `export class Foo { #a = note('#a'); b = note('b'); get a() { return this.#a; } }`, ['#a', 'b']],
      ['arrow fields and plain ones', `export class Foo { a = () => note('never'); b = 1; c; d = note('d'); }`, ['d']],
    ])('field initialisers and the body run exactly once, in order: %s', async (_, lib, expected) => {
      const { cold, log } = recorder();
      const source = (n: number): string => `import { note } from 'rec'; ${lib} export const n = ${n};`;
      const app = await boot(program(source(1)), { cold });
      for (let n = 2; n < 5; n++) {
        log.length = 0;
        app.module('main.js').make();
        expect(log).toEqual(expected);
        // Something of the class changes, too.
        await commit(app, program(source(n).replace(/export class Foo( extends \w+)? \{/, `$& m${n}() {}`)), { allow: ['EFFECT_AT_LOAD'] });
      }
      log.length = 0;
      app.module('main.js').make();
      expect(log).toEqual(expected);
    });

    test('parameter defaults run exactly once', async () => {
      const { cold, log } = recorder();
      const lib = (n: number): string => `import { note } from 'rec'; export class Foo { constructor(a = note('a'), { b = note('b'), ...rest } = {}, [c = note('c')] = [], ...more) { this.v = [${n}, rest, more]; } }`;
      const app = await boot(program(lib(1)), { cold });
      const { make } = app.module('main.js');
      expect([make(0, { b: 0, x: 1 }, [0], 5, 6).v, make().v]).toEqual([[1, { x: 1 }, [5, 6]], [1, {}, []]]);
      expect(log).toEqual(['a', 'b', 'c']);
      await commit(app, program(lib(2)));
      log.length = 0;
      expect([make(0, { b: 0, x: 1 }, [0], 5, 6).v, make().v]).toEqual([[2, { x: 1 }, [5, 6]], [2, {}, []]]);
      expect(log).toEqual(['a', 'b', 'c']);
    });

    test('a signature that changes', async () => {
      const app = await boot(program(`export class Foo { constructor(a, b) { this.v = [a, b]; } }`));
      const { make, get } = app.module('main.js');
      await commit(app, program(`export class Foo { constructor({ a, b: { c = 3 } = {} }, [d, ...rest] = []) { this.v = [a, c, d, rest]; } }`));
      expect([make({ a: 1 }).v, make({ a: 1, b: { c: 2 } }, [4, 5, 6]).v, get().length]).toEqual([[1, 3, undefined, []], [1, 2, 4, [5, 6]], 1]);
      expect(() => make()).toThrow(TypeError);
      await commit(app, program(`export class Foo { constructor() { this.v = [...arguments]; } }`));
      expect([make(1, 2).v, get().length]).toEqual([[1, 2], 0]);
    });

    test('arguments, and their number', async () => {
      const lib = (n: number): string => `export class Foo { constructor(a) { this.v = [arguments.length, ...arguments, ${n}]; } }`;
      const app = await boot(program(lib(1)));
      await commit(app, program(lib(2)));
      expect([app.module('main.js').make().v, app.module('main.js').make(undefined, 7).v]).toEqual([[0, 2], [2, undefined, 7, 2]]);
    });

    test('an object that the constructor returns instead', async () => {
      const app = await boot(program(`export class Foo { constructor(a) { if (a) return a; } }`));
      const { make, is } = app.module('main.js');
      await commit(app, program(`export class Foo { constructor(a) { if (a) return { wrapped: a }; this.n = 2; } }`), { allow: ['CLASS_LAYOUT'] });
      const given = {};
      expect([make(given).wrapped === given, make().n, is(make()), is(make(given))]).toEqual([true, 2, true, false]);
    });

    test('a primitive that the constructor of a class without heritage returns is ignored', async () => {
      const lib = (n: number): string => `export class Foo { constructor(a) { this.n = ${n}; if (a) return a; } }`;
      const app = await boot(program(lib(1)));
      await commit(app, program(lib(2)));
      expect([app.module('main.js').make(7).n, app.module('main.js').make().n]).toEqual([2, 2]);
    });

    test('a constructor that begins to return a cached instance', async () => {
      const app = await boot(program(`export class Foo { m() { return 1; } }`));
      const { make } = app.module('main.js');
      const old = make();
      await commit(app, program(`const only = []; export class Foo { constructor() { if (only[0]) return only[0]; only.push(this); } m() { return 2; } }`), { allow: ['STATE_UNDECLARED'] });
      expect([make() === make(), make().m(), old.m()]).toEqual([true, 2, 2]);
    });

    test('a derived constructor that returns an object', async () => {
      const lib = (n: number): string => `class Base { constructor() { return { from: 'base' }; } } export class Foo extends Base { field = ${n}; constructor() { super(); this.own = ${n}; } }`;
      const app = await boot(program(lib(1)));
      expect(app.module('main.js').make()).toEqual({ from: 'base', field: 1, own: 1 });
      await commit(app, program(lib(2)));
      expect(app.module('main.js').make()).toEqual({ from: 'base', field: 2, own: 2 });
    });

    test('new.target: the class, a subclass, an abstract class', async () => {
      const lib = (n: number): string => `export class Foo { constructor() { if (new.target === Foo) throw new TypeError('abstract ${n}'); this.target = new.target; } } export class Bar extends Foo {}`;
      const app = await boot({ 'main.js': `${main} export { Bar } from './lib.js';`, 'lib.js': lib(1) });
      const { make, Bar } = app.module('main.js');
      expect(() => make()).toThrow('abstract 1');
      await commit(app, { 'main.js': `${main} export { Bar } from './lib.js';`, 'lib.js': lib(2) });
      expect(() => make()).toThrow('abstract 2');
      expect(new Bar().target).toBe(Bar);
    });

    test('Reflect.construct with another target', async () => {
      const app = await boot(program(`export class Foo { constructor() { this.n = 1; } m() { return 1; } }`));
      const { get } = app.module('main.js');
      await commit(app, program(`export class Foo { constructor() { this.n = 2; } m() { return 2; } }`));
      class Other { other(): string { return 'other'; } }
      const made = Reflect.construct(get(), [], Other) as { n: number; other(): string };
      expect([made.n, made.other(), made instanceof Other, made instanceof get()]).toEqual([2, 'other', true, false]);
    });

    test('fields are defined, not set', async () => {
      const lib = (n: number): string => `class Base { set v(value) { throw new Error('set'); } get v() { return 'base'; } } export class Foo extends Base { v = ${n}; }`;
      const app = await boot(program(lib(1)));
      expect(app.module('main.js').make().v).toBe(1);
      await commit(app, program(lib(2)));
      expect(Object.getOwnPropertyDescriptor(app.module('main.js').make(), 'v')).toEqual({ value: 2, writable: true, enumerable: true, configurable: true });
    });

    test('the order of fields', async () => {
      const lib = (n: number): string => `class Base { a = 1; } export class Foo extends Base { b = 2; constructor() { super(); this.d = ${n}; } c = 3; }`;
      const app = await boot(program(lib(1)));
      const before = Object.keys(app.module('main.js').make());
      await commit(app, program(lib(2)));
      expect([before, Object.keys(app.module('main.js').make())]).toEqual([['a', 'b', 'c', 'd'], ['a', 'b', 'c', 'd']]);
    });

    test('fields that the new version does not declare are not on new instances', async () => {
      const app = await boot(program(`export class Foo { a = 1; gone = 2; }`));
      const { make } = app.module('main.js');
      const old = make();
      await commit(app, program(`export class Foo { a = 1; }`));
      expect([Object.keys(make()), old.gone]).toEqual([['a'], 2]);
    });

    test('field initialisers see this, and may call methods', async () => {
      const lib = (n: number): string => `export class Foo { a = this.start(); b = this.a + 1; c = () => this; start() { return ${n}; } }`;
      const app = await boot(program(lib(1)));
      await commit(app, program(lib(10)));
      const made = app.module('main.js').make();
      expect([made.a, made.b, made.c() === made]).toEqual([10, 11, true]);
    });

    test('a constructor that throws leaves the class in order', async () => {
      const lib = (n: number): string => `export class Foo { constructor(fail) { this.n = ${n}; if (fail) throw new Error('failed ${n}'); } m() { return this.n; } }`;
      const app = await boot(program(lib(1)));
      const { make } = app.module('main.js');
      await commit(app, program(lib(2)));
      expect(() => make(true)).toThrow('failed 2');
      expect([make().m(), Object.keys(make())]).toEqual([2, ['n']]);
    });

    test('this is one object from the first statement on', async () => {
      const lib = (n: number): string => `const seen = []; export class Foo { constructor() { seen.push(this); this.self = this; this.n = ${n}; } static last() { return seen.at(-1); } }`;
      const app = await boot(program(lib(1)));
      await commit(app, program(lib(2)), loose);
      const made = app.module('main.js').make();
      expect([made.self === made, app.module('main.js').get().last() === made]).toEqual([true, true]);
    });

    test('constructors that construct others of their class', async () => {
      const lib = (n: number): string => `export class Foo { constructor(depth) { this.n = ${n}; this.child = depth > 0 ? new Foo(depth - 1) : null; this.after = depth; } }`;
      const app = await boot(program(lib(1)));
      await commit(app, program(lib(2)));
      const made = app.module('main.js').make(2);
      expect(JSON.parse(JSON.stringify(made))).toEqual({ n: 2, after: 2, child: { n: 2, after: 1, child: { n: 2, after: 0, child: null } } });
    });

    test('a field initialiser that constructs another of its class', async () => {
      const lib = (n: number): string => `let depth = 0; export class Foo { n = ${n}; child = depth++ < 1 ? new Foo() : null; after = ${n}; }`;
      const app = await boot(program(lib(1)));
      await commit(app, program(lib(2)), { allow: ['STATE_UNDECLARED'] });
      const made = app.module('main.js').make();
      expect([made.n, made.after, made.child.n, made.child.after, made.child.child]).toEqual([2, 2, 2, 2, null]);
    });

    test('a base constructor that reads getters which call overridden methods', async () => {
      const lib = (n: number): string => `class Base { constructor() { this.seen = this.value; } get value() { return this.compute(); } compute() { return 'base ${n}'; } } export class Foo extends Base { own = 'own'; compute() { return 'foo ${n} ' + this.own + ' ' + super.compute(); } }`;
      const app = await boot(program(lib(1)));
      expect(app.module('main.js').make().seen).toBe('foo 1 undefined base 1');
      await commit(app, program(lib(2)));
      const made = app.module('main.js').make();
      expect([made.seen, made.value]).toEqual(['foo 2 undefined base 2', 'foo 2 own base 2']);
    });

    test('code around super', async () => {
      const lib = (n: number): string => `class Base { constructor(a) { this.a = a; } } export class Foo extends Base { constructor(a) { const doubled = a * ${n}; const call = () => super(doubled); if (a > 1) call(); else super(0); this.b = this.a + 1; } }`;
      const app = await boot(program(lib(1)));
      await commit(app, program(lib(2)));
      expect([{ ...app.module('main.js').make(5) }, { ...app.module('main.js').make(1) }]).toEqual([{ a: 10, b: 11 }, { a: 0, b: 1 }]);
    });

    test('a class that begins to extend nothing more than its fields: constructor added and removed', async () => {
      const app = await boot(program(`export class Foo { a = 1; }`));
      const { make } = app.module('main.js');
      await commit(app, program(`export class Foo { a = 1; constructor() { this.a = 2; } }`));
      expect({ ...make() }).toEqual({ a: 2 });
      await commit(app, program(`export class Foo { a = 3; }`));
      expect({ ...make() }).toEqual({ a: 3 });
    });

    test('new inside a pending body makes instances of pending code', async () => {
      const { cold, log } = recorder();
      const app = await boot(program(`export class Foo { m() { return 1; } }`), { cold });
      await commit(app, program(`import { note } from 'rec'; export class Foo { m() { return 2; } } note(String(new Foo().m()));`), { allow: ['EFFECT_AT_LOAD'] });
      expect(log).toEqual(['2']);
    });
  });

  describe('subclasses', () => {
    const three = (base: string, sub: string, leaf = `import { Sub } from './sub.js'; export class Leaf extends Sub { m() { return 'leaf ' + super.m(); } }`): Sources => ({
      'main.js': `import { Base } from './base.js'; import { Sub } from './sub.js'; import { Leaf } from './leaf.js'; export const all = () => [Base, Sub, Leaf]; export const make = (...args) => [new Base(...args), new Sub(...args), new Leaf(...args)];`,
      'base.js': base, 'sub.js': sub, 'leaf.js': leaf,
    });
    const base = (n: number): string => `export class Base { constructor(a) { this.a = a; this.made = ${n}; } m() { return 'base${n}'; } static s() { return 'static${n} ' + this.name; } inherited() { return 'inherited${n}'; } }`;
    const sub = (n: number): string => `import { Base } from './base.js'; export class Sub extends Base { constructor(a) { super(a); this.sub = ${n}; } m() { return 'sub${n} ' + super.m(); } static s() { return 'sub${n} ' + super.s(); } }`;

    test('in unchanged modules: old instances run the new base', async () => {
      const app = await boot(three(base(1), sub(1)));
      const [, oldSub, oldLeaf] = app.module('main.js').make();
      await commit(app, three(base(2), sub(1)));
      expect([oldSub.m(), oldLeaf.m(), oldSub.inherited(), oldLeaf.inherited()]).toEqual(['sub1 base2', 'leaf sub1 base2', 'inherited2', 'inherited2']);
    });

    test('in unchanged modules: new ones are made by the new base, once', async () => {
      const app = await boot(three(base(1), sub(1)));
      await commit(app, three(base(2), sub(1)));
      expect(app.module('main.js').make(7).map((each: object) => ({ ...each }))).toEqual([{ a: 7, made: 2 }, { a: 7, made: 2, sub: 1 }, { a: 7, made: 2, sub: 1 }]);
    });

    test('in unchanged modules: statics and super in them', async () => {
      const app = await boot(three(base(1), sub(1)));
      const [Base, Sub, Leaf] = app.module('main.js').all();
      await commit(app, three(base(2), sub(1)));
      expect([Base.s(), Sub.s(), Leaf.s()]).toEqual(['static2 Base', 'sub1 static2 Sub', 'sub1 static2 Leaf']);
    });

    test('the middle changes', async () => {
      const app = await boot(three(base(1), sub(1)));
      const [, oldSub, oldLeaf] = app.module('main.js').make();
      await commit(app, three(base(1), sub(2)));
      expect([oldSub.m(), oldLeaf.m(), app.module('main.js').make(7).map((each: object) => ({ ...each }))]).toEqual(['sub2 base1', 'leaf sub2 base1', [{ a: 7, made: 1 }, { a: 7, made: 1, sub: 2 }, { a: 7, made: 1, sub: 2 }]]);
    });

    test('all change, over several releases', async () => {
      const leaf = (n: number): string => `import { Sub } from './sub.js'; export class Leaf extends Sub { m() { return 'leaf${n} ' + super.m(); } }`;
      const app = await boot(three(base(1), sub(1), leaf(1)));
      const old = app.module('main.js').make();
      for (let n = 2; n < 6; n++) {
        await commit(app, three(base(n), sub(n), leaf(n)));
        for (const made of [old, app.module('main.js').make()]) expect(made.map((each: { m(): string }) => each.m())).toEqual([`base${n}`, `sub${n} base${n}`, `leaf${n} sub${n} base${n}`]);
      }
    });

    test('the chains of constructors and prototypes hold', async () => {
      const app = await boot(three(base(1), sub(1)));
      const old = app.module('main.js').make();
      const [Base, Sub, Leaf] = app.module('main.js').all();
      for (const next of [three(base(2), sub(1)), three(base(2), sub(3)), three(base(4), sub(4))]) {
        await commit(app, next);
        expect([Object.getPrototypeOf(Sub) === Base, Object.getPrototypeOf(Leaf) === Sub, Object.getPrototypeOf(Sub.prototype) === Base.prototype, Object.getPrototypeOf(Leaf.prototype) === Sub.prototype]).toEqual([true, true, true, true]);
        for (const [, oneSub, oneLeaf] of [old, app.module('main.js').make()]) expect([oneSub instanceof Base, oneLeaf instanceof Sub, oneLeaf instanceof Base, oneSub instanceof Leaf, oneLeaf.constructor === Leaf]).toEqual([true, true, true, false, true]);
      }
    });

    test('a running old method finds its own base by super', async () => {
      const running = (n: number): string => `import { Base } from './base.js'; export class Sub extends Base { async m(gate) { const before = super.m(); await gate; return [before, super.m(), ${n}]; } }`;
      const leaf = `export class Leaf {}`;
      const app = await boot(three(base(1), running(1), leaf));
      const [, oldSub] = app.module('main.js').make();
      let open = (): void => {};
      const work = oldSub.m(new Promise<void>((resolve) => (open = resolve)));
      await commit(app, three(base(2), running(2), leaf));
      open();
      expect([await work, await oldSub.m()]).toEqual([['base1', 'base2', 1], ['base2', 'base2', 2]]);
    });

    test('made by code outside of the application', async () => {
      const app = await boot(program(`export class Foo { f = 1; constructor(a) { this.a = a; } m() { return 1; } static s() { return 1; } }`));
      const Foo = app.module('main.js').get();
      class Outer extends Foo { g = this['a'] as number; override m(): string { return `outer ${super.m()}`; } }
      const old = new Outer(5);
      await commit(app, program(`export class Foo { f = 2; constructor(a) { this.a = a * 2; } m() { return 2; } static s() { return 2; } }`));
      const made = new Outer(5);
      expect([old.m(), made.m(), { ...old }, { ...made }, (Outer as unknown as { s(): number }).s(), made instanceof Outer, made instanceof Foo]).toEqual(['outer 2', 'outer 2', { f: 1, a: 5, g: 5 }, { f: 2, a: 10, g: 10 }, 2, true, true]);
    });

    test('made inside a function of an unchanged module', async () => {
      const sources = (n: number): Sources => ({ 'main.js': `import { Foo } from './lib.js'; export const build = () => class Local extends Foo { m() { return 'local ' + super.m(); } };`, 'lib.js': `export class Foo { n = ${n}; m() { return ${n}; } }` });
      const app = await boot(sources(1));
      const Local = app.module('main.js').build();
      const old = new Local();
      await commit(app, sources(2));
      expect([old.m(), new Local().m(), new Local().n, new (app.module('main.js').build())().n]).toEqual(['local 2', 'local 2', 2, 2]);
    });

    test('two classes of one module, one of which extends the other', async () => {
      const lib = (n: number): string => `class Base { m() { return 'base${n}'; } } export class Foo extends Base { m() { return 'foo${n} ' + super.m(); } }`;
      const app = await boot(program(lib(1)));
      const old = app.module('main.js').make();
      await commit(app, program(lib(2)));
      expect([old.m(), app.module('main.js').make().m()]).toEqual(['foo2 base2', 'foo2 base2']);
    });

    test('a mixin of the same module', async () => {
      const lib = (n: number): string => `const Loud = (Base) => class extends Base { shout() { return this.m() + '!${n}'; } }; class Plain { m() { return 'm${n}'; } } export class Foo extends Loud(Plain) { own() { return super.shout(); } }`;
      const app = await boot(program(lib(1)));
      const { make, is } = app.module('main.js');
      const old = make();
      await commit(app, program(lib(2)));
      expect([old.shout(), old.own(), make().own(), is(old), is(make())]).toEqual(['m2!2', 'm2!2', 'm2!2', true, true]);
    });

    test('a mixin that a function applies to a changed class', async () => {
      const sources = (n: number): Sources => ({ 'main.js': `import { Loud } from './mixin.js'; import { Foo } from './lib.js'; export const build = () => Loud(Foo);`, 'mixin.js': `export const Loud = (Base) => class extends Base { shout() { return this.m() + '!'; } };`, 'lib.js': `export class Foo { m() { return 'm${n}'; } }` });
      const app = await boot(sources(1));
      const Mixed = app.module('main.js').build();
      const old = new Mixed();
      await commit(app, sources(2));
      expect([old.shout(), new Mixed().shout()]).toEqual(['m2!', 'm2!']);
    });

    test('a changed mixin: its users are stale, and get it when they are evaluated again', async () => {
      const sources = (n: number): Sources => ({ 'main.js': `export { make } from './user.js';`, 'user.js': `import { Loud } from './mixin.js'; export class User extends Loud(Object) { own() { return this.shout(); } } export const make = () => new User();`, 'mixin.js': `export const Loud = (Base) => class extends Base { shout() { return 'loud${n}'; } };` });
      const app = await boot(sources(1));
      const old = app.module('main.js').make();
      expect(app.plan(sources(2)).modules).toEqual({ 'mixin.js': 'changed', 'user.js': 'stale' });
      await commit(app, sources(2), { onStale: 'reevaluate' });
      expect([old.own(), app.module('main.js').make().own(), app.module('main.js').make() instanceof old.constructor]).toEqual(['loud2', 'loud2', true]);
    });

    test('of Error', async () => {
      const lib = (n: number): string => `export class Foo extends Error { constructor(message, options) { super(message + ${n}, options); this.name = 'Foo'; this.code = ${n}; } describe() { return [this.message, this.code, ${n}]; } }`;
      const app = await boot(program(lib(1)));
      const { make, is } = app.module('main.js');
      const old = make('m');
      await commit(app, program(lib(2)));
      const made = make('m', { cause: old });
      expect([old.describe(), made.describe(), made.cause === old, is(made), made instanceof Error, /^Foo: m2\n\s+at /.test(made.stack), String(made)]).toEqual([['m1', 1, 2], ['m2', 2, 2], true, true, true, true, 'Foo: m2']);
    });

    test('of Array, with species', async () => {
      const lib = (n: number): string => `export class Foo extends Array { sum() { return this.reduce((a, b) => a + b, 0) * ${n}; } }`;
      const app = await boot(program(lib(1)));
      const { get, is } = app.module('main.js');
      const old = get().from([1, 2]);
      await commit(app, program(lib(10)));
      const mapped = old.map((n: number) => n + 1);
      expect([old.sum(), mapped.sum(), is(mapped), Array.isArray(get().of(1)), get().of(1, 2).sum(), get().from([4]).length]).toEqual([30, 50, true, true, 30, 1]);
    });

    test('of Array, with a species that changes', async () => {
      const lib = (n: number): string => `export class Foo extends Array { static get [Symbol.species]() { return ${n === 1 ? 'Array' : 'this'}; } m() { return ${n}; } }`;
      const app = await boot(program(lib(1)));
      const { get, is } = app.module('main.js');
      const old = get().of(1);
      const before = is(old.map(String));
      await commit(app, program(lib(2)));
      expect([before, is(old.map(String)), old.concat([]).m()]).toEqual([false, true, 2]);
    });

    test('of Map, Promise and typed arrays', async () => {
      const lib = (n: number): string => `export class Foo extends Map { twice(key) { return this.get(key) * ${n}; } } export class Task extends Promise { named() { return 'task${n}'; } } export class Bytes extends Uint8Array { first() { return this[0] + ${n}; } }`;
      const sources = (n: number): Sources => ({ 'main.js': `export * from './lib.js';`, 'lib.js': lib(n) });
      const app = await boot(sources(1));
      const { Foo, Task, Bytes } = app.module('main.js');
      const old = [new Foo([['a', 2]]), Task.resolve(1), new Bytes([5])] as const;
      await commit(app, sources(10));
      expect([old[0].twice('a'), new Foo([['a', 3]]).twice('a'), old[1].named(), old[1].then(() => 1).named(), await new Task((resolve: (n: number) => void) => resolve(3)), old[2].first(), new Bytes(old[2].buffer).first(), old[2].slice(0).first()]).toEqual([20, 30, 'task10', 'task10', 3, 15, 15, 15]);
    });

    test('of a class of a package', async () => {
      class Component { props: unknown; constructor(props: unknown) { this.props = props; } render(): string { return 'none'; } show(): string { return `<${this.render()}>`; } }
      const lib = (n: number): string => `import { Component } from 'pack'; export class Foo extends Component { state = { n: ${n} }; render() { return 'foo${n} ' + JSON.stringify(this.props) + super.render(); } }`;
      const app = await boot(program(lib(1)), { cold: { pack: { Component } } });
      const { make } = app.module('main.js');
      const old = make(1);
      await commit(app, program(lib(2)));
      expect([old.show(), make(3).show(), make(3).state, make(3) instanceof Component]).toEqual(['<foo2 1none>', '<foo2 3none>', { n: 2 }, true]);
    });

    test('of null', async () => {
      const app = await boot(program(`export class Foo extends null { static s() { return 1; } }`));
      await commit(app, program(`export class Foo extends null { static s() { return 2; } }`));
      const Foo = app.module('main.js').get();
      expect([Foo.s(), Object.getPrototypeOf(Foo.prototype)]).toEqual([2, null]);
      expect(() => new Foo()).toThrow(TypeError);
    });

    test('of an exported function, which constructs its newest code', async () => {
      const lib = (n: number): string => `export function Old(a) { this.a = a * ${n}; } Old.prototype.m = function () { return 'old${n}'; }; export class Foo extends Old { n() { return super.m(); } }`;
      const app = await boot(program(lib(1)));
      const { make } = app.module('main.js');
      const old = make(1);
      await commit(app, program(lib(2)));
      expect([old.n(), make(1).a, make(1).n()]).toEqual(['old2', 2, 'old2']);
    });

    test('callbacks that a platform took from the prototype run the new code', async () => {
      const lib = (n: number): string => `import { Element } from 'dom'; export class Foo extends Element { connectedCallback(...args) { return ['connected${n}', this.id, ...args]; } }`;
      class Element { id = 'el'; }
      const app = await boot(program(lib(1)), { cold: { dom: { Element } } });
      const { get, make } = app.module('main.js');
      const { connectedCallback } = get().prototype;
      const old = make();
      await commit(app, program(lib(2)));
      expect([connectedCallback.call(old, 1), connectedCallback.call(make(), 2)]).toEqual([['connected2', 'el', 1], ['connected2', 'el', 2]]);
    });
  });

  describe('statics', () => {
    test('methods are code', async () => {
      const app = await boot(program(`export class Foo { static s() { return [1, this.name]; } static gone() {} }`));
      const Saved = app.module('main.js').get();
      await commit(app, program(`export class Foo { static s() { return [2, this.name]; } static added() { return 'added'; } }`));
      expect([Saved.s(), Saved.added(), 'gone' in Saved]).toEqual([[2, 'Foo'], 'added', false]);
    });

    test('accessors and symbol methods are code', async () => {
      const lib = (n: number): string => `export class Foo { static get v() { return ${n}; } static [Symbol.hasInstance](value) { return value === ${n}; } static *[Symbol.iterator]() { yield ${n}; } }`;
      const app = await boot(program(lib(1)));
      const Saved = app.module('main.js').get();
      await commit(app, program(lib(2)));
      expect([Saved.v, (2 as unknown) instanceof Saved, (1 as unknown) instanceof Saved, [...Saved]]).toEqual([2, true, false, [2]]);
    });

    test('data is kept where its initialiser is unchanged', async () => {
      const lib = (n: number): string => `export class Foo { static count = 0; static all = new Map(); static s() { return ${n}; } }`;
      const app = await boot(program(lib(1)));
      const Foo = app.module('main.js').get();
      Foo.count = 5;
      Foo.all.set('a', 1);
      const { all } = Foo;
      await commit(app, program(lib(2)));
      expect([Foo.count, Foo.all === all, Foo.s()]).toEqual([5, true, 2]);
    });

    test('data is new where its initialiser changed', async () => {
      const app = await boot(program(`export class Foo { static limit = 1; static list = [1]; }`));
      const Foo = app.module('main.js').get();
      await commit(app, program(`export class Foo { static limit = 2; static list = [1, 2]; }`));
      expect([Foo.limit, Foo.list]).toEqual([2, [1, 2]]);
    });

    test('data comes and goes', async () => {
      const app = await boot(program(`export class Foo { static gone = 1; static kept = 1; }`));
      const Foo = app.module('main.js').get();
      await commit(app, program(`export class Foo { static kept = 1; static added = 2; }`));
      expect([Foo.added, 'gone' in Foo, Object.keys(Foo).sort()]).toEqual([2, false, ['added', 'kept']]);
    });

    test('data that running code added stays', async () => {
      const app = await boot(program(`export class Foo { static s() { return 1; } }`));
      const Foo = app.module('main.js').get();
      Foo.displayName = 'set at run time';
      await commit(app, program(`export class Foo { static s() { return 2; } }`));
      expect(Foo.displayName).toBe('set at run time');
    });

    test('data that an initialiser takes from other data', async () => {
      const lib = (n: number): string => `export class Foo { static a = ${n}; static b = this.a + 1; static c = Foo.a + 2; }`;
      const app = await boot(program(lib(1)));
      await commit(app, program(lib(10)));
      const Foo = app.module('main.js').get();
      expect([Foo.a]).toEqual([10]);
    });

    test('data under a computed name is kept where the class is unchanged', async () => {
      const lib = (n: number): string => `const key = Symbol.for('all'); const now = () => ${n}; export class Foo { static [key] = []; static s() { return now(); } }`;
      const app = await boot(program(lib(1)));
      const Foo = app.module('main.js').get();
      Foo[Symbol.for('all')].push(1);
      await commit(app, program(lib(2)));
      expect([Foo[Symbol.for('all')], Foo.s()]).toEqual([[1], 2]);
    });

    test('members called name and length', async () => {
      const lib = (n: number): string => `export class Foo { static name() { return 'name${n}'; } static length = 7; }`;
      const app = await boot(program(lib(1)));
      const Foo = app.module('main.js').get();
      await commit(app, program(lib(2)));
      expect([Foo.name(), Foo.length]).toEqual(['name2', 7]);
    });

    test('static blocks run once for each version', async () => {
      const { cold, log } = recorder();
      const lib = (n: number): string => `import { note } from 'rec'; export class Foo { static n = ${n}; static { note('block' + this.n + Foo.n); this.fromBlock = ${n}; } }`;
      const app = await boot(program(lib(1)), { cold });
      await commit(app, program(lib(2)), { allow: ['EFFECT_AT_LOAD'] });
      expect([log, app.module('main.js').get().fromBlock]).toEqual([['block11', 'block22'], 2]);
    });

    test('an instance that a static initialiser made is of the class', async () => {
      const lib = (n: number): string => `export class Foo { static zero = new Foo(0, ${n}); constructor(a) { this.a = a; } m() { return [this.a, ${n}]; } }`;
      const app = await boot(program(lib(1)));
      const { get, is } = app.module('main.js');
      const oldZero = get().zero;
      await commit(app, program(lib(2)));
      expect([oldZero.m(), get().zero.m(), is(get().zero), is(oldZero), get().zero.constructor === get()]).toEqual([[0, 2], [0, 2], true, true, true]);
    });

    test('instances in a container that a static initialiser made are of the class', async () => {
      const lib = (n: number): string => `export class Foo { static all = { a: new Foo(${n}), b: [new this(${n})] }; constructor(a) { this.a = a; } m() { return [this.a, ${n}]; } }`;
      const app = await boot(program(lib(1)));
      const { get, is } = app.module('main.js');
      await commit(app, program(lib(2)));
      const { all } = get();
      expect([all.a.m(), is(all.a), all.b[0].m(), is(all.b[0])]).toEqual([[2, 2], true, [2, 2], true]);
    });

    test('closures in static initialisers and blocks use the class that everybody has', async () => {
      const lib = (n: number): string => `export class Foo { static make = () => new Foo(${n}); static self = () => this; static { this.later = () => Foo; } constructor(a) { this.a = a; } }`;
      const app = await boot(program(lib(1)));
      await commit(app, program(lib(2)));
      const { get, is } = app.module('main.js');
      const Foo = get();
      expect([is(Foo.make()), Foo.make().constructor === Foo, Foo.later() === Foo || 'another class', Foo.make().a]).toEqual([true, true, true, 2]);
    });

    test('inherited statics, through an unchanged subclass', async () => {
      const sources = (n: number): Sources => ({ 'main.js': `export { Sub } from './sub.js';`, 'sub.js': `import { Foo } from './lib.js'; export class Sub extends Foo { static own() { return super.s() + this.data; } }`, 'lib.js': `export class Foo { static data = 'data${n}'; static s() { return 's${n}'; } }` });
      const app = await boot(sources(1));
      await commit(app, sources(2));
      const { Sub } = app.module('main.js');
      expect([Sub.s(), Sub.data, Sub.own()]).toEqual(['s2', 'data2', 's2data2']);
    });
  });

  describe('errors across versions', () => {
    const sources = (n: number): Sources => ({
      'main.js': `import { Failure, fail } from './lib.js'; export const attempt = (run) => { try { return run(); } catch (error) { return error instanceof Failure ? ['caught', error.describe()] : error; } }; export const failing = () => fail;`,
      'lib.js': `export class Failure extends Error { describe() { return this.message + ' read by ${n}'; } } export const fail = () => { throw new Failure('of ${n}'); }; export const catching = () => (run) => { try { return run(); } catch (error) { return error instanceof Failure ? ['caught', error.describe()] : error; } }; export const throwing = () => () => { throw new Failure('of old closure ${n}'); };`,
    });

    test('thrown by new code, caught in old closures', async () => {
      const app = await boot(sources(1));
      const oldCatch = app.module('lib.js').catching();
      await commit(app, sources(2));
      expect(oldCatch(app.module('main.js').failing())).toEqual(['caught', 'of 2 read by 2']);
    });

    test('thrown by old closures, caught in new code', async () => {
      const app = await boot(sources(1));
      const oldThrow = app.module('lib.js').throwing();
      await commit(app, sources(2));
      expect(app.module('lib.js').catching()(oldThrow)).toEqual(['caught', 'of old closure 1 read by 2']);
      expect(app.module('main.js').attempt(oldThrow)).toEqual(['caught', 'of old closure 1 read by 2']);
    });
  });

  test('stacks of errors begin where captureStackTrace says', async () => {
    const lib = (n: number): string => `export class Foo extends Error { constructor(message) { super(message); Error.captureStackTrace(this, Foo); this.n = ${n}; } }`;
    const app = await boot(program(lib(1)));
    const { make } = app.module('main.js');
    for (let n = 2; n < 4; n++) {
      expect(make('x').stack.split('\n')[1]).toMatch(/at make /);
      await commit(app, program(lib(n)));
    }
    expect(make('x').stack.split('\n')[1]).toMatch(/at make /);
  });

  describe('private names', () => {
    const lib = (n: number, more = ''): string => `export class Foo { #x; constructor(x) { this.#x = x; } read() { return ['read${n}', this.#x]; } get value() { return ['value${n}', this.#x]; } set value(v) { this.#x = [v, ${n}]; } #secret() { return 'secret${n}'; } call() { return this.#secret(); } ${more} }`;

    test('old instances keep old methods that touch them, new ones are new: no brand is ever missed', async () => {
      const app = await boot(program(lib(1)));
      const { make } = app.module('main.js');
      const old = make('a');
      await commit(app, program(lib(2)));
      const made = make('b');
      expect([old.read(), made.read(), old.value, made.value, old.call(), made.call()]).toEqual([['read1', 'a'], ['read2', 'b'], ['value1', 'a'], ['value2', 'b'], 'secret1', 'secret2']);
      old.value = 'c';
      made.value = 'd';
      expect([old.value, made.value]).toEqual([['value1', ['c', 1]], ['value2', ['d', 2]]]);
    });

    test('instances of three versions, each with its own', async () => {
      const app = await boot(program(lib(1)));
      const { make, is } = app.module('main.js');
      const made = [make('a')];
      for (let n = 2; n < 5; n++) {
        await commit(app, program(lib(n)));
        made.push(make(String(n)));
      }
      expect(made.map((each) => each.read())).toEqual([['read1', 'a'], ['read2', '2'], ['read3', '3'], ['read4', '4']]);
      expect(made.every(is)).toBe(true);
    });

    test('methods that do not touch them are new for old instances', async () => {
      const app = await boot(program(lib(1, `plain() { return 'plain1'; } both() { return [this.plain(), this.read()]; }`)));
      const { make } = app.module('main.js');
      const old = make('a');
      await commit(app, program(lib(2, `plain() { return 'plain2'; } both() { return [this.plain(), this.read(), 2]; }`)));
      expect([old.plain(), old.both(), make('b').both()]).toEqual(['plain2', ['plain2', ['read1', 'a'], 2], ['plain2', ['read2', 'b'], 2]]);
    });

    test('an added method that does not touch them runs on old instances', async () => {
      const app = await boot(program(lib(1)));
      const old = app.module('main.js').make('a');
      await commit(app, program(lib(2, `added() { return ['added', this.read()]; }`)));
      expect(old.added()).toEqual(['added', ['read1', 'a']]);
    });

    test('an added method that touches them says so on old instances, and works on new ones', async () => {
      const app = await boot(program(lib(1)));
      const { make } = app.module('main.js');
      const old = make('a');
      await commit(app, program(lib(2, `added() { return this.#x; }`)));
      expect(make('b').added()).toBe('b');
      expect(() => old.added()).toThrow(expect.objectContaining({ code: 'CLASS_PRIVATE' }));
    });

    test('the plan says which private names keep old code', async () => {
      const app = await boot(program(lib(1)));
      expect(app.plan(program(lib(2))).notes).toMatchObject([{ code: 'CLASS_PRIVATE', place: 'lib.js:1' }]);
    });

    test('a class that gets its first private names', async () => {
      const app = await boot(program(`export class Foo { m() { return 'm1'; } }`));
      const { make } = app.module('main.js');
      const old = make();
      await commit(app, program(`export class Foo { #x = 2; m() { return 'm' + this.#x; } n() { return 'n2'; } }`));
      expect([old.m(), make().m(), make().n()]).toEqual(['m1', 'm2', 'n2']);
    });

    test('a class that gives its private names up', async () => {
      const app = await boot(program(`export class Foo { #x = 1; m() { return this.#x; } }`));
      const { make } = app.module('main.js');
      const old = make();
      await commit(app, program(`export class Foo { m() { return 'new'; } }`));
      expect([old.m(), make().m()]).toEqual(['new', 'new']);
    });

    test('subclasses in other modules', async () => {
      const sources = (n: number): Sources => ({ 'main.js': `import { Sub } from './sub.js'; export const make = (x) => new Sub(x);`, 'sub.js': `import { Foo } from './lib.js'; export class Sub extends Foo { #own = 'own'; read() { return [this.#own, ...super.read()]; } }`, 'lib.js': lib(n) });
      const app = await boot(sources(1));
      const { make } = app.module('main.js');
      const old = make('a');
      await commit(app, sources(2));
      expect([old.read(), make('b').read()]).toEqual([['own', 'read1', 'a'], ['own', 'read2', 'b']]);
    });

    test('of a base and of a derived class, both of which change', async () => {
      const source = (n: number): string => `class Base { #x; constructor(x) { this.#x = x; } base() { return ['base${n}', this.#x]; } } export class Foo extends Base { #y; constructor(x) { super(x); this.#y = x + x; } own() { return ['own${n}', this.#y, ...this.base()]; } }`;
      const app = await boot(program(source(1)));
      const made = [app.module('main.js').make('a')];
      for (let n = 2; n < 4; n++) {
        await commit(app, program(source(n)));
        made.push(app.module('main.js').make('a'));
      }
      expect(made.map((each) => each.own())).toEqual([1, 2, 3].map((n) => [`own${n}`, 'aa', `base${n}`, 'a']));
    });

    test('a private field initialiser and the constructor run once', async () => {
      const { cold, log } = recorder();
      const source = (n: number): string => `import { note } from 'rec'; export class Foo { #a = note('#a'); b = note('b'); constructor() { note('constructor${n}'); } read() { return this.#a; } }`;
      const app = await boot(program(source(1)), { cold });
      await commit(app, program(source(2)));
      app.module('main.js').make();
      expect(log).toEqual(['#a', 'b', 'constructor2']);
    });

    test('a method that reads private names of another instance: refused', async () => {
      const source = (n: number): string => `export class Foo { #x = ${n}; equals(other) { return this.#x === other.#x; } }`;
      const app = await boot(program(source(1)));
      const old = app.module('main.js').make();
      expect(await app.upgrade(program(source(2)))).toMatchObject({ outcome: 'refused', refusals: [{ code: 'CLASS_PRIVATE', place: 'lib.js:1' }] });
      expect(old.equals(app.module('main.js').make())).toBe(true);
    });

    test('static private names that change: refused, naming the class', async () => {
      const app = await boot(program(`export class Foo { static #count = 0; static next() { return ++Foo.#count; } }`));
      expect(await app.upgrade(program(`export class Foo { static #count = 10; static next() { return ++Foo.#count; } }`))).toMatchObject({ outcome: 'refused', refusals: [{ code: 'CLASS_PRIVATE', place: 'lib.js:1' }] });
      expect(app.module('main.js').get().next()).toBe(1);
    });
  });

  describe('added fields', () => {
    const before = `export class Foo { constructor(a) { this.a = a; } m() { return [this.a]; } get v() { return this.a; } }`;
    const after = (hook: string, more = ''): string => `import { note } from 'rec'; export class Foo { constructor(a) { this.a = a; this.b = 'made'; } m() { return [this.a, this.b]; } get v() { return [this.a, this.b]; } [Symbol.iterator]() { return [this.b].values(); } ${more} static upgrade(instance, change) { ${hook} } }`;
    const hook = `note('hook ' + instance.a + ' ' + change.added); instance.b = 'migrated ' + instance.a;`;

    test('refused without a hook, naming class and fields; nothing changes', async () => {
      const app = await boot(program(before));
      const old = app.module('main.js').make(1);
      const result = await app.upgrade(program(`export class Foo { c = 1; constructor(a) { this.a = a; this.b = 2; } m() { return [this.a, this.b]; } }`));
      expect(result).toMatchObject({ outcome: 'refused', refusals: [{ code: 'CLASS_LAYOUT', place: 'lib.js:1' }] });
      expect(result.refusals[0]?.reason).toMatch(/"Foo".*"b".*"c"/);
      expect([old.m(), app.module('main.js').make(2).m()]).toEqual([[1], [2]]);
    });

    test('allowed without a hook, the fields are missing', async () => {
      const app = await boot(program(before));
      const old = app.module('main.js').make(1);
      await commit(app, program(`export class Foo { constructor(a) { this.a = a; this.b = 2; } m() { return [this.a, this.b]; } }`), { allow: ['CLASS_LAYOUT'] });
      expect([old.m(), app.module('main.js').make(2).m()]).toEqual([[1, undefined], [2, 2]]);
    });

    test.each([
      ['a method', (old: any) => old.m(), [1, 'migrated 1']],
      ['an accessor', (old: any) => old.v, [1, 'migrated 1']],
      ['a symbol method', (old: any) => [...old], ['migrated 1']],
      ['the new field', (old: any) => old.b, 'migrated 1'],
      ['the new field by destructuring', ({ b }: any) => b, 'migrated 1'],
      ['the new field by Reflect.get', (old: any) => Reflect.get(old, 'b'), 'migrated 1'],
    ])('are filled in by the hook when an instance is first touched by %s', async (_, touch, expected) => {
      const { cold, log } = recorder();
      const app = await boot(program(before), { cold });
      const old = app.module('main.js').make(1);
      await commit(app, program(after(hook)));
      expect(log).toEqual([]);
      expect(touch(old)).toEqual(expected);
      expect([log, { ...old }]).toEqual([['hook 1 b'], { a: 1, b: 'migrated 1' }]);
    });

    test('the hook runs once an instance', async () => {
      const { cold, log } = recorder();
      const app = await boot(program(before), { cold });
      const old = [1, 2, 3].map((n) => app.module('main.js').make(n));
      await commit(app, program(after(hook)));
      for (let i = 0; i < 3; i++) for (const each of old) each.m(each.b, each.v);
      expect(log).toEqual(['hook 1 b', 'hook 2 b', 'hook 3 b']);
    });

    test('the hook runs once although it uses the instance itself', async () => {
      const { cold, log } = recorder();
      const app = await boot(program(before), { cold });
      const old = app.module('main.js').make(1);
      await commit(app, program(after(`note('hook'); instance.m(); instance.b = instance.v.length + String(instance.b);`)));
      expect([old.m(), log]).toEqual([[1, '2undefined'], ['hook']]);
    });

    test('the hook is told the releases, the added and the discarded fields', async () => {
      const { cold } = recorder();
      const app = await boot(program(`export class Foo { a = 1; gone = 'was here'; m() {} }`), { cold });
      const old = app.module('main.js').make();
      const { release: from } = app.upgrader.current();
      await commit(app, program(`export class Foo { a = 1; b = 2; c = 3; m() { return this.change; } static upgrade(instance, change) { instance.change = { ...change, self: this === Foo }; instance.b = instance.c = 0; } }`));
      expect(old.m()).toEqual({ from, to: app.upgrader.current().release, added: ['b', 'c'], discarded: { gone: 'was here' }, self: true });
    });

    test('fields that the hook leaves out are undefined', async () => {
      const { cold } = recorder();
      const app = await boot(program(before), { cold });
      const old = app.module('main.js').make(1);
      await commit(app, program(after(``)));
      expect([old.m(), Object.keys(old)]).toEqual([[1, undefined], ['a', 'b']]);
    });

    test('new instances never meet the hook', async () => {
      const { cold, log } = recorder();
      const app = await boot(program(before), { cold });
      await commit(app, program(after(hook)));
      const made = app.module('main.js').make(1);
      expect([made.m(), made.v, log]).toEqual([[1, 'made'], [1, 'made'], []]);
    });

    test('new instances whose constructor calls methods before their fields are there', async () => {
      const { cold, log } = recorder();
      const app = await boot(program(before), { cold });
      await commit(app, program(`import { note } from 'rec'; export class Foo { constructor(a) { this.a = a; this.early = this.m(); this.b = 'made'; this.late = this.v; } m() { return [this.a, this.b]; } get v() { return this.m(); } static upgrade(instance) { note('hook'); instance.b = instance.early = instance.late = 0; } }`));
      const made = app.module('main.js').make(1);
      expect([made.early, made.late, made.m(), log]).toEqual([[1, undefined], [1, 'made'], [1, 'made'], []]);
    });

    test('instances of subclasses in unchanged modules', async () => {
      const { cold, log } = recorder();
      const sources = (lib: string): Sources => ({ 'main.js': `import { Sub } from './sub.js'; export const make = (a) => new Sub(a);`, 'sub.js': `import { Foo } from './lib.js'; export class Sub extends Foo { own = 'own'; read() { return this.b; } m() { return [this.own, ...super.m()]; } }`, 'lib.js': lib });
      const app = await boot(sources(before), { cold });
      const { make } = app.module('main.js');
      const [one, two] = [make(1), make(2)];
      await commit(app, sources(after(hook)));
      expect([one.read(), two.m(), make(3).m(), log]).toEqual(['migrated 1', ['own', 2, 'migrated 2'], ['own', 3, 'made'], ['hook 1 b', 'hook 2 b']]);
    });

    test('a population spread over state', async () => {
      const { cold, log } = recorder();
      const lib = (text: string): string => `import { state } from 'relup'; ${text} const data = state({ list: [], map: new Map(), nested: { deep: [] } }); export const fill = () => { data.list.push(new Foo(1)); data.map.set('k', new Foo(2)); data.nested.deep.push({ foo: new Foo(3) }); }; export const all = () => [data.list[0], data.map.get('k'), data.nested.deep[0].foo];`;
      const sources = (text: string): Sources => ({ 'main.js': `export * from './lib.js';`, 'lib.js': lib(text) });
      const app = await boot(sources(before), { cold });
      app.module('main.js').fill();
      await commit(app, sources(after(hook)));
      expect(app.module('main.js').all().map((each: { m(): unknown }) => each.m())).toEqual([[1, 'migrated 1'], [2, 'migrated 2'], [3, 'migrated 3']]);
      expect(log).toHaveLength(3);
    });

    test('an instance behind a proxy', async () => {
      const { cold } = recorder();
      const app = await boot(program(before), { cold });
      const proxied = new Proxy(app.module('main.js').make(1), {});
      await commit(app, program(after(hook)));
      expect([proxied.m(), { ...proxied }]).toEqual([[1, 'migrated 1'], { a: 1, b: 'migrated 1' }]);
    });

    test('an instance that slept through a release gets all that it lacks from the newest hook', async () => {
      const app = await boot(program(`export class Foo { a = 1; m() { return { ...this }; } }`));
      const { make } = app.module('main.js');
      const [awake, asleep] = [make(), make()];
      await commit(app, program(`export class Foo { a = 1; b = 1; m() { return { ...this }; } static upgrade(instance, { added }) { for (const field of added) instance[field] = field + ' of 2'; } }`));
      awake.m();
      const made = make();
      await commit(app, program(`export class Foo { a = 1; b = 1; c = 1; m() { return { ...this }; } static upgrade(instance, { added }) { for (const field of added) instance[field] = field + ' of 3'; } }`));
      expect([awake.m(), made.m(), asleep.m(), make().m()]).toEqual([{ a: 1, b: 'b of 2', c: 'c of 3' }, { a: 1, b: 1, c: 'c of 3' }, { a: 1, b: 'b of 3', c: 'c of 3' }, { a: 1, b: 1, c: 1 }]);
    });

    test('an instance that slept through the release with the hook meets it in a later one without changes of fields', async () => {
      const { cold, log } = recorder();
      const app = await boot(program(before), { cold });
      const old = app.module('main.js').make(1);
      await commit(app, program(after(hook)));
      await commit(app, program(after(hook, `extra() { return ['extra', this.b]; }`)));
      expect([old.extra(), log]).toEqual([['extra', 'migrated 1'], ['hook 1 b']]);
    });

    test('and in one that has no hook any more', async () => {
      const { cold, log } = recorder();
      const app = await boot(program(before), { cold });
      const old = app.module('main.js').make(1);
      await commit(app, program(after(hook)));
      await commit(app, program(`export class Foo { constructor(a) { this.a = a; this.b = 'made'; } m() { return ['third', this.a, this.b]; } }`));
      expect([old.m(), app.module('main.js').make(2).m(), log]).toEqual([['third', 1, 'migrated 1'], ['third', 2, 'made'], ['hook 1 b']]);
    });

    const kept = (text: string, more = ''): Sources => ({ 'main.js': `export * from './lib.js';`, 'lib.js': `import { state, onUpgrade } from 'relup'; ${text} const data = state({ list: [], map: new Map() }); export const fill = () => { const inner = new Foo(3); data.list.push(new Foo(1)); data.map.set(new Set([new Foo(2)]), { inner }); return new Foo(4); }; export const all = () => [data.list[0], [...[...data.map.keys()][0]][0], [...data.map.values()][0].inner]; ${more}` });

    test('eagerly, when asked: what state leads to is migrated in the commit, the rest when it is touched', async () => {
      const { cold, log } = recorder();
      const app = await boot(kept(before), { cold });
      const elsewhere = app.module('main.js').fill();
      await commit(app, kept(after(hook)), { instances: 'eager' });
      expect([log.sort(), app.module('main.js').all().map((each: object) => ({ ...each })), 'b' in { ...elsewhere }]).toEqual([['hook 1 b', 'hook 2 b', 'hook 3 b'], [1, 2, 3].map((a) => ({ a, b: `migrated ${a}` })), false]);
      expect(elsewhere.m()).toEqual([4, 'migrated 4']);
    });

    test('eagerly, with a hook that throws for one: committed, that one is quarantined, the others are migrated', async () => {
      const { cold } = recorder();
      const app = await boot(kept(before), { cold });
      app.module('main.js').fill();
      await commit(app, kept(after(`if (instance.a === 2) throw new Error('cannot'); instance.b = 'ok';`)), { instances: 'eager' });
      expect(app.module('main.js').all().map((each: object) => ({ ...each }))).toEqual([{ a: 1, b: 'ok' }, { a: 2 }, { a: 3, b: 'ok' }]);
      expect(app.events.filter(({ type }) => type === 'error')).toMatchObject([{ error: { code: 'CLASS_UPGRADE' } }]);
    });

    test('eagerly, in a commit that is taken back: instances are as they were', async () => {
      const { cold } = recorder();
      const app = await boot(kept(before), { cold });
      app.module('main.js').fill();
      expect(await app.upgrade(kept(after(hook), `onUpgrade(() => { throw new Error('hook'); });`), { instances: 'eager' })).toMatchObject({ outcome: 'refused', refusals: [{ code: 'HOOK' }] });
      expect(app.module('main.js').all().map((each: { m(): unknown }) => [each.m(), { ...each }])).toEqual([1, 2, 3].map((a) => [[a], { a }]));
    });

    test('a hook that throws: that instance is quarantined as it was, the others go on, and it is reported', async () => {
      const { cold } = recorder();
      const app = await boot(program(before), { cold });
      const [good, bad, other] = [1, 2, 3].map((n) => app.module('main.js').make(n));
      await commit(app, program(after(`if (instance.a === 2) { instance.half = true; throw new Error('cannot'); } instance.b = 'ok';`)));
      expect(good.m()).toEqual([1, 'ok']);
      expect(() => bad.m()).toThrow(expect.objectContaining({ code: 'CLASS_UPGRADE' }));
      expect(() => bad.v).toThrow(expect.objectContaining({ code: 'CLASS_UPGRADE' }));
      expect([other.m(), { ...bad }]).toEqual([[3, 'ok'], { a: 2 }]);
      expect(app.events.filter(({ type }) => type === 'error')).toMatchObject([{ error: { code: 'CLASS_UPGRADE' } }]);
    });

    test('a quarantined instance gets another chance in the next release', async () => {
      const { cold } = recorder();
      const app = await boot(program(before), { cold });
      const bad = app.module('main.js').make(1);
      await commit(app, program(after(`throw new Error('cannot');`)));
      expect(() => bad.m()).toThrow('cannot');
      await commit(app, program(after(`instance.b = 'mended';`)));
      expect(bad.m()).toEqual([1, 'mended']);
    });

    test('an asynchronous hook counts as one that throws', async () => {
      const { cold } = recorder();
      const app = await boot(program(before), { cold });
      const old = app.module('main.js').make(1);
      await commit(app, program(after(``).replace('static upgrade', 'static async upgrade')));
      expect(() => old.m()).toThrow(expect.objectContaining({ code: 'CLASS_UPGRADE' }));
    });

    test('a hook whose release was refused never runs', async () => {
      const { cold, log } = recorder();
      const app = await boot(program(before), { cold });
      const old = app.module('main.js').make(1);
      expect((await app.upgrade(program(`${after(hook)} throw new Error('refused');`))).outcome).toBe('refused');
      expect([old.m(), 'b' in old, log]).toEqual([[1], false, []]);
    });

    test('after a rollback old code runs on all instances, and the hook of the other release is gone', async () => {
      const { cold, log } = recorder();
      const app = await boot(program(before), { cold });
      const [touched, asleep] = [app.module('main.js').make(1), app.module('main.js').make(2)];
      await commit(app, program(after(hook)), { probation: { ms: 0 } });
      touched.m();
      const made = app.module('main.js').make(3);
      log.length = 0;
      expect((await app.upgrader.rollback()).outcome).toBe('rolledBack');
      expect([touched.m(), asleep.m(), made.m(), app.module('main.js').make(4).m(), 'b' in asleep, log]).toEqual([[1], [2], [3], [4], false, []]);
    });

    test('removed fields stay where they are and need no hook', async () => {
      const app = await boot(program(`export class Foo { a = 1; gone = 2; }`));
      const old = app.module('main.js').make();
      await commit(app, program(`export class Foo { a = 1; sum() { return this.a + (this.gone ?? 0); } }`));
      expect([old.sum(), app.module('main.js').make().sum()]).toEqual([3, 1]);
    });

    test('an instance that is frozen cannot be migrated, and says so', async () => {
      const { cold } = recorder();
      const app = await boot(program(before), { cold });
      const frozen = Object.freeze(app.module('main.js').make(1));
      await commit(app, program(after(hook)));
      expect(() => frozen.m()).toThrow(expect.objectContaining({ code: 'CLASS_UPGRADE' }));
    });
  });

  describe('another base', () => {
    const sources = (base: string, more = ''): Sources => program(`class A { who() { return 'A'; } static s() { return 'sA'; } } class B { who() { return 'B'; } onlyB() { return 'b'; } static s() { return 'sB'; } } export class Foo extends ${base} { m() { return super.who(); } ${more} }`);

    test('refused without a hook; nothing changes', async () => {
      const app = await boot(sources('A'));
      const old = app.module('main.js').make();
      expect(await app.upgrade(sources('B'))).toMatchObject({ outcome: 'refused', refusals: [{ code: 'CLASS_HERITAGE', place: 'lib.js:1' }] });
      expect([old.m(), 'onlyB' in old]).toEqual(['A', false]);
    });

    test('with a hook, the one prototype gets the new base', async () => {
      const app = await boot(sources('A'));
      const { make, get, is } = app.module('main.js');
      const old = make();
      await commit(app, sources('B', `static upgrade(instance) {}`));
      expect([old.m(), old.who(), old.onlyB(), make().m(), get().s(), is(old), is(make())]).toEqual(['B', 'B', 'b', 'B', 'sB', true, true]);
    });

    test('a class that begins to extend another one', async () => {
      const app = await boot(program(`class A { who() { return 'A'; } } export class Foo { constructor() { this.n = 1; } m() { return 'none'; } }`));
      const { make, is } = app.module('main.js');
      const old = make();
      await commit(app, program(`class A { who() { return 'A'; } } export class Foo extends A { constructor() { super(); this.n = 2; } m() { return super.who(); } static upgrade(instance) {} }`));
      expect([old.m(), make().m(), make().n, is(old), is(make())]).toEqual(['A', 'A', 2, true, true]);
    });

    test('a class that extends nothing any more', async () => {
      const app = await boot(program(`class A { a = 1; who() { return 'A'; } } export class Foo extends A { n = 1; }`));
      const { make, get } = app.module('main.js');
      const old = make();
      await commit(app, program(`class A { a = 1; who() { return 'A'; } } export class Foo { n = 2; static upgrade() {} }`));
      expect(['who' in old, 'who' in make(), { ...make() }, Object.getPrototypeOf(get().prototype) === Object.prototype]).toEqual([false, false, { n: 2 }, true]);
    });

    test('a base in a module that the upgrade adds', async () => {
      const app = await boot({ 'main.js': `export * from './lib.js';`, 'lib.js': `export class Foo { m() { return 'alone'; } }` });
      const { Foo } = app.module('main.js');
      const old = new Foo();
      const next = (n: number): Sources => ({ 'main.js': `export * from './lib.js';`, 'lib.js': `import { Base } from './base.js'; export class Foo extends Base { m() { return 'on ' + super.m(); } static upgrade(instance) {} }`, 'base.js': `export class Base { constructor() { this.n = ${n}; } m() { return 'base${n}'; } }` });
      await commit(app, next(2), { allow: ['CLASS_LAYOUT'] });
      expect([old.m(), new Foo().m(), new Foo().n]).toEqual(['on base2', 'on base2', 2]);
      await commit(app, next(3));
      expect([old.m(), new Foo().m(), new Foo().n]).toEqual(['on base3', 'on base3', 3]);
    });

    test('to or from a built-in there is no way', async () => {
      const app = await boot(program(`export class Foo { static upgrade() {} }`));
      expect(await app.upgrade(program(`export class Foo extends Map { static upgrade() {} }`))).toMatchObject({ outcome: 'refused', refusals: [{ code: 'CLASS_HERITAGE' }] });
    });

    test('rollback returns the old base', async () => {
      const app = await boot(sources('A'));
      const { make, get } = app.module('main.js');
      const old = make();
      await commit(app, sources('B', `static upgrade(instance) {}`), { probation: { ms: 0 } });
      const made = make();
      expect((await app.upgrader.rollback()).outcome).toBe('rolledBack');
      expect([old.m(), made.m(), make().m(), get().s(), 'onlyB' in old]).toEqual(['A', 'A', 'A', 'sA', false]);
    });
  });

  describe('names', () => {
    const user = (lib: string): Sources => ({ 'main.js': `import * as lib from './lib.js'; export const get = (name) => lib[name];`, 'lib.js': lib });

    test('a renamed class goes on with the instances of the old one', async () => {
      const app = await boot(user(`export class Old { m() { return 1; } }`));
      const Old = app.module('main.js').get('Old');
      const old = new Old();
      await commit(app, user(`export class New { static renamedFrom = 'Old'; m() { return 2; } }`));
      const New = app.module('main.js').get('New');
      expect([old.m(), old instanceof New, New === Old, New.name, new New().m(), app.module('main.js').get('Old')]).toEqual([2, true, true, 'New', 2, undefined]);
    });

    test('and so does a subclass in another module', async () => {
      const sources = (name: string, lib: string): Sources => ({ 'main.js': `export * from './sub.js';`, 'sub.js': `import { ${name} } from './lib.js'; export class Sub extends ${name} { s() { return super.m(); } }`, 'lib.js': lib });
      const app = await boot(sources('Old', `export class Old { m() { return 1; } }`));
      const { Sub } = app.module('main.js');
      const old = new Sub();
      await commit(app, sources('New', `export class New { static renamedFrom = 'Old'; m() { return 2; } }`));
      expect([old.s(), new Sub().s(), Sub === app.module('main.js').Sub]).toEqual([2, 2, true]);
    });

    test('and is upgraded under its new name from then on', async () => {
      const app = await boot(user(`export class Old { m() { return 1; } }`));
      const old = new (app.module('main.js').get('Old'))();
      await commit(app, user(`export class New { static renamedFrom = 'Old'; m() { return 2; } }`));
      await commit(app, user(`export class New { static renamedFrom = 'Old'; m() { return 3; } }`));
      await commit(app, user(`export class New { m() { return 4; } }`));
      expect([old.m(), old instanceof app.module('main.js').get('New'), new (app.module('main.js').get('New'))().m()]).toEqual([4, true, 4]);
    });

    test('a class that went while another came is refused', async () => {
      const app = await boot(user(`export class Old { m() { return 1; } }`));
      const old = new (app.module('main.js').get('Old'))();
      expect(await app.upgrade(user(`export class New { m() { return 2; } }`))).toMatchObject({ outcome: 'refused', refusals: [{ code: 'CLASS_RENAMED', place: 'lib.js:1' }] });
      expect(old.m()).toBe(1);
    });

    test('a removed class: its instances and whoever saved it keep the last version', async () => {
      const app = await boot(user(`export class Old { m() { return 1; } } export const other = 1;`));
      const Old = app.module('main.js').get('Old');
      const old = new Old();
      expect(app.plan(user(`export const other = 2;`)).notes).toMatchObject([{ code: 'CLASS_REMOVED' }]);
      await commit(app, user(`export const other = 2;`));
      expect([old.m(), new Old().m(), old instanceof Old]).toEqual([1, 1, true]);
    });

    test('a class that comes back goes on', async () => {
      const app = await boot(user(`export class Old { m() { return 1; } } export const other = 1;`));
      const Old = app.module('main.js').get('Old');
      const old = new Old();
      await commit(app, user(`export const other = 2;`));
      await commit(app, user(`export class Old { m() { return 3; } } export const other = 3;`));
      expect([app.module('main.js').get('Old') === Old, old.m(), new Old().m()]).toEqual([true, 3, 3]);
    });

    test('a class that was added, rolled back and added again goes on', async () => {
      const app = await boot(user(`export const other = 1;`));
      await commit(app, user(`export const other = 1; export class Foo { m() { return 2; } }`), { probation: { ms: 0 } });
      const Foo = app.module('main.js').get('Foo');
      const old = new Foo();
      await app.upgrader.rollback();
      expect([old.m(), app.module('main.js').get('Foo')]).toEqual([2, undefined]);
      await commit(app, user(`export const other = 1; export class Foo { m() { return 3; } }`));
      expect([old.m(), new Foo().m(), app.module('main.js').get('Foo') === Foo]).toEqual([3, 3, true]);
    });

    test('a class of a refused release is not the one that a later release adds', async () => {
      const kept: { Foo?: any } = {};
      const app = await boot(user(`export const other = 1;`), { cold: { env: { kept } } });
      await app.upgrade(user(`import { kept } from 'env'; export const other = 1; export class Foo { m() { return 2; } } kept.Foo = Foo; throw new Error('refused');`), loose);
      await commit(app, user(`export const other = 1; export class Foo { m() { return 3; } }`));
      expect([new kept.Foo().m(), new (app.module('main.js').get('Foo'))().m()]).toEqual([2, 3]);
    });

    test('two classes under one name are refused', async () => {
      const app = await boot(program(`export let Foo = class { m() { return 1; } }; export const swap = () => { Foo = class { m() { return 'swapped'; } }; };`));
      const old = app.module('main.js').make();
      expect(await app.upgrade(program(`export let Foo = class { m() { return 2; } }; export const swap = () => { Foo = class { m() { return 'swapped'; } }; };`))).toMatchObject({ outcome: 'refused', refusals: expect.arrayContaining([expect.objectContaining({ code: 'CLASS_TWICE' })]) });
      expect(old.m()).toBe(1);
    });

    test.each([
      ['a function', `export function Foo() {}`],
      ['an object', `export const Foo = { m() {} };`],
    ])('a class that becomes %s is refused where unchanged code imports it', async (_, lib) => {
      const app = await boot(program(`export class Foo { m() { return 1; } }`));
      const old = app.module('main.js').make();
      expect(await app.upgrade(program(lib))).toMatchObject({ outcome: 'refused', refusals: [{ code: 'EXPORT_KIND' }] });
      expect([old.m(), app.module('main.js').make().m()]).toEqual([1, 1]);
    });

    test('an export that is only sometimes a class is listed as captured', async () => {
      const sources = (n: number): Sources => program(`const on = true; export const Foo = on ? class { m() { return ${n}; } } : null;`);
      const app = await boot(sources(1));
      expect(app.plan(sources(2)).notes).toMatchObject([{ code: 'CAPTURED' }]);
    });
  });

  describe('frozen by the application', () => {
    test.each([
      ['the prototype', (Foo: { prototype: object }) => Object.freeze(Foo.prototype)],
      ['the constructor', (Foo: object) => Object.freeze(Foo)],
      ['one method', (Foo: { prototype: object }) => Object.defineProperty(Foo.prototype, 'm', { writable: false, configurable: false })],
    ])('%s: refused, and nothing changes', async (_, freeze) => {
      const lib = (n: number): string => `export class Other { m() { return ${n}; } } export class Foo { m() { return ${n}; } static s() { return ${n}; } } export const other = new Other();`;
      const app = await boot(program(lib(1)));
      const { get, make } = app.module('main.js');
      const old = make();
      const { other, Other } = app.module('lib.js');
      freeze(get());
      expect(await app.upgrade(program(lib(2)))).toMatchObject({ outcome: 'refused', refusals: [{ code: 'CLASS_FROZEN', place: 'lib.js#Foo' }] });
      expect([old.m(), make().m(), get().s(), other.m(), new Other().m()]).toEqual([1, 1, 1, 1, 1]);
    });

    test('a sealed class whose members stay the same in number takes new code or is refused, never half', async () => {
      const lib = (n: number): string => `export class Foo { a() { return ${n}; } b() { return ${n}; } }`;
      const app = await boot(program(lib(1)));
      const { get, make } = app.module('main.js');
      const old = make();
      Object.seal(get().prototype);
      const { outcome } = await app.upgrade(program(lib(2)));
      const expected = outcome === 'committed' ? 2 : 1;
      expect([old.a(), old.b(), make().a()]).toEqual([expected, expected, expected]);
    });
  });

  describe('pending code', () => {
    const lib = (n: number, more = ''): string => `export class Foo { constructor() { this.n = ${n}; } m() { return ${n}; } ${n > 1 ? `added() { return 'added'; }` : `gone() { return 'gone'; }`} static s() { return ${n}; } static data = ${n}; } ${more}`;
    const look = (app: Application, old: any): unknown[] => {
      const { get, make } = app.module('main.js');
      return [old.m(), 'added' in old, 'gone' in old, get().s(), get().data, make().n, make().m(), Reflect.ownKeys(get().prototype), Reflect.ownKeys(get())];
    };

    test('its classes are invisible to running code until the commit', async () => {
      const { cold, open } = gated();
      const app = await boot(program(lib(1)), { cold });
      const old = app.module('main.js').make();
      const before = look(app, old);
      const upgrading = app.upgrade(program(`import { gate } from 'gate'; ${lib(2, 'await gate;')}`));
      await tick();
      expect(look(app, old)).toEqual(before);
      open();
      expect((await upgrading).outcome).toBe('committed');
      expect(look(app, old).slice(0, 7)).toEqual([2, true, false, 2, 2, 2, 2]);
    });

    test('its classes are as if they had never been when it throws', async () => {
      const app = await boot(program(lib(1)));
      const old = app.module('main.js').make();
      const before = look(app, old);
      expect((await app.upgrade(program(lib(2, `Foo.extra = 1; Foo.prototype.patched = 1; throw new Error('refused');`)))).outcome).toBe('refused');
      expect(look(app, old)).toEqual(before);
    });

    test('its classes are as if they had never been when it throws after it waited', async () => {
      const { cold, open } = gated();
      const app = await boot(program(lib(1)), { cold });
      const old = app.module('main.js').make();
      const before = look(app, old);
      const upgrading = app.upgrade(program(`import { gate } from 'gate'; ${lib(2, `await gate; Foo.extra = 1; throw new Error('refused');`)}`));
      await tick();
      expect(look(app, old)).toEqual(before);
      open();
      expect((await upgrading).outcome).toBe('refused');
      expect(look(app, old)).toEqual(before);
    });

    test('what running code does to the class meanwhile is kept', async () => {
      const { cold, open } = gated();
      const app = await boot(program(lib(1)), { cold });
      const { get } = app.module('main.js');
      const upgrading = app.upgrade(program(`import { gate } from 'gate'; ${lib(2, `await gate; Foo.late = 1;`)}`));
      await tick();
      get().runtimeData = 'kept';
      open();
      expect((await upgrading).outcome).toBe('committed');
      expect([get().runtimeData, get().late]).toEqual(['kept', 1]);
    });

    test('instances that running code makes meanwhile are old ones, and are migrated', async () => {
      const { cold, open } = gated();
      const source = (n: number, wait = ''): Sources => program(`${wait} export class Foo { a = 1; ${n > 1 ? 'b = 2; static upgrade(instance) { instance.b = 3; }' : ''} m() { return [${n}, this.b]; } }`);
      const app = await boot(source(1), { cold });
      const upgrading = app.upgrade(source(2, `import { gate } from 'gate'; await gate;`));
      await tick();
      const made = app.module('main.js').make();
      expect(made.m()).toEqual([1, undefined]);
      open();
      expect((await upgrading).outcome).toBe('committed');
      expect([made.m(), app.module('main.js').make().m()]).toEqual([[2, 3], [2, 2]]);
    });

    test('after a refused upgrade the next good one works', async () => {
      const app = await boot(program(lib(1)));
      const old = app.module('main.js').make();
      await app.upgrade(program(lib(2, `throw new Error('refused');`)));
      await commit(app, program(lib(3)));
      expect(look(app, old).slice(0, 7)).toEqual([3, true, false, 3, 3, 3, 3]);
    });

    test('an instance that a refused body made and handed out is an ordinary one', async () => {
      const kept: { foo?: any } = {};
      const app = await boot(program(lib(1)), { cold: { env: { kept } } });
      await app.upgrade(program(`import { kept } from 'env'; ${lib(2, `kept.foo = new Foo(); throw new Error('refused');`)}`), { allow: ['EFFECT_AT_LOAD', 'STATE_UNDECLARED'] });
      expect([kept.foo.m(), kept.foo.n, app.module('main.js').is(kept.foo)]).toEqual([1, 2, true]);
    });
  });

  describe('the way back', () => {
    const lib = (n: number): string => `import { onUpgrade } from 'relup'; export class Foo { constructor() { this.n = ${n}; } m() { return ${n}; } ${n > 1 ? `added() { return 'added'; }` : `gone() { return 'gone'; }`} get v() { return ${n}; } static s() { return ${n}; } static data = ${n}; static kept = 'kept'; } ${n === 3 ? `onUpgrade(() => { throw new Error('hook'); });` : ''}`;
    const look = (app: Application, old: any): unknown[] => {
      const { get, make } = app.module('main.js');
      return [old.m(), old.v, 'added' in old, 'gone' in old, get().s(), get().data, get().kept, make().n, make().m(), Reflect.ownKeys(get().prototype).sort(), Reflect.ownKeys(get()).sort(), get().length, get().name];
    };

    test('rollback returns methods, statics and construction', async () => {
      const app = await boot(program(lib(1)));
      const old = app.module('main.js').make();
      app.module('main.js').get().kept = 'changed';
      const before = look(app, old);
      await commit(app, program(lib(2)), { probation: { ms: 0 } });
      const made = app.module('main.js').make();
      app.module('main.js').get().kept = 'changed again';
      expect((await app.upgrader.rollback()).outcome).toBe('rolledBack');
      before[6] = 'changed again';
      expect(look(app, old)).toEqual(before);
      expect([made.n, made.m(), app.module('main.js').is(made)]).toEqual([2, 1, true]);
    });

    test('an upgrade after a rollback', async () => {
      const app = await boot(program(lib(1)));
      const old = app.module('main.js').make();
      await commit(app, program(lib(2)), { probation: { ms: 0 } });
      await app.upgrader.rollback();
      await commit(app, program(lib(4)));
      expect([old.m(), app.module('main.js').make().n, app.module('main.js').get().s()]).toEqual([4, 4, 4]);
    });

    test('rollback from a third version returns the second', async () => {
      const app = await boot(program(lib(1)));
      const old = app.module('main.js').make();
      await commit(app, program(lib(2)));
      const before = look(app, old);
      await commit(app, program(lib(4)), { probation: { ms: 0 } });
      await app.upgrader.rollback();
      expect(look(app, old)).toEqual(before);
    });

    test('rollback with private names: every instance keeps its own code', async () => {
      const source = (n: number): string => `export class Foo { #x = ${n}; m() { return [${n}, this.#x]; } }`;
      const app = await boot(program(source(1)));
      const { make } = app.module('main.js');
      const old = make();
      await commit(app, program(source(2)), { probation: { ms: 0 } });
      const made = make();
      await app.upgrader.rollback();
      expect([old.m(), made.m(), make().m()]).toEqual([[1, 1], [2, 2], [1, 1]]);
    });

    test('a throw in the commit leaves the class as it was', async () => {
      const app = await boot(program(lib(1)));
      const old = app.module('main.js').make();
      const before = look(app, old);
      expect(await app.upgrade(program(lib(3)))).toMatchObject({ outcome: 'refused', refusals: [{ code: 'HOOK' }] });
      expect(look(app, old)).toEqual(before);
    });

    test('a throw in the commit of a third version leaves the second', async () => {
      const app = await boot(program(lib(1)));
      const old = app.module('main.js').make();
      await commit(app, program(lib(2)));
      const before = look(app, old);
      expect((await app.upgrade(program(lib(3)))).outcome).toBe('refused');
      expect(look(app, old)).toEqual(before);
      await commit(app, program(lib(4)));
      expect([old.m(), app.module('main.js').make().n]).toEqual([4, 4]);
    });
  });

  describe('spies and patches', () => {
    const lib = (n: number): string => `export class Foo { m() { return ${n}; } }`;

    test('a spy on an instance stays', async () => {
      const app = await boot(program(lib(1)));
      const old = app.module('main.js').make();
      old.m = () => 'spy';
      await commit(app, program(lib(2)));
      const during = old.m();
      delete old.m;
      expect([during, old.m()]).toEqual(['spy', 2]);
    });

    test('an instance can be spied on after an upgrade', async () => {
      const app = await boot(program(lib(1)));
      const old = app.module('main.js').make();
      await commit(app, program(lib(2)));
      old.m = () => 'spy';
      expect([old.m(), app.module('main.js').make().m()]).toEqual(['spy', 2]);
    });

    test('an instance of a class with added fields or private names can be spied on', async () => {
      const app = await boot(program(`export class Foo { #p = 1; a = 1; m() { return this.#p; } }`));
      const old = app.module('main.js').make();
      await commit(app, program(`export class Foo { #p = 1; a = 1; b = 2; m() { return this.#p + 1; } static upgrade(instance) { instance.b = 3; } }`));
      old.m = () => 'spy';
      expect([old.m(), old.b]).toEqual(['spy', 3]);
    });

    test('a patched prototype works before and after upgrades', async () => {
      const app = await boot(program(lib(1)));
      const { get, make } = app.module('main.js');
      const old = make();
      get().prototype.m = () => 'patched';
      expect(old.m()).toBe('patched');
      await commit(app, program(lib(2)));
      expect(old.m()).toBe(2);
      get().prototype.m = () => 'patched again';
      expect([old.m(), make().m()]).toEqual(['patched again', 'patched again']);
    });

    test('members that running code copied from another class, as mixins do, stay', async () => {
      const sources = (n: number): Sources => ({ 'main.js': `${main} import { Mixin } from './mixin.js'; export const mix = () => { Object.defineProperty(Foo.prototype, 'mixed', Object.getOwnPropertyDescriptor(Mixin.prototype, 'mixed')); Object.defineProperty(Foo, 'meta', { value: 'meta', configurable: true }); };`, 'mixin.js': `export class Mixin { mixed() { return ['mixed', this.m()]; } }`, 'lib.js': lib(n) });
      const app = await boot(sources(1));
      const { get, make, mix } = app.module('main.js');
      const old = make();
      mix();
      for (let n = 2; n < 4; n++) {
        await commit(app, sources(n));
        expect([old.mixed?.(), make().mixed?.(), get().meta]).toEqual([['mixed', n], ['mixed', n], 'meta']);
      }
    });

    test('members that its own module copies after the class', async () => {
      const sources = (n: number): Sources => ({ 'main.js': main, 'mixin.js': `export class Mixin { mixed() { return ['mixed', this.m()]; } }`, 'lib.js': `import { Mixin } from './mixin.js'; ${lib(n)} Object.defineProperty(Foo.prototype, 'mixed', Object.getOwnPropertyDescriptor(Mixin.prototype, 'mixed'));` });
      const app = await boot(sources(1));
      const old = app.module('main.js').make();
      for (let n = 2; n < 4; n++) {
        await commit(app, sources(n), { allow: ['EFFECT_AT_LOAD'] });
        expect([old.mixed(), app.module('main.js').make().mixed()]).toEqual([['mixed', n], ['mixed', n]]);
      }
    });

    test('methods that the application added to the prototype stay', async () => {
      const app = await boot(program(lib(1)));
      const { get, make } = app.module('main.js');
      const old = make();
      get().prototype.extra = function (this: { m(): number }) { return ['extra', this.m()]; };
      await commit(app, program(lib(2)));
      expect([old.extra(), make().extra()]).toEqual([['extra', 2], ['extra', 2]]);
    });
  });

  describe('private names of other objects, and static ones', () => {
    test('methods that ask for a brand (#x in other) know instances of all versions', async () => {
      const source = (n: number): string => `export class Foo { #x = ${n}; static isFoo(value) { return typeof value === 'object' && #x in value; } m() { return ${n}; } }`;
      const app = await boot(program(source(1)));
      const { get, make } = app.module('main.js');
      const old = make();
      const result = await app.upgrade(program(source(2)));
      if (result.outcome === 'refused') expect(result.refusals).toMatchObject([{ code: 'CLASS_PRIVATE' }]);
      expect([get().isFoo(old), get().isFoo(make()), get().isFoo({})]).toEqual([true, true, false]);
    });

    test('an unchanged class with private names in a changed module: old instances keep working with new ones', async () => {
      const source = (n: number): string => `export class Foo { #x = 1; equals(other) { return this.#x === other.#x; } } export const n = ${n};`;
      const app = await boot(program(source(1)));
      const { make } = app.module('main.js');
      const old = make();
      await commit(app, program(source(2)));
      expect([old.equals(old), old.equals(make()), make().equals(old), make().equals(make())]).toEqual([true, true, true, true]);
    });

    test('static private names that do not change', async () => {
      const source = (n: number): string => `export class Foo { static #count = 0; static next() { return ++Foo.#count; } m() { return ${n}; } }`;
      const app = await boot(program(source(1)));
      const { get, make } = app.module('main.js');
      const old = make();
      get().next();
      const result = await app.upgrade(program(source(2)));
      if (result.outcome === 'refused') expect(result.refusals).toMatchObject([{ code: 'CLASS_PRIVATE' }]);
      else expect([old.m(), make().m()]).toEqual([2, 2]);
      expect(get().next()).toBe(2);
    });
  });

  describe('hidden private data', () => {
    test('under a top-level symbol', async () => {
      const source = (n: number): string => `const hidden = Symbol('hidden'); export class Foo { constructor() { this[hidden] = 'data'; } read() { return ['read${n}', this[hidden]]; } }`;
      const app = await boot(program(source(1)));
      const { make } = app.module('main.js');
      const old = make();
      await commit(app, program(source(2)));
      expect([old.read(), make().read()]).toEqual([['read2', 'data'], ['read2', 'data']]);
    });

    test('in a top-level WeakMap', async () => {
      const source = (n: number): string => `const hidden = new WeakMap(); export class Foo { constructor() { hidden.set(this, 'data'); } read() { return ['read${n}', hidden.get(this)]; } }`;
      const app = await boot(program(source(1)));
      const { make } = app.module('main.js');
      const old = make();
      await commit(app, program(source(2)));
      expect([old.read(), make().read()]).toEqual([['read2', 'data'], ['read2', 'data']]);
    });

    test('in a top-level WeakSet', async () => {
      const source = (n: number): string => `const branded = new WeakSet(); export class Foo { constructor() { branded.add(this); } static is(value) { return branded.has(value) && ${n}; } }`;
      const app = await boot(program(source(1)));
      const { make, get } = app.module('main.js');
      const old = make();
      await commit(app, program(source(2)));
      expect([get().is(old), get().is(make()), get().is({})]).toEqual([2, 2, false]);
    });

    test('as TypeScript lowers private fields', async () => {
      const source = (n: number): string => `
        var __classPrivateFieldSet = function (receiver, state, value, kind, f) { if (!state.has(receiver)) throw new TypeError("Cannot write private member to an object whose class did not declare it"); return state.set(receiver, value), value; };
        var __classPrivateFieldGet = function (receiver, state, kind, f) { if (!state.has(receiver)) throw new TypeError("Cannot read private member from an object whose class did not declare it"); return kind === "m" ? f : state.get(receiver); };
        var _Foo_x;
        export class Foo { constructor(x) { _Foo_x.set(this, void 0); __classPrivateFieldSet(this, _Foo_x, x, "f"); } read() { return ['read${n}', __classPrivateFieldGet(this, _Foo_x, "f")]; } }
        _Foo_x = new WeakMap();`;
      const app = await boot(program(source(1)));
      const { make } = app.module('main.js');
      const old = make('a');
      await commit(app, program(source(2)));
      expect([old.read(), make('b').read()]).toEqual([['read2', 'a'], ['read2', 'b']]);
    });
  });
});
