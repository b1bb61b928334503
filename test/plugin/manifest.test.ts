/** Facts of a build -> manifest: names that depend on content alone, and imports that lead somewhere. */
import { describe, expect, test } from '@jest/globals';
import { checkLinks, collectCold, nameRelease, type Facts, type Linked } from '../../plugin/manifest.js';
import { facadeIdOf, facadeTarget, writeFacade } from '../../plugin/facade.js';
import { checkOptions, isHotModule, isServedModule, moduleIdOf } from '../../plugin/options.js';
import { packageNameOf, versionOf } from '../../plugin/packages.js';
import type { RelupError } from '../../runtime/errors.js';
import { moduleEntry, stampOf } from '../releases.js';

describe('nameRelease', () => {
  const facts: Facts = {
    app: 'shop', target: 'node', entries: ['b.js', 'a.js'], modules: { 'b.js': moduleEntry({ text: '1' }), 'a.js': moduleEntry({ text: '2' }) },
    cold: {}, chunks: {}, styles: { 'x.css': stampOf('x') }, assets: {}, workers: {}, drop: [],
  };
  test('does not depend on the order of facts', () => {
    const other: Facts = { ...facts, entries: ['a.js', 'b.js'], modules: { 'a.js': moduleEntry({ text: '2' }), 'b.js': moduleEntry({ text: '1' }) } };
    expect(nameRelease(other)).toEqual(nameRelease(facts));
    expect(Object.keys(nameRelease(facts).modules)).toEqual(['a.js', 'b.js']);
    expect(nameRelease(facts).release).toMatch(/^[0-9a-f]{16}$/);
  });
  test.each<[string, Partial<Facts>]>([
    ['a module', { modules: { ...facts.modules, 'a.js': moduleEntry({ text: '3' }) } }],
    ['a style sheet', { styles: { 'x.css': stampOf('y') } }],
    ['an image', { assets: { 'i.png': stampOf('y') } }],
    ['a package', { cold: { hono: { version: '1', external: true, names: [] } } }],
    ['a label', { label: 'v2' }],
  ])('changes with %s', (_, change) => {
    expect(nameRelease({ ...facts, ...change }).release).not.toBe(nameRelease(facts).release);
  });
});

describe('checkLinks', () => {
  const linked = (sketch: Partial<Linked>): Linked => {
    const requests = sketch.requests ?? [];
    return { requests, names: requests.map(() => []), exports: [], indirect: [], stars: [], lines: requests.map((_, index) => index + 1), ...sketch };
  };
  const check = (modules: Record<string, Partial<Linked>>): string => {
    try {
      checkLinks(Object.fromEntries(Object.entries(modules).map(([id, sketch]) => [id, linked(sketch)])));
      return 'fine';
    } catch (error) {
      const { code, place, reason } = error as RelupError;
      return `${code} ${place} ${reason}`;
    }
  };
  const user = { requests: ['b.js'], names: [['x']] };

  test('a name that is exported is fine, directly, renamed, over stars and through cycles', () => {
    expect(check({ 'a.js': user, 'b.js': { exports: ['x'] } })).toBe('fine');
    expect(check({ 'a.js': user, 'b.js': { requests: ['c.js'], names: [['y']], indirect: [['x', 0, 'y']] }, 'c.js': { exports: ['y'] } })).toBe('fine');
    expect(check({ 'a.js': user, 'b.js': { requests: ['c.js'], stars: [0] }, 'c.js': { requests: ['b.js', 'd.js'], stars: [0, 1] }, 'd.js': { exports: ['x'] } })).toBe('fine');
    expect(check({ 'a.js': user, 'b.js': { requests: ['c.js'], indirect: [['x', 0, null]] }, 'c.js': {} })).toBe('fine');
    expect(check({ 'a.js': user, 'b.js': { requests: ['cold:lib'], stars: [0] } })).toBe('fine');
  });
  test('a name that nobody exports is told with its place', () => {
    expect(check({ 'a.js': user, 'b.js': { exports: ['y'] } })).toBe('MISSING_EXPORT a.js:1 "b.js" does not export "x" (a SyntaxError in an engine).');
    expect(check({ 'a.js': user, 'b.js': { requests: ['a.js'], stars: [0] } })).toMatch(/^MISSING_EXPORT a\.js:1/);
    expect(check({ 'a.js': { ...user, names: [['default']] }, 'b.js': { requests: ['c.js'], stars: [0] }, 'c.js': { exports: ['default'] } })).toMatch(/^MISSING_EXPORT/);
  });
  test('a name from two places is ambiguous, from one place over two ways is not', () => {
    const stars = { requests: ['c.js', 'd.js'], stars: [0, 1] };
    expect(check({ 'a.js': user, 'b.js': stars, 'c.js': { exports: ['x'] }, 'd.js': { exports: ['x'] } })).toBe('MISSING_EXPORT a.js:1 "b.js" exports "x" from two places (a SyntaxError in an engine).');
    expect(check({ 'a.js': user, 'b.js': stars, 'c.js': { exports: ['x'] }, 'd.js': { requests: ['c.js'], stars: [0] } })).toBe('fine');
  });
});

test('collectCold gathers the names that the bundle holds, and none of what the host imports', () => {
  const cold = collectCold(
    { 'a.js': { requests: ['cold:lib', 'cold:node:fs'], names: [['b'], ['readFile']] }, 'c.js': { requests: ['cold:lib', 'a.js'], names: [['a'], ['x']] } },
    new Map([['lib', { version: '1.2.3', external: false }], ['node:fs', { version: 'builtin', external: true }]]),
  );
  expect(cold).toEqual({ lib: { version: '1.2.3', external: false, names: ['a', 'b'] }, 'node:fs': { version: 'builtin', external: true, names: [] } });
});

describe('facades', () => {
  test.each(['src/main.ts', 'src/App.vue', 'src/data.json?x=1', '../no-ending'])('the id of %s can be read back and ends in .js', id => {
    expect(facadeTarget(facadeIdOf(id))).toBe(id);
    expect(facadeIdOf(id)).toMatch(/\.js$/);
  });
  test('different modules have different facades', () => {
    expect(facadeIdOf('/app/App.vue')).not.toBe(facadeIdOf('/app/App.js'));
    expect(facadeTarget('/app/src/main.ts')).toBeNull();
  });
  test('every name becomes a live export', () => {
    expect(writeFacade({ specifier: '/app/a.js', exportNames: ['a', 'a b', 'default'], coldStars: ['lib'], awaits: true })).toBe([
      'import { $ as $module } from "/app/a.js";',
      'export * from "lib";',
      'let $0, $1, $2;',
      '$module().facade({ "a": value => { $0 = value; }, "a b": value => { $1 = value; }, "default": value => { $2 = value; } }, import.meta.url);',
      'await $module().done;',
      'export { $0 as a, $1 as "a b", $2 as default };',
    ].join('\n'));
  });
});

describe('what is hot', () => {
  const defaults = { include: [], exclude: [] };
  test.each([
    '/app/src/a.js', '/app/src/a.tsx', '/app/src/App.vue', '/app/src/App.vue?vue&type=script', '/app/src/x.module.css', '/app/src/a.css?inline', '/app/src/i.png', '/app/data.json', '/app/m.wasm?init', '/app/m.wasm?url', '/app/page.html?raw',
  ])('%s', id => expect(isHotModule(id, '/app', defaults)).toBe(true));
  test.each([
    '\0virtual', 'virtual:x', '/app/node_modules/lib/index.js', '/other/a.js', '/app/src/a.css', '/app/src/a.scss', '/app/index.html', '/app/index.html?html-proxy&index=0.js', '/app/src/a.cjs?commonjs-module', '/app/w.js?worker',
    '/app/src/App.vue?vue&type=style&index=0&lang.css', '/app/m.wasm',
  ])('not %s', id => expect(isHotModule(id, '/app', defaults)).toBe(false));
  test('a dev server leaves to Vite what only names a file, whatever is in it', () => {
    expect(['/app/m.wasm?init', '/app/m.wasm?url', '/app/a.js'].map(id => isServedModule(id, '/app', defaults))).toEqual([false, false, true]);
  });
  test('packages by name, folders and ids may be included or excluded', () => {
    expect(isHotModule('/app/node_modules/lib/index.js', '/app', { include: ['lib'], exclude: [] })).toBe(true);
    expect(isHotModule('/node_modules/@a/lib/index.js', '/app', { include: ['@a/lib'], exclude: [] })).toBe(true);
    expect(isHotModule('/app/node_modules/library/index.js', '/app', { include: ['lib'], exclude: [] })).toBe(false);
    expect(isHotModule('/app/src/old/a.js', '/app', { include: [], exclude: ['src/old/'] })).toBe(false);
    expect(isHotModule('/app/src/a.js', '/app', { include: [], exclude: ['src/a.js'] })).toBe(false);
    expect(isHotModule('/app/src/a.gen.js', '/app', { include: [], exclude: [/\.gen\./] })).toBe(false);
  });
  test('ids are relative to the root', () => {
    expect(moduleIdOf('/app/src/a.js?x', '/app')).toBe('src/a.js?x');
    expect(moduleIdOf('/home/lib/a.js', '/home/app')).toBe('../lib/a.js');
  });
});

describe('checkOptions', () => {
  test('fills in defaults', () => expect(checkOptions({})).toMatchObject({ keep: 10, onStale: 'refuse', store: null, allow: [] }));
  test.each<[string, unknown]>([
    ['an unknown option', { stroe: 'x' }], ['keep 0', { keep: 0 }], ['a wrong policy', { onStale: 'ignore' }], ['a wrong target', { target: 'deno' }],
    ['an empty store', { store: '' }], ['a code that cannot be allowed', { allow: ['EXPORT_REMOVED'] }], ['a number as a pattern', { include: [1] }],
  ])('%s is refused', (_, options) => {
    expect(() => checkOptions(options as object)).toThrow(/^\[relup\] OPTION: The option "/);
  });
});

test('packages are named and versioned', () => {
  expect(['@a/b/c', 'lib/x', './x', 'node:fs', '/abs'].map(packageNameOf)).toEqual(['@a/b', 'lib', null, null, null]);
  expect(versionOf('fs', null, '/x.js')).toBe('builtin');
  expect(versionOf('rollup', null, `${process.cwd()}/plugin/x.js`)).toMatch(/^4\./);
  expect(versionOf('./x.css', '/app/src/x.css', '/app/src/a.js')).toBeNull();
});
