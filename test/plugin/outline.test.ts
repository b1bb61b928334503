/** What an outline says of a module to a plan, and the errors of outlines. */
import { describe, expect, test } from '@jest/globals';
import { outlineModule, type Outline } from '../../plugin/outline.js';

const outline = (text: string): Outline => outlineModule(text, { id: 'src/a.js' });
const imports = "import { a, b, c } from './x.js'; import * as ns from './y.js'; import d from 'cold'; function register(f) { f() } const wrap = f => f;";
/** Names read while loading. */
const loads = (text: string): string[] => outline(`${imports} ${text}`).loads.map(([request, name]) => (request === 0 ? name : `${request}.${name}`)).sort();
const reaches = (text: string): Record<string, string[]> =>
  Object.fromEntries(Object.entries(outline(`${imports} ${text}`).reaches).map(([name, reads]) => [name, reads.map(([request, read]) => (request === 0 ? read : `${request}.${read}`)).sort()]));

describe('loads', () => {
  test.each<[string, string[]]>([
    ['const kept = a()', ['a']], ['const x = a', ['a']], ['export default a + 1', ['a']], ['function f() { a() }', []], ['const f = () => a', []], ['function f() { a() } const kept = f()', ['a']],
    ['function f() { g() } function g() { a() } const kept = f()', ['a']], ['const f = () => g(), g = () => a; const kept = f()', ['a']], ['(() => a)()', ['a']], ['(function () { return b })()', ['b']], ['[1].map(x => a(x))', ['a']],
    ['function f() { a() } const kept = register(f)', ['a']], ['function f() { a() } const o = { f }', []], ['function f() { a() } const o = { f }; const kept = o.f()', ['a']], ['const o = { f() { a() } }; const kept = register(o)', ['a']], ['const o = { f() { a() } }; const p = o; const kept = p.f()', ['a']],
    ['class K extends a {}', ['a']], ['class K { static x = a; static { b } [c]() {} }', ['a', 'b', 'c']], ['class K { x = a; m() { b() } }', []], ['class K { x = a; m() { b() } } const kept = new K()', ['a', 'b']], ['class K { m() { a() } } class L extends K {} const kept = new L()', ['a']],
    ['ns.foo', ['1.foo']], ['ns[x]', ['1.*']], ['const kept = register(ns)', ['1.*']], ['export { a, ns }', []], ['export { a as z } from "./x.js"', []], ['function make() { return () => a } const f = make()', []], ['function make() { return () => a } const f = make(); const kept = f()', ['a']],
    ['function make() { return () => a } const f = make(); const kept = register(f)', ['a']], ['let f; f = () => a; const kept = f()', ['a']], ['let f; function init() { f = () => a } const kept = init()', []], ['let f; function init() { f = () => a } init(); const kept = f()', ['a']],
    ['const f = /*#__PURE__*/ wrap(() => a)', []], ['const f = wrap(() => a)', ['a']], ['const f = /* @__PURE__ */ wrap(() => a); const kept = f()', ['a']], ['const x = b ? () => a : 0', ['b']], ['const { f } = { f: () => a }; const kept = f()', ['a']], ['const [f = () => a] = []; const kept = f()', ['a']],
    ['K.prototype.m = function () { a() }; function K() {}', []], ['K.prototype.m = function () { a() }; function K() {} const kept = new K().m()', ['a']], ['function f() { a() } f.displayName = "x"', []], ['async function f() { await 1; a() } const kept = f()', ['a']], ['function* g() { a() } for (const x of g());', ['a']],
    ['if (a) b; else c', ['a', 'b', 'c']], ['tag`${() => a}`', ['a']], ['export const f = g; function g() { a() }', []], ['for (const f of [() => a]) f()', ['a']], ['const kept = d.use(b)', ['2.default', 'b']], ['const o = { get v() { return a } }', []],
    ["import { effect, state } from 'relup'; const kept = effect(() => a()); const s = state({ x: b() }, { up: { 2: () => c } })", []], ["import { effect } from 'relup'; function start() { a() } const kept = effect(start)", []], ['label: { a }', ['a']], ["d.get('/', () => a())", []], ['const app = d(); const kept = app.get(f); function f() { a() } app.listen()', ['2.default']], ['const kept = d(() => a).map(() => b)', ['2.default', 'b']], ['({ [a]: 1 })', ['a']], ['typeof a', ['a']], ['export let x = (b, () => c)', ['b']],
  ])('%s', (text, expected) => {
    expect(loads(text)).toEqual(expected);
  });

  test.each<[string, string[]]>([
    ['a()', []], ['await a()', []], ['void a()', []], ['a().catch(() => {})', []], ['ns.foo()', []], ['a.start()', []], ['a(b)', ['b']], ['function f() { a() } f()', []],
    ['let x; function f() { x = a } f()', ['a']], ['const x = []; const f = () => { x.push(a) }; f()', ['a']], ['if (c) a()', ['a', 'c']],
  ])('of a call whose answer nobody keeps, only what it leaves in the module: %s', (text, expected) => {
    expect(loads(text)).toEqual(expected);
  });

  test('tells the lines', () => {
    const { loads: found, loadLines } = outline("import { a, b } from './x.js';\na;\nfunction f() {\n b }\nconst kept = f();\na");
    expect([found, loadLines]).toEqual([[[0, 'a', 1], [0, 'b', 1]], [2, 4]]);
  });
});

describe('held reads', () => {
  /** Names that the module only keeps or hands on. */
  const held = (text: string): string[] => outline(`${imports} ${text}`).loads.flatMap(([request, name, isHeld]) => (isHeld ? [request === 0 ? name : `${request}.${name}`] : [])).sort();
  test.each<[string, string[]]>([
    ["d.get('/', a)", ['a']], ["d.get('/', { handler: a, all: [b, ns.c] })", ['1.c', 'a', 'b']], ['new Proxy(a, {})', ['a']], ['const x = a', ['a']], ['const o = { a, x: [b] }', ['a', 'b']], ['let x; x = a', ['a']], ['export default a', ['a']], ['class K extends a {}', ['a']], ['class K extends ns.a {}', ['1.a']], ['class K extends a { static x = 1; static f = () => super.y }', ['a']],
    ['const x = d ? a : b', ['a', 'b']], ['const x = a || b', ['a', 'b']], ['const f = () => a; const kept = f()', ['a']], ['class K { static x = a }', ['a']], ['const all = []; all.push(a)', ['a']], ["const m = new Map(); m.set('x', a)", ['a']], ['const s = new Set([a])', ['a']], ['const o = {}; o.x = a', ['a']], ["const o = { a }; d.get('/', o.a)", ['a']], ['const all = []; function keep(f) { all.push(f) } keep(a)', ['a']], ['let x; const keep = (f) => { x = f }; keep(a)', ['a']], ["function f() { d.get('/', a) } register(f)", ['a']],
    // called, looked into, or in the hands of code that may do so
    ['const x = a()', []], ['const x = new a()', []], ['const x = a.b', []], ['d(a.b)', []], ['const { x } = a', []], ['register(a)', []], ['class K extends wrap(a) {}', []], ['class K extends a.b {}', []], ['const o = { a }; o.a()', []], ['[1].map(a)', []], ['for (const f of [a]) f()', []], ['`${a}`', []], ['const x = a + 1', []], ['if (a) c()', []],
    ['const f = () => a; const x = f()()', []], ['class K extends a {} new K()', []], ['const x = a; const y = a()', []], ['({ a }).a()', []], ['[a][0]()', []], ['register(() => a)', []], ['register(ns)', []], ["const m = new Map([['x', a]]); const y = m.get('x')()", []], ["new Map([['x', a]]).get('x')()", []], ['const o = Object.freeze({ a }); const y = o.a()', []], ['class K { static x = a } const y = K.x()', []], ['class K { static { this.x = a } }', []], ['class K extends a { static { this.x = super.y() } }', []], ['class K extends a { static x = this.y }', []], ['const all = []; all.push(a); const y = all.map(f => f())', []], ['const x = Number({ valueOf: a })', []], ['const x = a; const y = x.z', []], ['const x = a; const y = `${x}`', []], ['const o = { a }; const y = o.a.z', []], ['const give = () => a; const x = give(); const y = x.z', []], ['const all = []; function keep(f) { all.push(f) } keep(a); const y = all[0]()', []], ['function same(f) { return f } const y = same(a)()', []], ['const all = []; function keep() { all.push(arguments[0]) } keep(a)', []], ['function run(f) { const g = f; g.x } run(a)', []], ["const x = Object.defineProperty({}, 'x', { get: a }).x", []], ['const x = d(a); const y = x()', []],
  ])('%s', (text, expected) => {
    expect(held(text)).toEqual(expected);
  });
  test('of a call whose answer nobody keeps', () => {
    expect(held('const x = a; x()')).toEqual(['a']);
  });
  test('tells the line where a name is looked into', () => {
    const { loads: found, loadLines } = outline("import { a } from './x.js';\nconst x = a;\nconst y = a();");
    expect([found, loadLines]).toEqual([[[0, 'a']], [3]]);
  });
});

describe('calls and side effects', () => {
  test('what the body calls of others, with the first line', () => {
    expect(outline("import { a, b } from './x.js'; import * as ns from './y.js';\na(); a(b);\nfunction f() { ns.c(new ns.D()) }\nf(); function late() { b() }").calls).toEqual([[0, 'a', 2], [1, 'c', 3], [1, 'D', 3]]);
  });
  const impure = (text: string): Record<string, string> => Object.fromEntries(Object.entries(outline(`import { d } from 'cold'; ${text}`).impure).map(([name, [first]]) => [name, first?.what ?? '']));
  test.each<[string, Record<string, string>]>([
    ['export function f(x) { return x.map(y => y + 1) }', {}], ['let n = 0; export function f() { return n }', {}], ['export const f = () => ({ a: [], b: new Map() })', {}], ['export class K { m() { this.x = 1 } }', {}], ['export function f() { const a = []; a.push(1); return a }', {}], ['export const table = { a: 1 }', {}],
    ['let n = 0; export function f() { n++ }', { f: 'n++' }], ['const a = []; export function f() { add() } function add() { a.push(1) }', { f: 'a.push(1)' }], ['export function f() { setInterval(g) }', { f: 'setInterval(g)' }], ['export function f() { globalThis.x = 1 }', { f: 'globalThis.x = 1' }], ['export function f(app) { app.install() }', { f: 'app.install()' }],
    ['export function f() { d() }', { f: 'd()' }], ["import { z } from 'zod'; export function f() { return z.string() }", {}], ['export const cache = new Cache(); class Cache { all = []; add(x) { this.all.push(x) } }', { cache: 'cache' }], ['export default () => { console.log(1) }', {}], ['export default () => { document.title = 1 }', { default: 'document.title = 1' }],
  ])('impure: %s', (text, expected) => {
    expect(impure(text)).toEqual(expected);
  });
});

describe('reaches', () => {
  test.each<[string, Record<string, string[]>]>([
    ['export function f() { a(); g() } function g() { return b } export const h = () => c', { f: ['a', 'b'], h: ['c'] }],
    ['export class K { m() { a() } static s = () => b; #p = c } export class L extends K { n() { ns.z } }', { K: ['a', 'b', 'c'], L: ['1.z', 'a', 'b', 'c'] }],
    ['export default { setup() { a() } }', { default: ['a'] }], ['export default () => b', { default: ['b'] }], ['export default function () { return c }', { default: ['c'] }], ['export default class { m() { a } }', { default: ['a'] }], ['function f() { a } export default f', { default: ['a'] }],
    ['export const o = wrap(f); function f() { a() }', { o: ['a'] }], ['export let h; export function set() { h = () => a }', { h: ['a'], set: ['a'] }], ['export const x = 1, y = b + 1', { x: [], y: ['b'] }], ['const K = class { m() { a } }; export { K, K as Z }', { K: ['a'], Z: ['a'] }],
    ['export function make() { const inner = () => () => a; return inner }', { make: ['a'] }], ['export const f = a', { f: ['a'] }], ['const captured = b; export function f() { captured() }', { f: ['b'] }], ['export const table = { x: f, y: [g] }; const f = () => a, g = () => b', { table: ['a', 'b'] }],
    ['export function rec() { rec2() } function rec2() { rec(); a }', { rec: ['a'] }], ['export const { p, q = () => b } = { p: () => a }', { p: ['a'], q: ['a', 'b'] }], ['export { a as z }; export function f() { d() }', { f: ['2.default'] }], ['export function f(x = () => a, y = b) {}', { f: ['a', 'b'] }],
  ])('%s', (text, expected) => {
    expect(reaches(text)).toEqual(expected);
  });
});

describe('effects', () => {
  const effects = (text: string): string[] => outline(text).effects.map(({ what }) => what);
  test.each<[string, string[]]>([
    ['setInterval(f, 1)', ['setInterval(f, 1)']], ['window.setTimeout(f)', ['window.setTimeout(f)']], ["process.on('exit', f)", ["process.on('exit', f)"]], ["import process from 'node:process'; process.once('x', f)", ["process.once('x', f)"]], ["addEventListener('x', f)", ["addEventListener('x', f)"]], ["document.body.addEventListener('x', f)", ["document.body.addEventListener('x', f)"]],
    ['createServer(f).listen(80)', ['createServer(f).listen(80)']], ["customElements.define('x-y', class {})", ["customElements.define('x-y', class {})"]], ["new Worker('x')", ["new Worker('x')"]], ["import { WebSocket } from 'ws'; new WebSocket(u)", ['new WebSocket(u)']], ["const s = new WebSocket('x'); s.on('m', f)", ["new WebSocket('x')"]],
    ['globalThis.x = 1', ['globalThis.x = 1']], ['Array.prototype.last = () => 1', ['Array.prototype.last = () => 1']], ['window.n++', ['window.n++']], ['onmessage = f', ['onmessage = f']], ['delete window.x', ['delete window.x']], ["Object.defineProperty(globalThis, 'x', {})", ["Object.defineProperty(globalThis, 'x', {})"]], ['Object.assign({}, x)', []], ['const o = {}; Object.assign(o, x); o.y = 1', []],
    ['function f() { setInterval(g) }', []], ['function f() { setInterval(g) } f()', ['setInterval(g)']], ["import { effect } from 'relup'; effect(() => { const t = setInterval(f); return () => clearInterval(t) })", []], ["import { effect } from 'relup'; function start() { setInterval(f) } effect(start)", []], ['{ const setInterval = () => {}; setInterval(1) }', []], ["import { EventEmitter } from 'node:events'; const bus = new EventEmitter(); bus.on('x', f)", []], ["bus.on('x', f)", ["bus.on('x', f)"]], ['const app = {}; app.on(1)', []], ['const f = () => setTimeout(g)', []], ["export const o = { start() { process.on('x', f) } }", []],
  ])('%s', (text, expected) => {
    expect(effects(text)).toEqual(expected);
  });
  test('tells line and a short piece', () => {
    expect(outline(`\n\nsetInterval(() => {\n ${'x();'.repeat(50)}\n})`).effects).toMatchObject([{ line: 3, what: expect.stringMatching(/^setInterval\(\(\) => \{ x\(\).{50,}\.\.\.$/) }]);
  });
});

describe('state', () => {
  const undeclared = (text: string): string[] => outline(text).undeclared.map(({ what }) => what);
  test.each<[string, string[]]>([
    ['let n = 0; function f() { n++ }', ['n']], ['let n = 0; n++', []], ['var n; export const f = () => { n = 1 }', ['n']], ['const m = new Map(); function f() { m.set(1, 2) }', ['m']], ['const a = []; function f() { a.push(1) }', ['a']], ['const o = {}; function f() { o.x = 1 }', ['o']], ['const o = {}; function f() { o.a.b.c = 1; }', ['o']], ['const o = {}; function f() { delete o.x }', ['o']],
    ['const a = []; a.push(1)', []], ['const a = []; function f() { return a.map(x) }', []], ['const w = new WeakMap(); function f() { w.set(1, 2) }', []], ['const k = Symbol(); function f() { return k }', []], ["import { state, reset } from 'relup'; const s = state({}); let r = reset(0); const q = reset([]); function f() { s.x = 1; r++; q.push(1) }", []],
    ['let n; (() => { n = 1 })()', []], ['let n; [1].forEach(() => { n = 1 })', ['n']], ['let { a, b } = x; function f() { [a] = [1] }', ['a']], ['const s = new Set(); class K { m() { s.add(this) } }', ['s']], ['const a = Array(5); const f = () => a[0]++', ['a']], ['function f() { let n; return () => n++ }', []], ['const d = makeThing(); function f() { d.x = 1 }', []], ['function g() {} function f() { g = 1 }', ['g']],
  ])('undeclared: %s', (text, expected) => {
    expect(undeclared(text)).toEqual(expected);
  });

  const atLoad = (text: string): number[] => outline(`import { state } from 'relup'; const s = state({ n: 1 }), register = f => f();\n${text}`).stateAtLoad.map(({ line }) => line);
  test.each<[string, number[]]>([
    ['s.n', [2]], ['register(s)', [2]], ['const t = s', []], ['const o = { s, a: [s] }', []], ['register({ s })', [2]], ['export { s }', []], ['export default s', []], ['function f() { return s.n }', []], ['function f() { return s.n }\nf()', [2]], ['const { n } = s', [2]], ['for (const x of s);', [2]], ['const f = () => s; f()', []], ['s.n = 2', [2]], ['`${s}`', [2]], ["class K { static x = s.n }", [2]], ['class K { x = s.n }', []], ['if (s) x()', [2]],
  ])('at load: %s', (text, expected) => {
    expect(atLoad(text)).toEqual(expected);
  });
});

describe('side effects', () => {
  test.each([
    "import './x.js'; export * from './y.js'; export function f() { g() }", 'export const a = 1, b = () => {}, c = [1, {}], d = { e() {}, [`x`]: 1 }, m = new Map(), s = new Set([1]), y = Symbol("x"), t = `a${1}`, z = -1 + 2 * 3, o = Object.freeze({ a: 1 }), n = Object.create(null)',
    'export default class K { static a = 1; m() {} #p; static f() {} }', "import { A } from './a.js'; export class B extends A { x = f() }", 'export const x = /*#__PURE__*/ f(1), y = /* @__PURE__ */ new K(() => {})', 'let a; export { a }; "use client"', 'export const a = 1, b = a ? a : !a, c = typeof window', 'export default () => f()', '',
  ])('none: %s', (text) => {
    expect(outline(text).sideEffectFree).toBe(true);
  });
  test.each(['f()', 'export const x = f()', 'export const x = a.b', 'class K { static { f() } }', 'class K { static x = f() }', 'class K extends mix(A) {}', 'export const { a } = b', 'x = 1', 'if (1) f', 'await 1', 'export const x = `${y}`', 'const a = [...b]', 'const a = { ...b }', 'export default f()', 'const x = unknown', 'for (;;) ;', 'new Map(x)', 'const x = 1; x + y', 'throw 1', "import { state } from 'relup'; const s = state({})"])('some: %s', (text) => {
    expect(outline(text).sideEffectFree).toBe(false);
  });
});

describe('errors', () => {
  const caught = (text: string): unknown => {
    try {
      return outline(text);
    } catch (error) {
      return error;
    }
  };
  test.each([
    ['PARSE', 'let a = ;'], ['PARSE', 'let a; let a'], ['PARSE', 'export { nope }'], ['PARSE', 'with (a) {}'], ['PARSE', 'return 1'], ['PARSE', '<a/>'], ['PARSE', 'let a: number'], ['PARSE', 'delete a'], ['PARSE', 'new.target'], ['PARSE', 'let await'], ['PARSE', '@dec class K {}'], ['PARSE', "import { x, x } from 'y'"], ['PARSE', 'export default 1; export default 2'], ['PARSE', "import x from 'y'; let x"], ['PARSE', 'arguments = 1'], ['PARSE', '010'],
    ['UNSUPPORTED_SYNTAX', "import defer * as x from 'y'"], ['UNSUPPORTED_SYNTAX', "import source x from 'y'"], ['UNSUPPORTED_SYNTAX', "import.defer('y')"], ['UNSUPPORTED_SYNTAX', "const f = () => import.source('y')"], ['UNSUPPORTED_SYNTAX', 'await using x = y'], ['UNSUPPORTED_SYNTAX', 'for (await using x of y);'], ['UNSUPPORTED_SYNTAX', '{ await using x = y }'],
  ])('%s: %s', (code, text) => {
    const error = caught(`// one\n${text}`);
    expect(error).toMatchObject({ name: 'RelupError', code, place: 'src/a.js:2' });
    expect((error as Error).message).toMatch(/> 2 \| .*\n {4}\| +\^|> 2 \| .*\n {4}\|\^/);
  });
  test('the frame shows the place', () => {
    expect((caught('a;\n\tb;\n\tlet c = ;\nd') as { reason: string }).reason).toBe("Unexpected token\n  1 | a;\n  2 | \tb;\n> 3 | \tlet c = ;\n    | \t        ^\n  4 | d");
  });
  test('await using in a function is fine', () => {
    expect(outline('async function f() { await using x = y }').async).toBe(false);
  });
});

test('an outline is plain data', () => {
  const made = outline("import { a } from './a.js'; import * as ns from './b.js'; export let x = a(), y = ns[x]; for await (x of y); x++");
  expect(JSON.parse(JSON.stringify(made))).toEqual(made);
});
