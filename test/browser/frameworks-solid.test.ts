/**
 * Solid with vite-plugin-solid: it mounts a changed component anew, as without relup; relup carries all else. Nothing here may load the page again.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launch, serve, type Server } from './dev-page.js';
import { FrameworkPage } from './framework-page.js';

const files = {
  'index.html': `<!doctype html><title>page</title><link rel="icon" href="data:,"><div id="root"></div><script type="module" src="/src/main.jsx"></script>`,
  'src/main.jsx': `import { render } from 'solid-js/web'; import { App } from './App.jsx'; import { greeting } from './text.js';
console.debug('ran main');
window.greet = () => greeting;
render(() => <App />, document.querySelector('#root'));`,
  'src/App.jsx': `import { Counter } from './Counter.jsx'; import { Cart } from './Cart.jsx'; import { Router } from './Router.jsx';
console.debug('ran App');
export function App() { return <><h1 id="head">head one</h1><Counter /><Cart /><Router /></>; }`,
  'src/Counter.jsx': `import { createSignal } from 'solid-js'; import { label } from './text.js';
console.debug('ran Counter');
export function Counter() {
  const [count, setCount] = createSignal(0); const [typed, setTyped] = createSignal('');
  return <section><button id="count" onClick={() => setCount(count() + 1)}>{count()}</button><input id="typed" value={typed()} onInput={(event) => setTyped(event.target.value)} /><p id="label">{label(count())}</p><p id="markup">counter one</p></section>;
}`,
  'src/text.js': `console.debug('ran text');
export const greeting = 'hello'; export const label = (n) => 'count ' + n;`,
  'src/store.js': `import { createSignal } from 'solid-js'; import { state } from 'relup';
console.debug('ran store');
const cart = state({ items: createSignal(0) });
export const add = () => cart.items[1]((n) => n + 1);
export const summary = () => cart.items[0]() + ' items';`,
  'src/clock.js': `import { state, effect } from 'relup';
console.debug('ran clock');
export const clock = state({ ticks: 0, starts: 0, stops: 0 });
effect(() => { clock.starts++; const timer = setInterval(() => { clock.ticks += 1; }, 20); return () => { clock.stops++; clearInterval(timer); }; });
export const speed = () => 'speed one';
effect(() => { window.clock = clock; });`,
  'src/Cart.jsx': `import { createSignal } from 'solid-js'; import { add, summary } from './store.js'; import { speed } from './clock.js';
console.debug('ran Cart');
export function Cart() { const [own, setOwn] = createSignal(0); return <div><button id="add" onClick={add}>add</button><button id="own" onClick={() => setOwn(own() + 1)}>{own()}</button><p id="summary">{summary()}</p><p id="speed">{speed()}</p></div>; }`,
  'src/routes.js': `import { Home } from './Home.jsx'; import { About } from './About.jsx';
console.debug('ran routes');
export const routes = { '/': Home, '/about': About };`,
  'src/Home.jsx': `console.debug('ran Home');
export function Home() { return <p id="route">home one</p>; }`,
  'src/About.jsx': `console.debug('ran About');
export function About() { return <p id="route">about one</p>; }`,
  'src/Router.jsx': `import { createSignal } from 'solid-js'; import { Dynamic } from 'solid-js/web'; import { routes } from './routes.js';
console.debug('ran Router');
export function Router() { const [path, go] = createSignal('/'); return <nav><button id="go" onClick={() => go('/about')}>go</button><Dynamic component={routes[path()]} /></nav>; }`,
};

let browser: Browser;
let server: Server;
let app: FrameworkPage;

beforeAll(async () => {
  browser = await launch();
  server = await serve({ files, imports: `import solid from 'vite-plugin-solid';`, plugins: 'solid()', packages: ['vite-plugin-solid', 'solid-js', 'solid-refresh'] });
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
      app.edit('src/Counter.jsx', `counter ${from}`, `counter ${to}`);
      await app.page.shows('#markup', `counter ${to}`);
      expect(app.ran()).toEqual(['Counter']);
    }
    expect(await app.kept()).toEqual(begun);
    expect(await app.text('#own')).toBe('1');
    expect(await app.text('#summary')).toBe('1 items');
    await app.page.stays();
  });

  test('that do not compile are shown in the overlay, and run on until they do', async () => {
    app.edit('src/Counter.jsx', 'return <section>', 'return (<section>');
    await app.page.overlayShows('Counter.jsx');
    expect(await app.kept()).toEqual(kept);
    server.edit('src/Counter.jsx', (text) => text.replace('return (<section>', 'return <section>').replace('counter one', 'counter mended'));
    await app.page.shows('#markup', 'counter mended');
    await app.page.overlayShows(null);
    app.edit('src/Counter.jsx', 'counter mended', 'counter one');
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
    app.edit('src/Home.jsx', 'home one', 'home two');
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
  app.edit('src/main.jsx', `render(()`, `document.title = 'more'; render(()`);
  expect(await app.page.overlayShows('ENTRY_CHANGED')).toContain('Load the page or start the server again to run it');
  await app.page.value(`document.querySelector('#count').click()`);
  await app.page.shows('#count', '3');
  app.edit('src/main.jsx', `document.title = 'more'; render(()`, `render(()`);
  await app.page.overlayShows(null);
  app.edit('src/text.js', `'hello'`, `'hello again'`);
  await app.page.until('greet()', 'hello again');
  app.edit('src/text.js', `'hello again'`, `'hello'`);
  await app.page.until('greet()', 'hello');
  expect(app.ran()).not.toContain('main');
  await app.page.stays();
});
