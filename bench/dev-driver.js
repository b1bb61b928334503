/**
 * Drives dev servers and pages for the figures of `npm run bench:dev`: servers in processes of their own, pages in a real Chromium.
 * Times are taken by the clocks of the page and of this process, which are compared before.
 */
import { fork } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--js-flags=--expose-gc'];
const limitMs = 180_000;

export function launch() {
  if (!existsSync(executablePath)) throw new Error(`There is no browser at ${executablePath}. Install one: apt-get install chromium, or set CHROMIUM to its path.`);
  return chromium.launch({ executablePath, args: flags });
}

const within = (promise, what) => {
  let limit;
  return Promise.race([promise, new Promise((_, reject) => { limit = setTimeout(() => reject(new Error(`${what} took more than ${limitMs / 1000} s.`)), limitMs); })]).finally(() => clearTimeout(limit));
};

/** What earlier servers kept. */
export function forgetCaches(dir) {
  for (const folder of ['.vite', '.cache']) rmSync(join(dir, 'node_modules', folder), { recursive: true, force: true });
}

/** A dev server in a process of its own. Shape: `hot` is whether relup is in it. */
export async function startServer({ dir, hot, ssr, env = {}, nodeOptions = [] }) {
  const child = fork(fileURLToPath(new URL('dev-server-child.js', import.meta.url)), [JSON.stringify({ dir, hot, ssr })], { cwd: dir, execArgv: ['--no-warnings', '--expose-gc', ...nodeOptions], env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const answer = key => within(new Promise((resolve, reject) => {
    const listen = message => {
      if (!(key in message)) return;
      child.off('message', listen);
      resolve(message);
    };
    child.on('message', listen);
    child.once('exit', code => reject(new Error(`The dev server ended with ${code}.`)));
  }), `The dev server's "${key}"`);
  const { url } = await answer('ready');
  return {
    url, child,
    memory: async () => {
      child.send('memory');
      return (await answer('memory')).memory;
    },
    async close() {
      const ended = new Promise(resolve => child.once('exit', resolve));
      child.send('close');
      setTimeout(() => child.kill('SIGKILL'), 5000).unref();
      await ended;
    },
  };
}

/** A page of its own, with nothing in any cache. */
export async function openPage(browser, url) {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.on('pageerror', error => process.stderr.write(`page: ${error.message}\n`));
  await page.goto(url, { waitUntil: 'commit' });
  await page.waitForFunction('window.loaded', null, { timeout: limitMs });
  return { page, context };
}

/** Ready a page for edits: a marker that a reload loses, and a clock to compare. */
export async function watchPage({ page, context }) {
  // Longer than the page's own modules need to settle.
  await page.waitForTimeout(500);
  await page.evaluate(() => {
    window.marker = 1;
    window.shown = (read, revision) => new Promise(resolve => {
      const look = () => {
        if (read() === revision) resolve(performance.timeOrigin + performance.now());
        else scheduler.postTask(look, { delay: 1 });
      };
      look();
    });
  });
  let best = { trip: Infinity, offset: 0 };
  for (let round = 0; round < 20; round++) {
    const start = performance.timeOrigin + performance.now();
    const there = await page.evaluate(() => performance.timeOrigin + performance.now());
    const trip = performance.timeOrigin + performance.now() - start;
    if (trip < best.trip) best = { trip, offset: there - (start + trip / 2) };
  }
  return { page, context, offset: best.offset };
}

/** Vite's watcher hears of a file once in 50 ms and drops what comes between. */
const pauseMs = 80;

/** Give a leaf its next revision, and wait until the page shows it. Answers ms from before the write. */
export async function edit({ page, offset }, file, leaf) {
  await new Promise(resolve => setTimeout(resolve, pauseMs));
  const text = readFileSync(file, 'utf8');
  const revision = Number(/const revision = (\d+)/.exec(text)[1]) + 1;
  await page.evaluate(([index, next]) => { window.seen = window.shown(() => window.answer[index](), next); }, [leaf, revision]);
  const next = text.replace(/const revision = \d+/, `const revision = ${revision}`);
  const start = performance.timeOrigin + performance.now();
  writeFileSync(file, next);
  const shown = await within(page.evaluate(() => window.seen), `Edit ${revision} of ${file}`);
  if (!(await page.evaluate(() => window.marker === 1))) throw new Error('The page was loaded again.');
  return shown - offset - start;
}

/** Bytes of a page's heap after its garbage was collected. */
export async function pageMemory({ page, context }) {
  const session = await context.newCDPSession(page);
  for (let round = 0; round < 3; round++) {
    await session.send('HeapProfiler.collectGarbage');
    await page.waitForTimeout(50);
  }
  const { usedSize, embedderHeapUsedSize = 0, backingStorageSize = 0 } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize + embedderHeapUsedSize + backingStorageSize;
}
