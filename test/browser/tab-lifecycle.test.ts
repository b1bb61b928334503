/** Pages that slept: in the back/forward cache, or frozen by the browser. They look when they wake, without waiting for their time. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launch } from './dev-page.js';
import { deploy, type Site } from './site.js';

const files = {
  'index.html': `<!doctype html><title>page</title><link rel="icon" href="data:,"><p id="out"></p><script type="module" src="/src/main.js"></script>`,
  'src/main.js': `import { follow } from 'relup/browser'; import { label } from './label.js';
follow({ pollMs: 3_600_000, probation: false }); window.shown = []; addEventListener('pageshow', ({ persisted }) => window.shown.push(persisted)); window.label = () => label();`,
  'src/label.js': `export const label = () => 'one';`,
};

let browser: Browser;
let site: Site;
beforeAll(async () => {
  // Playwright switches the cache off.
  browser = await launch({ ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  site = await deploy({ files: { ...files, 'public/other.html': '<!doctype html><title>other</title><link rel="icon" href="data:,"><p>other' } });
}, 60_000);
afterAll(async () => {
  await site?.close();
  await browser?.close();
});

/** A look that something woke is not taken within a second after another. */
const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_100));

test('a page that comes back from the back/forward cache is the one it was, and goes to the release of now', async () => {
  const tab = await site.open();
  await tab.until('window.label()', 'one');
  await tab.value('window.kept = {}, null');
  await tab.page.goto(`${site.url}other.html`);
  await site.release({ 'src/label.js': `export const label = () => 'two';` });
  await rest();
  // There is no load event.
  await tab.page.goBack({ waitUntil: 'commit' });
  await tab.until('window.shown', [false, true]);
  expect(await tab.value('typeof window.kept')).toBe('object');
  await tab.until('window.label()', 'two');
  expect(tab.errors).toEqual([]);
});

test('a page that thaws goes to the release of now', async () => {
  const tab = await site.open();
  await tab.until('typeof window.label', 'function');
  await site.release({ 'src/label.js': `export const label = () => 'three';` });
  await rest();
  expect(await tab.value('window.label()')).not.toBe('three');
  // What the browser says then; only pages that nobody sees are frozen, and without a screen all are seen.
  await tab.value(`document.dispatchEvent(new Event('resume'))`);
  await tab.until('window.label()', 'three');
  await tab.stays();
  expect(tab.errors).toEqual([]);
});
