/**
 * What files can go through while a page of the dev server runs: saved together, made, renamed and deleted; files that modules
 * are made of; modules that were never loaded. One page lives through all of it.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launch, page as html, serve, type DevPage, type Server } from './dev-page.js';

let browser: Browser;
let server: Server;
let page: DevPage;

beforeAll(async () => {
  browser = await launch();
  server = await serve({
    files: {
      'index.html': html(...['together', 'files', 'env', 'data', 'styles', 'assets', 'glob', 'lazy'].map((name) => `/src/${name}/main.js`)),
      '.env': 'VITE_NAME=one',
      'src/together/main.js': `import { a } from './a.js'; import { b } from './b.js';
        window.sums = () => a() + b();`,
      'src/together/a.js': `import { c } from './c.js'; export const a = () => 'a1' + c();`,
      'src/together/b.js': `import { c } from './c.js'; export const b = () => 'b1' + c();`,
      'src/together/c.js': `export const c = () => 'c1';`,
      'src/files/main.js': `import { list } from './list.js';
        let calls = 0;
        window.list = () => [++calls, ...list()];`,
      'src/files/list.js': `export const list = () => ['list'];`,
      'src/env/main.js': `import { name } from './name.js';
        let calls = 0;
        window.envName = () => [++calls, name()];`,
      'src/env/name.js': `export const name = () => import.meta.env.VITE_NAME + ' in ' + import.meta.env.MODE;`,
      'src/data/main.js': `import { data } from './data.js'; window.data = data;`,
      'src/data/data.js': `import all, { version } from './data.json'; export const data = () => [all.items, version];`,
      'src/data/data.json': `{ "version": 1, "items": ["a"] }`,
      'src/styles/main.js': `import './plain.css'; import { box } from './box.js';
        window.box = box;
        const element = document.createElement('div');
        element.id = 'box';
        document.body.append(element);
        element.textContent = 'box';`,
      'src/styles/box.js': `import classes from './box.module.css'; export const box = () => { document.querySelector('#box').className = classes.box; return Object.keys(classes); };`,
      'src/styles/box.module.css': `.box { color: rgb(1, 0, 0); }`,
      'src/styles/plain.css': `#box { margin-left: 1px; }`,
      'src/assets/main.js': `import { url } from './url.js'; window.logo = url;`,
      'src/assets/url.js': `import logo from './logo.svg'; export const url = () => logo;`,
      'src/assets/logo.svg': svg(10),
      'src/glob/main.js': `import { pages } from './pages.js'; window.pages = pages;`,
      'src/glob/pages.js': `const eager = import.meta.glob('./pages/*.js', { eager: true }); const lazy = import.meta.glob('./pages/*.js');
        export const pages = () => [Object.entries(eager).map(([path, { title }]) => path + ' ' + title()), Object.keys(lazy)];
        export const open = (path) => lazy[path]().then(({ title }) => title());`,
      'src/glob/pages/home.js': `export const title = () => 'home';`,
      'src/lazy/main.js': `window.evaluated = [];
        window.lazy = () => import('./lazy.js').then(({ lazy }) => lazy());
        window.never = () => import('./never.js').then(({ never }) => never());`,
      'src/lazy/lazy.js': `import { shared } from './shared.js'; export const lazy = () => 'lazy 1 ' + shared();`,
      'src/lazy/shared.js': `export const shared = () => 'shared 1';`,
      'src/lazy/never.js': `import { deep } from './deep.js'; evaluated.push('never 1'); export const never = () => 'never 1 ' + deep();`,
      'src/lazy/deep.js': `evaluated.push('deep 1'); export const deep = () => 'deep 1';`,
    },
  });
  page = await server.open();
}, 60_000);

afterAll(async () => {
  await server?.close();
  await browser?.close();
});

function svg(size: number): string {
  // Too large to be inlined.
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="1"><!--${'x'.repeat(5000)}--></svg>`;
}

describe('files that are saved together', () => {
  test('are one upgrade', async () => {
    expect(await page.value('sums()')).toBe('a1c1b1c1');
    await page.value(`window.seen = new Set(), window.watching = setInterval(() => seen.add(sums()), 0), 0`);
    server.write({ 'src/together/a.js': `import { c } from './c.js'; export const a = () => 'a2' + c();`, 'src/together/b.js': `import { c } from './c.js'; export const b = () => 'b2' + c();`, 'src/together/c.js': `export const c = () => 'c2';` });
    await page.until('sums()', 'a2c2b2c2');
    expect(await page.value('clearInterval(watching), [...seen]')).toEqual(['a1c1b1c1', 'a2c2b2c2']);
    expect(await page.commits()).toEqual([['src/together/a.js', 'src/together/b.js', 'src/together/c.js']]);
    await page.stays();
  });

  test('are one upgrade when an export moves from one to another, with its importer', async () => {
    server.write({ 'src/together/c.js': `export const d = () => 'd3';`, 'src/together/a.js': `import { d } from './c.js'; export const a = () => 'a3' + d();`, 'src/together/b.js': `export const b = () => 'b3';` });
    await page.until('sums()', 'a3d3b3');
    expect(await page.commits()).toEqual([['src/together/a.js', 'src/together/b.js', 'src/together/c.js']]);
    expect(await page.overlay()).toBeNull();
    await page.stays();
  });
});

describe('a module', () => {
  test('that is new comes with the one that imports it', async () => {
    expect(await page.value('list()')).toEqual([1, 'list']);
    server.write({ 'src/files/new.js': `export const fresh = () => 'fresh';`, 'src/files/list.js': `import { fresh } from './new.js'; export const list = () => ['list', fresh()];` });
    await page.until('list().slice(1)', ['list', 'fresh']);
    server.edit('src/files/new.js', `export const fresh = () => 'fresher';`);
    await page.until('list().slice(1)', ['list', 'fresher']);
    await page.stays();
  });

  test('that is imported before it is there is missed, and found when it comes', async () => {
    server.edit('src/files/list.js', `import { fresh } from './new.js'; import { late } from './late.js'; export const list = () => ['list', fresh(), late()];`);
    expect(await page.overlayShows('late.js')).toContain('src/files/list.js');
    expect(await page.value('list().slice(1)')).toEqual(['list', 'fresher']);
    server.edit('src/files/late.js', `export const late = () => 'late';`);
    await page.until('list().slice(1)', ['list', 'fresher', 'late']);
    await page.overlayShows(null);
    await page.stays();
  });

  test('that is deleted while it is imported is missed; the page goes on, and recovers when it is back', async () => {
    const text = server.text('src/files/late.js');
    await page.commits();
    server.remove('src/files/late.js');
    const shown = await page.overlayShows('late.js');
    expect(shown).toContain('src/files/list.js');
    expect(shown).toContain(`import { late } from './late.js'`);
    expect(await page.value('list().slice(1)')).toEqual(['list', 'fresher', 'late']);
    expect(await page.commits()).toEqual([]);
    server.edit('src/files/late.js', text);
    await page.overlayShows(null);
    expect(await page.value('list().slice(1)')).toEqual(['list', 'fresher', 'late']);
    server.edit('src/files/late.js', text.replace(`'late'`, `'later'`));
    await page.until('list().slice(1)', ['list', 'fresher', 'later']);
    await page.stays();
  });

  test('that is renamed is taken by its new name, with its importers', async () => {
    const calls = (await page.value('list()[0]')) as number;
    server.write({ 'src/files/renamed.js': server.text('src/files/late.js'), 'src/files/list.js': server.text('src/files/list.js').replace('./late.js', './renamed.js') });
    server.remove('src/files/late.js');
    await page.until(`window.relupEvents.some(({ type, modules }) => type === 'committed' && modules.includes('src/files/late.js') && modules.includes('src/files/list.js'))`, true);
    await page.overlayShows(null);
    server.edit('src/files/renamed.js', (text) => text.replace('later', 'renamed'));
    await page.until('list().slice(1)', ['list', 'fresher', 'renamed']);
    expect((await page.value('list()[0]')) as number).toBeGreaterThan(calls);
    await page.stays();
  });
});

describe('what modules are made of', () => {
  test('JSON is new as a whole and by name', async () => {
    expect(await page.value('data()')).toEqual([['a'], 1]);
    await page.commits();
    server.edit('src/data/data.json', `{ "version": 2, "items": ["a", "b"] }`);
    await page.until('data()', [['a', 'b'], 2]);
    expect(await page.commits()).toEqual([['src/data/data.json']]);
    await page.stays();
  });

  test('a CSS module changes its classes and its style in one, and its style stands in the page once', async () => {
    const styles = `document.querySelectorAll('style').length`;
    const color = `getComputedStyle(document.querySelector('#box')).color`;
    expect(await page.value('box()')).toEqual(['box']);
    expect(await page.value(color)).toBe('rgb(1, 0, 0)');
    const count = await page.value(styles);
    for (let edit = 2; edit <= 5; edit++) {
      server.edit('src/styles/box.module.css', `.box { color: rgb(${edit}, 0, 0); } .more${edit} { color: blue; }`);
      await page.until('box()', ['box', `more${edit}`]);
      expect(await page.value(color)).toBe(`rgb(${edit}, 0, 0)`);
    }
    expect(await page.value(styles)).toBe(count);
    await page.stays();
    expect(await page.commits()).toEqual(Array(4).fill(['src/styles/box.module.css']));
  });

  test('a plain style sheet is replaced by Vite, without an upgrade', async () => {
    const margin = `getComputedStyle(document.querySelector('#box')).marginLeft`;
    const count = await page.value(`document.querySelectorAll('style').length`);
    expect(await page.value(margin)).toBe('1px');
    server.edit('src/styles/plain.css', `#box { margin-left: 2px; }`);
    await page.until(margin, '2px');
    expect(await page.value(`document.querySelectorAll('style').length`)).toBe(count);
    expect(await page.commits()).toEqual([]);
    await page.stays();
  });

  test('an asset gets another address, under which it is what was saved', async () => {
    const before = (await page.value('logo()')) as string;
    expect(before).toMatch(/^\/src\/assets\/logo\.svg/);
    server.edit('src/assets/logo.svg', svg(20));
    await page.until(`logo() !== ${JSON.stringify(before)}`, true);
    expect(await page.value(`new Promise((resolve) => { const image = new Image(); image.onload = () => resolve(image.naturalWidth); image.src = logo(); })`)).toBe(20);
    await page.stays();
  });

  test('import.meta.glob finds a file that is made, and loses one that is deleted', async () => {
    expect(await page.value('pages()')).toEqual([['./pages/home.js home'], ['./pages/home.js']]);
    server.edit('src/glob/pages/about.js', `export const title = () => 'about';`);
    await page.until('pages()', [['./pages/about.js about', './pages/home.js home'], ['./pages/about.js', './pages/home.js']]);
    server.edit('src/glob/pages/about.js', `export const title = () => 'about us';`);
    await page.until('pages()[0][0]', './pages/about.js about us');
    server.remove('src/glob/pages/about.js');
    await page.until('pages()', [['./pages/home.js home'], ['./pages/home.js']]);
    expect(page.errors.filter((error) => error.includes('glob'))).toEqual([]);
    await page.stays();
  });
});

describe('import()', () => {
  test('of a module that nobody has loaded: a save evaluates nothing, and what it loads later is the newest', async () => {
    await page.commits();
    server.edit('src/lazy/deep.js', (text) => text.replaceAll('deep 1', 'deep 2'));
    server.edit('src/lazy/never.js', (text) => text.replaceAll('never 1', 'never 2'));
    // What comes after it has come to the page, and so has it.
    server.edit('src/data/data.json', `{ "version": 3, "items": [] }`);
    await page.until('data()[1]', 3);
    expect(await page.value('evaluated')).toEqual([]);
    expect((await page.commits()).flat()).toEqual(['src/data/data.json']);
    expect(await page.value('never()')).toBe('never 2 deep 2');
    expect(await page.value('evaluated')).toEqual(['deep 2', 'never 2']);
    await page.stays();
  });

  test('gives what was loaded, as upgrades make it', async () => {
    expect(await page.value('lazy()')).toBe('lazy 1 shared 1');
    server.edit('src/lazy/shared.js', `export const shared = () => 'shared 2';`);
    await page.until('lazy()', 'lazy 1 shared 2');
    server.edit('src/lazy/lazy.js', (text) => text.replace('lazy 1', 'lazy 2'));
    await page.until('lazy()', 'lazy 2 shared 2');
    expect(await page.value('evaluated')).toEqual(['deep 2', 'never 2']);
    await page.stays();
  });
});

describe('the environment', () => {
  test('changes in place: Vite starts its server again, the page goes on with its state', async () => {
    expect(await page.value('envName()')).toEqual([1, 'one in development']);
    server.edit('.env', 'VITE_NAME=two');
    await page.until('envName()[1]', 'two in development');
    await page.stays();
    expect((await page.value('envName()[0]')) as number).toBeGreaterThan(2);
    server.edit('src/env/name.js', `export const name = () => 'now ' + import.meta.env.VITE_NAME;`);
    await page.until('envName()[1]', 'now two');
    await page.stays();
  });
});
