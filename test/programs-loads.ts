/**
 * How a module of a random program reads others while its body runs. Every form ends in a value that a fresh start of another
 * release may answer otherwise: if the plan misses that the module is stale, the two differ.
 */
import { int, pick, type Random } from './chance.js';

/** What a form may read of one other module. */
export interface Reads {
  /** Number. */
  readonly K: string;
  /** Function that answers a number. */
  readonly make: string;
  /** Generator function of numbers. */
  readonly several: string;
  /** Function that calls the one that it is given. */
  readonly relay: string;
  /** Function that keeps what it is given, as `{ kept }`. */
  readonly keep: string;
  /** Function that makes a subclass of a class. */
  readonly mix: string;
  /** Function of a class in `mix`. */
  readonly space: string;
  /** A class with `m0` and `static kind`; null where there is none. */
  readonly C: string | null;
}

/** `at` makes names unique. Answers declarations and the expression of what was read. */
type Form = (reads: Reads, at: string) => readonly [declarations: string, value: string];

const direct = (value: (reads: Reads) => string): Form => (reads, at) => [`const l${at} = ${value(reads)};`, `l${at}`];
const text = (value: string): string => `JSON.stringify(${value})`;
/** Without a class in reach, something else. */
const ofClass = (value: (C: string, reads: Reads, at: string) => readonly [string, string]): Form => (reads, at) => (reads.C === null ? forms.call(reads, at) : value(reads.C, reads, at));

export const forms = {
  value: direct(({ K }) => K),
  call: direct(({ make }) => `${make}()`),
  iife: direct(({ K }) => `(() => { const inner = () => ${K}; return inner(); })()`),
  asyncIife: direct(({ K }) => `(() => { let seen, failed; (async () => { try { seen = ${K}; } catch (e) { failed = e; } })(); if (failed) throw failed; return seen; })()`),
  local: ({ make }, at) => [`const l${at} = local${at}(); function local${at}() { return again${at}(); } function again${at}() { return ${make}() + 1; }`, `l${at}`],
  localArrow: ({ K }, at) => [`const local${at} = () => again${at}(), again${at} = () => ${K} + 1; const l${at} = local${at}();`, `l${at}`],
  block: ({ K }, at) => [`class B${at} { static { B${at}.got = ${K}; } }`, `B${at}.got`],
  blockThis: ({ make }, at) => [`class B${at} { static { this.got = ${make}(); } }`, `B${at}.got`],
  computed: ({ K }, at) => [`class B${at} { static ['got' + ${K}]() {} }`, `Object.getOwnPropertyNames(B${at}).filter((name) => name.startsWith('got'))[0]`],
  field: direct(({ K }) => `new (class { x = ${K}; })().x`),
  getter: direct(({ K }) => `({ get v() { return ${K}; } }).v`),
  method: direct(({ make }) => `({ m() { return ${make}(); } }).m()`),
  defaults: direct(({ make }) => `(({ a = ${make}() } = {}) => a)()`),
  destructured: ({ make }, at) => [`const { a: l${at} = ${make}() } = {};`, `l${at}`],
  optional: direct(({ make }) => `${make}?.()`),
  tagged: direct(({ make }) => `${make}\`\``),
  apply: direct(({ make }) => `${make}.call(null)`),
  reflectApply: direct(({ make }) => `Reflect.apply(${make}, null, [])`),
  bound: ({ make }, at) => [`const b${at} = ${make}.bind(null); const l${at} = b${at}();`, `l${at}`],
  map: direct(({ make }) => `[1].map(${make})[0]`),
  from: direct(({ make }) => `Array.from({ length: 1 }, ${make})[0]`),
  sort: direct(({ make }) => `(() => { let got; [2, 1].sort(() => (got = ${make}(), 0)); return got; })()`),
  replace: direct(({ make }) => `'x'.replace('x', ${make})`),
  coerce: direct(({ make }) => `Number({ valueOf: ${make} })`),
  primitive: direct(({ make }) => `+{ [Symbol.toPrimitive]: ${make} }`),
  template: direct(({ make }) => '`${{ toString: ' + make + ' }}`'),
  json: direct(({ make }) => `JSON.stringify({ toJSON: ${make} })`),
  spread: direct(({ several }) => `[...${several}()][0]`),
  iterator: direct(({ several }) => `[...{ [Symbol.iterator]: ${several} }][0]`),
  of: direct(({ several }) => `(() => { for (const v of ${several}()) return v; })()`),
  delegated: direct(({ several }) => `[...(function* () { yield* ${several}(); })()][0]`),
  proxy: direct(({ make }) => `new Proxy({}, { get: ${make} }).x`),
  defined: direct(({ make }) => `Object.defineProperty({}, 'x', { get: ${make} }).x`),
  promise: direct(({ make }) => `(() => { let got, failed; new Promise(() => { try { got = ${make}(); } catch (e) { failed = e; } }); if (failed) throw failed; return got; })()`),
  thrown: direct(({ make }) => `(() => { try { throw ${make}(); } catch (e) { if (e instanceof Error) throw e; return e; } })()`),
  key: direct(({ K }) => `Object.keys({ [${K}]: 1 })[0]`),
  ternary: direct(({ K }) => `${K} % 2 ? 'odd' : 'even'`),
  relayed: direct(({ relay, make }) => `${relay}(${make})`),
  relayedInline: direct(({ relay, K }) => `${relay}(() => ${K})`),
  keptAndCalled: direct(({ keep, make }) => `${keep}(${make}).kept()`),
  keptThenCalled: ({ keep, make }, at) => [`const k${at} = ${keep}(${make}); const l${at} = k${at}.kept();`, `l${at}`],
  heldThenCalled: ({ make }, at) => [`const h${at} = { make: ${make} }; const l${at} = h${at}.make();`, `l${at}`],
  heldInArray: ({ make }, at) => [`const h${at} = [${make}]; const l${at} = h${at}[0]();`, `l${at}`],
  heldInMap: ({ make }, at) => [`const h${at} = new Map([['x', ${make}]]); const l${at} = h${at}.get('x')();`, `l${at}`],
  heldInStatic: ({ make }, at) => [`class B${at} { static held = ${make}; } const l${at} = B${at}.held();`, `l${at}`],
  given: ({ make }, at) => [`const give${at} = () => ${make}; const l${at} = give${at}()();`, `l${at}`],
  alias: ({ make }, at) => [`const a${at} = ${make}; const l${at} = a${at}();`, `l${at}`],
  assigned: ({ make }, at) => [`let a${at}; a${at} = ${make}; const l${at} = a${at}();`, `l${at}`],
  chosen: ({ make }, at) => [`const a${at} = globalThis.never ?? ${make}; const l${at} = a${at}();`, `l${at}`],
  register: ({ make }, at) => [`const r${at} = []; function register${at}(f) { r${at}.push(f); } register${at}(${make}); const l${at} = r${at}.map((f) => f())[0];`, `l${at}`],
  mixin: ofClass((C, { mix }, at) => [`class M${at} extends ${mix}(${C}) {}`, `${text(`new M${at}(1).mixed()`)}`]),
  mixinPlain: ({ mix }, at) => [`class M${at} extends ${mix}(Object) {}`, text(`new M${at}(1).mixed()`)],
  spaceValue: direct(({ space }) => `${space}.K`),
  spaceCopy: direct(({ space }) => `({ ...${space} }).K`),
  spaceKey: direct(({ space }) => `((key) => ${space}[key])('K')`),
  spaceKeys: direct(({ space }) => `Object.keys(${space}).length`),
  spaceHeld: ({ space }, at) => [`const s${at} = { all: ${space} }; const l${at} = s${at}.all.K;`, `l${at}`],
  spacePassed: direct(({ space }) => `((all) => all.make())(${space})`),
  construct: ofClass((C, _, at) => [`const l${at} = ${text(`new ${C}(2).m0(1)`)};`, `l${at}`]),
  instance: ofClass((C, _, at) => [`const i${at} = new ${C}(2); const l${at} = ${text(`i${at}.m0(1)`)};`, `l${at}`]),
  staticCall: ofClass((C, _, at) => [`const l${at} = ${C}.kind();`, `l${at}`]),
  subclassKind: ofClass((C, _, at) => [`class S${at} extends ${C} {} const l${at} = S${at}.kind();`, `l${at}`]),
  subclassNew: ofClass((C, _, at) => [`class S${at} extends ${C} {} const l${at} = ${text(`new S${at}(1).m0(2)`)};`, `l${at}`]),
  superBlock: ofClass((C, _, at) => [`class S${at} extends ${C} { static { this.got = super.kind(); } }`, `S${at}.got`]),
  borrowed: ofClass((C, _, at) => [`const l${at} = ${text(`${C}.prototype.m0.call(new ${C}(1), 1)`)};`, `l${at}`]),
  membersOf: ofClass((C, _, at) => [`const l${at} = Object.getOwnPropertyNames(${C}.prototype).filter((name) => !name.includes("_")).sort().join();`, `l${at}`]),
  reflectConstruct: ofClass((C, _, at) => [`const l${at} = ${text(`Reflect.construct(${C}, [2]).m0(1)`)};`, `l${at}`]),
  classHeldThenNew: ofClass((C, _, at) => [`const h${at} = { C: ${C} }; const l${at} = ${text(`new h${at}.C(1).m0(1)`)};`, `l${at}`]),
} satisfies Record<string, Form> as Record<LoadForm, Form>;

export type LoadForm =
  | 'value' | 'call' | 'iife' | 'asyncIife' | 'local' | 'localArrow' | 'block' | 'blockThis' | 'computed' | 'field' | 'getter' | 'method' | 'defaults' | 'destructured' | 'optional' | 'tagged'
  | 'apply' | 'reflectApply' | 'bound' | 'map' | 'from' | 'sort' | 'replace' | 'coerce' | 'primitive' | 'template' | 'json' | 'spread' | 'iterator' | 'of' | 'delegated' | 'proxy' | 'defined'
  | 'promise' | 'thrown' | 'key' | 'ternary' | 'relayed' | 'relayedInline' | 'keptAndCalled' | 'keptThenCalled' | 'heldThenCalled' | 'heldInArray' | 'heldInMap' | 'heldInStatic' | 'given'
  | 'alias' | 'assigned' | 'chosen' | 'register' | 'mixin' | 'mixinPlain' | 'spaceValue' | 'spaceCopy' | 'spaceKey' | 'spaceKeys' | 'spaceHeld' | 'spacePassed' | 'construct' | 'instance'
  | 'staticCall' | 'subclassKind' | 'subclassNew' | 'superBlock' | 'borrowed' | 'membersOf' | 'reflectConstruct' | 'classHeldThenNew';

/** A read of another module while the body runs. */
export interface Load {
  readonly module: number;
  readonly form: LoadForm;
}

/** What upgrades get wrong today; loads.test.ts says when one of them is mended. */
export const missed: readonly LoadForm[] = ['block', 'blockThis', 'superBlock', 'getter'];

/** While jobs of an older release live, names of what a class does not have any more still show. */
const reflecting: readonly LoadForm[] = ['computed', 'membersOf'];
/** The base that a call makes anew at load is not told apart for jobs. */
const remade: readonly LoadForm[] = ['mixin', 'mixinPlain'];

const names = (Object.keys(forms) as LoadForm[]).filter((form) => !missed.includes(form) && !reflecting.includes(form) && !remade.includes(form));

/** Only later modules are read: the reverse would be a dead zone in a fresh start as well. */
export function createLoads(random: Random, index: number, count: number): Load[] {
  if (index + 1 >= count || random() < 0.6) return [];
  return Array.from({ length: 1 + int(random, 2) }, () => ({ module: index + 1 + int(random, count - index - 1), form: pick(random, names) }));
}

/** What a body keeps of functions and classes of others without looking into them: none of it makes a module stale. */
export const holdings = {
  object: (f: string, at: string) => [`const h${at} = { f: ${f} };`, `h${at}.f`],
  array: (f: string, at: string) => [`const h${at} = [0, ${f}];`, `h${at}[1]`],
  constant: (f: string, at: string) => [`const h${at} = ${f};`, `h${at}`],
  nested: (f: string, at: string) => [`const h${at} = { routes: [{ handler: ${f} }] };`, `h${at}.routes[0].handler`],
  map: (f: string, at: string) => [`const h${at} = new Map([['f', ${f}]]);`, `h${at}.get('f')`],
  set: (f: string, at: string) => [`const h${at} = new Set([${f}]);`, `[...h${at}][0]`],
  keyed: (f: string, at: string) => [`const h${at} = new Map([[${f}, 1]]);`, `[...h${at}.keys()][0]`],
  push: (f: string, at: string) => [`const h${at} = []; h${at}.push(${f});`, `h${at}[0]`],
  keeping: (f: string, at: string) => [`const h${at} = []; function keep${at}(f) { h${at}.push(f); } keep${at}(${f});`, `h${at}[0]`],
  field: (f: string, at: string) => [`class H${at} { static f = ${f}; }`, `H${at}.f`],
  chosen: (f: string, at: string) => [`const h${at} = globalThis.never || ${f};`, `h${at}`],
  assigned: (f: string, at: string) => [`const h${at} = {}; h${at}.f = ${f};`, `h${at}.f`],
} satisfies Record<string, (f: string, at: string) => readonly [string, string]>;

export type HoldForm = keyof typeof holdings;
export const holdForms = Object.keys(holdings) as HoldForm[];
