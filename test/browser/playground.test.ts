/**
 * The playground's page, served by the playground's service: React with a router, a query cache, charts on canvas and a socket, as people
 * write it. Oracle: a page that is loaded anew, whose customer opens the same dialog, shows the same.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { getJson, Service } from '../../playground/run/service.js';
import { startBuilder, type Builder } from './builder.js';
import { DevPage, launch, newContext } from './dev-page.js';

const playground = resolve(import.meta.dirname, '../../playground');
const root = join(playground, '.run', 'page');
const sources = join(root, 'page/src');
const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production', NO_COLOR: '1', POLL_MS: '300', PROBATION_MS: '300' };

const edit = (file: string, change: (text: string) => string): void => {
  const text = readFileSync(join(sources, file), 'utf8');
  const changed = change(text);
  if (changed === text) throw new Error(`Nothing changed in ${file}.`);
  writeFileSync(join(sources, file), changed);
};
const replacing = (file: string, before: string, after: string) => () => edit(file, (text) => text.replaceAll(before, after));

/** Every module of the page at once. */
function editAll(): void {
  for (const file of readdirSync(sources, { recursive: true, encoding: 'utf8' })) {
    if (/\.tsx?$/.test(file) && file !== 'main.tsx' && file !== 'api/types.ts') edit(file, (text) => `${text}\nexport function edition() { return 'all'; }\n`);
  }
}

/** What each release changes, and what the dialog or the cart say then. */
const releases: readonly { readonly what: string; readonly change: () => unknown; readonly says?: string }[] = [
  { what: 'a pure function', change: replacing('format/money.ts', "'EUR'", "'USD'"), says: '$' },
  { what: 'a style sheet', change: replacing('styles.css', '#0b7a54', '#7a0b54') },
  { what: 'a component', change: replacing('catalogue/lot-facts.tsx', 'in store', 'in the house'), says: 'in the house' },
  { what: 'a component with a hook more', change: () => edit('catalogue/lot-facts.tsx', (text) => `import { useState } from 'react';\n${text.replace('  const { data: lot }', "  const [place] = useState('the cellar');\n  const { data: lot }").replace('in the house', 'in {place}')}`), says: 'in the cellar' },
  { what: 'a hook of another module', change: replacing('catalogue/use-lots.ts', "queryKey: ['search', query]", "queryKey: ['search', query.trim()]") },
  { what: 'a module with state', change: replacing('market/prices.ts', '(now[sku] as number) / 100', 'Math.round(now[sku] as number) / 100') },
  { what: 'what a socket calls', change: replacing('live/messages.ts', "if (typeof event['topic'] !== 'string') return;", "const { topic } = event;\n  if (typeof topic !== 'string' || topic === '') return;") },
  { what: 'what is loaded when somebody looks', change: replacing('orders/orders-page.tsx', 'No orders yet.', 'Nobody ordered.') },
  { what: 'who renders the page', change: replacing('start.tsx', 'startTransition(() => root', "document.title = 'Coffee';\n  startTransition(() => root") },
  { what: 'every module', change: editAll },
];

let browser: Browser;
let service: Service;
let builders: { readonly service: Builder; readonly page: Builder };

beforeAll(async () => {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  cpSync(join(playground, 'src'), join(root, 'src'), { recursive: true });
  cpSync(join(playground, 'page/src'), sources, { recursive: true });
  for (const file of ['vite.config.js', 'page/index.html', 'page/vite.config.js']) cpSync(join(playground, file), join(root, file));
  builders = { service: startBuilder(root, env), page: startBuilder(join(root, 'page'), env) };
  await Promise.all([builders.service.build(), builders.page.build()]);
  browser = await launch();
  service = await Service.start({ bundle: join(root, 'dist/server.js'), cwd: root, dataFile: join(root, 'data/coffee.db'), env: { NODE_OPTIONS: '' } });
}, 120_000);
afterAll(async () => {
  for (const builder of Object.values(builders ?? {})) builder.stop();
  await service?.stop();
  await browser?.close();
  rmSync(root, { recursive: true, force: true });
});

/** A page whose customer has signed in and looks at a lot. */
async function openLot(): Promise<DevPage> {
  const tab = new DevPage(await (await newContext()).newPage(), { log: '' });
  await tab.begin(`http://127.0.0.1:${service.port}/`, false);
  await tab.page.click('text=Trade');
  await tab.page.fill('.search', 'washed');
  await tab.page.click('text=Huila Pitalito');
  await tab.until(`document.querySelectorAll('dialog canvas').length > 0`, true);
  return tab;
}

/** What the page shows, but for prices, which move. */
const shown = `document.querySelector('#root').innerHTML.replace(/[▴▾]/g, '').replace(/class="(?:up|down)"/g, '').replace(/<div class="chart">.*?<\\/div><textarea/, '<textarea').replace(/<textarea[^]*?<\\/textarea>/, '').replace(/\\d[\\d.,]*/g, '#').replace(/<footer>[^]*?<\\/footer>/, '')`;

test('ten releases of the page and one of the service, in one open page', async () => {
  const tab = await openLot();
  await tab.page.click('dialog >> text=Close');
  await tab.page.click('[aria-label="Add CO-HUI"]');
  await tab.page.click('text=Huila Pitalito');
  await tab.until(`document.querySelectorAll('.cart .line').length`, 1);
  await tab.page.fill('textarea', 'half a sen');
  await tab.mark();
  await tab.value(`window.canvas = document.querySelector('dialog canvas'), null`);
  const releaseNow = (): string => (JSON.parse(readFileSync(join(root, 'page/dist/relup/latest.json'), 'utf8')) as { release: string }).release;
  for (const [index, { what, change, says }] of releases.entries()) {
    const before = releaseNow();
    change();
    await builders.page.build();
    const release = releaseNow();
    expect([what, release === before]).toEqual([what, false]);
    await tab.until(`document.querySelector('footer').textContent.trim()`, `Release ${release.slice(0, 8)} came in place.`);
    if (index === 4) {
      // The service as well: its sockets stay, and so do its carts.
      cpSync(join(playground, 'releases/2'), join(root, 'src'), { recursive: true });
      await builders.service.build();
      await service.upgrade(({ type }) => type === 'confirmed');
      await tab.until(`document.querySelector('.cart dl p').textContent.includes('14 days')`, true);
    }
    const fresh = await openLot();
    await fresh.until(`document.querySelectorAll('.amount').length`, 5);
    await tab.until(shown, await fresh.value(shown));
    expect([what, await tab.value(`document.querySelector('#root').textContent.includes(${JSON.stringify(says ?? '')})`)]).toEqual([what, true]);
    expect([what, await tab.value(`getComputedStyle(document.querySelector('.up') ?? document.body).color === 'rgb(11, 122, 84)'`)]).toEqual([what, index === 0]);
    await fresh.page.context().close();
    await tab.page.keyboard.type(String(index));
    const typed = `half a sen${Array.from({ length: index + 1 }, (_, each) => each).join('')}`;
    expect([what, await tab.value(`[document.querySelector('textarea').value, document.activeElement.localName, document.querySelector('dialog').open, document.querySelector('.search').value, window.canvas === document.querySelector('dialog canvas')]`)])
      .toEqual([what, [typed, 'textarea', true, 'washed', true]]);
    expect([what, ((await getJson(service.port, '/metrics')) as { sockets: number }).sockets]).toEqual([what, 1]);
  }
  // What nobody had loaded comes in the release that runs.
  await tab.page.click('dialog >> text=Close');
  await tab.page.click('text=Orders');
  await tab.until(`document.querySelector('main').textContent`, 'Nobody ordered.');
  await tab.stays();
  expect(tab.errors).toEqual([]);
}, 300_000);
