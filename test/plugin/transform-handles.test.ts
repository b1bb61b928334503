/** Exported functions as values: one identity everywhere, seen by programs that run three ways; and what is emitted for each place. */
import { describe, expect, test } from '@jest/globals';
import { outlineModule } from '../../plugin/outline.js';
import { rewriteModule } from '../../plugin/rewrite.js';
import { expectSameAsNative, type Graph } from './differential.js';

function same(name: string, graph: Graph | string): void {
  test(name, async () => {
    const { log } = await expectSameAsNative(graph);
    expect(log.length).toBeGreaterThan(0);
  });
}

const lib = [
  "import * as me from './lib.js'; export function show(x) { return ['show', this === undefined, x, show === me.show, me.show === held[0]] }",
  "export const arrow = (x = 1) => [arrow === me.arrow, x]; export let later = async function () { return later === me.later }; export var loose = function* () { yield loose === me.loose };",
  "export default function named() { return named === me.default } export { show as alias, arrow as 'a b' }; export const held = [show, arrow, later, loose, named]; export const kept = { show, arrow }; export function tag(s, ...v) { return [s.raw.join('|'), ...v.map(f => f === show || f === tag)] }",
  "export const list = f => held.indexOf(f); export const nothing = null; export function Old(x) { this.x = x } Old.prototype.get = function () { return this.x }; Old.made = 0; export const call = (f, ...all) => f(...all);",
].join('\n');
const one = (main: string): Graph => ({ 'main.js': `import d, { show, arrow, later, loose, alias, 'a b' as ab, held, kept, tag, list, nothing, Old, call } from './lib.js'; import * as ns from './lib.js';\n${main}`, 'lib.js': lib });

describe('identity', () => {
  same('importer, exporter, namespace, alias, default', one("log(show === ns.show, show === alias, alias === ns.alias, show === held[0], show === kept.show, arrow === ab, ns['a b'] === held[1], later === held[2], loose === held[3], d === ns.default, d === held[4], list(show), list(arrow), list(later), list(loose), list(d), d(), ns.default())"));
  same('import call, re-export, barrel, namespace export', { 'main.js': "import { show, f, all, dflt } from './barrel.js'; import * as barrel from './barrel.js'; import * as lib from './lib.js'; const later = await import('./lib.js'); log(show === later.show, f === later.f, later.f === barrel.f, all === lib, all.f === f, dflt === later.default, barrel.g === lib.f, new Set([show, later.show, lib.show, barrel.show]).size, Object.values(barrel).indexOf(f))", 'barrel.js': "export { show, f, f as g, default as dflt } from './lib.js'; export * as all from './lib.js'; import { f } from './lib.js'; export const same = f", 'lib.js': "export function show() {} export const f = () => {}; export default () => {}" });
  same('through several barrels with stars and imports that are exported', { 'main.js': "import { a, b, c } from './one.js'; import { a as a2, me } from './lib.js'; import * as two from './two.js'; log(a === a2, a === two.a, b === two.b, c === two.b, me(a), me(two.a), [a].includes(a2))", 'one.js': "export * from './two.js'; import { b } from './two.js'; export { b as c }", 'two.js': "export * from './lib.js'; export { a as b } from './lib.js'", 'lib.js': "export const a = function () {}; export const me = f => f === a" });
  same('of itself, in a cycle, before it ran', { 'main.js': "import { look } from './lib.js'; import { f as self } from './main.js'; export function f() { return 'f' } export const g = () => 'g'; log(self === f, look())", 'lib.js': "import { f, g } from './main.js'; const held = f; log(f(), held === f, f.name); try { log(g) } catch (e) { log(e) } export const look = () => [held === f, g === g, g(), f.name, g.name]" });
  same('dead zones and vars that are not there yet', { 'main.js': "import { c, v, look } from './lib.js'; log(look(), v.name, c.name)", 'lib.js': "import * as me from './lib.js'; const tries = [() => c, () => [c], () => c(), () => me.c, () => v, () => [v], () => me.v, () => typeof v]; const attempt = f => { try { return String(f()) } catch (e) { return e.name } }; log(...tries.map(attempt)); export const c = () => 'c', early = [c]; export var v = () => 'v'; log(...tries.map(f => typeof f()), early[0] === me.c); export const look = () => v === me.v && c === me.c" });
  same('what else a module exports under the name of a function is as before', { 'main.js': "import { f, g, set, h } from './lib.js'; import * as ns from './lib.js'; const [f1, g1] = [f, g]; log(f === ns.f, g === ns.g); set(); log(f === f1, g === g1, f(), g(), f === ns.f, h === ns.h, h.name)", 'lib.js': "export function f() { return 1 } export let g = () => 1; export const set = () => { f = () => 2; g = () => 2 }; export const h = [() => {}][0]" });
  same('vars in blocks and loops', { 'main.js': "import { v, w, all } from './lib.js'; log(v === all[1], w === all[3], v(), w(), all[0] === v)", 'lib.js': "export const all = []; for (var i = 0; i < 2; i++) { var v = () => 'v'; all.push(v) } if (1) var w = function () { return 'w' }; all.push(0, w); export { v, w }" });
});

describe('value positions', () => {
  same('arguments, elements, properties, shorthand, spread', one("const same = (...all) => all.map(f => held.includes(f)); log(same(show, arrow, d), same(...[show, ns.show]), same({ show }.show, { a: show }.a, { [show.name]: show }.show, { ...ns }.show, [show][0], [...new Set([show, alias])].length === 1 && show), new Map([[show, 1]]).get(ns.alias), call(list, show))"));
  same('assignments, declarations, defaults, returns, arrow bodies', one("let a = show; var b = ns.show, { c = show } = {}, [e = alias] = []; const f = () => show, g = function () { return ns.show }, h = (x = show) => x; let i; i = show; let j; j ??= show; let o = {}; o.p = show; [o.q] = [show]; ({ r: o.r = show } = {}); log([a, b, c, e, f(), g(), h(), i, j, o.p, o.q, o.r].map(x => x === held[0]))"));
  same('comparison, in, instanceof, heritage, switch, conditional, logical, sequence', one("log(show === held[0], held[0] !== show, show == held[0], ns.show === alias, show in { [show]: 1 }, new Old(1) instanceof Old, new Old(1) instanceof ns.Old, Object.getPrototypeOf(class extends Old {}) === Old, new (class extends Old { get() { return [super.get(), new.target] } })(4).get(), new (class extends ns.Old {})(5).x); switch (held[0]) { case arrow: log('no'); break; case show: log('yes') } log((nothing ?? show) === held[0], (show || 1) === held[0], (show && ns.show) === held[0], (1 ? show : 0) === held[0], (0, show) === held[0], (nothing?.x ?? show) === alias)"));
  same('members, statics, methods of functions, optional chains', one("show.options = { a: 1 }; log(show.options === held[0].options, ns.show.options.a, show?.options?.a, kept.show.options === alias.options, show.name, show.length, arrow.length, typeof show.toString(), Old.made++, Old.made, Old.prototype.constructor === Old, new Old(2).constructor === Old, Object.keys(Old)); Old.count = () => Old.made; log(Old.count(), ns.Old.count()); delete Old.made; log('made' in Old, Object.hasOwn(show, 'options')); show.options.a++; log(held[0].options)"));
  same('thrown, yielded, awaited, iterated, tagged', one("try { throw show } catch (e) { log(e === held[0]) } function* g() { yield show; yield* [ns.show] } log([...g()].map(f => f === alias)); (async () => log((await show) === alias, await (async () => show)() === held[0], await later()))(); for (const f of [show, ns.show]) log(f === alias); log(tag`${show}${ns.show}x${tag}`, `${typeof show}`)"));
  same('bind, call, apply, and as this', one("log(show.call(1, 2), show.apply(null, [3]), ns.show.call(undefined, 4), show.bind(5)(6), show?.call(0, 1), show['call'](0, 2), Reflect.apply(show, 1, [7]), [1].map(arrow), kept.show(1), (() => arrow)()(8)); Old.prototype.self = function () { return this.constructor === Old }; log(new Old().self()); function inner() { return this === held[0] } log(inner.call(show))"));
  same('Error.captureStackTrace', one("const e = {}; Error.captureStackTrace(e, show); log(typeof e.stack); export function fail() { const e = {}; Error.captureStackTrace(e, fail); return e.stack } log(fail().includes('fail'))"));
  same('default exports of imports and of own functions', { 'main.js': "import a, { f } from './a.js'; import b from './b.js'; import c, { g } from './c.js'; log(a === f, b === f, c === g, a(), c())", 'a.js': "export function f() { return 'f' } export default f", 'b.js': "import { f } from './a.js'; export default f", 'c.js': "export const g = () => 'g'; export { g as default }" });
});

describe('call positions', () => {
  same('calls, new, tags, chains', one("log(show(1), show?.(2), ns.show(3).length, ns.show?.(4)[2], new Old(5).get(), new ns.Old(6).x, new Old, tag`a${1}b`, ns.tag`c`, call(show, 1), show\n(7), [...loose()], [...ns.loose()])"));
  same('coercion', { 'main.js': "import { f, n, o } from './lib.js'; log(typeof f, typeof n, !f, void f, +n, -n, ~n, n + 1, n * 2 ** n, n < 3, `${n}`, isNaN(+f), f ? 1 : 2, n && 1); let s = 'a'; s += n; let k = 1; k *= n; log(s, k); if (f) log('if'); while (!f); do ; while (!f); for (; !f;); log(o - 1, `${o}`, 1 < o, o[n])", 'lib.js': "export function f() {} export const n = 2, o = { 2: 'k', valueOf: () => 7, toString: () => 's' }" });
  same('the own name of a function expression', { 'main.js': "import { f, g } from './lib.js'; import d from './lib.js'; log(f() === f, g(2) === g, f.name, g.name, d() === d, d.name)", 'lib.js': "export const f = function inner() { return inner }; export let g = function g(n) { return n ? g(n - 1) : [g][0] }; export default (function own() { return own })" });
  same('own names that are shadowed', { 'main.js': "import { f, g } from './lib.js'; log(f(1, 2), g(3))", 'lib.js': "export function f(f, x = f) { return [f, x] } export const g = function h(h) { { let g = h; return [g, h] } }" });
});

describe('functions that construct', () => {
  same('instances, prototypes, heritage', { 'main.js': "import { Point, Sub, of } from './lib.js'; const p = new Point(1); log(p.x, p instanceof Point, p.constructor === Point, Object.getPrototypeOf(p) === Point.prototype, Point.zero.x, p.plus().x, of(5) instanceof Point, new Sub(6) instanceof Point, new Sub(6).x, Reflect.construct(Point, [7]).x, new (Point.bind(null, 8))().x); class K extends Point { constructor() { super(9); log(this instanceof K, this.plus().x) } } new K()", 'lib.js': "export function Point(x) { this.x = x } Point.prototype.plus = function () { return new this.constructor(this.x + 1) }; Point.zero = new Point(0); export function Sub(x) { Point.call(this, x) } Object.setPrototypeOf(Sub.prototype, Point.prototype); export const of = x => Reflect.construct(Point, [x], Sub)" });
  same('a prototype that is replaced', { 'main.js': "import { A, B } from './lib.js'; log(new A().hi(), new B().hi(), new B() instanceof A, new B().constructor === B, new A() instanceof A)", 'lib.js': "export function A() {} A.prototype = { hi() { return 'hi' } }; export function B() {} B.prototype = Object.create(A.prototype); B.prototype.constructor = B" });
  same('new.target', { 'main.js': "import { A, E, F } from './lib.js'; import D from './lib.js'; class S extends A {} log(A() === undefined, new A().t === A, new S().t === S, new E().t === E, E().t, new F(1).t === F, new D().t === D, D()); const { make } = await import('./lib.js'); log(make().t === A, Reflect.construct(A, [], S).t === S)", 'lib.js': "export function A() { if (!new.target) return undefined; this.t = (() => new.target)(); log(this.t === A) }\nexport const E = function () { return { t: new.target, f() { return new.target } } }; export const F = function g(F) {\nnew.target\nthis.t = new.target; const o = class { x = new.target }; log(new o().x) }; export default function () { if (!new.target) return 'called'; this.t = new.target } export const make = () => new A()" });
  same('abstract checks by new.target', "export function Base() { if (new.target === Base) throw new TypeError('abstract'); } export function Sub() { return Reflect.construct(Base, [], new.target ?? Sub) } try { new Base() } catch (e) { log(e) } log(typeof new Sub()); export const B2 = Base; try { new B2() } catch (e) { log(e) }");
});

describe('what functions are', () => {
  same('names, lengths, kinds and prototypes', { 'main.js': "import * as ns from './lib.js'; const kind = f => Object.prototype.toString.call(f); for (const k of Object.keys(ns)) log(k, ns[k].name, ns[k].length, kind(ns[k]), Object.hasOwn(ns[k], 'prototype'), Reflect.ownKeys(ns[k]).sort().map(String), Object.getPrototypeOf(ns[k]) === Object.getPrototypeOf(ns.f)); for (const k of ['a', 'ar', 'm']) { try { new ns[k]() } catch (e) { log(k, e) } }", 'lib.js': "export function f(x, y = 1, ...z) {} export async function a(x) {} export const ar = (x, y) => {}; export const aa = async x => {}; export const m = ({ m() {} }).m; export const named = function other() {}; export default () => {}" });
  same('generators', { 'main.js': "import { g, ag } from './lib.js'; log([...g(1)], Object.getPrototypeOf(g()) === g.prototype, g() instanceof g, [...[2].flatMap(x => [...g(x)])]); const [first] = [ag]; first().next().then(v => log(v)); log(Object.getPrototypeOf(ag()) === ag.prototype, typeof g.prototype.next)", 'lib.js': "export function* g(x) { yield x } export const ag = async function* () { yield 1 }" });
  same('results, errors and order are those of the function', one("const [s, a, l] = [show, arrow, later]; log(s.call(3, 1), a(), a(undefined), a(4)); l().then(v => log('later', v)); Promise.resolve().then(() => log('tick')); export const thrower = () => { throw new RangeError() }; const [t] = [thrower]; try { t() } catch (e) { log(e) }"));
  same('direct eval and arguments', { 'main.js': "import { f } from './lib.js'; const [g] = [f]; log(g(1, 2))", 'lib.js': "export function f() { return [arguments.length, eval('typeof f')] }" });
});

describe('text', () => {
  const emit = (text: string, hot = true) => {
    const outline = outlineModule(text, { id: 'm.js' });
    const { artifact, link } = rewriteModule(text, outline, { id: 'm.js', requests: outline.requests.map(({ specifier }) => ({ hot, target: specifier, specifier })), dynamic: {}, sourceFile: 'm.js' });
    return { code: artifact.code.slice(artifact.code.indexOf('yield;\n') + 7, artifact.code.lastIndexOf('\n}\n')), head: /function\* \(.*?\)/.exec(artifact.code)?.[0], link };
  };
  const imported = "import { f } from 'l'; import * as ns from 'm'; ";
  test.each([
    ['g(f)', 'g($h1.f)'], ['f(g)', ';(0, $1.f)(g)'], ['new f(f)', 'new $1.f($h1.f)'], ['f`${f}`', ';(0, $1.f)`${$h1.f}`'], ['f.call(f)', '$1.f.call($h1.f)'], ['f?.apply(f)', '$1.f?.apply($h1.f)'], ['f.bind(f)', '$h1.f.bind($h1.f)'], ['f.call', '$h1.f.call'], ['Error.captureStackTrace(f, f)', 'Error.captureStackTrace($h1.f, $1.f)'],
    ['f.a.b()', '$h1.f.a.b()'], ['f.a = f', '$h1.f.a = $h1.f'], ['f + -f * `${f}`', '$1.f + -$1.f * `${$1.f}`'], ['typeof f, void f, !f', 'typeof $1.f, void $1.f, !$1.f'], ['f === f', '$h1.f === $h1.f'], ['f < f, f >>> f', '$1.f < $1.f, $1.f >>> $1.f'], ['f in f, f instanceof f', '$h1.f in $h1.f, $h1.f instanceof $h1.f'], ['if (f) x = f; else x += f', 'if ($1.f) x = $h1.f; else x += $1.f'],
    ['f ? f : f', '$1.f ? $h1.f : $h1.f'], ['f && f || f', '$h1.f && $h1.f || $h1.f'], ['while (f) do ; while (f)', 'while ($1.f) do ; while ($1.f)'], ['for (f; f; f) ;', 'for ($h1.f; $1.f; $h1.f) ;'], ['x = { f, [f]: f, ...f }', 'x = { f: $h1.f, [$h1.f]: $h1.f, ...$h1.f }'], ['x = () => f', 'x = () => $h1.f'], ['x ||= f; x **= f', 'x ||= $h1.f; x **= $1.f'], ['y = (f)', 'y = ($h1.f)'],
    ['ns.f(ns.f)', ';(0, $2.f)($h2.f)'], ['new ns.f(ns.f)', 'new $2.f($h2.f)'], ['ns.f.g(ns.f.g)', '$h2.f.g($h2.f.g)'], ['ns.f.call(ns)', '$2.f.call($x.namespace(1))'], ['ns.f + ns.f', '$2.f + $2.f'], ['ns.f === ns?.f', '$h2.f === $h2?.f'], ['`${ns.f}`, tag`${ns.f}`', '`${$2.f}`, tag`${$h2.f}`'], ['ns.f.a = 1', '$h2.f.a = 1'], ['typeof ns.f', 'typeof $2.f'], ['(class extends ns.f {})', '(class extends $h2.f {})'],
  ])('%s', (text, expected) => {
    expect(emit(imported + text).code).toBe(`; ; ${expected}`);
  });
  const own = 'function f() {}';
  test.each([
    ['g(f)', 'g($h.f)'], ['f(f)', 'f($h.f)'], ['new f', 'new f'], ['f.x = 1', '$h.f.x = 1'], ['typeof f + f', 'typeof f + f'], ['x = { f }', 'x = { f: $h.f }'], ['f.call(0)', 'f.call(0)'], ['{ let f; g(f) }', '{ let f; g(f) }'],
  ])('own: %s', (text, expected) => {
    expect(emit(`export ${own} ${text}`).code).toBe(`${own} ${expected}`);
  });

  test('tables of values come in the order of the requests, behind them', () => {
    const { head, link } = emit("import { a } from 'a'; import { b } from 'b'; import { c } from 'c'; export function f() { return [f, c, a] } b()");
    expect(head).toBe('function* ($e, $x, $1, $2, $3, $h, $h1, $h3)');
    expect(link).toMatchObject({ f: ['f'], h: ['f'], v: [-1, 0, 2] });
  });
  test('cold requests have none, and only calls need none', () => {
    expect(emit("import { a } from 'a'; g(a)", false)).toMatchObject({ head: 'function* ($e, $x, $1)', code: '; g($1.a)' });
    expect(emit("import { a } from 'a'; g(a)", false).link).not.toHaveProperty('v');
    expect(emit("import { a } from 'a'; export const f = () => a(f())").link).toMatchObject({ h: ['f'] });
    expect(emit("import { a } from 'a'; export const f = () => a(f())").link).not.toHaveProperty('v');
  });
  test.each<[string, unknown]>([
    ['export function f() {} export async function g() {} export default function* () {}', ['f', 'g', 'default']], ['export const a = () => {}, b = (async () => {}), c = function d() {}; export let e = () => 1', ['a', 'b', 'c', 'e']],
    ['function f() {} export { f as a, f as "b c", f as default }', ['a', ['b c', 'a'], ['default', 'a']]], ['export default (function () {})', ['default']], ['export default () => {}', ['default']], ['export var v = () => {}', ['v']], ['export default function f() {} export { f }', ['default', ['f', 'default']]],
    ['export function f() {} f = 1; export let g = () => {}; g = 1; export var v = () => {}; v = 1; export const c = () => {}; try { c = 1 } catch {}', undefined], ['export const a = wrap(() => {}), { b = () => {} } = {}, [c = () => {}] = [], d = 1 && (() => {}), e = (0, () => {}), f = class {}', undefined],
    ['export function f() {} f.prototype = {}', undefined], ['for (;;) { var v = () => {} } export { v }', undefined], ['function f() {} const g = () => {}; export const h = 1', undefined], ['export { f } from "x"; import { g } from "x"; export { g }', undefined], ['export var v = () => {}; var v = () => 2', undefined],
  ])('handled: %s', (text, expected) => {
    expect(outlineModule(text, { id: 'm.js' }).link.h).toEqual(expected);
  });
});
