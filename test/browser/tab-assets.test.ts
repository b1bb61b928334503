/** Files that modules and style sheets name: after an upgrade a page has those of the new release, as a page that is loaded anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launch, type DevPage } from './dev-page.js';
import { deploy, type Site } from './site.js';

const font = readFileSync(join(dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'lib/vite/recorder/assets/codicon-DCmgc-ay.ttf'));

/** A WebAssembly module that exports `run`, of two numbers. Source: WebAssembly core specification, 5.5. */
const wasm = (operation: 'add' | 'mul'): Buffer => Buffer.from([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, // magic, version
  1, 7, 1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f, // type: (i32, i32) -> i32
  3, 2, 1, 0, // function 0 has type 0
  7, 7, 1, 3, 0x72, 0x75, 0x6e, 0, 0, // export "run"
  10, 9, 1, 7, 0, 0x20, 0, 0x20, 1, operation === 'add' ? 0x6a : 0x6c, 0x0b, // its body
]);

const files = {
  'index.html': `<!doctype html><title>page</title><link rel="icon" href="data:,"><p id="out">text</p><script type="module" src="/src/main.js"></script>`,
  'src/main.js': `import { follow } from 'relup/browser'; import './page.css'; import { all } from './all.js'; const following = follow({ pollMs: 0, probation: false });
window.look = () => following.check().then((result) => result && [result.outcome, ...result.refusals.map(({ code, place, reason }) => [code, place, reason].join(' '))]); window.all = () => all();`,
  'src/page.css': `@font-face { font-family: signs; src: url('./signs.ttf'); } #out { font-family: signs; background: url('./back.svg'); }`,
  'src/all.js': `import init from './math.wasm?init'; import imported from './pic.svg'; import text from './note.txt?raw'; import data from './data.json'; import { pictures } from './pictures.js';
const fetched = async (url) => (await fetch(url)).text();
export const all = async () => ({
  init: (await init()).exports.run(6, 3), streamed: (await WebAssembly.instantiateStreaming(fetch(new URL('./math.wasm', import.meta.url)))).instance.exports.run(6, 3),
  imported: await fetched(imported), named: await fetched(new URL('./pic.svg', import.meta.url)), pictures: await Promise.all(pictures().map(fetched)), text, data: data.value,
  background: await fetched(getComputedStyle(document.querySelector('#out')).backgroundImage.slice(5, -2)),
  font: [...document.fonts].map(({ status }) => status), fontUrl: [...document.styleSheets].flatMap(({ cssRules }) => [...cssRules].map(({ cssText }) => /[^/]*[.]ttf/.exec(cssText)?.[0])).filter(Boolean),
});`,
  'src/pictures.js': `export const pictures = () => Object.values(import.meta.glob('./gallery/*.svg', { eager: true, query: '?url', import: 'default' }));`,
  'src/gallery/a.svg': '<svg xmlns="http://www.w3.org/2000/svg"><title>a</title></svg>',
  'src/pic.svg': '<svg xmlns="http://www.w3.org/2000/svg"><title>one</title></svg>',
  'src/back.svg': '<svg xmlns="http://www.w3.org/2000/svg"><title>back one</title></svg>',
  'src/note.txt': 'note one',
  'src/data.json': '{ "value": 1 }',
};

let browser: Browser;
let site: Site;
beforeAll(async () => {
  browser = await launch();
  site = await deploy({ config: 'build: { assetsInlineLimit: 0 },', files: { ...files, 'src/math.wasm': '', 'src/signs.ttf': '' } });
}, 60_000);
afterAll(async () => {
  await site?.close();
  await browser?.close();
});

const put = (file: string, content: Buffer): void => writeFileSync(join(site.root, file), content);

const all = async (tab: DevPage): Promise<unknown> => {
  await tab.value('document.fonts.ready.then(() => null)');
  return tab.value('window.all()');
};

test('wasm, pictures, fonts, texts and data change in place with the module or style sheet that names them', async () => {
  put('src/math.wasm', wasm('add'));
  put('src/signs.ttf', font);
  await site.release();
  const tab = await site.open();
  await tab.until('Boolean(window.look)', true);
  const one = { init: 9, streamed: 9, imported: files['src/pic.svg'], named: files['src/pic.svg'], pictures: [files['src/gallery/a.svg']], text: 'note one', data: 1, background: files['src/back.svg'], font: ['loaded'], fontUrl: [expect.stringMatching(/^signs-.*[.]ttf$/)] };
  const before = (await all(tab)) as { fontUrl: string[] };
  expect(before).toEqual(one);
  put('src/math.wasm', wasm('mul'));
  put('src/signs.ttf', Buffer.concat([font, Buffer.alloc(4)]));
  const changed = Object.fromEntries(['src/pic.svg', 'src/back.svg', 'src/note.txt'].map((file) => [file, files[file as 'src/pic.svg'].replace('one', 'two')]));
  await site.release({ ...changed, 'src/data.json': '{ "value": 2 }', 'src/gallery/b.svg': files['src/gallery/a.svg'].replace('>a<', '>b<') });
  expect(await tab.value('window.look()')).toEqual(['committed']);
  const after = (await all(tab)) as { fontUrl: string[] };
  expect(after).toEqual({ ...one, init: 18, streamed: 18, imported: changed['src/pic.svg'], named: changed['src/pic.svg'], pictures: [files['src/gallery/a.svg'], files['src/gallery/a.svg'].replace('>a<', '>b<')], text: 'note two', data: 2, background: changed['src/back.svg'] });
  expect(after.fontUrl).not.toEqual(before.fontUrl);
  const fresh = await site.open();
  await fresh.until('Boolean(window.look)', true);
  expect(await all(fresh)).toEqual(after);
  await tab.stays();
  expect(tab.errors).toEqual([]);
}, 120_000);
