/**
 * A React application for a production tab: all kinds of components, hooks and stores, and what a person does in it. Each is in the
 * DOM, so that two pages can be compared by it.
 */
import type { DevPage } from './dev-page.js';
import type { Files } from './project.js';

export const files: Files = {
  'index.html': `<!doctype html><title>page</title><link rel="icon" href="data:,"><div id="root"></div><script type="module" src="/src/main.jsx"></script>`,
  'src/main.jsx': `import { createRoot } from 'react-dom/client'; import { follow } from 'relup/browser'; import { subscribe, versions } from 'relup/runtime'; import App from './App.jsx';
window.noted = []; window.outcomes = [];
subscribe(({ type }) => { if (type === 'committed' || type === 'rolledBack') outcomes.push(type); });
createRoot(document.querySelector('#root')).render(<App />);
const following = await follow({ pollMs: 0, probation: { ms: 300 } });
window.check = () => following.check();
window.isConfirmed = () => versions().state === 'permanent';`,
  'src/App.jsx': `import { lazy, Suspense } from 'react'; import { Counter } from './Counter.jsx'; import { List } from './List.jsx'; import { Cart } from './Cart.jsx'; import { ThemeProvider } from './theme.jsx'; import { Themed } from './Themed.jsx'; import { Router } from './Router.jsx'; import { Clock } from './Clock.jsx'; import { Paint } from './Paint.jsx'; import { Ask } from './Ask.jsx'; import { Guard } from './Guard.jsx';
const Page = lazy(() => import('./Page.jsx'));
function App() {
  return <ThemeProvider><h1 id="head">head one</h1><Counter /><Counter id="second" /><List /><Cart.Slot><Cart title="cart" /></Cart.Slot><Themed /><Router /><Clock /><Paint /><Ask /><Guard /><Suspense fallback="..."><Page /></Suspense></ThemeProvider>;
}
export default App;`,
  'src/note.js': `export const note = (what) => { window.noted.push(what); };`,
  'src/text.js': `export const label = (n) => 'count ' + n;`,
  'src/hooks.js': `import { useState } from 'react';
export function useStep({ by: { much } } = { by: { much: 1 } }) { const [step] = useState(much); return step; }`,
  'src/Counter.jsx': `import { useCallback, useEffect, useMemo, useRef, useState } from 'react'; import { label } from './text.js'; import { useStep } from './hooks.js'; import { note } from './note.js';
export function Counter({ id = 'first' }) {
  const [count, setCount] = useState(0); const [typed, setTyped] = useState(''); const step = useStep(); const renders = useRef(0);
  const add = useCallback(() => setCount((n) => n + step), [step]);
  const shown = useMemo(() => label(count), [count]);
  useEffect(() => { note('mounted ' + id); return () => note('unmounted ' + id); }, []);
  renders.current++;
  return <section id={id}><button className="add" onClick={add}>{count}</button><input className="typed" value={typed} onChange={(event) => setTyped(event.target.value)} /><p className="label">{shown}</p><p className="markup">counter one</p></section>;
}`,
  'src/List.jsx': `import { Fragment, memo, useState } from 'react';
const Line = memo(({ name }) => { const [open, setOpen] = useState(false); return <li className={open ? 'open' : 'shut'} onClick={() => setOpen(!open)}>line one {name}<Mark /></li>; });
function Mark() { return <i>mark one</i>; }
export const List = () => <ul id="list" style={{ height: 60, overflow: 'auto' }}>{Array.from({ length: 20 }, (_, index) => <Fragment key={index}><Line name={index} /></Fragment>)}</ul>;`,
  'src/store.js': `import { state } from 'relup';
export const cart = state({ items: 0 }); const listeners = state(new Set());
export const subscribe = (listener) => { listeners.add(listener); return () => listeners.delete(listener); };
export const add = () => { cart.items++; for (const listener of listeners) listener(); };
export const summary = () => cart.items + ' items';`,
  'src/Cart.jsx': `import { forwardRef, useEffect, useRef, useSyncExternalStore } from 'react'; import { add, subscribe, summary } from './store.js';
const Field = forwardRef(function Field({ name }, ref) { return <input ref={ref} id={name} defaultValue="field one" />; });
export function Cart({ title }) {
  const shown = useSyncExternalStore(subscribe, summary); const field = useRef(null);
  useEffect(() => { window.field = field; }, []);
  return <div><button id="buy" onClick={add}>{title}</button><p id="summary">{shown}</p><Field ref={field} name="field" /></div>;
}
Cart.Slot = function Slot({ children }) { return <div id="slot">{children}</div>; };`,
  'src/theme.jsx': `import { createContext, useContext, useState } from 'react';
export const ThemeContext = createContext('none');
export function ThemeProvider({ children }) { const [theme, setTheme] = useState('light'); return <ThemeContext.Provider value={theme}><button id="theme" onClick={() => setTheme('dark')}>toggle one</button>{children}</ThemeContext.Provider>; }
export const useTheme = () => useContext(ThemeContext);`,
  'src/Themed.jsx': `import { memo, useState } from 'react'; import { useTheme } from './theme.jsx';
export const Themed = memo(function Themed() { const theme = useTheme(); const [first] = useState(theme); return <p id="themed">{theme + ' since ' + first}</p>; });`,
  'src/routes.js': `import { Home } from './Home.jsx'; import { About } from './About.jsx';
export const routes = { '/': Home, '/about': About };`,
  'src/Home.jsx': `export function Home() { return <p id="route">home one</p>; }`,
  'src/About.jsx': `export function About() { return <p id="route">about one</p>; }`,
  'src/Router.jsx': `import { useState } from 'react'; import { routes } from './routes.js';
export function Router() { const [path] = useState('/'); const Route = routes[path]; return <nav><Route /></nav>; }`,
  'src/Clock.jsx': `import { Component } from 'react'; import { label } from './text.js';
export class Clock extends Component { state = { ticks: 0 }; shouldComponentUpdate(_, next) { return next !== this.state; } render() { return <button id="clock" onClick={() => this.setState({ ticks: this.state.ticks + 1 })}>clock one {label(this.state.ticks)}</button>; } }`,
  'src/Paint.jsx': `import { useEffect, useRef } from 'react';
export function Paint() {
  const canvas = useRef(null);
  useEffect(() => { const pen = canvas.current.getContext('2d'); pen.fillStyle = 'red'; pen.fillRect(0, 0, 2, 2); }, []);
  return <canvas id="canvas" ref={canvas} width="10" height="10" title="paint one" />;
}`,
  'src/Ask.jsx': `import { useRef } from 'react';
export default function () { return <b>unused</b>; }
export const Ask = () => { const dialog = useRef(null); return <><button id="ask" onClick={() => dialog.current.show()}>ask</button><dialog id="dialog" ref={dialog}>dialog one</dialog></>; };`,
  'src/Guard.jsx': `import { Component } from 'react';
function Risky() { return <p id="risky">risky one</p>; }
export class Guard extends Component { state = { error: null }; static getDerivedStateFromError(error) { return { error }; } render() { return this.state.error ? <p id="caught">{this.state.error.message}</p> : <Risky />; } }`,
  'src/Page.jsx': `import { useState } from 'react';
export default function Page() { const [visits, visit] = useState(0); return <button id="page" onClick={() => visit(visits + 1)}>page one {visits}</button>; }`,
};

/** What a person does: two clicks, text, a line opened, something bought, a theme, ticks, a drawing, a dialog. */
export async function use(tab: DevPage): Promise<void> {
  const { page } = tab;
  await tab.until(`Boolean(window.check && document.querySelector('#page'))`, true);
  await page.click('#first .add');
  await page.click('#first .add');
  await page.click('#second .add');
  await page.click('#list li:nth-child(2)');
  await page.click('#buy');
  await page.click('#theme');
  await page.click('#clock');
  await page.click('#page');
  await page.fill('#field', 'filled');
  await tab.value(`document.querySelector('#canvas').getContext('2d').fillRect(5, 5, 2, 2)`);
  await page.click('#ask');
  await tab.value(`document.querySelector('#list').scrollTop = 33`);
  await page.fill('#first .typed', 'typed');
  await tab.until(`document.querySelector('#themed').textContent`, 'dark since light');
}

/** All that a reload would lose. */
export const kept = (tab: DevPage): Promise<unknown> => tab.value(`(() => {
  const find = (selector) => document.querySelector(selector);
  const pixels = [...find('#canvas').getContext('2d').getImageData(0, 0, 10, 10).data].filter((_, index) => index % 4 === 3);
  return {
    counts: [find('#first .add').textContent, find('#second .add').textContent], typed: find('#first .typed').value, focus: document.activeElement.className,
    scrolled: find('#list').scrollTop, line: find('#list li:nth-child(2)').className, bought: find('#summary').textContent.slice(0, 1), theme: find('#themed').textContent,
    ticks: find('#clock').textContent.slice(-1), visits: find('#page').textContent.slice(-1), filled: find('#field').value, isField: window.field.current === find('#field'),
    drawn: pixels.filter(Boolean).length, isOpen: find('#dialog').open,
  };
})()`);

/** What `kept` is after `use`. */
export const used = {
  counts: ['2', '1'], typed: 'typed', focus: 'typed', scrolled: 33, line: 'open', bought: '1', theme: 'dark since light', ticks: '1', visits: '1', filled: 'filled', isField: true, drawn: 8, isOpen: true,
};
