/**
 * What stays in a page of releases that it has left: nothing. Counted by weak references, so that no size is guessed.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launch, page } from './dev-page.js';
import { deploy, type Site } from './site.js';

/** A release changes one of these. The bundle leaves out what nothing mentions (`spare`), so that tables get accessors, which live as long as the page. */
const names = Array.from({ length: 12 }, (_, index) => `part${index}`);

let browser: Browser;
let site: Site;
beforeAll(async () => {
  browser = await launch();
  site = await deploy({ files: {
    'index.html': page('/src/main.js'),
    'src/main.js': `import { follow } from 'relup/browser'; import { current, versions } from 'relup/runtime'; import { draw } from './view.js';
      const following = follow({ pollMs: 0, probation: false }); window.left = [];
      window.look = () => following.check().then(() => { window.left.push(new WeakRef(current())); return current().release; }); window.old = () => versions().old.length; draw();`,
    'src/view.js': `${names.map((name) => `import { ${name}, of as ${name}Of } from './${name}.js';`).join('\n')}
      export const draw = () => { document.querySelector('#out').textContent = [${names.map((name) => `${name}(), ${name}Of(1)`).join(', ')}].join(); };`,
    ...Object.fromEntries(names.map((name, index) => [`src/${name}.js`, `${index + 1 < names.length ? `import { ${names[index + 1]} as below, of as first } from './${names[index + 1]}.js';` : 'const below = () => 0, first = (n) => n;'}
      const revision = 0; export function ${name}() { return revision + below(); } export function of(n) { return n < 1 ? first(n - 1) : n; } export function spare(n) { return of(n); }`])),
  } });
}, 60_000);
afterAll(async () => {
  await site?.close();
  await browser?.close();
});

test('manifests and versions of releases that were left are garbage', async () => {
  const tab = await site.open();
  await tab.until('Boolean(window.look)', true);
  for (const name of names) {
    await site.release({ [`src/${name}.js`]: site.text(`src/${name}.js`).replace('revision = 0', 'revision = 1') });
    expect(await tab.value('window.look()')).toBe((JSON.parse(site.served('relup/latest.json')) as { release: string }).release);
  }
  const session = await tab.page.context().newCDPSession(tab.page);
  for (let turn = 0; turn < 3; turn++) {
    await session.send('HeapProfiler.collectGarbage');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(await tab.value('window.left.length')).toBe(12);
  // The running one, and what the last commit still has at hand.
  expect(await tab.value('window.left.filter((ref) => ref.deref()).length')).toBeLessThanOrEqual(3);
  expect(await tab.value('window.old()')).toBe(0);
}, 120_000);
