/** Real builds with every bundler: the output behaves as without the plugin, and the store says what a plan needs. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { planReleases } from '../../runtime/plan.js';
import type { Plan } from '../../runtime/protocol.js';
import { bundlers, Project, type BuildOptions, type Bundler } from './project.js';

const projects: Project[] = [];
afterEach(() => { for (const project of projects.splice(0)) project.remove(); });

function create(files: Readonly<Record<string, string>>): Project {
  const project = new Project(files);
  projects.push(project);
  return project;
}

const png = 'data that stands for an image';

/** A program with every kind of edge that the build has to get right. */
const program = {
  'src/main.js': `
    import { sep } from 'node:path';
    import cart, { total, count } from './cart.js';
    import * as shapes from './shapes/index.js';
    import './setup.js';
    const lazy = await import('./lazy.js');
    console.log(total(2), count, cart.name, shapes.area(3), Object.keys(shapes).join(), typeof sep, lazy.default(), lazy.again === lazy.default, globalThis.setUp);
    console.log((await import('node:' + 'path')).posix.sep);
  `,
  'src/cart.js': `
    import { area } from './shapes/index.js';
    export let count = 0;
    export function total(x) { count++; return area(x) + count; }
    export default class Cart {}
  `,
  'src/shapes/index.js': `export * from './square.js'; export * from './circle.js'; export { area as surface } from './square.js';`,
  'src/shapes/square.js': `import { unit } from './circle.js'; export const area = x => x * x * unit();`,
  'src/shapes/circle.js': `import { area } from './square.js'; export function unit() { return typeof area === 'function' ? 1 : 0; }`,
  'src/setup.js': `globalThis.setUp = true;`,
  'src/lazy.js': `import { total } from './cart.js'; const value = await Promise.resolve(10); export default () => total(value); export { default as again } from './lazy.js';`,
};
const printed = '5 1 Cart 9 area,surface,unit string 102 true true\n/\n';

/** Built once a kind of build; a test names only what is special to it. */
const node: BuildOptions = { external: ['node:path'] };

function planBetween(project: Project, change: Readonly<Record<string, string>>, bundler: Bundler, before: BuildOptions, after: BuildOptions = before): Promise<Plan> {
  return (async () => {
    await project.mustBuild(bundler, before);
    const from = project.latest();
    project.write(change);
    await project.mustBuild(bundler, after);
    return planReleases(from, project.latest());
  })();
}

describe.each(bundlers)('%s: import.meta.hot', bundler => {
  const sources = {
    'src/main.js': `import { a } from './a.js'; import './styles.css.js'; console.log(a, typeof import.meta.hot); if (import.meta.hot) import.meta.hot.accept(['./a.js', './styles.css.js'], () => {});`,
    'src/a.js': `export const a = 1; import.meta.hot?.dispose(() => {}); import.meta.hot?.acceptExports(['a']);`,
    'src/styles.css.js': `import.meta.hot?.accept();`,
  };

  test('is there when the build runs, in the bundle and for the plan', async () => {
    const project = create(sources);
    await project.mustBuild(bundler, { minify: true });
    expect(await project.run('dist/main.js')).toMatchObject({ out: '1 object\n', code: 0 });
    const manifest = project.latest();
    expect(Object.fromEntries(Object.entries(manifest.modules).map(([id, { hot }]) => [id, hot]))).toEqual({
      'src/main.js': { deps: ['src/a.js', 'src/styles.css.js'] }, 'src/a.js': { dispose: 1, exports: ['a'] }, 'src/styles.css.js': { self: 1 },
    });
    // A second build from the cache says the same.
    await project.mustBuild(bundler, { minify: true });
    expect(project.latest()).toEqual(manifest);
  });
});

test.each(['vite', 'vite7'] as const)('%s: who defines import.meta.hot means it', async bundler => {
  const project = create({ 'src/main.js': 'console.log(typeof import.meta.hot); if (import.meta.hot) import.meta.hot.accept();' });
  await project.mustBuild(bundler, { vite: "define: { 'import.meta.hot': 'undefined' }," });
  expect(await project.run('dist/main.js')).toMatchObject({ out: 'undefined\n', code: 0 });
  expect(project.latest().modules['src/main.js']).not.toHaveProperty('hot');
});

describe.each(bundlers)('%s', bundler => {
  test('the output does what it does without the plugin', async () => {
    const project = create(program);
    await project.mustBuild(bundler, { ...node, relup: null });
    expect(await project.run('dist/main.js')).toEqual({ code: 0, out: printed, err: '' });
    const ran = await project.mustBuild(bundler, node);
    expect(ran.out).toMatch(/release #1 [0-9a-f]{16}, 7 modules, 7 new artifacts/);
    expect(await project.run('dist/main.js')).toEqual({ code: 0, out: printed, err: '' });
  });

  test('so it does where the output is known late, and the artifacts are the same', async () => {
    if (bundler !== 'rollup') return; // the others always know
    const project = create(program);
    await project.mustBuild(bundler, node);
    const { modules } = project.latest();
    await project.mustBuild(bundler, { ...node, lateOutput: true });
    expect(await project.run('dist/main.js')).toEqual({ code: 0, out: printed, err: '' });
    expect(project.latest().modules).toEqual(modules);
  });

  test('a cold module may name its own things like globals that hot ones use', async () => {
    const project = create({
      'src/main.js': `import { own } from 'virtual:cold'; import { seen } from './hot.js'; console.log(own(), seen());`,
      'src/hot.js': `export const seen = () => typeof structuredClone + typeof process;`,
    });
    const plugins = `{ name: 'cold', resolveId: id => id === 'virtual:cold' ? '\\0virtual:cold' : null, load: id => id === '\\0virtual:cold' ? 'const process = 1; const structuredClone = globalThis.mine ?? 2; export const own = () => process + structuredClone;' : null }`;
    await project.mustBuild(bundler, { plugins });
    expect(await project.run('dist/main.js')).toMatchObject({ code: 0, out: '3 functionobject\n' });
  });

  test('the runtime is there once, and costs no file of its own', async () => {
    const project = create({ ...program, 'src/other.js': `import Cart, { total } from './cart.js'; console.log(total(3), Cart.name);` });
    const scripts = () => project.files().filter(file => file.endsWith('.js'));
    const build = async (options: BuildOptions) => {
      rmSync(join(project.folder, 'dist'), { recursive: true, force: true });
      await project.mustBuild(bundler, options);
      return scripts().length;
    };
    for (const options of [node, { ...node, input: { main: 'src/main.js', other: 'src/other.js' } }]) {
      const without = await build({ ...options, relup: null });
      expect(await build(options)).toBe(without);
      expect(scripts().filter(file => project.text(`dist/${file}`).includes('before initialization'))).toHaveLength(1);
    }
    expect(await project.run('dist/main.js')).toEqual({ code: 0, out: printed, err: '' });
    expect(await project.run('dist/other.js')).toEqual({ code: 0, out: '10 Cart\n', err: '' });
  });

  test('a lazy chunk that needs only the runtime does not import the entry: its name stays, and the application starts once', async () => {
    const files = { 'src/main.js': `console.log('started'); globalThis.go = () => import('./leaf.js').then(({ leaf }) => console.log(leaf()));`, 'src/leaf.js': `export function leaf() { return 'leaf'; }` };
    const project = create({ ...files, 'use.mjs': `await import('./dist/main.js?v=2'); await go();` });
    const output = `chunkFileNames: '[name]-[hash].js',`;
    await project.mustBuild(bundler, { output });
    expect(await project.run('use.mjs')).toEqual({ code: 0, err: '', out: 'started\nleaf\n' });
    const leaf = () => project.files().filter(file => file.includes('leaf'));
    const before = leaf();
    project.write({ 'src/main.js': `${files['src/main.js']} console.log('again');` });
    await project.mustBuild(bundler, { output });
    expect([before.length, leaf()]).toEqual([1, before]);
  });

  test('an artifact is a script that registers one module, under the hash of its bytes', async () => {
    const project = create(program);
    await project.mustBuild(bundler, { ...node, minify: true });
    const manifest = project.latest();
    expect(Object.keys(manifest.modules)).toEqual(Object.keys(program).sort());
    for (const [id, entry] of Object.entries(manifest.modules)) {
      const code = project.artifact(manifest, id);
      expect(createHash('sha256').update(code).digest('hex')).toBe(entry.stamp);
      expect(Buffer.byteLength(code)).toBe(entry.size);
      let registered: unknown[] = [];
      new Script(`(__relup__ => {${code}})`).runInThisContext()((...parts: unknown[]) => { registered = parts; });
      expect(registered[0]).toBe(id);
      expect(typeof registered[2]).toBe('function');
      expect((registered[1] as { r?: string[] }).r ?? []).toEqual(entry.requests);
    }
    expect(manifest.modules['src/main.js']?.requests).toEqual(['cold:node:path', 'src/cart.js', 'src/shapes/index.js', 'src/setup.js']);
    expect(manifest.modules['src/main.js']?.dynamic).toEqual(['src/lazy.js']);
    expect(manifest.cold).toEqual({ 'node:path': { version: 'builtin', external: true, names: [] } });
    expect(manifest.entries).toEqual(['src/main.js']);
  });

  test.each([['without a cache', {}], ['from the cache', { 'node_modules/readme': '' }]])('a second build %s is the same release and writes the same files', async (_, files) => {
    const project = create({ ...program, ...files });
    await project.mustBuild(bundler, { ...node, sourcemap: true });
    const first = project.latest();
    const hashes = project.hashes();
    const store = Object.fromEntries(project.files(true).map(file => [file, project.text(`dist/${file}`)]));
    const ran = await project.mustBuild(bundler, { ...node, sourcemap: true });
    expect(ran.out).toMatch(/release #1 [0-9a-f]{16} is unchanged, 7 modules/);
    expect(project.latest()).toEqual(first);
    expect(project.hashes()).toEqual(hashes);
    expect(Object.fromEntries(project.files(true).map(file => [file, project.text(`dist/${file}`)]))).toEqual(store);
    expect(Object.keys(store).some(file => file.includes('proxy'))).toBe(false);
  });

  test('the cache is used: an unchanged module is not rewritten again, a changed one is', async () => {
    const project = create({ ...program, 'node_modules/readme': '' });
    await project.mustBuild(bundler, node);
    const folder = 'node_modules/.cache/relup';
    const [file] = readdirSync(join(project.folder, folder));
    // A mark in what is remembered must turn up in the output; same length, because the file counts bytes.
    const path = join(project.folder, folder, file ?? '');
    writeFileSync(path, Buffer.from(readFileSync(path).toString('latin1').replaceAll('globalThis.setUp = true', 'globalThis.setUp = 1234'), 'latin1'));
    await project.mustBuild(bundler, node);
    expect(await project.run('dist/main.js')).toMatchObject({ out: printed.replace('true true', 'true 1234') });
    project.write({ 'src/setup.js': 'globalThis.setUp = 5;' });
    await project.mustBuild(bundler, node);
    expect(await project.run('dist/main.js')).toMatchObject({ out: printed.replace('true true', 'true 5') });
    writeFileSync(path, 'damaged');
    await project.mustBuild(bundler, node);
    expect(await project.run('dist/main.js')).toMatchObject({ out: printed.replace('true true', 'true 5') });
  });

  test('an edit changes exactly its module; going back gives the old stamps and a new number', async () => {
    const project = create(program);
    const plan = await planBetween(project, { 'src/shapes/square.js': program['src/shapes/square.js'].replace('x * x', 'x * x * 1') }, bundler, node);
    expect(Object.entries(plan.modules).filter(([, decision]) => decision !== 'stale')).toEqual([['src/shapes/square.js', 'changed']]);
    expect(Object.keys(plan.files).flatMap(kind => plan.files[kind as 'styles'])).toEqual([]);
    const changed = project.latest();
    project.write(program);
    const ran = await project.mustBuild(bundler, node);
    expect(ran.out).toContain('0 new artifacts');
    expect(project.latest().number).toBe(3);
    expect(project.latest().modules['src/cart.js']).toEqual(changed.modules['src/cart.js']);
  });

  test('an edit of a comment is no new release', async () => {
    const project = create(program);
    // A minifier drops comments; without one they are part of the bytes.
    if (bundler === 'rollup') return;
    const plan = await planBetween(project, { 'src/setup.js': '/* why */ globalThis.setUp = true;' }, bundler, { ...node, minify: true });
    expect(plan.way).toBe('none');
  });

  test('an entry has the exports that it has without the plugin, and they stay live', async () => {
    const project = create({
      'src/main.js': `export { count, add, default } from './counter.js'; export * from './more.js'; export * from 'node:querystring'; export const own = 1; const odd = 2; export { odd as 'not a name' };`,
      'src/counter.js': `export let count = 0; export function add() { count++; } export default () => count;`,
      'src/more.js': `export * as counter from './counter.js'; export const own = 'hidden'; export var later; later = 3;`,
      'use.mjs': `
        import * as all from './dist/main.js';
        all.add();
        console.log(Object.keys(all).filter(name => !/^(?:decode|encode|escape|parse|stringify|unescape)/.test(name)).join(), all.count, all.default(), all.own, all.later, all.counter.count, all['not a name'], typeof all.stringify);
      `,
    });
    const options: BuildOptions = { external: ['node:querystring'], output: 'exports: "named",' };
    await project.mustBuild(bundler, { ...options, relup: null });
    const without = await project.run('use.mjs');
    expect(without).toMatchObject({ code: 0, out: 'add,count,counter,default,later,not a name,own 1 1 1 3 1 2 function\n' });
    await project.mustBuild(bundler, options);
    expect(await project.run('use.mjs')).toEqual(without);
    expect(project.latest().modules['src/main.js']?.exports).toEqual(['not a name', 'own']);
  });

  test('manual chunks with a cycle across chunks work', async () => {
    const project = create(program);
    const output = `manualChunks: id => id.includes('square') ? 'one' : id.includes('circle') || id.includes('main') ? 'two' : id.includes('src') ? 'rest' : undefined,`;
    await project.mustBuild(bundler, { ...node, output });
    expect(await project.run('dist/main.js')).toEqual({ code: 0, out: printed, err: '' });
    expect(project.files().some(file => /one-[\w-]+\.js$/.test(file))).toBe(true);
    expect(project.files().filter(file => /relup-[\w-]+\.js$/.test(file))).toHaveLength(1);
    expect(Object.keys(project.latest().modules)).toHaveLength(7);
  });

  test('cold code may import hot modules', async () => {
    const project = create({
      'src/main.js': `import { run } from 'virtual:cold'; console.log(run());`,
      'src/hot.js': `export let count = 1; export const bump = () => { count++; };`,
    });
    const plugins = `{ name: 'cold', resolveId: id => id === 'virtual:cold' ? '\\0virtual:cold' : null, load: id => id === '\\0virtual:cold' ? 'import { count, bump } from "' + process.cwd() + '/src/hot.js"; export const run = () => { bump(); return count; };' : null }`;
    await project.mustBuild(bundler, { plugins });
    expect(await project.run('dist/main.js')).toMatchObject({ code: 0, out: '2\n' });
    expect(project.latest().entries).toEqual(['src/main.js']);
    expect(project.latest().cold).toEqual({ 'virtual:cold': { version: expect.stringMatching(/^sha256:/), external: false, names: ['run'] } });
  });

  test('a cold file whose code only names it has the version of its bytes', async () => {
    const project = create({ 'src/main.js': `import address from './sum.wasm'; console.log(address);`, 'src/sum.wasm': 'one' });
    const plugins = `{ name: 'wasm', enforce: 'pre', load: id => id.endsWith('.wasm') ? 'export default "address"' : null }`;
    const plan = await planBetween(project, { 'src/sum.wasm': 'two' }, bundler, { plugins });
    expect(plan.refusals.map(({ code, place }) => [code, place])).toEqual([['COLD_CHANGED', 'src/sum.wasm']]);
  });

  test('a bundled package has its version and the names that the bundle holds; another version escalates', async () => {
    if (bundler === 'rollup') return; // Rollup alone does not look into node_modules.
    const lib = { 'node_modules/lib/package.json': '{"name":"lib","version":"1.2.3","type":"module","main":"index.js"}', 'node_modules/lib/index.js': 'export const a = 1, b = 2;' };
    const project = create({ 'src/main.js': `import { a } from 'lib'; console.log(a);`, ...lib });
    const options: BuildOptions = { vite: `ssr: { noExternal: ['lib'] },` };
    const plan = await planBetween(project, { 'node_modules/lib/package.json': lib['node_modules/lib/package.json'].replace('1.2.3', '1.3.0') }, bundler, options);
    expect(project.latest().cold).toEqual({ lib: { version: '1.3.0', external: false, names: ['a'] } });
    expect(plan).toMatchObject({ way: 'handover', modules: {}, refusals: [{ code: 'COLD_CHANGED', place: 'lib' }], files: { cold: ['lib'] } });
  });

  test('relup\'s own entries share the runtime of the bundle', async () => {
    const project = create({ 'src/main.js': `import { versions } from 'relup/runtime'; import { follow } from 'relup/node'; console.log(typeof versions, typeof follow);` });
    await project.mustBuild(bundler, { external: ['node:async_hooks', 'node:fs', 'node:fs/promises', 'node:path', 'node:url', 'node:vm', 'node:crypto', 'node:net'] });
    expect(await project.run('dist/main.js')).toMatchObject({ code: 0, out: 'function function\n' });
    const code = project.files().filter(file => file.endsWith('.js')).map(file => project.text(`dist/${file}`)).join('\n');
    expect(code.split(/function defineModule\b/)).toHaveLength(2);
    expect(code).not.toMatch(/from ["']relup/);
  });

  test('an import that no module exports fails the build with its place', async () => {
    const project = create({ 'src/main.js': `import { a } from './a.js';\nimport { nothing } from './b.js';\nconsole.log(a, nothing);`, 'src/a.js': 'export const a = 1;', 'src/b.js': 'export * from "./a.js";' });
    const { code, err } = await project.build(bundler);
    expect(code).toBe(1);
    expect(err).toContain('MISSING_EXPORT: "src/b.js" does not export "nothing" (a SyntaxError in an engine). (src/main.js:2)');
    expect(existsSync(join(project.folder, 'dist/relup/latest.json'))).toBe(false);
  });

  test('a store that cannot be written fails the build before it changes anything', async () => {
    const project = create({ 'src/main.js': 'console.log(1);', 'taken': 'a file' });
    const { code, err } = await project.build(bundler, { relup: `{ store: 'taken/store' }` });
    expect([code, err.includes('STORE_WRITE')]).toEqual([1, true]);
  });

  test('the store may lie elsewhere, or not be written', async () => {
    const project = create({ 'src/main.js': 'console.log(1);' });
    await project.mustBuild(bundler, { relup: `{ store: 'releases' }` });
    expect(project.latest('releases').number).toBe(1);
    await project.mustBuild(bundler, { relup: `{ store: false }` });
    expect(existsSync(join(project.folder, 'dist/relup'))).toBe(false);
    expect(await project.run('dist/main.js')).toMatchObject({ out: '1\n' });
  });

  test('an output that cannot be split is refused with a hint', async () => {
    const project = create({ 'src/main.js': 'export const a = 1;' });
    const { code, err } = await project.build(bundler, { output: `format: 'iife', name: 'x',` });
    expect([code, err.includes('OPTION')]).toEqual([1, true]);
  });

  test('the map of an artifact leads to the source', async () => {
    const { TraceMap, originalPositionFor } = await import('@jridgewell/trace-mapping');
    const project = create({ 'src/main.js': `// first line\nimport { fail } from './fail.js';\nconsole.log(typeof fail);`, 'src/fail.js': `// a comment\n\nexport function fail() {\n  throw new Error('here');\n}\n` });
    await project.mustBuild(bundler, { sourcemap: true, minify: true });
    const manifest = project.latest();
    const stamp = manifest.modules['src/fail.js']?.stamp;
    const code = project.artifact(manifest, 'src/fail.js').split('\n');
    const line = code.findIndex(each => each.includes('here'));
    const map = new TraceMap(project.text(`dist/relup/modules/${stamp}.js.map`));
    const found = originalPositionFor(map, { line: line + 1, column: (code[line] ?? '').indexOf('throw') });
    expect(found).toMatchObject({ line: 4, column: 2 });
    expect(join(project.folder, 'dist/relup/modules', found.source ?? '')).toBe(join(project.folder, 'src/fail.js'));
  });

  test('a changed define is a new artifact of the modules that use it', async () => {
    if (bundler === 'rollup') return; // has no define of its own
    const project = create({ 'src/main.js': `import { rate } from './rate.js'; export const show = () => rate() + (import.meta.env.DEV ? 'dev' : '');`, 'src/rate.js': `export const rate = () => __RATE__ + import.meta.env.VITE_NAME;`, '.env': 'VITE_NAME=a' });
    const plan = await planBetween(project, {}, bundler, { vite: `define: { __RATE__: '1' },` }, { vite: `define: { __RATE__: '2' },` });
    expect(plan).toMatchObject({ way: 'inPlace', modules: { 'src/rate.js': 'changed' }, unchanged: 1 });
    const before = project.latest();
    project.write({ '.env': 'VITE_NAME=b' });
    await project.mustBuild(bundler, { vite: `define: { __RATE__: '2' },` });
    expect(planReleases(before, project.latest()).modules).toEqual({ 'src/rate.js': 'changed' });
    expect(project.artifact(project.latest(), 'src/rate.js')).toMatch(/b["'`]/);
    expect(project.artifact(project.latest(), 'src/main.js')).not.toContain('dev');
  });
});

describe.each(['vite', 'vite7'] as const)('%s, a page', bundler => {
  const page = {
    'index.html': '<!doctype html><html><head></head><body><script type="module" src="/src/main.js"></script></body></html>',
    'src/main.js': `import './style.css'; import icon from './icon.png'; import { box } from './box.module.css'; document.body.append(icon, box, new URL('./other.png', import.meta.url).href); import('./lazy.js');`,
    'src/lazy.js': `import './lazy.css'; export const lazy = 1;`,
    'src/style.css': 'body { color: red }', 'src/lazy.css': 'p { color: blue }', 'src/box.module.css': '.box { color: green }',
    'src/icon.png': png, 'src/other.png': `${png}, another one`,
    'public/robots.txt': 'all',
  };
  const html: BuildOptions = { html: true, minify: true };

  test('everything but JavaScript is byte for byte what it is without the plugin, and names of entries stay', async () => {
    const project = create(page);
    await project.mustBuild(bundler, { ...html, relup: null });
    const plain = project.hashes();
    const manifest = JSON.parse(project.text('dist/.vite/manifest.json')) as Record<string, unknown>;
    await project.mustBuild(bundler, html);
    const now = project.hashes();
    const others = (hashes: Record<string, string>) => Object.fromEntries(Object.entries(hashes).filter(([name]) => !/\.(?:js|html|json)$/.test(name)));
    expect(others(now)).toEqual(others(plain));
    expect(Object.keys(others(now)).length).toBeGreaterThanOrEqual(5);
    expect(Object.keys(JSON.parse(project.text('dist/.vite/manifest.json')) as object).filter(key => !key.startsWith('_'))).toEqual(expect.arrayContaining(Object.keys(manifest).filter(key => !key.startsWith('_'))));
    expect(project.text('dist/.vite/manifest.json')).not.toContain('proxy');
    expect(project.text('dist/index.html')).not.toContain('proxy');
    expect(project.latest()).toMatchObject({ target: 'browser', entries: ['src/main.js'], app: 'shop:client' });
  });

  test('a changed style sheet is a new release with exactly this change', async () => {
    const plan = await planBetween(create(page), { 'src/style.css': 'body { color: black }' }, bundler, html);
    expect(plan).toMatchObject({ way: 'inPlace', modules: {}, refusals: [] });
    expect(plan.files).toEqual({ styles: [expect.stringMatching(/\.css$/)], assets: [], workers: [], cold: [] });
  });

  test('a changed image is a new release with exactly this change', async () => {
    const plan = await planBetween(create(page), { 'src/icon.png': `${png}, changed` }, bundler, html);
    expect(plan.modules).toMatchObject({ 'src/icon.png': 'changed' });
    expect(Object.values(plan.modules).filter(decision => decision !== 'stale')).toEqual(['changed']);
    expect(plan.files).toEqual({ styles: [], assets: [expect.stringMatching(/icon-.*\.png$/)], workers: [], cold: [] });
  });

  test('addresses of files are right in artifacts: from the root, relative, and on another host', async () => {
    const project = create(page);
    await project.mustBuild(bundler, html);
    expect(project.artifact(project.latest(), 'src/icon.png')).toMatch(/["'`]\/assets\/icon-[\w-]+\.png["'`]/);
    await project.mustBuild(bundler, { ...html, vite: `base: 'https://cdn.example/x/',` });
    expect(project.artifact(project.latest(), 'src/icon.png')).toMatch(/["'`]https:\/\/cdn\.example\/x\/assets\/icon-[\w-]+\.png["'`]/);
    await project.mustBuild(bundler, { ...html, vite: `base: './',` });
    const relative = project.artifact(project.latest(), 'src/icon.png');
    const [, path] = /new URL\(["'`]([^"'`]+)["'`],\s*__relup__\.base\)/.exec(relative) ?? [];
    expect(new URL(path ?? '', 'https://shop.example/app/relup/modules/x.js').href).toMatch(/^https:\/\/shop\.example\/app\/assets\/icon-[\w-]+\.png$/);
    await project.mustBuild(bundler, { ...html, vite: `experimental: { renderBuiltUrl: name => 'https://far.example/' + name },` });
    expect(project.artifact(project.latest(), 'src/icon.png')).toMatch(/https:\/\/far\.example\/assets\/icon-/);
    for (const id of Object.keys(project.latest().modules)) expect(project.artifact(project.latest(), id)).not.toMatch(/import\.meta|__VITE_/);
  });

  test('the output folder is emptied around the store', async () => {
    const project = create(page);
    await project.mustBuild(bundler, html);
    const first = project.latest();
    project.write({ 'dist/old.txt': 'left over', 'dist/old/file.txt': 'left over', 'src/style.css': 'body { color: black }' });
    await project.mustBuild(bundler, html);
    expect(project.files()).not.toContain('old.txt');
    expect(existsSync(join(project.folder, 'dist/old'))).toBe(false);
    expect(project.files()).toContain('robots.txt');
    expect(project.latest().number).toBe(2);
    expect(project.files(true)).toContain(`relup/releases/${first.release}.json`);
  });

  test('a worker is listed, and a change of it escalates', async () => {
    const project = create({
      'index.html': page['index.html'],
      'src/main.js': `const start = () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }); document.onclick = start;`,
      'src/worker.js': `import { answer } from './answer.js'; postMessage(answer);`, 'src/answer.js': 'export const answer = 42;',
    });
    const plan = await planBetween(project, { 'src/answer.js': 'export const answer = 43;' }, bundler, html);
    expect(Object.keys(project.latest().workers)).toEqual([expect.stringMatching(/worker-.*\.js$/)]);
    expect(Object.keys(project.latest().modules)).toEqual(['src/main.js']);
    expect(plan.refusals.map(refusal => refusal.code)).toContain('WORKER_CHANGED');
    expect(plan.way === 'reload' || plan.modules['src/main.js'] === 'changed').toBe(true);
  });

  test('a comment in the source of a worker that is imported is no change', async () => {
    const project = create({ ...page, 'src/main.js': `import Clock from './clock.js?worker'; document.onclick = () => new Clock();`, 'src/clock.js': 'postMessage(42);' });
    expect((await planBetween(project, { 'src/clock.js': 'postMessage(42); // the answer' }, bundler, html)).way).toBe('none');
  });

  test('a changed worker that an effect starts goes in place, where the bundler tells which file that is', async () => {
    const project = create({
      'index.html': page['index.html'],
      'src/main.js': `import './pool.js';`,
      'src/pool.js': `import { effect } from 'relup';\neffect(() => { const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }); return () => worker.terminate(); });`,
      'src/worker.js': `postMessage(42);`,
    });
    const plan = await planBetween(project, { 'src/worker.js': `postMessage(43);` }, bundler, html);
    const [file] = Object.keys(project.latest().workers) as [string];
    // What bundlers call files by for themselves changes with any text; releases do not.
    project.write({ 'src/pool.js': `${project.text('src/pool.js')}\n// no change` });
    await project.mustBuild(bundler, { ...html, minify: true });
    const { release } = project.latest();
    project.write({ 'src/pool.js': `${project.text('src/pool.js')} at all` });
    await project.mustBuild(bundler, { ...html, minify: true });
    expect(project.latest().release).toBe(release);
    // Vite 7 has placeholders of its own, which say nothing until chunks are rendered.
    expect(project.latest().modules['src/pool.js']?.workers).toEqual(bundler === 'vite7' ? undefined : { [file]: 0 });
    expect([plan.way, plan.modules]).toEqual(bundler === 'vite7' ? ['reload', plan.modules] : ['inPlace', { 'src/pool.js': 'changed' }]);
  });

  test('a minifier that renames properties is refused', async () => {
    const { code, err } = await create(page).build(bundler, { ...html, vite: `esbuild: { mangleProps: /_$/ },` });
    expect([code, err.includes('PROPERTY_MANGLING')]).toEqual([1, true]);
  });
});

describe.each(['vite', 'vite7'] as const)('%s, a library', bundler => {
  test('has the files and exports that it has without the plugin', async () => {
    const project = create({
      'src/main.js': `export { area } from './shapes.js'; export const name = 'lib';`, 'src/shapes.js': 'export const area = x => x * x;',
      'use.mjs': `import * as lib from './dist/lib.js'; console.log(Object.keys(lib).join(), lib.area(3));`,
    });
    const library: BuildOptions = { html: true, vite: '' , plugins: `{ name: 'lib', config: () => ({ build: { lib: { entry: 'src/main.js', formats: ['es'], fileName: 'lib' } } }) }` };
    await project.mustBuild(bundler, { ...library, relup: null });
    const without = await project.run('use.mjs');
    expect(without).toMatchObject({ code: 0, out: 'area,name 9\n' });
    await project.mustBuild(bundler, library);
    expect(await project.run('use.mjs')).toEqual(without);
    expect(project.latest()).toMatchObject({ app: 'shop:library', entries: ['src/main.js'] });
  });
});
