/**
 * Svelte with @sveltejs/vite-plugin-svelte: it mounts a changed component anew, as without relup; relup carries all else. Nothing here may load the page again.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launch, serve, type Server } from './dev-page.js';
import { FrameworkPage } from './framework-page.js';

const files = {
  'index.html': `<!doctype html><title>page</title><link rel="icon" href="data:,"><div id="root"></div><script type="module" src="/src/main.js"></script>`,
  'src/main.js': `import { mount } from 'svelte'; import App from './App.svelte'; import { greeting } from './text.js';
console.debug('ran main');
window.greet = () => greeting;
mount(App, { target: document.querySelector('#root') });`,
  'src/App.svelte': `<script>
import Counter from './Counter.svelte'; import Cart from './Cart.svelte'; import Router from './Router.svelte';
console.debug('ran App');
</script>
<h1 id="head">head one</h1><Counter /><Cart /><Router />`,
  'src/Counter.svelte': `<script>
import { label } from './text.js';
console.debug('ran Counter');
let count = $state(0); let typed = $state('');
</script>
<button id="count" onclick={() => { count += 1; }}>{count}</button><input id="typed" bind:value={typed}><p id="label">{label(count)}</p><p id="markup">counter one</p>
<style>#markup { color: rgb(1, 0, 0); }</style>`,
  'src/text.js': `console.debug('ran text');
export const greeting = 'hello'; export const label = (n) => 'count ' + n;`,
  'src/store.js': `import { writable } from 'svelte/store'; import { state } from 'relup';
console.debug('ran store');
const cart = state({ it: writable(0) });
export const items = { subscribe: (listener) => cart.it.subscribe(listener) };
export const add = () => cart.it.update((n) => n + 1);
export const summary = (n) => n + ' items';`,
  'src/runes.svelte.js': `console.debug('ran runes');
export const shop = $state({ sold: 0 });
export const total = () => shop.sold + ' sold';`,
  'src/clock.js': `import { state, effect } from 'relup';
console.debug('ran clock');
export const clock = state({ ticks: 0, starts: 0, stops: 0 });
effect(() => { clock.starts++; const timer = setInterval(() => { clock.ticks += 1; }, 20); return () => { clock.stops++; clearInterval(timer); }; });
export const speed = () => 'speed one';
effect(() => { window.clock = clock; });`,
  'src/Cart.svelte': `<script>
import { add, items, summary } from './store.js'; import { speed } from './clock.js'; import { shop, total } from './runes.svelte.js';
console.debug('ran Cart'); let own = $state(0);
</script>
<button id="add" onclick={add}>add</button><button id="own" onclick={() => { own += 1; }}>{own}</button><button id="sell" onclick={() => { shop.sold += 1; }}>sell</button><p id="summary">{summary($items)}</p><p id="speed">{speed()}</p><p id="total">{total()}</p>`,
  'src/routes.js': `import Home from './Home.svelte'; import About from './About.svelte';
console.debug('ran routes');
export const routes = { '/': Home, '/about': About };`,
  'src/Home.svelte': `<p id="route">home one</p>`,
  'src/About.svelte': `<p id="route">about one</p>`,
  'src/Router.svelte': `<script>
import { routes } from './routes.js';
console.debug('ran Router'); let path = $state('/'); const Route = $derived(routes[path]);
</script>
<button id="go" onclick={() => { path = '/about'; }}>go</button><Route />`,
};

let browser: Browser;
let server: Server;
let app: FrameworkPage;

beforeAll(async () => {
  browser = await launch();
  server = await serve({ files, imports: `import { svelte } from '@sveltejs/vite-plugin-svelte';`, plugins: 'svelte()', packages: ['@sveltejs/vite-plugin-svelte', 'svelte'] });
}, 120_000);

beforeEach(async () => {
  app = await FrameworkPage.open(server);
  for (const id of ['#add', '#own']) await app.page.page.click(id);
  await app.use();
}, 60_000);

afterEach(() => app.page.page.context().close());

afterAll(async () => {
  await server?.close();
  await browser?.close();
});

const kept = { count: '2', typed: 'typed', focused: 'typed' };
const begun = { count: '0', typed: '', focused: '' };

describe('components', () => {
  test('are mounted anew when they change, once an edit, and the others keep their state', async () => {
    for (const [from, to] of [['one', 'two'], ['two', 'three'], ['three', 'one']] as const) {
      app.edit('src/Counter.svelte', `counter ${from}`, `counter ${to}`);
      await app.page.shows('#markup', `counter ${to}`);
      expect(app.ran()).toEqual(['Counter']);
    }
    expect(await app.kept()).toEqual(begun);
    expect(await app.text('#own')).toBe('1');
    expect(await app.text('#summary')).toBe('1 items');
    await app.page.stays();
  });

  test('that do not compile are shown in the overlay, and run on until they do', async () => {
    app.edit('src/Counter.svelte', '<p id="markup">', '{#if}<p id="markup">');
    await app.page.overlayShows('Counter.svelte');
    expect(await app.kept()).toEqual(kept);
    server.edit('src/Counter.svelte', (text) => text.replace('{#if}<p id="markup">', '<p id="markup">').replace('counter one', 'counter mended'));
    await app.page.shows('#markup', 'counter mended');
    await app.page.overlayShows(null);
    app.edit('src/Counter.svelte', 'counter mended', 'counter one');
    await app.page.shows('#markup', 'counter one');
    await app.page.stays();
  });
});

describe('what components use', () => {
  test('is new at once where it is shown, and in the entry', async () => {
    app.edit('src/text.js', `'count '`, `'number '`);
    await app.page.shows('#label', 'number 0');
    expect(app.ran()).toEqual(['Counter', 'text']);
    expect(await app.text('#own')).toBe('1');
    app.edit('src/text.js', `'hello'`, `'bye'`);
    await app.page.until('greet()', 'bye');
    server.edit('src/text.js', (text) => text.replace(`'bye'`, `'hello'`).replace(`'number '`, `'count '`));
    await app.page.shows('#label', 'count 0');
    await app.page.stays();
  });

  test('a store keeps its state and its subscribers', async () => {
    app.edit('src/store.js', `' items'`, `' things'`);
    await app.page.shows('#summary', '1 things');
    expect(app.ran()).toEqual(['Cart', 'store']);
    await app.page.page.click('#add');
    await app.page.shows('#summary', '2 things');
    app.edit('src/store.js', `' things'`, `' items'`);
    await app.page.shows('#summary', '2 items');
    expect(await app.kept()).toMatchObject({ count: '2', typed: 'typed' });
    await app.page.stays();
  });

  test('a service has one timer', async () => {
    app.edit('src/clock.js', 'speed one', 'speed two');
    await app.page.shows('#speed', 'speed two');
    expect(await app.page.value('[clock.starts, clock.stops]')).toEqual([2, 1]);
    expect(await app.kept()).toEqual(kept);
    await app.page.stays();
  });

  test('a table of routes shows other components, and its own in their newest version', async () => {
    app.edit('src/Home.svelte', 'home one', 'home two');
    await app.page.shows('#route', 'home two');
    app.edit('src/routes.js', `'/': Home`, `'/': About`);
    await app.page.shows('#route', 'about one');
    app.edit('src/routes.js', `'/': About`, `'/': Home`);
    await app.page.shows('#route', 'home two');
    expect(await app.kept()).toEqual(kept);
    await app.page.stays();
  });
});

test('a changed entry is refused with what to do, the page goes on, and what it was before is taken again', async () => {
  app.edit('src/main.js', `mount(App`, `document.title = 'more'; mount(App`);
  expect(await app.page.overlayShows('ENTRY_CHANGED')).toContain('Load the page or start the server again to run it');
  await app.page.value(`document.querySelector('#count').click()`);
  await app.page.shows('#count', '3');
  app.edit('src/main.js', `document.title = 'more'; mount(App`, `mount(App`);
  await app.page.overlayShows(null);
  app.edit('src/text.js', `'hello'`, `'hello again'`);
  await app.page.until('greet()', 'hello again');
  app.edit('src/text.js', `'hello again'`, `'hello'`);
  await app.page.until('greet()', 'hello');
  expect(app.ran()).not.toContain('main');
  await app.page.stays();
});
