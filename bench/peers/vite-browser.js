/** Vite: a real dev server, the program in a page of a real Chromium. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProgram, recorder } from './program.js';
import { writeProgram } from './workspace.js';

export { byHand, variants } from './vite-variants.js';
export const name = 'vite';
export const how = 'dev server, page in Chromium';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export async function start(accepts) {
  if (!existsSync(executablePath)) throw new Error('There is no Chromium: set CHROMIUM to its path.');
  const { createServer, version } = await import('vite');
  const { chromium } = await import('playwright-core');
  const program = createProgram({ hot: 'import.meta.hot', accepts });
  const { dir, edit } = writeProgram('vite-browser', program.files);
  writeFileSync(join(dir, 'index.html'), `<!doctype html><link rel="icon" href="data:,"><script>${recorder}</script><script type="module">import * as program from '/src/main.js'; Object.assign(window, program);</script>`);
  const server = await createServer({ root: dir, configFile: false, envFile: false, logLevel: 'silent', server: { host: '127.0.0.1', port: 0 }, optimizeDeps: { noDiscovery: true } });
  let browser;
  const stop = async () => { await browser?.close(); await server.close(); };
  try {
    await server.listen();
    browser = await chromium.launch({ executablePath, args: flags });
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.httpServer.address().port}/`);
    await page.waitForFunction('window.look');
    // A page that reloads itself has lost what was saved.
    await page.evaluate('window.marker = 1');
    const look = async () => {
      const seen = await page.evaluate('window.marker ? look() : null');
      if (!seen) throw new Error('The page reloaded itself.');
      return seen;
    };
    return { look, late: () => page.evaluate('late()'), save: () => page.evaluate('save()'), edit, program, version, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
