/**
 * What pages have besides modules: style sheets, assets, and chunks that a deploy has deleted.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launch, type DevPage } from './dev-page.js';
import { deploy, type Site } from './site.js';

const follow = `import { follow } from 'relup/browser'; const following = follow({ pollMs: 0, probation: false });
window.look = () => following.check().then((result) => result && [result.outcome, ...result.refusals.map(({ code, reason }) => code + ' ' + reason)]);`;

let browser: Browser;
let site: Site;
beforeAll(async () => {
  browser = await launch();
}, 60_000);
afterAll(() => browser?.close());
afterEach(() => site?.close());

const look = (tab: DevPage): Promise<unknown> => tab.value('window.look()');
const style = (tab: DevPage, selector: string, property: string): Promise<unknown> => tab.value(`getComputedStyle(document.querySelector(${JSON.stringify(selector)})).${property}`);
const links = (tab: DevPage): Promise<unknown> => tab.value(`[...document.querySelectorAll('link[rel=stylesheet]')].map(({ href, media }) => href.split('/').at(-1).replace(/-[\\w-]{8}\\.css/, '') + (media && ' ' + media))`);

describe('style sheets', () => {
  test('change in the turn of the commit, come and go with who imports them, and return with a rollback', async () => {
    site = await deploy({
      config: 'build: { cssCodeSplit: true },',
      files: {
        'index.html': `<!doctype html><title>page</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/src/page.css"><h1>head</h1><p id="out"></p><i id="lazy"></i><script type="module" src="/src/main.js"></script>`,
        'src/page.css': 'h1 { color: rgb(1, 0, 0); } .hidden { display: none }',
        'src/main.css': 'p { color: rgb(1, 0, 0); }',
        'src/main.js': `${follow} import './main.css'; import { draw } from './view.js'; window.draw = () => draw(); window.lazy = () => import('./lazy.js').then(({ lazy }) => lazy()); window.back = () => following.rollback().then(({ outcome }) => outcome); draw();`,
        'src/view.js': `import styles from './view.module.css'; export const draw = () => { const out = document.querySelector('#out'); out.textContent = 'one'; out.className = styles.box; };`,
        'src/view.module.css': '.box { margin-left: 1px; }',
        'src/lazy.css': '#lazy { color: rgb(1, 0, 0); }',
        'src/lazy.js': `import './lazy.css'; export const lazy = () => { document.querySelector('#lazy').textContent = 'lazy one'; };`,
      },
    });
    const tab = await site.open();
    await tab.until('Boolean(window.look)', true);
    await tab.value('window.lazy()');
    expect([await style(tab, 'h1', 'color'), await style(tab, 'p', 'color'), await style(tab, '#lazy', 'color'), await style(tab, '#out', 'marginLeft')]).toEqual(['rgb(1, 0, 0)', 'rgb(1, 0, 0)', 'rgb(1, 0, 0)', '1px']);

    // Every frame sees the sheets of one release.
    await tab.value(`(() => { window.frames_ = []; const look = () => { window.frames_.push(['h1', 'p', '#lazy'].map((selector) => getComputedStyle(document.querySelector(selector)).color).join()); requestAnimationFrame(look); }; look(); })()`);
    await site.release({
      'src/page.css': 'h1 { color: rgb(2, 0, 0); } .hidden { display: none }', 'src/main.css': 'p { color: rgb(2, 0, 0); }', 'src/lazy.css': '#lazy { color: rgb(2, 0, 0); }',
      'src/view.module.css': '.frame { margin-left: 2px; }',
      'src/view.js': `import styles from './view.module.css'; import { label } from './label.js'; export const draw = () => { const out = document.querySelector('#out'); out.textContent = label(); out.className = styles.frame; };`,
      'src/label.js': `import './label.css'; export const label = () => 'two';`, 'src/label.css': 'p { font-weight: 700; }',
    });
    expect(await look(tab)).toEqual(['committed']);
    await tab.value('window.draw()');
    expect([await style(tab, 'h1', 'color'), await style(tab, 'p', 'color'), await style(tab, '#lazy', 'color'), await style(tab, '#out', 'marginLeft'), await style(tab, 'p', 'fontWeight')]).toEqual(['rgb(2, 0, 0)', 'rgb(2, 0, 0)', 'rgb(2, 0, 0)', '2px', '700']);
    expect(new Set((await tab.value('window.frames_')) as string[])).toEqual(new Set(['rgb(1, 0, 0),rgb(1, 0, 0),rgb(1, 0, 0)', 'rgb(2, 0, 0),rgb(2, 0, 0),rgb(2, 0, 0)']));
    // As many as a fresh page has, in the same order, and none of before.
    const fresh = await site.open();
    await fresh.until('Boolean(window.look)', true);
    await fresh.value('window.lazy()');
    expect(await links(tab)).toEqual(await links(fresh));

    await site.release({ 'src/main.css': 'p { color: rgb(3, 0, 0); }' });
    await tab.value('void (window.before = document.styleSheets.length)');
    expect(await look(tab)).toEqual(['committed']);
    expect(await style(tab, 'p', 'color')).toBe('rgb(3, 0, 0)');
    await tab.stays();
    expect(tab.errors).toEqual([]);
  });

  test('one that is missing or changed refuses the release', async () => {
    site = await deploy({ files: {
      'index.html': `<!doctype html><title>page</title><link rel="icon" href="data:,"><p id="out">text</p><script type="module" src="/src/main.js"></script>`,
      'src/main.js': `${follow} import './main.css';`, 'src/main.css': 'p { color: rgb(1, 0, 0); }',
    } });
    const tab = await site.open();
    await tab.until('Boolean(window.look)', true);
    await site.release({ 'src/main.css': 'p { color: rgb(2, 0, 0); }' });
    site.answer(/\.css$/, (response) => response.writeHead(200, { 'content-type': 'text/css' }).end('p { color: rgb(9, 0, 0); }'));
    expect(String(await look(tab))).toMatch(/^refused,FILE_MISSING/);
    expect(await style(tab, 'p', 'color')).toBe('rgb(1, 0, 0)');
    expect(await links(tab)).toHaveLength(1);
    site.reset();
    expect(await look(tab)).toEqual(['committed']);
    expect(await style(tab, 'p', 'color')).toBe('rgb(2, 0, 0)');
  });
});

describe('a chunk that is gone', () => {
  const files = {
    'index.html': `<!doctype html><title>page</title><link rel="icon" href="data:,"><button>go</button><p id="out"></p><script type="module" src="/src/main.js"></script>`,
    'src/main.js': `import { open, kept } from './menu.js'; window.kept = kept;
      document.querySelector('button').addEventListener('click', () => open()); window.lazily = () => import('./lazy.js');`,
    'src/menu.js': `import { state } from 'relup'; export const kept = state({ text: 'typed' }); export const open = async () => { const { show } = await import('./route.js'); show(); };`,
    'src/route.js': `import './route.css'; import { title } from './title.js'; export const show = () => { document.querySelector('#out').textContent = 'route one ' + title; };`,
    'src/route.css': '#out { color: rgb(1, 0, 0); }',
    'src/title.js': `export const title = 'a';`,
    'src/lazy.js': `export const lazy = 1; throw new TypeError('of the module: import');`,
  };

  test('after a deploy that deleted every old file the tab goes to the new release and loads the module there', async () => {
    site = await deploy({ files, relup: '{ follow: { pollMs: 0, probation: false } }' });
    const tab = await site.open();
    site.drop('assets');
    site.drop('relup/modules');
    await site.release({ 'src/route.js': files['src/route.js'].replace('one', 'two'), 'src/route.css': '#out { color: rgb(2, 0, 0); }' });
    // The tab was idle for longer than a look lasts.
    await tab.value('new Promise((resolve) => setTimeout(resolve, 5200))');
    await tab.page.click('button');
    await tab.shows('#out', 'route two a');
    expect(await style(tab, '#out', 'color')).toBe('rgb(2, 0, 0)');
    expect(await tab.value('window.kept.text')).toBe('typed');
    await tab.stays();
    expect(tab.errors).toEqual([]);
  });

  test('while its release is kept, the module comes from the store, and the tab stays on its release', async () => {
    site = await deploy({ files: { ...files, 'src/route.js': files['src/route.js'].replace("import './route.css';", '') }, relup: `{ follow: { pollMs: 0, probation: false, mode: 'manual' } }` });
    const tab = await site.open();
    await site.release({ 'src/route.js': site.text('src/route.js').replace('one', 'two') });
    await tab.page.click('button');
    await tab.shows('#out', 'route one a');
    await tab.stays();
  });

  test('a style sheet of it that is gone comes with the new release, whatever the mode', async () => {
    site = await deploy({ files, relup: `{ follow: { pollMs: 0, probation: false, mode: 'manual' } }` });
    const tab = await site.open();
    await site.release({ 'src/route.js': files['src/route.js'].replace('one', 'two'), 'src/route.css': '#out { color: rgb(2, 0, 0); }' });
    await tab.page.click('button');
    await tab.shows('#out', 'route two a');
    expect(await style(tab, '#out', 'color')).toBe('rgb(2, 0, 0)');
    await tab.stays();
  });

  test('errors of the module itself are the importer\'s', async () => {
    site = await deploy({ files, relup: '{ follow: { pollMs: 0, probation: false } }' });
    const tab = await site.open();
    expect(await tab.value(`window.lazily().catch(({ message }) => message)`)).toBe('of the module: import');
  });
});

describe('a service worker that caches the application', () => {
  test('does not keep a page from its releases, nor from the chunks of its own', async () => {
    site = await deploy({ files: {
      'index.html': `<!doctype html><title>page</title><link rel="icon" href="data:,"><p id="out"></p><script type="module" src="/src/main.js"></script>`,
      'src/main.js': `${follow} import { draw } from './view.js'; window.draw = () => draw(); window.lazy = () => import('./lazy.js').then(({ lazy }) => lazy());
        window.worker = navigator.serviceWorker.register('/worker.js').then(() => navigator.serviceWorker.ready).then(() => navigator.serviceWorker.controller ?? new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve))); draw();`,
      'src/view.js': `export const draw = () => { document.querySelector('#out').textContent = 'one'; };`,
      'src/lazy.js': `export const lazy = () => 'lazy one';`,
      'public/worker.js': `addEventListener('install', (event) => event.waitUntil(skipWaiting())); addEventListener('activate', (event) => event.waitUntil(clients.claim()));
        // Cache first, for all but what asks to be revalidated: pages and pointers.
        addEventListener('fetch', (event) => { if (event.request.mode === 'navigate' || event.request.cache === 'no-cache') return;
          event.respondWith(caches.open('app').then(async (cache) => (await cache.match(event.request)) ?? fetch(event.request).then((response) => { if (response.ok) void cache.put(event.request, response.clone()); return response; }))); });`,
    } });
    const tab = await site.open();
    await tab.value('window.worker');
    for (const name of ['two', 'three']) {
      await site.release({ 'src/view.js': site.text('src/view.js').replace(/'\w+';/, `'${name}';`) });
      expect(await look(tab)).toEqual(['committed']);
      await tab.value('window.draw()');
      await tab.shows('#out', name);
    }
    expect(await tab.value('window.lazy()')).toBe('lazy one');
    expect(await tab.value(`caches.open('app').then((cache) => cache.keys()).then((keys) => keys.some(({ url }) => url.includes('/relup/modules/')))`)).toBe(true);
    await tab.stays();
    await tab.page.reload();
    await tab.until('Boolean(window.look)', true);
    await tab.shows('#out', 'three');
    expect(await look(tab)).toBe(null);
  });
});
