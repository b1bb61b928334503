/** What an outline says of functions and classes, by which two releases are compared. */
import { describe, expect, test } from '@jest/globals';
import { outlineModule, type Outline } from '../../plugin/outline.js';
import type { ClassEntry } from '../../runtime/protocol.js';

const outline = (text: string): Outline => outlineModule(text, { id: 'src/a.js' });
const only = (text: string): ClassEntry => Object.values(outline(text).classes)[0] as ClassEntry;

describe('which classes', () => {
  test.each<[string, Record<string, string[]>]>([
    ['class A {}', { A: [] }], ['export class A {}', { A: ['A'] }], ['const A = class B {}; export { A as Z, A }', { A: ['A', 'Z'] }], ['export let A = class {}', { A: ['A'] }], ['export default class {}', { default: ['default'] }], ['export default class A {}', { A: ['default'] }], ['export default (class {})', { default: ['default'] }], ['var A = class {}, B = class {}', { A: [], B: [] }],
    ['function f() { class A {} }', {}], ['{ class A {} }', {}], ['const A = wrap(class {})', {}], ['const o = { A: class {} }', {}], ['const { A } = { A: class {} }', {}], ['let A; A = class {}', {}],
  ])('%s', (text, expected) => {
    expect(Object.fromEntries(Object.entries(outline(text).classes).map(([key, { exports }]) => [key, exports]))).toEqual(expected);
  });
  test.each([['var A = class {};\nvar A = class {}', 2], ['export let A = class {};\nfunction f() {\n A = class {} }', 3]])('a second class of the same name is told: %s', (text, line) => {
    expect(only(text)).toMatchObject({ line: 1, twice: line });
  });
});

describe('layout', () => {
  const body = (members: string): ClassEntry => only(`class A { ${members} }`);
  test.each<[string, string[]]>([
    ['b = 1; a; "c-d" = 2; 3 = 4', ['3', 'a', 'b', 'c-d']], ['static s = 1; #p = 2; [k] = 3; m() {}', []], ['constructor() { this.a = 1; if (x) { this.b ??= 2 } for (;;) this.c += 1 }', ['a', 'b', 'c']], ['constructor() { [this.a, { x: this.b = 1, ...this.c }] = y }', ['a', 'b', 'c']],
    ["constructor(p) { Object.assign(this, { a: 1, p }); Object.defineProperty(this, 'b', {}) }", ['a', 'b', 'p']], ['constructor() { const f = () => { this.a = 1 }; function g() { this.b = 2 } other.c = 3; this[k] = 4; this.d.e = 5 }', []], ['m() { this.a = 1 }', []], ['set a(v) {} constructor() { this.a = 1; this.b = 2 }', ['b']], ['a = 1; constructor() { this.a = 2 }', ['a']],
  ])('fields of { %s }', (members, expected) => {
    expect(body(members).fields).toEqual(expected);
  });
  test('static data is told with its initialisers, methods are not', () => {
    const { statics } = body('static a = 1; static b = [1]; static m() {} static get x() { return 1 } static #p = 2; static c');
    expect(Object.keys(statics)).toEqual(['a', 'b', 'c']);
    expect([statics['a'] === body('static a = 1').statics['a'], statics['a'] === body('static a = 2').statics['a']]).toEqual([true, false]);
  });
  test('private names', () => {
    expect(body('#b = 1; #a() {} get #c() {} static #s = 1').privates).toEqual(['a', 'b', 'c']);
    expect(body('#a = 1').staticPrivates).toBeUndefined();
    const touched = (members: string): string | undefined => body(`static #s = 1; ${members}`).staticPrivates;
    expect(touched('static m() { return A.#s } n() {}')).toBe(touched('static m() { return A.#s } n() { 1 }'));
    expect(touched('static m() { return A.#s }')).not.toBe(touched('static m() { return A.#s + 1 }'));
  });
  test.each<[string, number | undefined]>([['#a; m() { return this.#a }', undefined], ['#a; m(o) { return #a in o }', 1], ['#a; m() { return #a in this }', undefined], ['#a; m(o) {\n return o.#a }', 2], ['#a() {} m() { const self = this; self.#a() }', 1], ['static #s; m(o) { o.#s }', undefined]])('private names of others: %s', (members, expected) => {
    expect(body(members).privateOfOthers).toBe(expected);
  });
  test('hook and rename', () => {
    expect(body('static upgrade(it) {}')).toMatchObject({ upgrade: true });
    expect(body('static upgrade = (it) => {}')).toMatchObject({ upgrade: true });
    expect(body('upgrade() {} static get upgrade() {}')).toMatchObject({ upgrade: false });
    expect(body("static renamedFrom = 'Old'")).toMatchObject({ renamedFrom: 'Old' });
  });
  test.each<[string, Pick<ClassEntry, 'heritage' | 'base'>]>([
    ['class A {}', { heritage: null }], ['class A extends Array {}', { heritage: 'Array', base: 'global' }], ['class A extends null {}', { heritage: 'null', base: 'global' }], ["import { B as C } from './b.js'; class A extends C {}", { heritage: 'C', base: [0, 'B'] }], ["import * as ns from './b.js'; class A extends ns.B {}", { heritage: 'ns.B', base: [0, 'B'] }],
    ["import { mix } from './b.js'; class A extends mix(\n  C) {}", { heritage: 'mix( C)' }], ['class A extends B {} class B {}', { heritage: 'B' }],
  ])('heritage: %s', (text, expected) => {
    const { heritage, base } = outline(text).classes['A'] as ClassEntry;
    expect({ heritage, ...(base !== undefined && { base }) }).toEqual(expected);
  });
  test('the text decides whether a class changed', () => {
    expect(only('class A { m() {} }').text).toMatch(/^[0-9a-f]{16}$/);
    expect(only('class A { m() {} }').text).toBe(only('\n\nexport class A { m() {} }; let other').text);
    expect(only('class A { m() {} }').text).not.toBe(only('class A { m() { 1 } }').text);
  });
});

test.each<[string, string[]]>([
  ['export function f() {}', ['f']], ['export const f = () => {}, g = function () {}', ['f', 'g']], ['function f() {} export { f as b, f as a }', ['a', 'b']], ['export default () => {}', ['default']], ['export default function () {}', ['default']], ['export let f = async () => {}', ['f']],
  ['export let f = () => {}; f = 1', []], ['export class A {}', []], ['export const f = wrap(() => {})', []], ["export { f } from './x.js'", []], ['function f() {}', []],
])('functions: %s', (text, expected) => {
  expect(outline(text).functions).toEqual(expected);
});

test.each<[string, string[]]>([
  ['export const f = register(() => {})', ['f']], ['export const K = mix(class {})', ['K']], ['const f = a ? () => {} : () => {}; export { f }', ['f']], ['export default wrap(function () {})', ['default']], ['export const x = a || class {}', ['x']], ['export let f = () => {}; f = other', ['f']], ['export function f() {}; f = 1', ['f']], ['export const x = await make(() => {})', ['x']],
  ['export const f = () => {}', []], ['const f = register(() => {})', []], ['export const x = make(1)', []], ['export class A {}', []], ["import { state } from 'relup'; export const s = state(make(() => {}))", []],
])('captured: %s', (text, expected) => {
  expect(outline(text).captured.map(({ what }) => what)).toEqual(expected);
});

test('captured says why', () => {
  expect(outline('\nexport const f = register(() => {})').captured).toEqual([{ line: 2, what: 'f', why: 'It was handed over as a function before it was exported.' }]);
});
