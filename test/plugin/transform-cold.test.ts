/** Imports of cold modules, import attributes, the author API, dead branches, and what the two forms look like. */
import { describe, expect, test } from '@jest/globals';
import { SourceTextModule } from 'node:vm';
import { outlineModule } from '../../plugin/outline.js';
import { rewriteModule, type Resolution } from '../../plugin/rewrite.js';
import { expectSameAsNative, rewriteGraph, runArtifacts } from './differential.js';

const find = (specifier: string): Resolution => ({ hot: specifier.startsWith('.'), target: specifier.replace('./', 'src/'), specifier });

function rewrite(text: string, options: { define?: Record<string, string>; keepMetaEnv?: boolean } = {}) {
  const outline = outlineModule(text, { id: 'src/main.js', ...options });
  const rewritten = rewriteModule(text, outline, {
    id: 'src/main.js', requests: outline.requests.map(({ specifier }) => find(specifier)), dynamic: Object.fromEntries(outline.dynamic.map(({ specifier }) => [specifier, find(specifier)])), sourceFile: 'src/main.js',
  });
  for (const { code } of [rewritten.bundle, rewritten.artifact]) expect(() => new SourceTextModule(code)).not.toThrow();
  return { outline, ...rewritten, code: rewritten.bundle.code };
}

const factoryOf = (code: string): string => code.slice(code.indexOf('function* ('));

describe('cold modules', () => {
  const cold = { lib: { default: () => 'd', f() { return this }, n: 1, 'a b': 2, K: class K {} }, other: { x: 5, default: 0 } };
  const cases: Record<string, string> = {
    'names and default': "import d, { n, f, 'a b' as s, K } from 'lib'; log(d(), n, typeof f(), s, new K() instanceof K, { n })",
    'a namespace as a value': "import * as ns from 'lib'; log(Object.keys(ns), ns.n, ns['a b'], ns.default(), { ...ns }.n, ns === ns, ns.nope, 'n' in ns)",
    'members of a namespace': "import * as ns from 'lib'; import d, { n } from 'lib'; log(ns.n, ns.nope, ns.default(), d(), n, new ns.K() instanceof ns.K, ns.toString)",
    're-exports': "export { n as m, default } from 'lib'; export * as ns from 'lib'; import * as all from 'lib'; export { all }; import { f } from 'lib'; export { f }; log('x'); export * from 'other'",
    'a namespace and names of a star': "export * from 'lib'; import { n } from 'lib'; import * as ns from 'lib'; log(n, ns.n)",
    'nothing': "import 'lib'; import {} from 'other'; log('only')",
    'unused names': "import { n, K } from 'lib'; import * as ns from 'other'; log('unused')",
    'assignments': "import { n } from 'lib'; for (const f of [() => n = 1, () => n++, () => [n] = []]) try { f() } catch (e) { log(e) } import * as ns from 'lib'; try { ns.n = 2 } catch (e) { log(e) } try { ns = 1 } catch (e) { log(e) }",
  };
  for (const [name, text] of Object.entries(cases)) {
    test(name, async () => {
      expect((await expectSameAsNative({ 'main.js': text }, { cold })).log.length).toBeGreaterThan(0);
    });
  }
  test('two hot modules share what a cold one exports through a hot barrel', async () => {
    await expectSameAsNative({ 'main.js': "import { n, X } from './barrel.js'; import * as b from './barrel.js'; log(n, X, Object.keys(b))", 'barrel.js': "export * from 'lib'; export { x as X } from 'other'" }, { cold });
  });

  test('only what is used is held', () => {
    const { code, outline, link } = rewrite("import a, { b, c } from 'lib'; import * as ns from 'other'; import 'side'; import { x } from './hot.js'; b(); ns.y();");
    expect(code).toContain('import { b as $c1_0, c as $c1_1, default as $c1_2 } from "lib";\nimport * as $c2 from "other";\nimport "side";\nimport { $ as $a4 } from "./hot.js";');
    expect(code).toContain('[{ get b() { return $c1_0; } }, { get y() { return $c2.y; } }, 0, $a4]');
    expect(outline.requests.map(({ names, used, members, sideEffectOnly }) => [names, used, members, sideEffectOnly])).toEqual([[['b', 'c', 'default'], ['b'], [], false], [[], [], ['y'], false], [[], [], [], true], [['x'], [], [], false]]);
    expect(link).toEqual({ n: [['b'], ['y'], [], ['x']], r: ['cold:lib', 'cold:other', 'cold:side', 'src/hot.js'] });
  });

  test('attributes stay for cold requests and go for hot ones', () => {
    const { code, outline } = rewrite("import data from 'data.json' with { type: 'json' }; import hot from './hot.json' with { type: 'json' }; import text from 'data.json'; import('lazy.json', { with: { type: 'json' } }); log(data, hot, text)");
    expect(code).toContain('from "data.json" with { type: "json" };');
    expect(code).toContain('from "./hot.json";');
    expect(outline.requests).toHaveLength(3);
    expect(code).toContain('["cold:lazy.json", () => import("lazy.json", { with: {"type":"json"} })]');
  });
});

describe('forms', () => {
  test('the artifact holds no import and the same factory', () => {
    const { bundle, artifact } = rewrite("import { a } from './a.js'; import c from 'cold'; export const x = () => import('./lazy.js'); export default import.meta.url + a + c");
    expect(artifact.code).not.toMatch(/\bimport\b(?!\()|[^.]import\(/);
    const factory = (code: string): string => code.slice(code.indexOf('function* ('), code.lastIndexOf('\n}\n') + 3);
    expect(factory(artifact.code)).toBe(factory(bundle.code));
    expect(artifact.code.startsWith('__relup__("src/main.js", {l:["x","default"],h:["x"],n:[["a"],["default"]],r:["src/a.js","cold:cold"]}, (\n')).toBe(true);
  });

  test('a hashbang stays first in the bundle only', () => {
    const { bundle, artifact } = rewrite('#!/usr/bin/env node\nexport const a = 1;');
    expect(bundle.code.startsWith('#!/usr/bin/env node\nimport')).toBe(true);
    expect(artifact.code).not.toContain('#!');
  });

  test('emitted names step aside', async () => {
    const text = 'export let $ = 1, $e = 2; export function $x_() { return $e++ } log($x_(), $, $e)';
    expect(rewrite(text).code).toMatch(/function\* \(\$e_+, \$x_+\)/);
    await expectSameAsNative(text);
  });

  test('emitted names step aside for parameters that nothing uses', async () => {
    await expectSameAsNative("export let x = 1; const f = ($e, $x, $t) => { x = 5; return x++ }, g = ({ $e }, [$t] = []) => [x] = [2]; log(f(), x, g({}), x); export const y = 1");
  });

  test('a global called $ is not the accessor', () => {
    const { code } = rewrite("$('body')");
    expect(code).toContain('function $_()');
    expect(code).toContain('export { $_ as $ };');
  });

  test('an empty module is a module', async () => {
    await expectSameAsNative({ 'main.js': "import './e.js'; import './c.js'; import * as ns from './e.js'; log(Object.keys(ns))", 'e.js': '', 'c.js': '// only a comment' });
  });

  test('import.meta.env stays if something else defines it', () => {
    const text = "log(import.meta.env.MODE, import.meta['env'], import.meta.url)";
    expect(factoryOf(rewrite(text, { keepMetaEnv: true }).code)).toContain("log(import.meta.env.MODE, import.meta['env'], $x.meta.url)");
    expect(factoryOf(rewrite(text).code)).toContain("log($x.meta.env.MODE, $x.meta['env'], $x.meta.url)");
  });
});

describe('the author API', () => {
  test('calls go to the context and the request vanishes', () => {
    const { code, outline } = rewrite("import { state as S, effect, onUpgrade, onRetire, reset } from 'relup'; import { p } from './p.js';\nconst cart = S({ items: [], p, fn: () => 1, o: { a: 1 }, 'q r': (1, 2), 3: p() }, { version: 3 });\nexport const m = S(new Map([[1, p]]));\nconst n = S({ ...p }, { key: 'other' });\neffect(() => p());\nconst stop = effect(start);\nonUpgrade(() => {}); onRetire(() => {});\nlet cache = reset(new Map());\nfunction start() {}");
    expect(factoryOf(code)).toContain('const cart = $x.state("cart", { items: () => [], p: () => $h1.p, fn: () => () => 1, o: () => ({ a: 1 }), \'q r\': () => (1, 2), 3: () => (0, $1.p)() }, { version: 3 });');
    expect(factoryOf(code)).toContain('const m = $x.state("m", () => new Map([[1, $h1.p]])); $e.m = m;');
    expect(factoryOf(code)).toContain('const n = $x.state("other", () => ({ ...$h1.p }), { key: \'other\' });');
    expect(factoryOf(code)).toContain('$x.effect(() => (0, $1.p)());\nconst stop = $x.effect(start);\n$x.onUpgrade(() => {}); $x.onRetire(() => {});\nlet cache = $x.reset(new Map());');
    expect(outline.requests.map(({ specifier }) => specifier)).toEqual(['./p.js']);
    expect(outline.states.map(({ key }) => key)).toEqual(['cart', 'm', 'other']);
    expect(outline.hook).toBe(true);
    expect(outline.undeclared).toEqual([]);
  });

  test('what else comes from relup stays a request', () => {
    const { outline } = rewrite("import { state, job } from 'relup'; const s = state({}); job(s)");
    expect(outline.requests.map(({ specifier, names }) => [specifier, names])).toEqual([['relup', ['job']]]);
  });

  test('shadowed names are not the API', () => {
    const { code } = rewrite("import { state } from 'relup'; const a = state({}); function f(state) { state({}) } { const effect = 1; f(effect) }");
    expect(factoryOf(code)).toContain('function f(state) { state({}) }');
  });

  test('describes state', () => {
    const { outline } = rewrite("import { state } from 'relup'; const a = state({}, { version: 3, renamedFrom: 'b', up: { 3: s => s, 2: s => s }, down: { 2(s) { return s } } });\nconst c = state([], options), d = state(new Set(), { version: v, up });");
    expect(outline.states).toEqual([
      { key: 'a', version: 3, renamedFrom: 'b', up: [2, 3], down: [2], line: 1 },
      { key: 'c', version: null, up: null, down: null, line: 2 },
      { key: 'd', version: null, up: null, down: [], line: 2 },
    ]);
  });

  test.each([
    ['STATE_PLACE', "let a = state({})"], ['STATE_PLACE', 'const { a } = state({})'], ['STATE_PLACE', 'const a = [state({})]'], ['STATE_PLACE', 'function f() { const a = state({}) }'],
    ['STATE_PLACE', 'if (1) { const a = state({}) }'], ['STATE_PLACE', 'state({})'], ['STATE_PLACE', 'const a = state'], ['STATE_PLACE', 'export default state({})'], ['STATE_PLACE', 'const a = state(...x)'],
    ['STATE_PLACE', 'const a = state({ b: await c() })'], ['STATE_PLACE', 'const a = relup.state({})'], ['STATE_PLACE', '() => reset(1)'], ['STATE_PLACE', 'const a = state({}) || 1'], ['STATE_PLACE', 'const a = state?.({})'],
    ['EFFECT_PLACE', 'if (1) effect(() => {})'], ['EFFECT_PLACE', 'function f() { effect(() => {}) }'], ['EFFECT_PLACE', 'const e = [effect(() => {})]'], ['EFFECT_PLACE', 'use(effect)'], ['EFFECT_PLACE', 'let e = effect(() => {})'],
    ['HOOK_PLACE', '() => onUpgrade(() => {})'], ['HOOK_PLACE', '{ onRetire(() => {}) }'], ['HOOK_PLACE', 'x = onRetire'],
  ])('%s: %s', (code, text) => {
    const whole = `import { state, effect, onUpgrade, onRetire, reset } from 'relup'; import * as relup from 'relup';\n${text}`;
    expect(() => outlineModule(whole, { id: 'src/a.js' })).toThrow(expect.objectContaining({ name: 'RelupError', code, place: 'src/a.js:2' }));
  });

  test('runs', async () => {
    const { log } = await runArtifacts({ 'main.js': "import { state, effect, reset } from 'relup'; import { open } from './lib.js'; const s = state({ n: 1, db: open() }); let c = reset([1]); effect(() => { log('started', s.n); return () => {} }); log(s.n, s.db, c)", 'lib.js': "export const open = () => (log('open'), 'db')" }, 'main.js');
    expect(log).toEqual(["'open'", "'started' 1", "1 'db' [ 1 ]"]);
  });
});

describe('dead branches', () => {
  const define = { 'import.meta.env.DEV': 'false', 'import.meta.env.PROD': 'true', 'process.env.NODE_ENV': '"production"', __DEV__: 'false', 'typeof window': '"undefined"', CODE: 'someCode()' };
  const names = (text: string): unknown => outlineModule(`import { a, b } from 'lib'; ${text}`, { id: 'm.js', define }).requests[0]?.names;
  test.each([
    ['if (import.meta.env.DEV) a()', ['b']], ['if (import.meta.env.PROD) b(); else a()', ['b']], ['if (!__DEV__) b(); else { a() }', ['b']], ["process.env.NODE_ENV !== 'production' ? a() : b()", ['b']],
    ["process.env.NODE_ENV === 'production' || a()", ['b']], ['__DEV__ && a()', ['b']], ['__DEV__ && x || a', ['a', 'b']], ['if (__DEV__ && b()) a()', []], ['if (x && __DEV__) a()', ['a', 'b']], ["if (typeof window !== 'undefined') a()", ['b']],
    ['if (CODE) a()', ['a', 'b']], ['const __DEV__ = 1; if (__DEV__) a()', ['a', 'b']], ['function f(process) { if (process.env.NODE_ENV === "development") a() }', ['a', 'b']], ['if (import.meta.env?.DEV) a()', ['b']], ["if (import.meta.env['DEV'] == true) a()", ['b']], ['a(); if (__DEV__) a()', ['a', 'b']], ['if (false) a()', ['b']], ['null ?? b(); 1 ?? a()', ['b']],
  ])('%s needs %j', (text, expected) => {
    expect(names(text)).toEqual(expected);
  });

  test('are cut, with their vars kept, and run the same', async () => {
    const text = "if (import.meta.env.DEV) { var x = 1; for (var { y, z: [q] } of []); log('dead'); function inner() {} } else log('live'); log(typeof x, typeof y, typeof q, typeof z, typeof inner); import.meta.env.DEV && log('dead'); log(import.meta.env.DEV ? 1 : 2); if (import.meta.env.PROD) { log('prod') } else if (1) { var w } export { w }; export const d = import.meta.env.PROD || (() => 1)";
    const { code } = rewrite(text, { define, keepMetaEnv: true });
    expect(code).not.toContain("'dead'");
    // A function in a block is the block's own.
    const runnable = (env: string): string => text.replace(/import\.meta\.env\.DEV/g, env).replace(/import\.meta\.env\.PROD/g, 'true');
    await expectSameAsNative(runnable('false'));
  });

  test('awaits and import calls in them do not count', () => {
    const outline = outlineModule("if (__DEV__) { await 1; await import('./dev.js') }", { id: 'm.js', define });
    expect([outline.async, outline.dynamic]).toEqual([false, []]);
  });
});

test('rewrites every module of a graph', () => {
  expect(rewriteGraph({ 'a.js': 'export let a', 'b.js': "export * from './a.js'" }).size).toBe(2);
});
