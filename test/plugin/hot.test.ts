/** What an outline says of `import.meta.hot`, and what becomes of it in the text. */
import { describe, expect, test } from '@jest/globals';
import { settleHot } from '../../plugin/hot.js';
import { outlineModule, type Outline } from '../../plugin/outline.js';
import { rewriteModule } from '../../plugin/rewrite.js';

const outline = (text: string, define?: Record<string, string>): Outline => outlineModule(text, { id: 'src/a.js', ...(define && { define }) });
const resolve = (specifier: string) => ({ hot: specifier.startsWith('.'), target: specifier.replace('./', 'src/'), specifier });
const emitted = (text: string, define?: Record<string, string>): { bundle: string; artifact: string } => {
  const made = outline(text, define);
  const { bundle, artifact } = rewriteModule(text, made, {
    id: 'src/a.js', sourceFile: 'a.js', requests: made.requests.map(({ specifier }) => resolve(specifier)),
    dynamic: Object.fromEntries(made.dynamic.map(({ specifier }) => [specifier, resolve(specifier)])),
    accepted: Object.fromEntries((made.hot?.deps ?? []).map(({ specifier }) => [specifier, resolve(specifier)])),
  });
  return { bundle: bundle.code, artifact: artifact.code };
};

describe('facts', () => {
  test.each<[string, object | null]>([
    ['import.meta.hot.accept()', { self: 1 }], ['import.meta.hot?.accept()', { self: 1 }], ['import.meta.hot.accept((m) => use(m))', { self: 1 }], ['import.meta.hot.accept(f(x, import.meta.hot))', { self: 1 }],
    ["import.meta.hot.accept('./b.js')", { deps: ['src/b.js'] }], ["import.meta.hot.accept(['./c.js', `./b.js`], f)", { deps: ['src/b.js', 'src/c.js'] }], ["import.meta.hot.accept('cold', f)", null], ['import.meta.hot.accept([])', null],
    ["import.meta.hot.acceptExports(['b', 'A'])", { exports: ['A', 'b'] }], ["import.meta.hot.acceptExports('A', f)", { exports: ['A'] }], ['import.meta.hot.acceptExports([], f)', { exports: [] }],
    ['import.meta.hot.dispose(f)', { dispose: 1 }], ['import.meta.hot.prune(f)', { prune: 1 }], ['import.meta.hot.decline()', { decline: 1 }],
    ['if (import.meta.hot) { if (x) import.meta.hot.accept(); function f() { import.meta.hot.dispose(g) } }', { self: 1, dispose: 1 }], ['queueMicrotask(() => { import.meta.hot.accept() })', { self: 1 }],
    ['const hot = import.meta.hot; hot.accept(); hot?.dispose(f)', { self: 1, dispose: 1 }], ['const hot = import.meta.hot; { const hot = x; hot.accept() }', null],
    ['import.meta.hot', null], ['import.meta.hot.data.x = 1', null], ["import.meta.hot.on('x', f)", null], ['import.meta.env.hot.accept()', null], ['hot.accept()', null], ["'import.meta.hot.accept()'", null],
  ])('%s', (text, expected) => {
    const { hot } = outline(text);
    expect(settleHot(hot, (hot?.deps ?? []).map(({ specifier }) => resolve(specifier)))).toEqual(expected);
  });

  test.each(['import.meta.hot.accept([x], f)', 'import.meta.hot.accept(x, f)', 'import.meta.hot.accept(`./${x}.js`, f)', 'import.meta.hot.acceptExports(names)', 'import.meta.hot.acceptExports()'])('UNSUPPORTED_SYNTAX: %s', (text) => {
    expect(() => outline(text)).toThrow('UNSUPPORTED_SYNTAX');
  });
});

describe('what it does at load', () => {
  test.each(['if (import.meta.hot) import.meta.hot.accept()', "import.meta.hot.on('x', f)", "import.meta.hot.send('x')", 'import.meta.hot.data.x = 1', 'const hot = import.meta.hot; hot.dispose(f)', 'import.meta.hot.accept(() => { setInterval(f) })', 'import.meta.hot.dispose(() => { globalThis.x = 1 })'])('no effect: %s', (text) => {
    expect(outline(text).effects).toEqual([]);
  });
  test('callbacks read nothing yet', () => {
    const reads = (text: string): unknown => outline(`import { a } from './b.js'; ${text}`).loads;
    expect([reads("import.meta.hot.accept('./b.js', () => a())"), reads('import.meta.hot?.dispose(() => a)'), reads('const hot = import.meta.hot; hot.accept(() => a())')]).toEqual([[], [], []]);
  });
  test('what callbacks change is their own care', () => {
    expect(outline("let n = 0; import.meta.hot.accept('./b.js', () => { n++ })").undeclared).toEqual([]);
    expect(outline("let n = 0; import.meta.hot.accept('./b.js', () => { n++ }); export const f = () => n++").undeclared).toMatchObject([{ what: 'n' }]);
  });
});

describe('text', () => {
  test.each([['import.meta.hot.accept()', '$x.hot.accept()'], ['import.meta.hot?.accept()', '$x.hot?.accept()'], ['import.meta?.hot', '$x.hot'], ['const hot = import.meta.hot', 'const hot = $x.hot'], ['if (import.meta.hot) x', 'if ($x.hot) x'], ['import.meta.url', '$x.meta.url'], ['import.meta["hot"].data', '$x.hot.data']])('%s', (text, expected) => {
    expect(emitted(text).artifact).toContain(expected);
  });
  test('accepted specifiers are known in both forms, without a loader of their own', () => {
    const { bundle, artifact } = emitted("import './b.js'; import.meta.hot.accept(['./b.js', './c.js']); import('./c.js')");
    expect(artifact).toContain('{ "./c.js": ["src/c.js"], "./b.js": ["src/b.js"] }');
    expect(bundle).toContain(`{ "./c.js": ["src/c.js", () => import("./c.js")], "./b.js": ["src/b.js"] }`);
  });
  test('where the build says that it is undefined, it is', () => {
    const define = { 'import.meta.hot': 'undefined' };
    expect(emitted('if (import.meta.hot) import.meta.hot.accept()', define).artifact).toContain('if ($x.meta.hot) {}');
    expect(outline('if (import.meta.hot) import.meta.hot.accept()', define).hot).toBeNull();
    expect(emitted('import.meta.hot', { 'import.meta.hot': 'import.meta.hot' }).artifact).toContain('$x.hot');
  });
});

describe('contexts of React', () => {
  const kept = (text: string): string[] => [...emitted(text).artifact.matchAll(/\$x\.keep\("([^"]*)"/g)].map(([, key]) => key as string);
  test.each<[string, number]>([
    ["import { createContext } from 'react'; const A = createContext(null); export const B = createContext({ x: 1 })", 2], ["import { createContext as make } from 'react'; const A = /*#__PURE__*/ make(0)", 1],
    ["import React from 'react'; const A = React.createContext(0)", 1], ["import * as React from 'react'; export const A = React.createContext(0)", 1],
    ["import { createContext } from './own.js'; const A = createContext(0)", 0], ["import React from 'preact'; const A = React.createContext(0)", 0], ["import React from 'react'; const A = React.memo(f)", 0], ["import { memo } from 'react'; const A = memo(f)", 0], ['const A = createContext(0)', 0],
    ["import { createContext } from 'react'; function f() { const A = createContext(0) }", 0], ["import { createContext } from 'react'; let A = createContext(0); A = 1", 0],
  ])('%s', (text, count) => {
    expect(kept(text)).toHaveLength(count);
  });
  test('by name and initialiser', () => {
    const [a, b, c] = kept("import { createContext } from 'react'; const A = createContext(0), B = createContext(0), C = createContext(1)").map((key) => key.split(' '));
    expect([a?.[0], b?.[0], a?.[2] === b?.[2], a?.[2] === c?.[2]]).toEqual(['A', 'B', true, false]);
  });
});
