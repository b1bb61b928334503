/**
 * The files of `dist/` that are not what tsc makes: the runtime that every bundle carries, the peers of dev servers, and the engine
 * that pages load when there is something to do. All are made of `dist/runtime/`.
 */
import { minifySync } from '@swc/core';

const file = (name, to, external = []) => ({ input: `dist/runtime/${name}.js`, external, output: { file: to, format: 'es' } });

/**
 * It goes to pages as it is, so it is minified here; bundlers minify all else. Nothing is compressed: functions that are written into others
 * leave their closures, which live as long as tables do, with scopes that hold whole releases (test/browser/tab-memory.test.ts).
 *
 * The comment in front has Chromium compile all of it beside the page's thread: otherwise the first upgrade of a page compiles it piece by piece
 * in its own tasks (https://v8.dev/blog/explicit-compile-hints).
 */
const engine = {
  input: 'dist/runtime/browser-engine.js',
  output: {
    file: 'dist/engine.js', format: 'iife', name: 'engine',
    banner: '(() => {', footer: '__relup__("relup:engine", {}, engine.startEngine, {});\n})();',
    plugins: [{ name: 'minify', generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) chunk.code = `//# allFunctionsCalledOnLoad\n${minifySync(chunk.code, { compress: false, mangle: true }).code}`;
    } }],
  },
};

export default [
  file('main', 'dist/runtime.js'),
  file('browser-dev', 'dist/dev/browser.js'),
  file('node-dev', 'dist/dev/node.js', ['node:vm', 'node:async_hooks']),
  engine,
];
