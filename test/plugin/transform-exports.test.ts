/** Exports: every form of declaration and of assignment, seen through live bindings by another module. */
import { describe, expect, test } from '@jest/globals';
import { expectSameAsNative, type Graph } from './differential.js';

function same(name: string, graph: Graph | string): void {
  test(name, async () => {
    const { log } = await expectSameAsNative(graph);
    expect(log.length).toBeGreaterThan(0);
  });
}

/** A module that writes `x` (and others) and a main module that looks at it before and after. */
const watch = (lib: string): Graph => ({
  'main.js': "import * as ns from './lib.js'; const look = () => log(...Object.keys(ns).map(k => { try { const v = ns[k]; return k + '=' + (typeof v === 'function' ? 'fn ' + v.name : typeof v === 'bigint' ? v + 'n' : JSON.stringify(v)) } catch (e) { return k + '!' + e.name } })); look(); if (ns.step) for (let i = 0; i < 3; i++) { try { log('=', ns.step(i)) } catch (e) { log(e) } look() }",
  'lib.js': lib,
});

describe('declarations', () => {
  same('let, const, var, with and without values', watch('export let a, b = 1; export const c = 2, d = () => {}, e = function () {}, f = class {}; export var g, h = 3; export let i = async () => {}; var j; export { j }'));
  same('declarators are written one by one', { 'main.js': "import { peek } from './lib.js'; export let a = 1, b = peek(), c = () => {}, d = peek(); log(a, b, c.name, d, peek())", 'lib.js': "import * as m from './main.js'; export const peek = () => ['a', 'b', 'c', 'd'].map(k => { try { return typeof m[k] } catch (e) { return e.name } }).join()" });
  same('comments and line ends between declarators', watch('export let a = 1 /* ; , */ , // no\n b = 2, // c = 3\n\n c = (1, 3)\n/* x */\nexport const d = ";" , e = `,`\nexport let f = /;,/\n'));
  same('destructuring', watch('const o = { a: 1, b: [2, 3, 4], "c d": 5, z: 6, y: 7 }; export let { a, b: [b, ...c], "c d": d = 9, q = () => {}, ...rest } = o; export const [e = 1, , [f] = [2]] = [undefined, 0]; export var { g = class {} } = {}'));
  same('functions of all kinds are hoisted', watch("log(typeof a, typeof b, typeof c, typeof d); export function a() {} export async function b() {} export function* c() {} export async function* d() {} export default function e() { return e.name }"));
  same('hoisted functions are called across a cycle before evaluation', { 'main.js': "import { early } from './lib.js'; log('main', early); export function f() { return typeof v + g.name } export var v = 1; export default function () { return 'd' } export { g as h }; function* g() {} export let t = 1", 'lib.js': "import d, { f, v, h, t } from './main.js'; log(f(), v, d(), d.name, h.name); try { t } catch (e) { log(e) } try { t() } catch (e) { log(e) } try { typeof t } catch (e) { log(e) } export const early = 1" });
  same('classes, whose static parts run before they are exported', { 'main.js': "import { peek } from './lib.js'; export class A { static before = peek(); static { log(typeof A, peek()) } } log(peek()); export default class B { static n = B.name } log(B.n)", 'lib.js': "import { A } from './main.js'; export const peek = () => { try { return A.name } catch (e) { return e.name } }" });
  same('lists of exports, before and after declarations, strings, several names', watch('export { a, a as b, a as "c d", f as default, K, v }; let a = 1; function f() {} class K {} var v = 2; export const step = n => a += n + 1'));
  same('reserved and odd names', watch('let a = 1; export { a as if, a as default, a as constructor, a as "", a as "\\u2028", a as 漢字, a as $e, a as then, a as "1" }; export const step = () => a++'));
  same('__proto__ as an export', { 'main.js': "import { __proto__ as p, set } from './lib.js'; import * as ns from './lib.js'; log(p, Object.keys(ns)); set(); log(p)", 'lib.js': 'export let __proto__ = 1; export const set = () => { __proto__ = { a: 2 } }' });
});

describe('default exports', () => {
  const look = (form: string): Graph => ({ 'main.js': "import d, * as ns from './lib.js'; log(typeof d, d?.name, typeof d === 'function' && d.prototype ? d.prototype.constructor === d : 0, ns.default === d); log(Object.prototype.toString.call(d))", 'lib.js': form });
  const forms: Record<string, string> = {
    value: 'export default 1', negative: 'export default -1;', object: 'export default { a: 1 }', array: 'export default [1]\n', sequence: 'export default (1, 2)', template: 'export default `x`', regex: 'export default /x;/',
    'named function': 'export default function f() {}', 'anonymous function': 'export default function () {}', 'anonymous function without space': 'export default function(){}',
    generator: 'export default function* () {}', async: 'export default async function () {}', 'async generator': 'export default async function* g() {}',
    arrow: 'export default () => {}', 'async arrow': 'export default async x => x', 'function in parentheses': 'export default (function () {})', 'named in parentheses': 'export default (function g() {})', 'class in parentheses': 'export default ((class {}));',
    'anonymous class': 'export default class {}', 'class with static name': "export default class { static name = 'own' }", 'class that sees its name': 'export default class { static { log(this.name) } }', 'named class': 'export default class K {}', 'class with heritage': 'export default class extends Array {}',
    'assignment': 'let x; export default x = 5', 'arrow in a sequence': 'export default (0, () => {})', 'call': 'export default (() => 3)()', 'await': 'export default await Promise.resolve(4)', 'conditional': 'export default 1 ? () => {} : 0', 'yielded object call': 'export default { f() { return this } }.f()', 'new': 'export default new Date(0)', 'comment': 'export/* a */default/* b */function/* c */()/* d */{}/* e */', 'list': 'const x = function () {}; export { x as default }', 'import.meta': 'export default typeof import.meta', 'this': 'export default this',
  };
  for (const [name, form] of Object.entries(forms)) same(name, look(form));
  same('a default expression is a copy, a default list entry is live', { 'main.js': "import a, { set as sa } from './a.js'; import b, { set as sb } from './b.js'; import c, { set as sc } from './c.js'; import d, { set as sd } from './d.js'; sa(); sb(); sc(); sd(); log(a, b, c, d)", 'a.js': 'let x = 1; export default x; export const set = () => { x = 2 }', 'b.js': 'let x = 1; export { x as default }; export const set = () => { x = 2 }', 'c.js': 'export default function f() {} export const set = () => { f = 2 }', 'd.js': 'export default class K {} export const set = () => { K = 2 }' });
  same('calls of an anonymous default before its statement', "import d from './main.js'; log(d(), d.name); export default function () { return inner() } function inner() { return 'inner' }");
  same('anonymous default function at the very start, with edits inside', { 'main.js': "export default function () { return f(1) + x++ }\nimport d from './main.js'; import { f } from './lib.js'; export let x = 1; log(d(), x)", 'lib.js': 'export const f = x => x + 1' });
});

describe('assignments to exported bindings', () => {
  const forms: Record<string, string> = {
    'plain and chained': 'export let x = 0, y = 0; export const step = n => x = y = n + 1',
    'compound': 'export let x = 2, s = "a", b = 5n; export const step = n => [x += 1, x *= 2, x **= 2, x -= 1, x %= 7, x <<= 2, x >>= 1, x >>>= 0, x &= 14, x |= 1, x ^= 2, s += n, b *= 2n].length',
    'logical': 'export let x = 0, y = 1, z = null; export const step = n => [x ||= n, y &&= n, z ??= n]',
    'logical that does not assign': 'export let x = 1, y = 0, z = 1; export const step = () => [x ||= f(), y &&= f(), z ??= f()]; const f = () => { throw new Error() }',
    'increments as values': 'export let x = 1, b = 5n, s = "3"; export const step = n => [x++, ++x, x--, --x, b++ + 1n, ++b + 1n, b--, s++, -x++, - --x, x++ + ++x, typeof x++, [x++][0], x++ ? x-- : 0].map(String)',
    'increments of strange values': 'export let x = "a", o = { valueOf() { return 3 } }, u; export const step = () => [x++, o++, u--].map(String)',
    'increments in loops and statements': 'export let x = 0; export function step() { for (x = 0; x < 3; x++) ; for (let i = 0; i < 2; i++, x++); x++; x--; ++x\n x++\n return x }',
    'array destructuring as a value': 'export let x = 1, y = 2; let z = []; export const step = n => [([x, ...y] = [n, 8, 9]), ([y, x] = [x, y]), ([[x] = [7], z[0] = 1] = []), ([x = () => {}, y = class {}] = []).length, x.name, y.name].length',
    'object destructuring': 'export let x = 1, y = 2, r; const o = {}; export const step = n => { ({ x } = { x: n }); ({ x: y, ...r } = { x: 1, q: 2 }); ({ x = 4, a: { b: y = () => {} } = {} } = {}); ({ ["x"]: x, y: o.p = 3 } = { x: y.name }); ({ x = function () {} } = {}); return x.name }',
    'destructuring that throws half way': 'export let x = 1, y = 1; export function step(n) { try { [x, y[f()]] = [n + 5, 2] } catch (e) { return e } } const f = () => { throw new RangeError() }',
    'loop heads': 'export let x = 0, y; export function step(n) { let all = []; for (x of [1, 2]) all.push(x); for (x in { a: 1, b: 2 }) { let x = 3; all.push(x) } for ({ x, y = 5 } of [{ x: n }]) all.push(x, y); for ([x, ...y] of [[1, 2]]) if (x) continue; for ((x) of [9]); for (x of [1]) for (y of [2]) label: for (x of [3]) continue label; return all.join() }',
    'loop heads before other edits': 'export let x = 0, y = 0; import * as me from "./lib.js"; export const say = v => log(v, x, y); export const step = n => { for (x of [1, 2]) y++; for (x of [3]) y = x; for (x in { a: 1 }) me.say(x); for (x of [5]) say(x); for (x of [6]) ++y; for (x of [7]) [y] = [x]; for ([x] of [[8]]) y += x; return x + y }',
    'async loop heads': 'export let x = 0; export let log2 = []; export async function run() { for await (x of [1, Promise.resolve(2)]) log2.push(x); log(x, log2) } run(); export const step = () => x',
    'var everywhere': 'export var v = 1; log(v); { var v = 2 } if (v) var v = 3, w = 4; for (var v = 5, u = 6; v < 7; v++); for (var v of [8]) log(v); for (var { v, w = 9 } of [{ v: 10 }]) log(v, w); for (var v in { k: 1 }); var { v, q = () => {} } = { v: 11 }, [w] = [12]; export { w, u, q }; switch (1) { default: var s = () => {} } try { var t = 1 } catch { var t = 2 } export { s, t }; var v; export const step = () => v += 1',
    'var initialisers name functions': 'if (1) var f = () => {}, g = class { static n = this.name }; for (var h = function () {}; !1; ); export { f, g, h }; log(f.name, g.name, g.n, h.name)',
    'var in a catch with the same name': 'export var e = 1; try { throw 5 } catch (e) { var e = 2; log(e) } log(e)',
    'from closures, arrows, methods, accessors, fields, static blocks': 'export let x = 0; const o = { set v(n) { x = n }, get v() { return x++ }, m() { x += 10 }, *g() { x = yield x }, async a() { x = await 5 } }; class K { f = x++; static s = x++; static { x++ } #p = () => x++; p() { return this.#p() } } export const step = n => { o.v = n; o.v; o.m(); const g = o.g(); g.next(); g.next(7); o.a(); return [new K().f, new K().p(), K.s, (() => x = 3)(), [1].map(() => x--)] }',
    'functions reassigned': 'export function f() { return 1 } export class K {} export const step = n => { if (n) f = () => 2; K = n; return f() }; export { f as g }',
    'constants throw after evaluating': 'export const x = 1; export const step = n => { try { x = log("value") } catch (e) { log(e) } try { x += log("value") } catch (e) { log(e) } try { x++ } catch (e) { log(e) } try { [x] = [1] } catch (e) { log(e) } try { x ||= 1; x &&= 1 } catch (e) { log(e) } try { for (x of [1]); } catch (e) { log(e) } return x }',
    'dead zones throw and write nothing': 'export const early = f => { try { f() } catch (e) { log(e) } }; early(() => x = 1); early(() => x++); early(() => [x] = [1]); early(() => x ||= 1); early(() => { ({ x } = {}) }); export let x = 2; export class K { static { early(() => K = 1) } } early(() => K.name); export const step = () => x',
    'shadowed names stay': 'export let x = 1; export const step = (n) => { { let x = 5; x++; x = 6; [x] = [7]; ({ x } = { x: 8 }); for (x of [1]); } (function (x) { x = 9 })(); ((x = 3) => x++)(); ({ x: 1 }); try { throw 1 } catch (x) { x = 2 } (function x() { try { x = 3 } catch (e) { log(e) } })(); class C { static { var x = 4; x++ } x = 1; m(x) { x-- } } x: for (const x of [1]) { continue x } for (let x = 0; x < 1; x++) { x } switch (1) { case 1: let x = 0; x++ } { function x() {} ; } const { x: y } = { x: 1 }; return x };',
    'parameter scopes': 'export let x = 1; export const step = (n, f = () => x++, { y = x, [x]: z } = {}) => { var x = 10; x++; f(); return [x, y, z] }',
    'class names inside the class': 'export let K = class K { static m() { try { K = 1 } catch (e) { log(e) } return K } }; export class L { static m() { try { L = 1 } catch (e) { return e.name } } } export const step = () => [typeof K.m(), L.m()]',
    'commas, conditionals, spread, templates': 'export let x = 1; export const step = n => `${x++} ${(x++, x--)} ${n ? x = 5 : x = 6} ${[...(x = [1, 2])]} ${x = { x }.x.length}`',
    'yield and await on the right': 'export let x = 1; export function* g() { x = yield x; x += yield x; [x] = [yield x]; x++ } export async function a() { x = await 1; x += await 2 } const it = g(); export const step = n => [it.next(n).value, a() instanceof Promise]',
  };
  for (const [name, form] of Object.entries(forms)) same(name, watch(form));
});

describe('re-exports', () => {
  same('every form', { 'main.js': "import * as ns from './b.js'; import * as a from './a.js'; log(Object.keys(ns), ns.y, ns.default, ns['s t'], ns.all.x, ns.im, ns.nsx.x, ns.all === a, ns.x); a.set(); log(ns.y, ns.im, ns.x)", 'b.js': "export { x as y, default, 'q r' as 's t' } from './a.js'; export * as all from './a.js'; export * from './a.js'; import { x as im } from './a.js'; export { im }; import * as nsx from './a.js'; export { nsx, im as twice }; export { default as d } from './a.js'", 'a.js': "export let x = 1; export default 2; const q = 3; export { q as 'q r' }; export const set = () => { x = 9 }" });
  same('stars with conflicts, own names first', { 'main.js': "import * as ns from './s.js'; log(Object.keys(ns), ns.own, ns.both, ns.same)", 's.js': "export * from './a.js'; export * from './b.js'; export const own = 's'", 'a.js': "export const own = 'a', both = 1, a = 1; export { same } from './c.js'; export default 1", 'b.js': "export const both = 2, b = 2; export * from './c.js'", 'c.js': 'export const same = 3' });
  same('stars through cycles', { 'main.js': "import * as ns from './a.js'; import { fa, fb } from './b.js'; log(Object.keys(ns), fa(), fb())", 'a.js': "export * from './b.js'; export function fa() { return 'a' }", 'b.js': "export * from './a.js'; export function fb() { return 'b' }" });
  same('namespace objects', { 'main.js': "import * as ns from './lib.js'; log(Object.keys(ns), ns[Symbol.toStringTag], Object.isExtensible(ns), 'x' in ns, 'nope' in ns, ns.nope, Object.getPrototypeOf(ns), Reflect.ownKeys(ns)); for (const f of [() => ns.x = 1, () => delete ns.x, () => ns.nope = 1, () => delete ns.nope, () => ns.x++, () => { [ns.x] = [1] }, () => { ({ a: ns.x } = { a: 1 }) }, () => { for (ns.x of [1]); }, () => ns.x ||= 5, () => ns.x &&= 5, () => Object.freeze(ns), () => ns.o.k = 2, () => delete ns.o.k, () => { ns = 1 }]) { try { log(f()) } catch (e) { log(e) } } log(Object.entries(ns).length, { ...ns }.x, JSON.stringify(ns)); const { x, ...rest } = ns; log(x, rest); for (const k in ns) log(k)", 'lib.js': 'export let x = 1, o = { k: 1 }; export const a = 2' });
});

describe('assignment to imports', () => {
  const main = "import { x, o } from './lib.js'; import * as ns from './lib.js'; import d from './lib.js'; const attempts = { plain: () => x = log('v'), add: () => x += log('v'), pow: () => x **= 2, inc: () => x++, dec: () => --x, or: () => x ||= log('v'), and: () => x &&= log('v'), nullish: () => x ??= log('v'), list: () => [x] = [log('v')], object: () => ({ x } = { x: 1 }), objectDefault: () => ({ x = log('v') } = {}), renamed: () => ({ a: x } = {}), rest: () => [...x] = [], restObject: () => ({ ...x } = {}), of: () => { for (x of [1]); }, noneOf: () => { for (x of []); }, in: () => { for (x in { a: 1 }); }, patternOf: () => { for ([x] of [[1]]); }, ns: () => ns = 1, nsAdd: () => ns += 1, def: () => d = 1, paren: () => (x) = 1, member: () => o.k = 2, mid: () => [o.k, x, o.z] = [5, 6, 7], nested: () => o.k = x = 3, comma: () => (1, x = 2) };";
  same('the error of the language, after what it evaluates', { 'main.js': `${main} for (const [name, f] of Object.entries(attempts)) { try { log(name, f()) } catch (e) { log(name, e) } } log(x, o.k, o.z)`, 'lib.js': 'export let x = 1; export const o = { k: 1 }; export default 3' });
  same('in a dead zone', { 'main.js': "import { go } from './lib.js'; export let x = go()", 'lib.js': "import { x } from './main.js'; export function go() { for (const f of [() => x = log('v'), () => x += log('v'), () => x++, () => x ||= 1, () => [x] = [1], () => typeof x, () => x, () => x(), () => ({ x })]) { try { log(f()) } catch (e) { log(e) } } return 1 }" });
});
