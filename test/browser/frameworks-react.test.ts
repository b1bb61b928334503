/**
 * React with @vitejs/plugin-react: Fast Refresh refreshes components, relup carries all else. Nothing here may load the page again.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launch, serve, type Server } from './dev-page.js';
import { FrameworkPage } from './framework-page.js';

const files = {
  'index.html': `<!doctype html><title>page</title><link rel="icon" href="data:,"><div id="root"></div><script type="module" src="/src/main.jsx"></script>`,
  'src/main.jsx': `import { createRoot } from 'react-dom/client'; import { App } from './App.jsx'; import { greeting } from './text.js'; import { currency } from './Price.jsx';
console.debug('ran main');
window.greet = () => greeting + currency;
createRoot(document.querySelector('#root')).render(<App />);`,
  'src/App.jsx': `import { Counter } from './Counter.jsx'; import { Cart } from './Cart.jsx'; import { ThemeProvider } from './theme.jsx'; import { Themed } from './Themed.jsx'; import { Router } from './Router.jsx'; import { Price } from './Price.jsx';
console.debug('ran App');
export function App() { return <ThemeProvider><h1 id="head">head one</h1><Counter /><Cart /><Themed /><Router /><Price /></ThemeProvider>; }`,
  'src/Counter.jsx': `import { useState } from 'react'; import { label } from './text.js'; import { useStep } from './hooks.jsx';
console.debug('ran Counter');
export function Counter() {
  const [count, setCount] = useState(0); const [typed, setTyped] = useState(''); const step = useStep();
  return <section><button id="count" onClick={() => setCount(count + step)}>{count}</button><input id="typed" value={typed} onChange={(event) => setTyped(event.target.value)} /><p id="label">{label(count)}</p><p id="step">{step}</p><p id="markup">counter one</p></section>;
}`,
  'src/text.js': `console.debug('ran text');
export const greeting = 'hello'; export const label = (n) => 'count ' + n;`,
  'src/hooks.jsx': `import { useState } from 'react';
console.debug('ran hooks');
export function useStep() { const [step] = useState(1); return step; }`,
  'src/store.js': `import { state } from 'relup';
console.debug('ran store');
export const cart = state({ items: 0 }); const listeners = state(new Set());
export const subscribe = (listener) => { listeners.add(listener); return () => listeners.delete(listener); };
export const add = () => { cart.items++; for (const listener of listeners) listener(); };
export const summary = () => cart.items + ' items';`,
  'src/clock.js': `import { state, effect } from 'relup';
console.debug('ran clock');
export const clock = state({ ticks: 0, starts: 0, stops: 0 });
effect(() => { clock.starts++; const timer = setInterval(() => { clock.ticks += 1; }, 20); return () => { clock.stops++; clearInterval(timer); }; });
export const speed = () => 'speed one';
effect(() => { window.clock = clock; });`,
  'src/Cart.jsx': `import { useSyncExternalStore } from 'react'; import { add, subscribe, summary } from './store.js'; import { speed } from './clock.js';
console.debug('ran Cart');
export function Cart() { const shown = useSyncExternalStore(subscribe, summary); return <div><button id="add" onClick={add}>add</button><p id="summary">{shown}</p><p id="speed">{speed()}</p></div>; }`,
  'src/theme.jsx': `import { createContext, useContext, useState } from 'react';
console.debug('ran theme');
export const ThemeContext = createContext('none');
export function ThemeProvider({ children }) { const [theme, setTheme] = useState('light'); return <ThemeContext.Provider value={theme}><button id="theme" onClick={() => setTheme('dark')}>toggle one</button>{children}</ThemeContext.Provider>; }
export const useTheme = () => useContext(ThemeContext);`,
  'src/Themed.jsx': `import { useState } from 'react'; import { useTheme } from './theme.jsx';
console.debug('ran Themed');
export function Themed() { const theme = useTheme(); const [first] = useState(theme); return <p id="themed">{theme + ' since ' + first}</p>; }`,
  'src/routes.js': `import { Home } from './Home.jsx'; import { About } from './About.jsx';
console.debug('ran routes');
export const routes = { '/': Home, '/about': About };`,
  'src/Home.jsx': `console.debug('ran Home');
export function Home() { return <p id="route">home one</p>; }`,
  'src/About.jsx': `console.debug('ran About');
export function About() { return <p id="route">about one</p>; }`,
  'src/Router.jsx': `import { useState } from 'react'; import { routes } from './routes.js';
console.debug('ran Router');
export function Router() { const [path, go] = useState('/'); const Route = routes[path]; return <nav><button id="go" onClick={() => go('/about')}>go</button><Route /></nav>; }`,
  'src/Price.jsx': `console.debug('ran Price');
export const currency = 'EUR';
export function Price() { return <p id="price">price one {currency}</p>; }`,
};

let browser: Browser;
let server: Server;
let app: FrameworkPage;

beforeAll(async () => {
  browser = await launch();
  server = await serve({ files, imports: `import react from '@vitejs/plugin-react';`, plugins: 'react()', packages: ['@vitejs/plugin-react', 'react', 'react-dom', 'scheduler'] });
}, 120_000);

beforeEach(async () => {
  app = await FrameworkPage.open(server);
  await app.page.page.click('#add');
  await app.page.page.click('#theme');
  await app.page.shows('#themed', 'dark since light');
  await app.use();
}, 60_000);

afterEach(() => app.page.page.context().close());

afterAll(async () => {
  await server?.close();
  await browser?.close();
});

const kept = { count: '2', typed: 'typed', focused: 'typed' };
const begun = { count: '0', typed: '', focused: '' };

/** Nothing of the page's state is gone. */
async function keepsAll(): Promise<void> {
  expect(await app.kept()).toEqual(kept);
  await app.page.shows('#themed', 'dark since light');
  expect(await app.text('#summary')).toMatch(/^1 /);
  await app.page.stays();
}

describe('components', () => {
  test('show new markup and keep their state; the body runs once an edit, and nobody else\'s', async () => {
    for (const [from, to] of [['one', 'two'], ['two', 'three'], ['three', 'one']] as const) {
      app.edit('src/Counter.jsx', `counter ${from}`, `counter ${to}`);
      await app.page.shows('#markup', `counter ${to}`);
      expect(app.ran()).toEqual(['Counter']);
    }
    app.edit('src/App.jsx', 'head one', 'head two');
    await app.page.shows('#head', 'head two');
    expect(app.ran()).toEqual(['App']);
    await keepsAll();
  });

  test('come and go as exports without a reload', async () => {
    server.edit('src/Counter.jsx', (text) => text.replace('export function Counter', 'export function Extra() { return null; }\nexport function Counter').replace('counter one', 'counter more'));
    await app.page.shows('#markup', 'counter more');
    server.edit('src/Counter.jsx', (text) => text.replace('export function Extra() { return null; }\n', '').replace('counter more', 'counter one'));
    await app.page.shows('#markup', 'counter one');
    await keepsAll();
  });

  test('beside a constant that the entry imports are no reason to reload', async () => {
    app.edit('src/Price.jsx', `'EUR'`, `'USD'`);
    await app.page.shows('#price', 'price one USD');
    expect(await app.page.value('greet()')).toBe('helloUSD');
    app.edit('src/Price.jsx', 'price one', 'price two');
    await app.page.shows('#price', 'price two USD');
    app.edit('src/Price.jsx', `'USD'`, `'EUR'`);
    await app.page.until('greet()', 'helloEUR');
    await keepsAll();
  });

  test('that do not compile are shown in the overlay, and run on until they do', async () => {
    app.edit('src/Counter.jsx', 'return <section>', 'return (<section>');
    await app.page.overlayShows('Counter.jsx');
    await keepsAll();
    server.edit('src/Counter.jsx', (text) => text.replace('return (<section>', 'return <section>').replace('counter one', 'counter mended'));
    await app.page.shows('#markup', 'counter mended');
    await app.page.overlayShows(null);
    app.edit('src/Counter.jsx', 'counter mended', 'counter one');
    await app.page.shows('#markup', 'counter one');
    await keepsAll();
  });

  test('that throw while rendering are mended without a reload; React begins their state anew', async () => {
    app.edit('src/Counter.jsx', 'return <section>', `throw new Error('boom'); return <section>`);
    await app.page.until(`document.querySelector('#count') === null`, true);
    app.edit('src/Counter.jsx', `throw new Error('boom'); return <section>`, 'return <section>');
    await app.page.shows('#markup', 'counter one');
    expect(await app.kept()).toEqual(begun);
    expect(await app.text('#summary')).toMatch(/^1 /);
    await app.page.stays();
  });
});

describe('what components use', () => {
  test('is new at once, also where the entry uses it', async () => {
    app.edit('src/text.js', `'count '`, `'number '`);
    await app.page.shows('#label', 'number 2');
    expect(app.ran()).toEqual(['Counter', 'text']);
    app.edit('src/text.js', `'hello'`, `'bye'`);
    await app.page.until('greet()', 'byeEUR');
    await app.page.until(`document.querySelector('#label').textContent`, 'number 2');
    server.edit('src/text.js', (text) => text.replace(`'bye'`, `'hello'`).replace(`'number '`, `'count '`));
    await app.page.shows('#label', 'count 2');
    await keepsAll();
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
    const ticks = Number(await app.page.value('clock.ticks'));
    await app.page.until(`clock.ticks > ${ticks}`, true);
    await keepsAll();
  });

  test('a table of routes shows other components, and its own in their newest version', async () => {
    app.edit('src/Home.jsx', 'home one', 'home two');
    await app.page.shows('#route', 'home two');
    expect(app.ran()).toEqual(['Home']);
    app.edit('src/routes.js', `'/': Home`, `'/': About`);
    await app.page.shows('#route', 'about one');
    app.edit('src/routes.js', `'/': About`, `'/': Home`);
    await app.page.shows('#route', 'home two');
    await keepsAll();
  });

  test('a context keeps its identity, and providers and consumers their state', async () => {
    for (const [from, to] of [['one', 'two'], ['two', 'one']] as const) {
      app.edit('src/theme.jsx', `toggle ${from}`, `toggle ${to}`);
      await app.page.shows('#theme', `toggle ${to}`);
      await keepsAll();
    }
  });

  test('a hook keeps the state of its component as long as it calls the same hooks', async () => {
    app.edit('src/hooks.jsx', 'return step;', 'return step + 9;');
    await app.page.shows('#step', '10');
    expect(app.ran()).toEqual(['Counter', 'hooks']);
    await keepsAll();
    app.edit('src/hooks.jsx', 'return step + 9;', 'const [more] = useState(9); return step + more;');
    await app.page.shows('#count', '0');
    expect(app.ran()).toEqual(['Counter', 'hooks']);
    expect(app.page.errors).toEqual([]);
    app.edit('src/hooks.jsx', 'const [more] = useState(9); return step + more;', 'return step;');
    await app.page.shows('#step', '1');
    await app.page.stays();
  });
});

test('a changed entry is refused with what to do, the page goes on, and what it was before is taken again', async () => {
  app.edit('src/main.jsx', `<App />`, `<><App /><p>more</p></>`);
  expect(await app.page.overlayShows('ENTRY_CHANGED')).toContain('Load the page or start the server again to run it');
  await app.page.value(`document.querySelector('#count').click()`);
  await app.page.shows('#count', '3');
  app.edit('src/main.jsx', `<><App /><p>more</p></>`, `<App />`);
  await app.page.overlayShows(null);
  app.edit('src/text.js', `'hello'`, `'hello again'`);
  await app.page.until('greet()', 'hello againEUR');
  app.edit('src/text.js', `'hello again'`, `'hello'`);
  await app.page.until('greet()', 'helloEUR');
  expect(app.ran()).not.toContain('main');
  await app.page.stays();
});
