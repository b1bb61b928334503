/** What a bundle leaves out, and that a later release that needs it gets it. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { outlineModule } from '../../plugin/outline.js';
import { findUnneeded, type Prunable } from '../../plugin/prune.js';
import { breakSeals, seal } from '../../plugin/seal.js';
import { replaceParts, trimText } from '../../plugin/trim.js';
import { planReleases } from '../../runtime/plan.js';
import { release, type ModuleSketch } from '../releases.js';
import { bundlers, Project } from './project.js';

/** Modules by id, all in one folder; a request's specifier is its target with a dot in front. */
function unneeded(sources: Readonly<Record<string, string>>, roots: readonly string[] = ['main.js']): Record<string, readonly string[]> {
  const modules: Record<string, Prunable> = {};
  for (const [id, text] of Object.entries(sources)) {
    const outline = outlineModule(text, { id });
    modules[id] = {
      ...outline,
      requests: outline.requests.map(({ specifier }) => specifier.slice(2)),
      names: outline.requests.map(({ names }) => names),
      dynamic: outline.dynamic.map(({ specifier }) => specifier.slice(2)),
    };
  }
  return Object.fromEntries(findUnneeded(modules, roots));
}

describe('findUnneeded', () => {
  const lib = `export function a() {} export function b() { return help(); } function help() {} export { help as c };`;
  const main = (text: string): Record<string, string> => ({ 'main.js': text, 'lib.js': lib });

  test('what nobody mentions is not needed, also where functions mention each other', () => {
    expect(unneeded(main(`import { a } from './lib.js'; export const run = () => a();`))).toEqual({ 'lib.js': ['b', 'c'] });
    expect(unneeded({ 'main.js': `import './lib.js';`, 'lib.js': `export function a() { return b(); } export function b() { return a(); }` })).toEqual({ 'lib.js': ['a', 'b'] });
  });
  test('only what needed functions mention is needed, across modules and barrels', () => {
    expect(unneeded({
      'main.js': `import { a } from './barrel.js'; export const run = () => a();`, 'barrel.js': `export * from './lib.js'; export { d as e } from './deep.js';`,
      'lib.js': `import { c } from './deep.js'; import { d } from './barrel.js'; export function a() { return c(); } export function b() { return d(); }`,
      'deep.js': `export function c() {} export function d() {}`,
    })).toEqual({ 'lib.js': ['b'], 'deep.js': ['d'] });
  });
  test('a function that another one hands on is needed with that one', () => {
    const handing = `export function a() { return [b]; } export function b() { return c(); } export function c() {} export function d() { return [d]; }`;
    expect(unneeded({ ...main(`import { a } from './lib.js'; export const run = () => a();`), 'lib.js': handing })).toEqual({ 'lib.js': ['c', 'd'] });
    expect(unneeded({ ...main(`import { c } from './lib.js'; export const run = () => c();`), 'lib.js': handing })).toEqual({ 'lib.js': ['a', 'b', 'd'] });
    expect(unneeded({ ...main(`import { a } from './lib.js'; export const run = () => a();`), 'lib.js': `export function a() { return new b(); } export function b() { return new.target; } export function c() {}` })).toEqual({ 'lib.js': ['c'] });
  });
  test.each([
    ['a namespace as a value', `import * as lib from './lib.js'; export const all = () => lib;`, {}],
    ['members of a namespace', `import * as lib from './lib.js'; export const run = () => lib.a();`, { 'lib.js': ['b', 'c'] }],
    ['an import call', `export const run = () => import('./lib.js');`, {}],
    ['a module of which something is read at load', `import { a } from './lib.js'; export const value = a();`, {}],
  ])('%s', (_, text, expected) => expect(unneeded(main(text))).toEqual(expected));
  test('a root is needed as a whole', () => expect(unneeded(main(`import './lib.js';`), ['main.js', 'lib.js'])).toEqual({}));
  test.each([
    ['state', `import { state } from 'relup'; const s = state({ n: 0 }); export function a() { return s; }`],
    ['a variable that functions change', `let n = 0; export function a() { return n++; }`],
    ['work at load', `console.log(1); export function a() {}`],
    ['an effect', `import { effect } from 'relup'; effect(() => {}); export function a() {}`],
    ['top-level await', `await 0; export function a() {}`],
    ['an exported value', `export const list = []; export function a() {}`],
    ['a class', `export class A {} export function a() {}`],
    ['direct eval', `export function a() {} export function b() { return eval('a'); }`],
    ['a function that is assigned again', `export function a() {} export function b() { a = null; }`],
  ])('a module with %s stays whole', (_, text) => expect(unneeded({ 'main.js': `import './lib.js';`, 'lib.js': text })).toEqual({}));
  test('what code besides functions mentions stays', () => {
    expect(unneeded({ 'main.js': `import { b } from './lib.js'; export const run = () => b();`, 'lib.js': `const all = { a }; export function a() {} export function b() { return all; } export function c() {}` })).toEqual({ 'lib.js': ['c'] });
  });
  test('of a name from two places neither goes while the namespace is looked at', () => {
    expect(unneeded({
      'main.js': `import * as all from './barrel.js'; import { x } from './one.js'; export const run = () => [all, x()];`,
      'barrel.js': `export * from './one.js'; export * from './two.js';`, 'one.js': 'export function x() {}', 'two.js': 'export function x() {}',
    })).toEqual({});
  });
});

describe('trimText', () => {
  const text = 'function $() {\nreturn $record ??= $define("lib.js", {f:["a","b"],i:[["x",0,"y"]],h:["a","b",["c","d"]]}, (\nfunction* ($e, $x) { $e.a = a; $e.b = b; yield;\nfunction a() {} function b() {}\n}\n), [], {}, import.meta); }';
  const trim = (code: string, names: readonly string[]): string => replaceParts(code, trimText(code, new Map([['lib.js', names]])));
  test('names go from the link and from the table', () => {
    expect(trim(text, ['b'])).toBe(text.replace('["a","b"]', '["a"]').replace('h:["a","b",', 'h:["a",').replace(' $e.b = b;', ''));
    expect(trim(text, ['a', 'b'])).toBe(text.replace('f:["a","b"],', '').replace('"a","b",', '').replace(' $e.a = a; $e.b = b;', ''));
  });
  test('as rolldown prints it, too', () => {
    const printed = text.replace('{f:["a","b"],', '{\n\t\tf: ["a", "b"],\n\t\t').replace('{ $e.a', '{\n\t\t$e.a');
    expect(trim(printed, ['a'])).not.toMatch(/\$e\.a|"a"/);
    expect(trim(printed, ['a'])).toMatch(/\$e\.b = b/);
  });
  test('what does not look as expected is left alone', () => {
    for (const other of [text.replace('$e.b = b', 'x.b = b'), text.replace('"b"]', '"c"]'), text.replace('lib.js', 'other.js')]) expect(trim(other, ['b'])).toBe(other);
  });
});

test('a seal names the globals and is found again', () => {
  const code = `before ${seal('a "quoted".js', ['fetch', 'console'])} after`;
  expect(code).toMatch(/fetch, console/);
  expect(replaceParts(code, breakSeals(code, id => `<${id}>`))).toBe('before <a "quoted".js> after');
});

describe('plans', () => {
  const utils: ModuleSketch = { exports: ['a', 'b', 'c'], pruned: ['b', 'c'] };
  const user: ModuleSketch = { requests: ['utils.js'], names: [['a']] };
  const plan = (after: Readonly<Record<string, ModuleSketch>>) => planReleases(release({ modules: { 'user.js': user, 'utils.js': utils } }), release({ number: 2, modules: after }));

  test('a release that needs a function that the bundle lacks brings the module', () => {
    expect(plan({ 'user.js': { ...user, text: '2', names: [['a', 'b']] }, 'utils.js': { ...utils, pruned: ['c'] } })).toMatchObject({ way: 'inPlace', modules: { 'user.js': 'changed', 'utils.js': 'changed' } });
  });
  test('one that needs none, or fewer, does not', () => {
    expect(plan({ 'user.js': { ...user, text: '2' }, 'utils.js': utils }).modules).toEqual({ 'user.js': 'changed' });
    expect(plan({ 'user.js': { ...user, text: '2', names: [[]] }, 'utils.js': { ...utils, pruned: ['a', 'b', 'c'] } }).modules).toEqual({ 'user.js': 'changed' });
  });
  test('an artifact is whole: what it imports for functions that nobody needs stays away', () => {
    expect(plan({ 'user.js': { ...user, text: '2', names: [['a', 'c']] }, 'utils.js': utils }).modules).toEqual({ 'user.js': 'changed' });
    expect(plan({ 'user.js': { ...user, text: '2', names: [['*']] }, 'utils.js': utils }).modules).toEqual({ 'user.js': 'changed' });
  });
});

describe('bundles', () => {
  const projects: Project[] = [];
  afterEach(() => { for (const project of projects.splice(0)) project.remove(); });

  const files = {
    'src/main.js': `import { follow } from 'relup/node'; import { answer } from './answer.js'; export { follow, answer as ask }; `,
    'src/answer.js': `import { twice } from './barrel.js'; export const answer = () => twice(21);`,
    'src/barrel.js': `export * from './utils.js';`,
    'src/utils.js': `import { add } from './add.js'; export function twice(x) { return add(x, x); } export function thrice(x) { return x === 'THRICE' ? 0 : add3(x, x, x); } function add3(x, y, z) { return add(add(x, y), z); }`,
    'src/add.js': `export function add(x, y) { return x + y; } export function subtract(x, y) { return x === 'SUBTRACT' ? 0 : x - y; }`,
    'use.mjs': `
      import { ask, follow } from './first/main.js';
      const out = [ask()];
      const events = [];
      const following = await follow({ store: './dist/relup', log: false, control: false, signal: false, onEvent: event => events.push(event) });
      await following.check();
      const [{ type, result }] = events.filter(event => event.result);
      out.push(type, Object.keys(result.plan?.modules ?? {}).join(), ask());
      console.log(out.join(' '));
      process.exit(0);
    `,
  };
  const node = { external: ['node:async_hooks', 'node:fs', 'node:fs/promises', 'node:path', 'node:url', 'node:vm', 'node:crypto', 'node:net'] };

  test.each(bundlers)('%s: a changed module does not bring what only its unneeded functions import; who needs them later gets both', async bundler => {
    const project = new Project({
      ...files,
      'src/main.js': `import { follow } from 'relup/node'; import { upgrade } from 'relup/runtime'; import { answer } from './answer.js'; export { follow, upgrade, answer as ask };`,
      'src/answer.js': `import { twice } from './barrel.js'; export const answer = () => twice(21);`,
      'src/barrel.js': `export { twice, thrice } from './utils.js';`,
      'use.mjs': `
        import { readFileSync } from 'node:fs';
        import { ask, follow, upgrade } from './first/main.js';
        const out = [ask()];
        await follow({ store: './dist/relup', log: false, control: false, signal: false, probation: false });
        for (const release of JSON.parse(readFileSync('way.json', 'utf8'))) {
          const { outcome, plan, refusals } = await upgrade(release);
          out.push(outcome, ...refusals.map(({ reason }) => reason), Object.keys(plan?.modules ?? {}).join(), ask());
        }
        console.log(out.join(' '));
        process.exit(0);
      `,
    });
    projects.push(project);
    await project.mustBuild(bundler, { ...node, minify: true });
    cpSync(join(project.folder, 'dist'), join(project.folder, 'first'), { recursive: true });
    const [answer, utils] = ['src/answer.js', 'src/utils.js'].map(file => project.text(file)) as [string, string];
    const release = async (changed: Readonly<Record<string, string>>): Promise<string> => {
      project.write(changed);
      await project.mustBuild(bundler, { ...node, minify: true });
      return project.latest().release;
    };
    // thrice, which is not in the bundle, calls subtract, which is not there either.
    const second = await release({ 'src/utils.js': utils.replace('import { add }', 'import { add, subtract }').replace('add3(x, x, x); }', 'add3(x, x, subtract(x, 1)); } /* twice */').replace('return add(x, x)', 'return add(x, x) + 1') });
    const third = await release({ 'src/answer.js': answer.replaceAll('twice', 'thrice') });
    const go = (...way: string[]) => {
      // What an earlier process remembers of the store.
      rmSync(join(project.folder, 'dist/relup/state.json'), { force: true });
      project.write({ 'way.json': JSON.stringify(way) });
      return project.run('use.mjs');
    };
    expect(await go(second, third)).toEqual({ code: 0, err: '', out: '42 committed src/utils.js 43 committed src/add.js,src/answer.js,src/utils.js 62\n' });
    expect(await go(third)).toEqual({ code: 0, err: '', out: '42 committed src/add.js,src/answer.js,src/utils.js 62\n' });
  });

  test.each(bundlers)('%s: what is not needed is left out, and comes with the release that needs it', async bundler => {
    const project = new Project(files);
    projects.push(project);
    await project.mustBuild(bundler, { ...node, minify: true });
    const first = project.latest();
    expect(first.modules['src/utils.js']?.pruned).toEqual(['thrice']);
    expect(first.modules['src/add.js']?.pruned).toEqual(['subtract']);
    expect(project.artifact(first, 'src/utils.js')).toContain('THRICE');
    const code = project.files().filter(file => file.endsWith('.js')).map(file => project.text(`dist/${file}`)).join('\n');
    // Rollup alone minifies nothing, and Vite 7's minifier keeps functions inside of functions; the names have gone all the same.
    if (bundler === 'vite') expect(/THRICE|SUBTRACT/.exec(code)?.[0]).toBeUndefined();
    expect(/\.thrice\b|\.subtract\b/.exec(code)?.[0]).toBeUndefined();
    cpSync(join(project.folder, 'dist'), join(project.folder, 'first'), { recursive: true });
    project.write({ 'src/answer.js': `import { thrice } from './barrel.js'; export const answer = () => thrice(21);` });
    await project.mustBuild(bundler, { ...node, minify: true });
    expect(await project.run('use.mjs')).toEqual({ code: 0, err: '', out: '42 committed src/answer.js,src/utils.js 63\n' });
  });
});
