/**
 * Svelte 5 in a production build: one open tab goes through release after release. A component whose code changed is mounted anew in its
 * place with its local state; nothing else is touched, nothing is loaded again.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launch, type DevPage } from './dev-page.js';
import { deploy, type Site } from './site.js';

const files = {
  'svelte.config.js': 'export default {};',
  'index.html': `<!doctype html><title>page</title><link rel="icon" href="data:,"><div id="root"></div><script type="module" src="/src/main.js"></script>`,
  'src/main.js': `import { mount } from 'svelte'; import { follow } from 'relup/browser'; import App from './App.svelte';
mount(App, { target: document.querySelector('#root') });
const following = await follow({ pollMs: 0, probation: { ms: 300 } }); window.check = () => following.check();`,
  'src/App.svelte': `<script>
import { setContext } from 'svelte'; import Counter from './Counter.svelte'; import Form from './Form.svelte'; import Shown from './Shown.svelte'; import Card from './Card.svelte';
let clicks = $state(0); setContext('theme', { name: 'dark' });
</script>
<h1 id="head">head one</h1><button id="clicks" onclick={() => clicks++}>clicks {clicks}</button><Counter start={clicks} /><Form /><Card><Shown /></Card>`,
  'src/Card.svelte': `<script>let { children } = $props();</script><section>{@render children()}</section>`,
  'src/Shown.svelte': `<script>import { getContext } from 'svelte'; import { shop } from './shop.svelte.js'; const theme = getContext('theme');</script><p id="theme">theme {theme.name} {shop.sold}</p>`,
  'src/shop.svelte.js': `export const shop = $state({ sold: 0 });`,
  'src/Counter.svelte': `<script>
import { onMount } from 'svelte'; import { label } from './text.js'; import { shop } from './shop.svelte.js';
let { start } = $props();
let count = $state(0); let list = $state([]); const twice = $derived(label(count * 2));
const more = () => { count += 1; list?.push(count); shop.sold += 1; };
onMount(() => { window.mounted = (window.mounted ?? 0) + 1; return () => { window.unmounted = (window.unmounted ?? 0) + 1; }; });
</script>
<button id="count" onclick={more}>{count}</button><p id="twice">{twice}</p><p id="list">{list?.join()}</p><p id="markup">counter one {start}</p>
<style>#markup { color: rgb(1, 0, 0); }</style>`,
  'src/Form.svelte': `<script>let typed = $state('');</script><input id="typed" bind:value={typed}><input id="free"><dialog id="dialog">open</dialog><canvas id="canvas" width="9" height="9"></canvas>`,
  'src/text.js': `export const label = (n) => 'count ' + n;`,
};

let browser: Browser;
let site: Site;
let tab: DevPage;

const text = (selector: string): Promise<unknown> => tab.value(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? null`);
const click = (selector: string): Promise<unknown> => tab.value(`document.querySelector(${JSON.stringify(selector)}).click()`);
const html = `document.querySelector('#root').innerHTML`;
const check = 'window.check().then((result) => [result?.outcome, result?.refusals.map((each) => each.code + " " + each.reason)])';

/** Write a release, and take it. Nothing of what the user did elsewhere is lost. */
async function upgrade(edits: Readonly<Record<string, readonly [string, string]>>): Promise<void> {
  for (const [file, [before, after]] of Object.entries(edits)) {
    const source = site.text(file);
    if (!source.includes(before)) throw new Error(`${file} does not hold ${before}`);
    site.edit(file, source.replace(before, after));
  }
  await site.build();
  expect(await tab.value(check)).toEqual(['committed', []]);
  await tab.stays();
  expect(tab.errors).toEqual([]);
}

const ofForm = `[document.querySelector('#typed').value, document.querySelector('#free').value, document.activeElement.id, document.querySelector('#dialog').open, document.querySelector('#canvas').getContext('2d').getImageData(2, 2, 1, 1).data[3]]`;

beforeAll(async () => {
  browser = await launch();
  site = await deploy({ files, imports: `import { svelte } from '@sveltejs/vite-plugin-svelte';`, plugins: 'svelte()', packages: ['@sveltejs/vite-plugin-svelte', 'svelte'] });
  tab = await site.open();
  await tab.until('Boolean(window.check)', true);
  for (const selector of ['#clicks', '#count', '#count', '#count']) await click(selector);
  await tab.page.fill('#free', 'free');
  await tab.page.fill('#typed', 'typed');
  await tab.value(`document.querySelector('#canvas').getContext('2d').fillRect(0, 0, 9, 9); document.querySelector('#dialog').show(); document.querySelector('#typed').focus()`);
}, 120_000);

afterAll(async () => {
  await site?.close();
  await browser?.close();
});

describe('one tab, release after release', () => {
  test('markup: the component is mounted anew with its state, and only it', async () => {
    await upgrade({ 'src/Counter.svelte': ['counter one', 'counter <b>two</b>'] });
    expect([await text('#markup'), await text('#count'), await text('#list'), await text('#twice')]).toEqual(['counter two 1', '3', '1,2,3', 'count 6']);
    expect(await tab.value('[window.mounted, window.unmounted]')).toEqual([2, 1]);
    expect(await tab.value(ofForm)).toEqual(['typed', 'free', 'typed', true, 255]);
    await click('#count');
    await tab.shows('#list', '1,2,3,4');
    await click('#clicks');
    await tab.shows('#markup', 'counter two 2');
  }, 60_000);

  test('a handler', async () => {
    await upgrade({ 'src/Counter.svelte': ['count += 1;', 'count += 10;'] });
    await click('#count');
    await tab.shows('#count', '14');
    await tab.shows('#theme', 'theme dark 5');
    expect(await tab.value(ofForm)).toEqual(['typed', 'free', 'typed', true, 255]);
  }, 60_000);

  test('a helper: who uses it shows it', async () => {
    await upgrade({ 'src/text.js': [`'count '`, `'number '`] });
    expect([await text('#twice'), await text('#count')]).toEqual(['number 28', '14']);
  }, 60_000);

  test('state of another shape begins anew, all else goes on', async () => {
    await upgrade({ 'src/Counter.svelte': ['let list = $state([])', 'let list = $state(null)'] });
    expect(await tab.value(`document.querySelector('#count').textContent`)).toBe('14');
    await upgrade({ 'src/Counter.svelte': ['let list = $state(null)', 'let list = $state([])'] });
    expect([await text('#list'), await text('#count')]).toEqual(['', '14']);
  }, 60_000);

  test('a parent: its children are mounted anew with their state, too', async () => {
    await upgrade({ 'src/App.svelte': ['head one', 'head two'] });
    expect([await text('#head'), await text('#clicks'), await text('#count'), await text('#theme')]).toEqual(['head two', 'clicks 2', '14', 'theme dark 5']);
    expect(await tab.value(`document.querySelector('#typed').value`)).toBe('typed');
    await click('#clicks');
    await tab.shows('#clicks', 'clicks 3');
  }, 60_000);

  test('a child in a snippet of its parent', async () => {
    await upgrade({ 'src/Shown.svelte': ['theme {theme.name}', 'the theme is {theme.name}'] });
    expect(await text('section #theme')).toBe('the theme is dark 5');
  }, 60_000);
});

test('an error in the first render takes the release back: the page shows what it showed, with its state', async () => {
  const before = await tab.value(html);
  const source = site.text('src/Counter.svelte');
  site.edit('src/Counter.svelte', source.replace('let count = $state(0);', 'let count = $state(0); missing();'));
  await site.build();
  expect(await tab.value('window.check().then((result) => [result?.outcome, result?.refusals.map((each) => each.code)])')).toEqual(['refused', ['COMPONENT']]);
  expect(await tab.value(html)).toBe(before);
  await click('#count');
  await tab.shows('#count', '24');
  site.edit('src/Counter.svelte', source);
  await upgrade({ 'src/Counter.svelte': ['counter <b>two</b>', 'counter three'] });
  expect([await text('#markup'), await text('#count')]).toEqual(['counter three 3', '24']);
}, 60_000);
