/**
 * A deployed site: a project that the packed plugin and Vite build into one folder, release after release, which a real static
 * server serves to pages in a real Chromium.
 *
 * Shape:
 * ```
 * const browser = await launch();                                     // of dev-page.ts
 * const site = await deploy({ files: { 'index.html': page('/src/main.js'), 'src/main.js': '...' }, relup: `{ follow: {...} }` });
 * const tab = await site.open();                                      // a DevPage: value, until, shows, stays, errors
 * await site.release({ 'src/label.js': '...' });                            // writes, builds; the folder is what is served
 * site.answer(/latest\\.json/, (response) => response.writeHead(500).end());   // instead of the file, until site.reset()
 * site.requests                                                       // what was answered, since site.reset()
 * await site.close();
 * ```
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import sirv from 'sirv';
import { startBuilder, type Builder } from './builder.js';
import { DevPage, newContext } from './dev-page.js';
import { configText, packageFolder, Project, type Files, type ProjectOptions } from './project.js';

export interface SiteOptions extends ProjectOptions {
  /** Of all answers, e.g. a content security policy. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface SiteRequest {
  readonly path: string;
  readonly status: number;
  /** Of the file, gzipped; 0 where there is none. */
  readonly gzipped: number;
}

const run = promisify(execFile);

/** Of builds. */
const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production', NO_COLOR: '1' };

/** `serve` answers with the file after all. */
type Answer = (response: ServerResponse, request: IncomingMessage, serve: () => void) => void;

/** Make a project, build it and serve the output. */
export async function deploy(options: SiteOptions): Promise<Site> {
  if (!existsSync(join(packageFolder, 'dist/plugin/vite.js'))) throw new Error('The package is not built: run "npm run build" first.');
  const site = new Site(options);
  await site.build();
  await site.listen();
  return site;
}

export class Site extends Project {
  readonly log = '';
  readonly requests: SiteRequest[] = [];
  readonly output: string;
  readonly #options: SiteOptions;
  readonly #answers: { readonly pattern: RegExp; readonly answer: Answer }[] = [];
  readonly #tabs: DevPage[] = [];
  #server: HttpServer | null = null;
  #builder: Builder | null = null;

  constructor(options: SiteOptions) {
    super('site', options.files, options.packages);
    this.output = join(this.root, 'dist');
    this.#options = options;
    this.configure(options.relup);
  }

  /** Write the configuration: other options of relup from the next build on. */
  configure(relup: string | null = '{}'): void {
    this.write({ 'vite.config.js': configText({ ...this.#options, relup }) });
  }

  /** By the command. Errors: that it failed, with its output. */
  async build(): Promise<void> {
    await run(process.execPath, [join(packageFolder, 'node_modules/vite/bin/vite.js'), 'build'], { cwd: this.root, env });
  }

  /** Write files, and deploy what Vite makes of them, in a process that stays. Errors: that the build failed. */
  async release(files: Files = {}): Promise<void> {
    this.write(files);
    await (this.#builder ??= startBuilder(this.root, env)).build();
  }

  /** The text of a file of the output. */
  served(file: string): string {
    return readFileSync(join(this.output, file), 'utf8');
  }

  /** Take files out of what is served, e.g. `assets`. */
  drop(path: string): void {
    rmSync(join(this.output, path), { recursive: true, force: true });
  }

  /** Answer certain requests otherwise than with the file, until reset(). The pattern is asked of path and query. */
  answer(pattern: RegExp, answer: Answer): void {
    this.#answers.unshift({ pattern, answer });
  }

  reset(): void {
    this.#answers.length = 0;
    this.requests.length = 0;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server?.address() as AddressInfo).port}/`;
  }

  async listen(): Promise<void> {
    const serve = sirv(this.output, { dev: true, etag: true, single: false });
    this.#server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://localhost').pathname;
      for (const [name, value] of Object.entries(this.#options.headers ?? {})) response.setHeader(name, value);
      response.on('finish', () => this.requests.push({ path, status: response.statusCode, gzipped: sizeOf(join(this.output, path)) }));
      const found = this.#answers.find(({ pattern }) => pattern.test(request.url ?? ''));
      const file = (): void => serve(request, response, () => void response.writeHead(404).end());
      if (found) found.answer(response, request, file);
      else file();
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, '127.0.0.1', resolve));
  }

  /** Open a page in a context of its own, or in that of another, and wait for its load event. */
  async open({ path = '', beside }: { readonly path?: string; readonly beside?: DevPage } = {}): Promise<DevPage> {
    const context = beside ? beside.page.context() : await newContext();
    const tab = new DevPage(await context.newPage(), this);
    this.#tabs.push(tab);
    await tab.begin(`${this.url}${path}`, false);
    return tab;
  }

  /** Close its pages. */
  async leave(): Promise<void> {
    await Promise.all([...new Set(this.#tabs.splice(0).map(({ page }) => page.context()))].map((context) => context.close()));
  }

  async close(): Promise<void> {
    await this.leave();
    this.#builder?.stop();
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
    this.delete();
  }
}

function sizeOf(file: string): number {
  return existsSync(file) && statSync(file).isFile() ? gzipSync(readFileSync(file)).length : 0;
}
