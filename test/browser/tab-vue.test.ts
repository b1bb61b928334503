/**
 * Vue in a production build: one open tab goes through release after release. Nothing is loaded again, nothing of what the user did is
 * lost, and the page is what a fresh load of the release shows once the same state is put in.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launch, type DevPage } from './dev-page.js';
import { deploy, type Site } from './site.js';

const files = {
  'index.html': `<!doctype html><title>page</title><link rel="icon" href="data:,"><style>#list { height: 40px; overflow: auto; }</style><div id="root"></div><script type="module" src="/src/main.js"></script>`,
  'src/main.js': `import { createApp } from 'vue'; import { follow } from 'relup/browser'; import App from './App.vue';
const app = createApp(App);
window.handled = []; app.config.errorHandler = (error) => { window.handled.push(String(error)); };
app.mount('#root');
const following = await follow({ pollMs: 0, probation: { ms: 300 } }); window.check = () => following.check();`,
  'src/App.vue': `<script setup>
import { provide, reactive, ref } from 'vue'; import Counter from './Counter.vue'; import Form from './Form.vue'; import Options from './Options.vue'; import Typed from './Typed.vue'; import Card from './Card.vue'; import Shown from './Shown.vue'; import { label } from './text.js';
const theme = reactive({ name: 'dark' }); provide('theme', theme); const clicks = ref(0);
</script>
<template><h1 id="head">head one</h1><button id="clicks" @click="clicks++">{{ label(clicks) }}</button><Counter :start="3" /><Form /><Options /><Typed /><Card><p class="slot">slot one {{ clicks }}</p><Shown /></Card></template>`,
  'src/Card.vue': `<template><section class="card"><header>card</header><slot /></section></template>`,
  'src/Shown.vue': `<script setup>import { inject } from 'vue'; const theme = inject('theme');</script><template><p id="theme">theme {{ theme.name }}</p></template>`,
  'src/Counter.vue': `<script setup>
import { computed, onMounted, onUnmounted, ref, watch } from 'vue'; import { label } from './text.js'; import { useClock } from './clock.js';
defineProps({ start: Number });
const count = ref(0); const twice = computed(() => label(count.value * 2)); const seen = ref(0); const { ticks, tick } = useClock();
const more = () => { count.value += 1; tick(); };
watch(count, () => { seen.value += 1; });
onMounted(() => { window.mounted = (window.mounted ?? 0) + 1; }); onUnmounted(() => { window.unmounted = (window.unmounted ?? 0) + 1; });
</script>
<template><button id="count" @click="more">{{ count }}</button><p id="twice">{{ twice }}</p><p id="seen">seen {{ seen }}</p><p id="ticks">ticks {{ ticks }}</p><p id="markup">counter one</p></template>
<style scoped>#markup { color: rgb(1, 0, 0); }</style>`,
  'src/clock.js': `import { ref } from 'vue';
export function useClock() { const ticks = ref(0); const tick = () => { ticks.value += 1; }; return { ticks, tick }; }`,
  'src/Form.vue': `<script setup>
import { onMounted, reactive, ref } from 'vue';
const form = reactive({ name: '' }); const board = ref(null);
const draw = () => { const context = board.value.getContext('2d'); context.fillRect(0, 0, 5, 5); };
</script>
<template><input id="typed" v-model="form.name"><input id="free"><dialog id="dialog"><p>open</p></dialog><canvas id="canvas" ref="board" width="9" height="9"></canvas><button id="draw" @click="draw">draw</button><div id="list"><p v-for="n in 20" :key="n">line {{ n }}</p></div>
<ul><li class="a">1</li><li class="a">2</li><li class="a">3</li><li class="a">4</li><li class="a">5</li><li class="a">6</li></ul></template>`,
  'src/Options.vue': `<script>
import { label } from './text.js';
export default { data: () => ({ n: 0 }), computed: { text() { return label(this.n); } }, methods: { more() { this.n += 1; } } };
</script>
<template><button id="options" @click="more">{{ n }}</button><p id="optiontext">{{ text }}</p></template>`,
  'src/Typed.vue': `<script setup lang="ts">
import { ref } from 'vue'; const total = ref<number>(0); const add = (): void => { total.value += 1; };
</script>
<template><button id="total" @click="add">total {{ total }}</button></template>`,
  'src/text.js': `export const label = (n) => 'count ' + n;`,
};

let browser: Browser;
let site: Site;
let tab: DevPage;

const text = (selector: string, page = tab): Promise<unknown> => page.value(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? null`);
const click = (selector: string, page = tab): Promise<unknown> => page.value(`document.querySelector(${JSON.stringify(selector)}).click()`);

/** Write a release, and take it. */
async function upgrade(edits: Readonly<Record<string, readonly [string, string]>>): Promise<void> {
  for (const [file, [before, after]] of Object.entries(edits)) {
    const source = site.text(file);
    if (!source.includes(before)) throw new Error(`${file} does not hold ${before}`);
    site.edit(file, source.replace(before, after));
  }
  await site.build();
  expect(await tab.value('window.check().then((result) => [result?.outcome, result?.refusals.map((each) => each.code + " " + each.reason)])')).toEqual(['committed', []]);
  await tab.value('new Promise((resolve) => setTimeout(resolve, 20))');
}

/** What the user did. */
async function use(page: DevPage): Promise<void> {
  for (const selector of ['#clicks', '#clicks', '#count', '#count', '#count', '#options', '#total', '#draw']) await click(selector, page);
  await page.page.fill('#typed', 'typed');
  await page.page.fill('#free', 'free');
  await page.value(`document.querySelector('#dialog').showModal(); document.querySelector('#dialog').close(); document.querySelector('#dialog').show(); document.querySelector('#list').scrollTop = 33; document.querySelector('#typed').focus(); document.querySelector('#typed').setSelectionRange(2, 3)`);
}

const seen = `(() => { const typed = document.querySelector('#typed'); const pixel = document.querySelector('#canvas').getContext('2d').getImageData(2, 2, 1, 1).data[3]; return [typed.value, document.querySelector('#free').value, document.activeElement.id, typed.selectionStart, typed.selectionEnd, document.querySelector('#dialog').open, document.querySelector('#list').scrollTop, pixel]; })()`;

/** Without what the clicks of the tests changed. */
const dom = `(() => { const root = document.querySelector('#root').cloneNode(true); for (const each of root.querySelectorAll('#count, #twice, #seen, #ticks, #clicks, #options, #optiontext, #total, .slot')) each.innerHTML = each.innerHTML.replace(/-?\\d+/g, 'n').replace('changed', 'extra'); return root.innerHTML; })()`;
const exactly = `document.querySelector('#root').innerHTML`;

beforeAll(async () => {
  browser = await launch();
  site = await deploy({ files, imports: `import vue from '@vitejs/plugin-vue';`, plugins: 'vue()', packages: ['@vitejs/plugin-vue', 'vue'] });
  tab = await site.open();
  await tab.until('Boolean(window.check)', true);
  await use(tab);
}, 120_000);

/** Nothing is lost, and a fresh load with the same state shows the same. */
async function isFresh(): Promise<void> {
  expect(await tab.value(seen)).toEqual(['typed', 'free', 'typed', 2, 3, true, 33, 255]);
  const fresh = await site.open();
  await fresh.until('Boolean(window.check)', true);
  await use(fresh);
  const [now, then] = await Promise.all([tab.value(dom), fresh.value(dom)]);
  expect(now).toBe(then);
  await fresh.page.context().close();
  await tab.stays();
  expect(tab.errors).toEqual([]);
}

afterAll(async () => {
  await site?.close();
  await browser?.close();
});

describe('one tab, release after release', () => {
  test('1: a template: nothing else runs again', async () => {
    await upgrade({ 'src/Counter.vue': ['counter one', 'counter <b>two</b>'] });
    expect(await text('#markup')).toBe('counter two');
    expect(await tab.value('[window.mounted, window.unmounted ?? 0]')).toEqual([1, 0]);
    await isFresh();
  }, 60_000);

  test('2: a handler: refs keep their values, hooks of the old code are taken back', async () => {
    await upgrade({ 'src/Counter.vue': ['count.value += 1', 'count.value += 10'] });
    expect(await tab.value('[window.mounted, window.unmounted]')).toEqual([2, 1]);
    expect(await text('#seen')).toBe('seen 3');
    await click('#count');
    await tab.shows('#count', '13');
    await tab.shows('#seen', 'seen 4');
    await tab.shows('#ticks', 'ticks 4');
    await upgrade({ 'src/Counter.vue': ['count.value += 10', 'count.value -= 10'] });
    await click('#count');
    await tab.shows('#count', '3');
  }, 60_000);

  test('3: a helper: all that shows it is rendered and computed again', async () => {
    await upgrade({ 'src/text.js': [`'count '`, `'number '`] });
    expect([await text('#clicks'), await text('#twice'), await text('#optiontext')]).toEqual(['number 2', 'number 6', 'number 1']);
  }, 60_000);

  test('4: what a slot shows, in a child whose own code did not change', async () => {
    await upgrade({ 'src/App.vue': ['<p class="slot">slot one {{ clicks }}</p>', '<h2>new</h2><p class="slot">slot <i>two</i> {{ clicks }}</p>'] });
    expect(await text('.card')).toContain('newslot two 2');
    await click('#clicks');
    await tab.shows('.slot', 'slot two 3');
    await isFresh();
  }, 60_000);

  test('5: static markup, with what it holds', async () => {
    await upgrade({ 'src/Form.vue': ['<li class="a">3</li>', '<li class="a">three</li>'] });
    expect(await text('ul')).toBe('12three456');
  }, 60_000);

  test('6: the options API: methods, computed values and data that is added', async () => {
    await upgrade({ 'src/Options.vue': [`data: () => ({ n: 0 }), computed: { text() { return label(this.n); } }, methods: { more() { this.n += 1; } }`, `data: () => ({ n: 0, extra: 'extra' }), computed: { text() { return label(this.n * 2) + this.extra + this.added; }, added() { return this.n + 100; } }, methods: { more() { this.n += 5; this.also(); }, also() { this.extra = 'changed'; } }`] });
    expect([await text('#options'), await text('#optiontext')]).toEqual(['1', 'number 2extra101']);
    await click('#options');
    await tab.shows('#optiontext', 'number 12changed106');
  }, 60_000);

  test('7: a script in TypeScript', async () => {
    await upgrade({ 'src/Typed.vue': ['total.value += 1', 'total.value += 2'] });
    expect(await text('#total')).toBe('total 1');
    await click('#total');
    await tab.shows('#total', 'total 3');
  }, 60_000);

  test('8: a ref that becomes another kind begins anew, and only it', async () => {
    await upgrade({ 'src/Counter.vue': ['const seen = ref(0)', `const seen = ref('none')`] });
    expect([await text('#seen'), await text('#count')]).toEqual(['seen none', '3']);
    await upgrade({ 'src/Counter.vue': [`const seen = ref('none')`, 'const seen = ref(0)'] });
    expect([await text('#seen'), await text('#count')]).toEqual(['seen 0', '3']);
  }, 60_000);

  test('9: other props: the component is mounted anew with its state', async () => {
    await upgrade({ 'src/Counter.vue': ['defineProps({ start: Number })', 'defineProps({ start: Number, end: { type: Number, default: 9 } })'], 'src/App.vue': ['head one', 'head two'] });
    await upgrade({ 'src/Counter.vue': ['counter <b>two</b>', 'from {{ start }} to {{ end }}'] });
    expect([await text('#markup'), await text('#count'), await text('#head')]).toEqual(['from 3 to 9', '3', 'head two']);
  }, 60_000);

  test('10: a composable: who uses it goes on with its state', async () => {
    await upgrade({ 'src/clock.js': ['ticks.value += 1', 'ticks.value += 100'] });
    const before = Number(String(await text('#ticks')).slice(6));
    expect(before).toBeGreaterThan(0);
    await click('#count');
    await tab.shows('#ticks', `ticks ${before + 100}`);
  }, 60_000);

  test('11: what is provided', async () => {
    await upgrade({ 'src/Shown.vue': ['theme {{ theme.name }}', 'the theme is {{ theme.name }}'] });
    expect(await text('#theme')).toBe('the theme is dark');
    await isFresh();
  }, 60_000);
});

describe('an error in new code', () => {
  const refused = `window.check().then((result) => [result?.outcome, result?.refusals.map((each) => each.code)])`;

  test('in the first render: the page is what it was, state and all', async () => {
    const before = await tab.value(exactly);
    const source = site.text('src/Counter.vue');
    site.edit('src/Counter.vue', source.replace('const more =', 'const extra = ref(1); const more =').replace('<p id="markup">', '<p id="markup">{{ boom() }}'));
    await site.build();
    expect(await tab.value(refused)).toEqual(['refused', ['COMPONENT']]);
    expect(await tab.value(exactly)).toBe(before);
    expect(await tab.value('window.handled')).toEqual([]);
    await click('#count');
    await tab.until(`document.querySelector('#root').innerHTML.includes('boom')`, false);
    site.edit('src/Counter.vue', source);
  }, 60_000);

  test('in setup: no component has run any of the release', async () => {
    const before = await tab.value(exactly);
    const source = site.text('src/Counter.vue');
    const form = site.text('src/Form.vue');
    site.edit('src/Form.vue', form.replace('fillRect', 'clearRect'));
    site.edit('src/Counter.vue', source.replace('const more =', 'missing(); const more ='));
    await site.build();
    const mounted = await tab.value('[window.mounted, window.unmounted]');
    expect(await tab.value(refused)).toEqual(['refused', ['COMPONENT']]);
    expect(await tab.value(exactly)).toBe(before);
    expect(await tab.value('[window.mounted, window.unmounted]')).toEqual(mounted);
    site.edit('src/Counter.vue', source);
    site.edit('src/Form.vue', form);
  }, 60_000);

  test('in a handler, during probation: the release before comes back with what the user did', async () => {
    const source = site.text('src/Counter.vue');
    await upgrade({ 'src/Counter.vue': ['tick(); };', 'tick(); throw new Error("broken"); };'] });
    await click('#count');
    await tab.until('window.check().then((result) => result === null)', true);
    await tab.value('new Promise((resolve) => setTimeout(resolve, 100))');
    expect(await tab.value('window.handled')).toEqual(['Error: broken']);
    const count = Number(await text('#count'));
    await click('#count');
    await tab.value('new Promise((resolve) => setTimeout(resolve, 50))');
    expect(await tab.value('window.handled.length')).toBe(1);
    expect(Number(await text('#count'))).not.toBe(count);
    site.edit('src/Counter.vue', source);
    await tab.stays();
  }, 60_000);
});
