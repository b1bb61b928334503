/**
 * A page in a real Chromium, built by real Vite 8, served by a real static server, upgraded in place by a second build.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chromium, type Browser, type Page } from 'playwright-core';

const root = fileURLToPath(new URL('../..', import.meta.url));
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json', '.css': 'text/css', '.svg': 'image/svg+xml' };
let project = '';
let server: Server;
let browser: Browser;
let page: Page;

const write = (file: string, text: string): void => writeFileSync(join(project, file), text);
const build = (): string => execFileSync(process.execPath, ['build.mjs'], { cwd: project, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } });
const text = (): Promise<string | null> => page.textContent('#out');

const badge = (release: string, more = ''): string => `export class Badge extends HTMLElement {
  static observedAttributes = ['size']; #clicks = 0; made = '${release}';
  connectedCallback() { this.textContent = 'connected ${release}'${release === 'three' ? ` + ' ' + this.#clicks` : ''}; }
  attributeChangedCallback(name, before, after) { this.seen = '${release} ' + after; }
  say() { return '${release}'; } click() { return '${release} ' + ++this.#clicks; } ${more}
}`;

beforeAll(async () => {
  if (!existsSync(executablePath)) throw new Error(`There is no browser at ${executablePath}. Install one: apt-get install chromium, or set CHROMIUM to its path.`);
  project = mkdtempSync(join(tmpdir(), 'relup-browser-'));
  mkdirSync(join(project, 'src'));
  mkdirSync(join(project, 'node_modules'));
  for (const name of ['vite', 'rolldown']) symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name));
  symlinkSync(root, join(project, 'node_modules/relup'));
  write('package.json', JSON.stringify({ name: 'page', version: '1.0.0', type: 'module' }));
  write('build.mjs', `import { build } from 'vite'; import relup from 'relup/vite';
    await build({ root: ${JSON.stringify(project)}, configFile: false, logLevel: 'error', plugins: [relup()], build: { emptyOutDir: false, assetsInlineLimit: 0 } });`);
  write('index.html', `<!doctype html><title>page</title><link rel="icon" href="data:,"><button id="add">add</button><img id="logo"><p id="out"></p><x-badge></x-badge><script type="module" src="/src/main.js"></script>`);
  write('src/logo.svg', `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>`);
  write('src/main.js', `import { follow } from 'relup/browser'; import { draw, add } from './view.js'; import { Badge } from './badge.js';
    customElements.define('x-badge', Badge); window.Badge = Badge;
    document.querySelector('#add').addEventListener('click', () => { add(); draw(); });
    draw(); const following = await follow({ pollMs: 0 }); window.check = () => following.check();
    window.lazy = async () => (await import('./lazy.js')).lazy();`);
  write('src/view.js', `import { state } from 'relup'; import { label } from './label.js'; import logo from './logo.svg';
    const counter = state({ n: 0 }); export const add = () => { counter.n++; };
    export const draw = () => { document.querySelector('#out').textContent = label(counter.n); document.querySelector('#logo').src = logo; };`);
  write('src/label.js', `export const label = (n) => 'one: ' + n;`);
  write('src/badge.js', badge('one'));
  write('src/lazy.js', `import { label } from './label.js'; export const lazy = () => 'lazy one, ' + label(0);`);
  build();
  server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    readFile(join(project, 'dist', path === '/' ? 'index.html' : path)).then(
      (body) => response.writeHead(200, { 'content-type': types[extname(path)] ?? 'text/html' }).end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.waitForFunction('window.check');
  await page.evaluate('window.marker = 1');
}, 120_000);

afterAll(async () => {
  await browser?.close();
  server?.close();
  if (project) rmSync(project, { recursive: true, force: true });
});

describe('an open page', () => {
  test('becomes the new release in place: new code, old state, no reload', async () => {
    await page.click('#add');
    await page.click('#add');
    expect(await text()).toBe('one: 2');
    write('src/label.js', `export const label = (n) => 'two: ' + n * 10;`);
    build();
    expect(await page.evaluate('window.check().then((result) => [result.outcome, Object.keys(result.plan.modules)])')).toEqual(['committed', ['src/label.js']]);
    await page.click('#add');
    expect(await text()).toBe('two: 30');
    expect(await page.evaluate('window.marker')).toBe(1);
  });

  test('has custom elements of the new release, defined once', async () => {
    expect(await page.textContent('x-badge')).toBe('connected one');
    await page.evaluate(`window.old = document.querySelector('x-badge'); old.click()`);
    write('src/badge.js', badge('two', `added() { return 'added'; }`));
    build();
    expect(await page.evaluate('window.check().then(({ outcome, refusals }) => [outcome, refusals])')).toEqual(['committed', []]);
    expect(await page.evaluate(`(() => {
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
    write('src/badge.js', badge('three'));
    build();
    expect(await page.evaluate('window.check().then(({ outcome, refusals }) => [outcome, refusals])')).toEqual(['committed', []]);
    expect(await page.evaluate(`[old, document.createElement('x-badge')].map((element) => (document.body.append(element), [element.textContent, element.say()]))`)).toEqual([['connected one', 'three'], ['connected three 0', 'three']]);
  });

  test('loads a lazy module in the current release, also when its old chunk is gone', async () => {
    write('src/lazy.js', `import { label } from './label.js'; export const lazy = () => 'lazy two, ' + label(1);`);
    build();
    await page.evaluate('window.check()');
    expect(await page.evaluate('window.lazy()')).toBe('lazy two, two: 10');
  });

  test('refuses a release whose artifact was tampered with, and goes on', async () => {
    write('src/label.js', `export const label = (n) => 'three: ' + n;`);
    build();
    const { release } = JSON.parse(await readFile(join(project, 'dist/relup/latest.json'), 'utf8')) as { release: string };
    const manifest = JSON.parse(await readFile(join(project, `dist/relup/releases/${release}.json`), 'utf8')) as { modules: Record<string, { stamp: string }> };
    const file = join(project, `dist/relup/modules/${manifest.modules['src/label.js']?.stamp}.js`);
    writeFileSync(file, `${await readFile(file, 'utf8')};`);
    expect(await page.evaluate('window.check().then((result) => [result.outcome, result.refusals[0].code])')).toEqual(['refused', 'ARTIFACT_MISSING']);
    await page.click('#add');
    expect(await text()).toBe('two: 40');
    expect(await page.evaluate('window.marker')).toBe(1);
  });
});
