/**
 * Pages that follow their releases, in a real Chromium, built by Vite and served from disk: what a page carries for it, what that costs
 * while it loads, what an upgrade fetches, how long it holds the page up, and what stays in memory.
 */
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch, pageMemory } from './dev-driver.js';
import { writeTree } from './generate.js';
import { createWorkspace, gzipped, median, project } from './measure.js';
import { compareLoads, serve } from './page-loads.js';
import { openReleases } from './releases.js';

const modules = 50;

async function buildPage(dir, out, hot, options) {
  const { build } = await import('vite');
  const { relup } = await import(join(project, 'dist', 'plugin', 'vite.js'));
  await build({ root: dir, configFile: false, logLevel: 'silent', plugins: hot ? [relup({ app: 'bench', ...options })] : [], build: { outDir: out, emptyOutDir: true, reportCompressedSize: false } });
  return join(dir, out);
}

/** A page with 50 modules of its own and React. */
function writePage(dir, follow = '') {
  for (const name of ['react', 'react-dom', 'scheduler']) symlinkSync(join(project, 'node_modules', name), join(dir, 'node_modules', name));
  writeTree(dir, { modules, exports: 6, entry: `import { createElement } from 'react'; import { createRoot } from 'react-dom/client';\nconst Page = () => createElement('p', null, total());\ncreateRoot(document.querySelector('#root')).render(createElement(Page));\nwindow.answer = () => answer();\nwindow.loaded = true;\n${follow}` });
  writeFileSync(join(dir, 'index.html'), '<!doctype html><title>page</title><link rel="icon" href="data:,"><div id="root"></div><script type="module" src="/src/main.js"></script>');
}

/** JavaScript that a page with an empty application carries, gzipped. */
async function sizeRow() {
  const dir = createWorkspace('page-size');
  writeTree(dir, { modules: 1, exports: 1 });
  writeFileSync(join(dir, 'src/main.js'), `document.title = 'page';`);
  writeFileSync(join(dir, 'index.html'), '<!doctype html><title>page</title><script type="module" src="/src/main.js"></script>');
  const weigh = async hot => {
    const out = await buildPage(dir, hot ? 'hot' : 'plain', hot, { follow: true });
    const html = readFileSync(join(out, 'index.html'), 'utf8');
    return [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].reduce((sum, [, file]) => sum + gzipped(readFileSync(join(out, file))), 0);
  };
  const [plain, hot] = [await weigh(false), await weigh(true)];
  const engine = gzipped(readFileSync(join(project, 'dist', 'engine.js')));
  return { case: 'what a page carries to follow its releases, gzipped', value: (hot - plain) / 1024, unit: 'KB', need: ['<', 8], note: `and ${(engine / 1024).toFixed(1)} KB once there is something to do` };
}

async function loadRows(browser) {
  const dir = createWorkspace('page-load');
  writePage(dir);
  const folders = { hot: await buildPage(dir, 'hot', true, { follow: true }), plain: await buildPage(dir, 'plain', false) };
  return compareLoads(browser, folders, 'window.loaded', `a page with React and ${modules} modules`);
}

const follow = `import { follow } from 'relup/browser';\nimport { current } from 'relup/runtime';\nwindow.current = () => current().release;\nconst following = follow({ pollMs: 0, probation: false });\nwindow.check = () => following.check().then(result => result && [result.outcome, ...result.refusals.map(({ code }) => code)].join());\n`;

/** A page that follows by hand, open on its first release. */
async function openFollowing(browser, name) {
  const dir = createWorkspace(name);
  writePage(dir, follow);
  const out = await buildPage(dir, 'dist', true);
  const site = await serve(out);
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(site.url);
  await page.waitForFunction('window.check');
  const releases = await openReleases(join(out, 'relup'));
  const check = async () => {
    const { release } = JSON.parse(readFileSync(join(out, 'relup/latest.json'), 'utf8'));
    const outcome = await page.evaluate('window.check()');
    // The look after the release before was confirmed may have been first.
    if ((outcome !== 'committed' && outcome !== null) || (await page.evaluate('window.current()')) !== release) throw new Error(`The upgrade was ${outcome}.`);
  };
  return { site, context, page, releases, check, out, close: async () => { await context.close(); site.close(); } };
}

/** Another text with the same meaning, as long as before: a count that changes. */
const edit = number => text => (/\/\*edit \d+\*\//.test(text) ? text.replace(/\/\*edit \d+\*\//, `/*edit ${number}*/`) : `${text}/*edit ${number}*/\n`);

/** From release 1 straight to 8; each changed one module. */
async function bytesRow(browser) {
  const { site, releases, check, out, close } = await openFollowing(browser, 'page-bytes');
  const older = [];
  for (let release = 0; release < 7; release++) {
    older.push(releases.latest());
    releases.derive(`src/m${release + 3}.js`, edit(release));
    releases.publish(older);
  }
  site.counted.requests = site.counted.bytes = 0;
  await check();
  const { release } = JSON.parse(readFileSync(join(out, 'relup/latest.json'), 'utf8'));
  const manifest = JSON.parse(readFileSync(join(out, `relup/releases/${release}.json`), 'utf8'));
  const differing = Array.from({ length: 7 }, (_, index) => gzipped(readFileSync(join(out, `relup/modules/${manifest.modules[`src/m${index + 3}.js`].stamp}.js`)))).reduce((sum, size) => sum + size);
  const engine = gzipped(readFileSync(join(project, 'dist', 'engine.js')));
  const { bytes, requests } = site.counted;
  await close();
  return { case: 'fetched from release 1 to 8, against the 7 modules that differ', value: (bytes - engine) / differing, unit: 'x', need: ['<', 1.3], note: `${bytes - engine} B in ${requests - 1} requests, the modules ${differing} B; and once in a page ${engine} B that upgrade it, with which it is ${(bytes / differing).toFixed(1)}x` };
}

/** The longest task of pages while they are upgraded, at a quarter of the machine's speed. The browser tells of tasks above 50 ms. */
async function pauseRow(browser) {
  const pages = [];
  for (let each = 0; each < 5; each++) pages.push(await longestTasks(browser, 3));
  const longest = pages.map((tasks) => Math.max(...tasks));
  return { case: `longest task of an upgrade of ${modules} modules, processor slowed to a quarter`, value: median(longest), unit: 'ms', need: ['<=', 50], note: `median of 5 pages with 3 upgrades each, of which the first also fetches and starts what upgrades pages: ${pages.map((tasks) => tasks.map((ms) => ms.toFixed(0)).join(' ')).join(', ')} (0: none above 50 ms)` };
}

async function longestTasks(browser, rounds) {
  const { page, context, releases, check, close } = await openFollowing(browser, 'page-pause');
  await check0(page);
  const session = await context.newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  await page.evaluate(() => {
    window.tasks = [];
    new PerformanceObserver(list => window.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });
  });
  const longest = [];
  for (let round = 0; round < rounds; round++) {
    const before = releases.latest();
    for (let index = 0; index < modules; index++) releases.derive(`src/m${index}.js`, edit(round * 1000 + index));
    releases.publish([before]);
    await page.evaluate(() => { window.tasks.length = 0; });
    await check();
    await page.waitForTimeout(300);
    longest.push(await page.evaluate(() => Math.max(0, ...window.tasks)));
  }
  await close();
  return longest;
}

const check0 = page => page.evaluate('window.check()');

async function memoryRow(browser) {
  const { page, context, releases, check, close } = await openFollowing(browser, 'page-memory');
  let before = 0;
  for (let release = 0; release < 210; release++) {
    const made = releases.derive(`src/m${release % modules}.js`, edit(release));
    releases.publish([made.replaced.release]);
    await check();
    if (release > 0) releases.forget(made.replaced);
    if (release === 9) before = await pageMemory({ page, context });
  }
  const after = await pageMemory({ page, context });
  await close();
  return { case: 'heap of a page after 200 releases', value: (after - before) / 1e6, unit: 'MB', need: ['<', 5], note: `${(before / 1e6).toFixed(1)} -> ${(after / 1e6).toFixed(1)} MB` };
}

export async function run() {
  const browser = await launch();
  try {
    return [await sizeRow(), ...await loadRows(browser), await bytesRow(browser), await pauseRow(browser), await memoryRow(browser)];
  } finally {
    await browser.close();
  }
}
