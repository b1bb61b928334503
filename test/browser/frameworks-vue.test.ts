/**
 * Vue with @vitejs/plugin-vue: its runtime refreshes components, relup carries all else. Nothing here may load the page again.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launch, serve, type Server } from './dev-page.js';
import { FrameworkPage } from './framework-page.js';

const files = {
  'index.html': `<!doctype html><title>page</title><link rel="icon" href="data:,"><div id="root"></div><script type="module" src="/src/main.js"></script>`,
  'src/main.js': `import { createApp } from 'vue'; import App from './App.vue'; import { greeting } from './text.js';
console.debug('ran main');
window.greet = () => greeting;
createApp(App).mount('#root');`,
  'src/App.vue': `<script setup>
import Counter from './Counter.vue'; import Options from './Options.vue'; import Cart from './Cart.vue'; import Router from './Router.vue';
console.debug('ran App');
</script>
<template><h1 id="head">head one</h1><Counter /><Options /><Cart /><Router /></template>`,
  'src/Counter.vue': `<script setup>
import { ref } from 'vue'; import { label } from './text.js';
console.debug('ran Counter');
const count = ref(0); const typed = ref(''); const more = () => { count.value += 1; };
</script>
<template><button id="count" @click="more">{{ count }}</button><input id="typed" v-model="typed"><p id="label">{{ label(count) }}</p><p id="markup">counter one</p></template>
<style scoped>#markup { color: rgb(1, 0, 0); }</style>`,
  'src/Options.vue': `<script>
import { label } from './text.js';
console.debug('ran Options');
export default { data: () => ({ n: 0 }), methods: { more() { this.n += 1; }, label } };
</script>
<template><button id="options" @click="more">{{ n }}</button><p id="optionlabel">{{ label(n) }}</p></template>`,
  'src/text.js': `console.debug('ran text');
export const greeting = 'hello'; export const label = (n) => 'count ' + n;`,
  'src/store.js': `import { reactive } from 'vue'; import { state } from 'relup';
console.debug('ran store');
const cart = state({ it: reactive({ items: 0 }) });
export const add = () => { cart.it.items++; };
export const summary = () => cart.it.items + ' items';`,
  'src/pinia.js': `import { reactive } from 'vue';
console.debug('ran pinia');
const stores = import.meta.hot?.data.stores ?? new Map();
const define = (id, options) => () => { let store = stores.get(id); if (!store) { store = reactive({ ...options.state(), $options: options, get total() { return this.$options.total(this); } }); stores.set(id, store); } return store; };
export const useShop = define('shop', { state: () => ({ sold: 0 }), total: (s) => s.sold + ' sold' });
if (import.meta.hot) { import.meta.hot.data.stores = stores; import.meta.hot.accept((next) => { if (next) next.patch(); }); }
const options = { total: (s) => s.sold + ' sold' };
export const patch = () => { const store = stores.get('shop'); if (store) store.$options = options; };`,
  'src/clock.js': `import { state, effect } from 'relup';
console.debug('ran clock');
export const clock = state({ ticks: 0, starts: 0, stops: 0 });
effect(() => { clock.starts++; const timer = setInterval(() => { clock.ticks += 1; }, 20); return () => { clock.stops++; clearInterval(timer); }; });
export const speed = () => 'speed one';
effect(() => { window.clock = clock; });`,
  'src/Cart.vue': `<script setup>
import { add, summary } from './store.js'; import { speed } from './clock.js'; import { useShop } from './pinia.js'; import { ref } from 'vue';
console.debug('ran Cart'); const shop = useShop(); const own = ref(0);
</script>
<template><button id="add" @click="add">add</button><button id="own" @click="own++">{{ own }}</button><button id="sell" @click="shop.sold++">sell</button><p id="summary">{{ summary() }}</p><p id="speed">{{ speed() }}</p><p id="total">{{ shop.total }}</p></template>`,
  'src/routes.js': `import Home from './Home.vue'; import About from './About.vue';
console.debug('ran routes');
export const routes = { '/': Home, '/about': About };`,
  'src/Home.vue': `<script>console.debug('ran bodyHome');</script><script setup>console.debug('ran Home');</script>
<template><p id="route">home one</p></template>`,
  'src/About.vue': `<script setup>console.debug('ran About');</script>
<template><p id="route">about one</p></template>`,
  'src/Router.vue': `<script setup>
import { ref } from 'vue'; import { routes } from './routes.js';
console.debug('ran Router'); const path = ref('/');
</script>
<template><button id="go" @click="path = '/about'">go</button><component :is="routes[path]" /></template>`,
};

let browser: Browser;
let server: Server;
let app: FrameworkPage;

beforeAll(async () => {
  browser = await launch();
  server = await serve({ files, imports: `import vue from '@vitejs/plugin-vue';`, plugins: 'vue()', packages: ['@vitejs/plugin-vue', 'vue'] });
}, 120_000);

beforeEach(async () => {
  app = await FrameworkPage.open(server);
  for (const id of ['#add', '#own', '#sell']) await app.page.page.click(id);
  await app.use();
}, 60_000);

afterEach(() => app.page.page.context().close());

afterAll(async () => {
  await server?.close();
  await browser?.close();
});

const kept = { count: '2', typed: 'typed', focused: 'typed' };

const color = `getComputedStyle(document.querySelector('#markup')).color`;

/** Nothing of the page's state is gone, in whatever component. */
async function keepsAll(): Promise<void> {
  expect(await app.kept()).toEqual(kept);
  expect(await app.text('#own')).toBe('1');
  expect(await app.text('#summary')).toMatch(/^1 /);
  expect(await app.text('#total')).toMatch(/^1 /);
  await app.page.stays();
}

describe('components', () => {
  test('show a new template and keep their state, also when a parent is rendered after that', async () => {
    app.edit('src/Counter.vue', 'counter one', 'counter two');
    await app.page.shows('#markup', 'counter two');
    app.edit('src/App.vue', 'head one', 'head two');
    await app.page.shows('#head', 'head two');
    app.edit('src/Counter.vue', 'counter two', 'counter one');
    await app.page.shows('#markup', 'counter one');
    expect(app.ran()).toEqual([]);
    await keepsAll();
  });

  test('run once and begin anew when their script changes, and only they', async () => {
    app.edit('src/Counter.vue', 'count.value += 1', 'count.value += 10');
    await app.page.shows('#count', '0');
    expect(app.ran()).toEqual(['Counter']);
    await app.page.page.click('#count');
    await app.page.shows('#count', '10');
    expect(await app.text('#own')).toBe('1');
    app.edit('src/Counter.vue', 'count.value += 10', 'count.value += 1');
    await app.page.shows('#count', '0');
    await app.page.stays();
  });

  test('of the options API keep their state for a template, not for a script', async () => {
    // Without taking the focus.
    await app.page.value(`document.querySelector('#options').click()`);
    await app.page.shows('#options', '1');
    app.edit('src/Options.vue', '{{ n }}</button>', '{{ n }}!</button>');
    await app.page.shows('#options', '1!');
    app.edit('src/Options.vue', 'this.n += 1', 'this.n += 10');
    await app.page.shows('#options', '0!');
    app.edit('src/Options.vue', '{{ n }}!</button>', '{{ n }}</button>');
    await app.page.shows('#options', '0');
    await keepsAll();
  });

  test('show a new style alone', async () => {
    app.edit('src/Counter.vue', 'rgb(1, 0, 0)', 'rgb(2, 0, 0)');
    await app.page.until(color, 'rgb(2, 0, 0)');
    expect(app.ran()).toEqual([]);
    app.edit('src/Counter.vue', 'rgb(2, 0, 0)', 'rgb(1, 0, 0)');
    await app.page.until(color, 'rgb(1, 0, 0)');
    await keepsAll();
  });

  test('that do not compile are shown in the overlay, and run on until they do', async () => {
    app.edit('src/Counter.vue', '<p id="markup">', '<p id="markup"><b>');
    await app.page.overlayShows('missing end tag');
    await keepsAll();
    server.edit('src/Counter.vue', (text) => text.replace('<p id="markup"><b>', '<p id="markup">').replace('counter one', 'counter mended'));
    await app.page.shows('#markup', 'counter mended');
    await app.page.overlayShows(null);
    app.edit('src/Counter.vue', 'counter mended', 'counter one');
    await app.page.shows('#markup', 'counter one');
    await keepsAll();
  });

  test('that throw while rendering show what they showed, and are mended with their state', async () => {
    app.edit('src/Counter.vue', 'counter one', '{{ boom() }}');
    await app.page.until('window.marker !== undefined', true);
    await app.hears('boom is not a function');
    app.edit('src/Counter.vue', '{{ boom() }}', 'counter mended');
    await app.page.shows('#markup', 'counter mended');
    app.edit('src/Counter.vue', 'counter mended', 'counter one');
    await app.page.shows('#markup', 'counter one');
    await keepsAll();
  });
});

describe('what components use', () => {
  test('is new at once, in the entry too, and costs no component its state', async () => {
    app.edit('src/text.js', `'count '`, `'number '`);
    await app.page.shows('#label', 'number 2');
    expect(app.ran().filter((name) => name !== 'Options')).toEqual(['text']);
    app.edit('src/text.js', `'hello'`, `'bye'`);
    await app.page.until('greet()', 'bye');
    server.edit('src/text.js', (text) => text.replace(`'bye'`, `'hello'`).replace(`'number '`, `'count '`));
    await app.page.shows('#label', 'count 2');
    await app.page.shows('#optionlabel', 'count 0');
    await keepsAll();
  });

  test('a store keeps its state, and components that show it theirs', async () => {
    app.edit('src/store.js', `' items'`, `' things'`);
    await app.page.shows('#summary', '1 things');
    expect(app.ran()).toEqual(['store']);
    await app.page.page.click('#add');
    await app.page.shows('#summary', '2 things');
    expect(await app.text('#own')).toBe('1');
    app.edit('src/store.js', `' things'`, `' items'`);
    await app.page.shows('#summary', '2 items');
    await app.page.stays();
  });

  test('a store that accepts its own changes by import.meta.hot has its way', async () => {
    server.edit('src/pinia.js', (text) => text.replaceAll(`' sold'`, `' bought'`));
    await app.page.shows('#total', '1 bought');
    expect(app.ran()).toEqual(['pinia']);
    server.edit('src/pinia.js', (text) => text.replaceAll(`' bought'`, `' sold'`));
    await app.page.shows('#total', '1 sold');
    await keepsAll();
  });

  test('a service has one timer', async () => {
    app.edit('src/clock.js', 'speed one', 'speed two');
    await app.page.shows('#speed', 'speed two');
    expect(await app.page.value('[clock.starts, clock.stops]')).toEqual([2, 1]);
    await keepsAll();
  });

  test('a table of routes shows other components, and its own in their newest version', async () => {
    app.edit('src/Home.vue', 'home one', 'home two');
    await app.page.shows('#route', 'home two');
    app.edit('src/routes.js', `'/': Home`, `'/': About`);
    await app.page.shows('#route', 'about one');
    app.edit('src/routes.js', `'/': About`, `'/': Home`);
    await app.page.shows('#route', 'home two');
    await keepsAll();
  });
});

test('a changed entry is refused with what to do, the page goes on, and what it was before is taken again', async () => {
  app.edit('src/main.js', `createApp(App)`, `document.title = 'more'; createApp(App)`);
  expect(await app.page.overlayShows('ENTRY_CHANGED')).toContain('Load the page or start the server again to run it');
  await app.page.value(`document.querySelector('#count').click()`);
  await app.page.shows('#count', '3');
  app.edit('src/main.js', `document.title = 'more'; createApp(App)`, `createApp(App)`);
  await app.page.overlayShows(null);
  app.edit('src/text.js', `'hello'`, `'hello again'`);
  await app.page.until('greet()', 'hello again');
  app.edit('src/text.js', `'hello again'`, `'hello'`);
  await app.page.until('greet()', 'hello');
  expect(app.ran()).not.toContain('main');
  await app.page.stays();
});
