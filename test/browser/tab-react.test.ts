/**
 * React in a production tab: real Vite 8 builds with @vitejs/plugin-react, one tab that goes through all releases in a real Chromium.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launch, type DevPage } from './dev-page.js';
import { deploy, type Site } from './site.js';
import { files, kept, use, used } from './tab-react-app.js';

let browser: Browser;
let site: Site;
let tab: DevPage;

beforeAll(async () => {
  browser = await launch();
  site = await deploy({ files, imports: `import react from '@vitejs/plugin-react';`, plugins: 'react()', packages: ['@vitejs/plugin-react', 'react', 'react-dom', 'scheduler'] });
  tab = await site.open();
  await use(tab);
}, 120_000);

afterAll(async () => {
  await site?.close();
  await browser?.close();
});

type Edits = Readonly<Record<string, readonly (readonly [from: string, to: string])[]>>;

/** Replace pieces of text, by file, build that and have the tab look. Answers how it ended. */
async function release(edits: Edits): Promise<unknown> {
  const written = Object.entries(edits).map(([file, pieces]) => [file, pieces.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`${file} has no ${JSON.stringify(from)}.`);
    return text.replace(from, to);
  }, site.text(file))]);
  await site.release(Object.fromEntries(written) as Record<string, string>);
  return tab.value(`check().then(({ outcome, refusals }) => [outcome, ...refusals.map(({ code, reason }) => code + ': ' + reason)])`);
}

const committed = ['committed'];
const html = (page: DevPage): Promise<unknown> => page.value(`document.querySelector('#root').innerHTML`);

/** Nothing is lost, and the page is as one that was loaded now and used in the same way. */
async function isAsFresh(state: object = used): Promise<void> {
  await confirmed();
  expect(await kept(tab)).toEqual(state);
  const fresh = await site.open();
  await use(fresh);
  expect(await html(tab)).toBe(await html(fresh));
  await fresh.page.context().close();
  await tab.stays();
  expect(tab.errors).toEqual([]);
}

/** After an effect has drawn again. */
const drawnMore = { ...used, drawn: 10 };

const confirmed = (): Promise<void> => tab.until('isConfirmed()', true);

/** Mounted and unmounted counters, since this was asked the last time. */
const noted = (): Promise<unknown> => tab.value('window.noted.splice(0)');

describe('a tab that is open through all releases', () => {
  test('shows new markup of exported components, with all state', async () => {
    expect(await noted()).toEqual(['mounted first', 'mounted second']);
    expect(await release({ 'src/Counter.jsx': [['counter one', 'counter two']], 'src/App.jsx': [['head one', 'head two']] })).toEqual(committed);
    await tab.shows('#first .markup', 'counter two');
    await tab.shows('#head', 'head two');
    await isAsFresh();
  });

  test('and of components that nobody exports, of memo() and forwardRef(), of a default export, of static ones', async () => {
    expect(await release({
      'src/List.jsx': [['line one', 'line two'], ['mark one', 'mark two']],
      'src/Cart.jsx': [['field one', 'field two'], ['id="slot"', 'id="slot" title="two"']],
      'src/Page.jsx': [['page one', 'page two']],
      'src/Paint.jsx': [['paint one', 'paint two']],
      'src/Ask.jsx': [['dialog one', 'dialog two']],
    })).toEqual(committed);
    await tab.shows('#list li', 'line two 0mark two');
    await tab.shows('#page', 'page two 1');
    await isAsFresh();
  });

  test('what components use: helpers, also below memo() and in what useMemo() keeps, stores, contexts', async () => {
    expect(await release({ 'src/text.js': [[`'count '`, `'number '`]], 'src/store.js': [[`' items'`, `' things'`]], 'src/theme.jsx': [['toggle one', 'toggle two']] })).toEqual(committed);
    await tab.shows('#first .label', 'number 2');
    await tab.shows('#clock', 'clock one number 1');
    await tab.shows('#summary', '1 things');
    await isAsFresh();
    expect(await release({ 'src/Themed.jsx': [[`' since '`, `' since the '`]] })).toEqual(committed);
    await tab.shows('#themed', 'dark since the light');
    expect(await release({ 'src/Themed.jsx': [[`' since the '`, `' since '`]] })).toEqual(committed);
    await tab.shows('#themed', 'dark since light');
  });

  test('class components, which keep their instance', async () => {
    expect(await release({ 'src/Clock.jsx': [['clock one', 'clock two']] })).toEqual(committed);
    await tab.shows('#clock', 'clock two number 1');
    await isAsFresh();
  });

  test('callbacks and effects of which the code changed, and no others', async () => {
    expect(await release({ 'src/Counter.jsx': [['n + step', 'n + step * 10']], 'src/Paint.jsx': [['fillRect(0, 0, 2, 2)', 'fillRect(0, 0, 2, 3)']] })).toEqual(committed);
    await tab.until(`document.querySelector('#canvas').getContext('2d').getImageData(0, 2, 1, 1).data[3]`, 255);
    await tab.page.click('#second .add');
    await tab.shows('#second .add', '11');
    expect(await noted()).toEqual([]);
    await confirmed();
    expect(await release({ 'src/Counter.jsx': [['n + step * 10', 'n - step * 10']] })).toEqual(committed);
    await tab.page.click('#second .add');
    await tab.shows('#second .add', '1');
    await confirmed();
    expect(await release({ 'src/Counter.jsx': [['n - step * 10', 'n + step']] })).toEqual(committed);
    await tab.page.focus('#first .typed');
    await isAsFresh(drawnMore);
  });

  test('a table of routes, and a component that comes, with what no module used of React before, is renamed and goes', async () => {
    expect(await release({ 'src/routes.js': [[`'/': Home`, `'/': About`]], 'src/About.jsx': [['about one', 'about two']], 'src/List.jsx': [['<Mark />', '<Sign />'], ['function Mark() { return <i>mark two', 'function More() { const id = useId(); return <><u title={typeof id}>more</u></>; }\nfunction Sign() { return <i>sign<More />'], ['memo, useState', 'memo, useId, useState']] })).toEqual(committed);
    await tab.shows('#route', 'about two');
    await tab.shows('#list li', 'line two 0signmore');
    await isAsFresh(drawnMore);
    expect(await release({ 'src/List.jsx': [['<More />', ''], ['function More() { const id = useId(); return <><u title={typeof id}>more</u></>; }\n', '']] })).toEqual(committed);
    await tab.shows('#list li', 'line two 0sign');
    await isAsFresh(drawnMore);
  });

  test('another signature mounts just its component anew, and its effects are cleaned up', async () => {
    expect(await release({ 'src/Counter.jsx': [['const renders', 'const [more] = useState(5); const renders'], ['{count}<', '{count + more}<']] })).toEqual(committed);
    await tab.shows('#first .add', '5');
    expect(await noted()).toEqual(['unmounted first', 'unmounted second', 'mounted first', 'mounted second']);
    expect(await kept(tab)).toEqual({ ...drawnMore, counts: ['5', '5'], typed: '', focus: '' });
    await confirmed();
    expect(await release({ 'src/Counter.jsx': [['const [more] = useState(5); ', ''], ['{count + more}<', '{count}<']] })).toEqual(committed);
    await tab.shows('#first .add', '0');
    await again();
    await isAsFresh(drawnMore);
  });

  test('a hook in a module of its own: the same hooks keep the state of who calls it, others do not', async () => {
    expect(await release({ 'src/hooks.js': [['return step', 'return step * 2']] })).toEqual(committed);
    await tab.page.click('#second .add');
    await tab.shows('#second .add', '3');
    expect(await noted()).toEqual([]);
    await confirmed();
    expect(await release({ 'src/hooks.js': [['return step * 2', 'const [by] = useState(1); return step * by']] })).toEqual(committed);
    await tab.shows('#second .add', '0');
    expect(await noted()).toEqual(['unmounted first', 'unmounted second', 'mounted first', 'mounted second']);
    await again();
    await isAsFresh(drawnMore);
  });
});

/** What the counters held. */
async function again(): Promise<void> {
  await tab.page.click('#first .add');
  await tab.page.click('#first .add');
  await tab.page.click('#second .add');
  await tab.page.fill('#first .typed', 'typed');
  await noted();
}

describe('a release whose components throw when they first render', () => {
  const boom = `throw new Error('boom');`;
  const failing: readonly (readonly [what: string, edits: Edits])[] = [
    ['an exported component with hooks', { 'src/Counter.jsx': [['renders.current++;', `if (id === 'second') ${boom} renders.current++;`]] }],
    ['one without', { 'src/About.jsx': [['return <p', `${boom} return <p`]] }],
    ['one that is mounted anew', { 'src/Counter.jsx': [['const renders', `const [more] = useState(() => { ${boom} }); const renders`]] }],
    ['one that is new', { 'src/App.jsx': [['<Ask />', '<Ask /><Fresh />'], ['function App', `function Fresh() { ${boom} return <b />; }\nfunction App`]] }],
    ['one that nobody exports, below memo()', { 'src/List.jsx': [['return <i>', `${boom} return <i>`]] }],
    ['a class component', { 'src/Clock.jsx': [['return <button', `${boom} return <button`]] }],
    ['one below a boundary of the application', { 'src/Guard.jsx': [['return <p id="risky"', `${boom} return <p id="risky"`]] }],
    ['an unchanged one, because of what it calls', { 'src/text.js': [['(n) =>', '(n) => n.none.none +']] }],
  ];

  test.each(failing)('%s: it is rolled back, and nothing is lost or seen', async (_, edits) => {
    const before = await html(tab);
    const state = await kept(tab);
    await noted();
    await tab.value('outcomes.splice(0)');
    const texts = Object.fromEntries(Object.keys(edits).map((file) => [file, site.text(file)]));
    await tab.value(`window.seen = new Set(); window.observer = new MutationObserver(() => seen.add(document.querySelector('#root').innerHTML)); observer.observe(document.querySelector('#root'), { subtree: true, childList: true, attributes: true, characterData: true })`);
    try {
      expect(await release(edits)).toEqual(committed);
      await tab.until('outcomes', ['committed', 'rolledBack']);
      await tab.until(`check().then((result) => result === null && isConfirmed())`, true);
      expect(await html(tab)).toBe(before);
      expect(((await tab.value('observer.disconnect(); [...seen]')) as string[]).filter((each) => each !== before)).toEqual([]);
      expect(await kept(tab)).toEqual(state);
      expect(await noted()).toEqual([]);
      await tab.stays();
    } finally {
      site.write(texts);
    }
  });

  test('what it throws later is shown by the boundary that the application has for it', async () => {
    expect(await release({ 'src/Guard.jsx': [['return <p id="risky">', 'return <p id="risky" title="after">']] })).toEqual(committed);
    await tab.until(`document.querySelector('#risky').title`, 'after');
    await confirmed();
    await tab.stays();
    expect(tab.errors).toEqual([]);
  });

  test('what its effects throw empties the page until the release is taken back, and no longer', async () => {
    await tab.value('outcomes.splice(0)');
    expect(await release({ 'src/Themed.jsx': [['memo, useState', 'memo, useEffect, useState'], ['const [first]', `useEffect(() => { ${boom} }, []); const [first]`]] })).toEqual(committed);
    await tab.until('outcomes', ['committed', 'rolledBack']);
    await tab.shows('#themed', 'light since light');
    await tab.shows('#summary', '1 things');
    await tab.stays();
  });
});
