/**
 * Pages of Vite's real dev server, with the packed plugin, in a real Chromium.
 *
 * Shape:
 * ```
 * const browser = await launch();                                    // fails clearly where there is none; close it last
 * const server = await serve({ files: { 'index.html': page('/src/main.js'), 'src/main.js': '...' }, config: `base: '/app/',` });
 * const page = await server.open();                                  // errors, reloads and relup's events are noted from now on
 * server.edit('src/main.js', (text) => text.replace('1', '2'));      // atomic: by rename. Several at once: server.write({...})
 * await page.shows('#out', '2');                                     // polls until text is as said; page.until(expression, value)
 * await page.stays();                                                // throws if the page was loaded again
 * page.commits();                                                    // ids of modules, by commit, since the last call
 * await page.overlay();                                              // text of Vite's overlay, or null
 * await server.run('return server.config.base');                     // in the server's process: `server` is Vite's
 * await server.kill(); await server.start();                         // on the same port
 * await server.close();
 * ```
 * The server runs in a process of its own (Vite does not run inside jest), from a `vite.config.js` as users write it, in a
 * temporary folder whose `node_modules` links to that of this package. Nothing here knows what any test is about.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { chromium, type Browser, type BrowserContext, type Page, type LaunchOptions } from 'playwright-core';
import { configText, packageFolder, Project, type ProjectOptions } from './project.js';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
/** How long a page may take to become what a test waits for, in ms. */
const patience = 12_000;

export interface ServeOptions extends ProjectOptions {
  /** Of the server's process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Run in the server's process before Vite is imported, as source text. */
  readonly before?: string;
}

export interface OpenOptions {
  /** Open this address instead of the server's own, e.g. a proxy's. */
  readonly url?: string;
  /** Below the base. */
  readonly path?: string;
  /** Whether relup's events are noted: where its runtime is not in the page, it would be by that. Default true. */
  readonly observes?: boolean;
}

export interface PageEvent {
  readonly type: string;
  readonly modules: readonly string[];
}

/** A page with a paragraph `#out` and scripts. */
export const page = (...scripts: readonly string[]): string =>
  `<!doctype html><title>page</title><link rel="icon" href="data:,"><p id="out"></p>${scripts.map((src) => `<script type="module" src="${src}"></script>`).join('')}`;

let shared: Browser | null = null;

/** The browser of a test file. */
export async function launch(options: LaunchOptions = {}): Promise<Browser> {
  if (!existsSync(executablePath)) throw new Error(`There is no browser at ${executablePath}. Install one: apt-get install chromium, or set CHROMIUM to its path.`);
  return (shared = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'], ...options }));
}

/** Where pages share nothing with others. */
export function newContext(): Promise<BrowserContext> {
  if (!shared) throw new Error('Launch a browser first.');
  return shared.newContext({ ignoreHTTPSErrors: true });
}

/** Make a project and start its dev server. */
export async function serve(options: ServeOptions): Promise<Server> {
  if (!existsSync(join(packageFolder, 'dist/dev/browser.js'))) throw new Error('The package is not built: run "npm run build" first.');
  const server = new Server(options, await freePort());
  await server.start();
  return server;
}

export class Server extends Project {
  /** All that its processes have printed. */
  log = '';
  /** As the server says it. */
  url = '';
  readonly #options: ServeOptions;
  readonly #port: number;
  readonly #pages: DevPage[] = [];
  #child: ChildProcess | null = null;
  #asked = 0;
  readonly #asking = new Map<number, (answer: { readonly value?: unknown; readonly error?: string }) => void>();

  constructor(options: ServeOptions, port: number) {
    super('dev', options.files, options.packages);
    this.#options = options;
    this.#port = port;
    this.configure(options.config ?? '');
  }

  /** Write the configuration; Vite starts its server again if it runs. */
  configure(config: string): void {
    this.write({ 'vite.config.js': configText({ ...this.#options, config }) });
  }

  async start(): Promise<void> {
    const { before = '', env } = this.#options;
    const script = join(this.home, 'serve.mjs');
    writeFileSync(script, serverScript(this.root, this.#port, before));
    const child = fork(script, { cwd: this.root, execArgv: [], silent: true, env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'development', NO_COLOR: '1', ...env } });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => { this.log += text; });
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => {
        for (const settle of this.#asking.values()) settle({ error: `The server ended with ${code}.\n${this.log}` });
        reject(new Error(`The server ended with ${code}.\n${this.log}`));
      });
      child.on('message', (message: { readonly url?: string; readonly id?: number; readonly value?: unknown; readonly error?: string }) => {
        if (message.url !== undefined) {
          this.url = message.url;
          resolve();
        } else if (message.id !== undefined) this.#asking.get(message.id)?.(message);
      });
    });
  }

  /** Run statements in the server's process; `server` and `vite` are there, `kept` is an object for what has to last. */
  run(source: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = ++this.#asked;
      this.#asking.set(id, ({ value, error }) => {
        this.#asking.delete(id);
        if (error === undefined) resolve(value);
        else reject(new Error(error));
      });
      this.#child?.send({ id, source });
    });
  }

  /** Wait until what the server has printed since `since` holds a text. */
  async says(text: string, since = 0): Promise<void> {
    await poll(() => Promise.resolve(this.log.slice(since).includes(text)), true, () => `that the server prints ${JSON.stringify(text)}; it printed:\n${this.log.slice(since)}`);
  }

  /** End the process, without its having a say. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** Open a page in a context of its own, and wait for its load event. */
  async open({ url, path = '', observes = true }: OpenOptions = {}): Promise<DevPage> {
    const context = await newContext();
    const opened = new DevPage(await context.newPage(), this);
    this.#pages.push(opened);
    try {
      await opened.begin(`${url ?? this.url}${path}`, observes && this.#options.relup !== null);
    } catch (error) {
      throw new Error(`${String(error)}\n${opened.describe()}`);
    }
    return opened;
  }

  async close(): Promise<void> {
    await Promise.all(this.#pages.map(({ page }) => page.context().close()));
    await this.kill();
    this.delete();
  }
}

export class DevPage {
  readonly page: Page;
  /** Errors of the console and errors that nobody caught. */
  errors: string[] = [];
  /** All that the console said. */
  readonly said: string[] = [];
  /** What the console leaves out. */
  readonly #server: { readonly log: string };
  #loads = 0;
  #marker = '';
  #seen = 0;

  constructor(opened: Page, server: { readonly log: string }) {
    this.page = opened;
    this.#server = server;
    opened.on('load', () => void this.#loads++);
    opened.on('console', (message) => {
      this.said.push(`${message.type()}: ${message.text()}`);
      if (message.type() === 'error') this.errors.push(message.text());
    });
    opened.on('pageerror', (error) => {
      this.said.push(`uncaught: ${error.message}`);
      this.errors.push(error.message);
    });
  }

  async begin(url: string, observes: boolean): Promise<void> {
    await this.page.goto(url);
    await this.mark();
    if (observes) await this.page.evaluate(`(async () => {
      const { subscribe } = await import(new URL('@id/relup/runtime', ${JSON.stringify(new URL('.', url).href)}).href);
      window.relupEvents = [];
      subscribe((event) => window.relupEvents.push({ type: event.type, modules: Object.keys(event.plan?.modules ?? event.result?.plan?.modules ?? {}) }));
    })()`);
  }

  /** From now on the page must not be loaded again. */
  async mark(): Promise<void> {
    this.#marker = `marked ${Math.random()}`;
    await this.page.evaluate(`window.marker = ${JSON.stringify(this.#marker)}`);
    this.#loads = 0;
    this.#seen = 0;
  }

  /** Throws if the page was loaded again since it was marked. */
  async stays(): Promise<void> {
    if (this.#loads > 0 || (await this.value('window.marker')) !== this.#marker) throw new Error(`The page was loaded again.\n${this.describe()}`);
  }

  value(expression: string): Promise<unknown> {
    return this.page.evaluate(expression);
  }

  /** Poll an expression until it is what is expected. */
  async until(expression: string, expected: unknown): Promise<void> {
    await poll(() => this.page.evaluate(expression), expected, (last) => `that ${expression} is ${JSON.stringify(expected)}; it is ${JSON.stringify(last)}\n${this.describe()}`);
  }

  /** Poll the text of an element. */
  shows(selector: string, text: string): Promise<void> {
    return this.until(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? null`, text);
  }

  /** The text of Vite's overlay; null if there is none. */
  overlay(): Promise<string | null> {
    return this.page.evaluate(`document.querySelector('vite-error-overlay')?.shadowRoot.querySelector('.window').innerText ?? null`);
  }

  /** Poll until the overlay holds a text, or is gone: null. Answers its text. */
  async overlayShows(text: string | null): Promise<string> {
    await poll(async () => {
      const shown = await this.overlay();
      return text === null ? shown === null : shown?.includes(text) ?? false;
    }, true, () => `that the overlay ${text === null ? 'goes' : `holds ${JSON.stringify(text)}`}\n${this.describe()}`);
    return (await this.overlay()) ?? '';
  }

  /** Relup's events in this page since this was asked the last time. */
  async events(): Promise<readonly PageEvent[]> {
    const all = (await this.value('window.relupEvents')) as PageEvent[];
    const fresh = all.slice(this.#seen);
    this.#seen = all.length;
    return fresh;
  }

  /** Ids of the modules of each commit since events were asked for the last time. */
  async commits(): Promise<readonly (readonly string[])[]> {
    return (await this.events()).flatMap(({ type, modules }) => (type === 'committed' ? [[...modules].sort()] : []));
  }

  describe(): string {
    return `The console said:\n${this.said.slice(-20).join('\n')}\nThe server said:\n${this.#server.log.slice(-3000)}`;
  }
}

/** Settles when a question is answered as expected. Errors: that it never was. */
export async function poll(ask: () => Promise<unknown>, expected: unknown, describe: (last: unknown) => string): Promise<void> {
  const ends = Date.now() + patience;
  let last: unknown;
  for (;;) {
    try {
      // A page that is stuck answers nothing.
      last = await Promise.race([ask(), new Promise((resolve) => setTimeout(resolve, patience, 'no answer'))]);
      if (isDeepStrictEqual(last, expected)) return;
    } catch (error) {
      // The page is being loaded, or what is asked for is not there yet.
      last = String(error);
    }
    if (Date.now() > ends) throw new Error(`Waited ${patience} ms in vain ${describe(last)}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

const serverScript = (root: string, port: number, before: string): string => `
${before}
const vite = await import(${JSON.stringify(new URL('../../node_modules/vite/dist/node/index.js', import.meta.url).href)});
process.on('disconnect', () => process.exit());
const server = await vite.createServer({ root: ${JSON.stringify(root)}, clearScreen: false, server: { host: '127.0.0.1', port: ${port}, strictPort: true } });
await server.listen();
const kept = {};
process.on('message', async ({ id, source }) => {
  try {
    const value = await new (async () => {}).constructor('server', 'vite', 'kept', source)(server, vite, kept);
    process.send({ id, value: value === undefined ? null : value });
  } catch (error) {
    process.send({ id, error: String(error?.stack ?? error) });
  }
});
process.send({ url: server.resolvedUrls.local[0] ?? server.resolvedUrls.network[0] });
`;
