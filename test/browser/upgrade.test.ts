/**
 * A page in a real Chromium, built by real Vite 8, served by a real static server, upgraded in place by a second build.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launch, type DevPage } from './dev-page.js';
import { deploy, type Site } from './site.js';

let browser: Browser;
let site: Site;
let tab: DevPage;

const text = (): Promise<unknown> => tab.value(`document.querySelector('#out').textContent`);

const badge = (release: string, more = ''): string => `export class Badge extends HTMLElement {
  static observedAttributes = ['size']; #clicks = 0; made = '${release}';
  connectedCallback() { this.textContent = 'connected ${release}'${release === 'three' ? ` + ' ' + this.#clicks` : ''}; }
  attributeChangedCallback(name, before, after) { this.seen = '${release} ' + after; }
  say() { return '${release}'; } click() { return '${release} ' + ++this.#clicks; } ${more}
}`;

beforeAll(async () => {
  browser = await launch();
  site = await deploy({ config: 'build: { assetsInlineLimit: 0 },', files: {
    'index.html': `<!doctype html><title>page</title><link rel="icon" href="data:,"><button id="add">add</button><img id="logo"><p id="out"></p><x-badge></x-badge><script type="module" src="/src/main.js"></script>`,
    'src/logo.svg': `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>`,
    'src/main.js': `import { follow } from 'relup/browser'; import { draw, add } from './view.js'; import { Badge } from './badge.js';
    customElements.define('x-badge', Badge); window.Badge = Badge;
    document.querySelector('#add').addEventListener('click', () => { add(); draw(); });
    draw(); const following = await follow({ pollMs: 0, probation: false }); window.check = () => following.check();
    window.lazy = async () => (await import('./lazy.js')).lazy();`,
    'src/view.js': `import { state } from 'relup'; import { label } from './label.js'; import logo from './logo.svg';
    const counter = state({ n: 0 }); export const add = () => { counter.n++; };
    export const draw = () => { document.querySelector('#out').textContent = label(counter.n); document.querySelector('#logo').src = logo; };`,
    'src/label.js': `export const label = (n) => 'one: ' + n;`,
    'src/badge.js': badge('one'),
    'src/lazy.js': `import { label } from './label.js'; export const lazy = () => 'lazy one, ' + label(0);`,
  } });
  tab = await site.open();
  await tab.until('Boolean(window.check)', true);
}, 120_000);

afterAll(async () => {
  await site?.close();
  await browser?.close();
});

describe('an open page', () => {
  test('becomes the new release in place: new code, old state, no reload', async () => {
    await tab.page.click('#add');
    await tab.page.click('#add');
    expect(await text()).toBe('one: 2');
    await site.release({ 'src/label.js': `export const label = (n) => 'two: ' + n * 10;` });
    expect(await tab.value('window.check().then((result) => [result.outcome, Object.keys(result.plan.modules)])')).toEqual(['committed', ['src/label.js']]);
    await tab.page.click('#add');
    expect(await text()).toBe('two: 30');
    await tab.stays();
  });

  test('has custom elements of the new release, defined once', async () => {
    expect(await tab.page.textContent('x-badge')).toBe('connected one');
    await tab.value(`window.old = document.querySelector('x-badge'); old.click()`);
    await site.release({ 'src/badge.js': badge('two', `added() { return 'added'; }`) });
    expect(await tab.value('window.check().then(({ outcome, refusals }) => [outcome, refusals])')).toEqual(['committed', []]);
    expect(await tab.value(`(() => {
      old.remove(); document.body.append(old); old.setAttribute('size', '1');
      const made = document.createElement('x-badge'); document.body.append(made); made.setAttribute('size', '2');
      document.body.insertAdjacentHTML('beforeend', '<x-badge id="parsed"></x-badge>');
      const parsed = document.querySelector('#parsed');
      return [old, made, parsed].map((element) => [element.textContent, element.seen, element.say(), element.added(), element.made, element.click(), element instanceof Badge, element.constructor === Badge]);
    })()`)).toEqual([
      ['connected two', 'two 1', 'two', 'added', 'one', 'one 2', true, true],
      ['connected two', 'two 2', 'two', 'added', 'two', 'two 1', true, true],
      ['connected two', undefined, 'two', 'added', 'two', 'two 1', true, true],
    ]);
    // A callback that begins to touch private names: elements from before do not have them, and keep the code that they know.
    await site.release({ 'src/badge.js': badge('three') });
    expect(await tab.value('window.check().then(({ outcome, refusals }) => [outcome, refusals])')).toEqual(['committed', []]);
    expect(await tab.value(`[old, document.createElement('x-badge')].map((element) => (document.body.append(element), [element.textContent, element.say()]))`)).toEqual([['connected one', 'three'], ['connected three 0', 'three']]);
  });

  test('loads a lazy module in the current release, also when its old chunk is gone', async () => {
    await site.release({ 'src/lazy.js': `import { label } from './label.js'; export const lazy = () => 'lazy two, ' + label(1);` });
    await tab.value('window.check()');
    expect(await tab.value('window.lazy()')).toBe('lazy two, two: 10');
  });

  test('refuses a release whose artifact was tampered with, and goes on', async () => {
    await site.release({ 'src/label.js': `export const label = (n) => 'three: ' + n;` });
    const { release, patches } = JSON.parse(site.served('relup/latest.json')) as { release: string; patches: Readonly<Record<string, string>> };
    const manifest = JSON.parse(site.served(`relup/releases/${release}.json`)) as { modules: Record<string, { stamp: string }> };
    for (const stamp of [manifest.modules['src/label.js']?.stamp, ...Object.values(patches)]) {
      const file = join(site.output, `relup/modules/${stamp}.js`);
      writeFileSync(file, `${readFileSync(file, 'utf8')};`);
    }
    expect(await tab.value('window.check().then((result) => [result.outcome, result.refusals[0].code])')).toEqual(['refused', 'ARTIFACT_STAMP']);
    await tab.page.click('#add');
    expect(await text()).toBe('two: 40');
    await tab.stays();
  });
});
