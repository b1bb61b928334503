/**
 * Applications in temporary folders, built by the package in dist/, and servers that run them: real Node processes on
 * ports that the system chooses. Tests wait for what a process says, never for time to pass; every wait has an end.
 */
import { execFile, fork, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseManifest, parsePointer } from '../../runtime/verify.js';
import type { Manifest, Refusal } from '../../runtime/protocol.js';
import type { UpgradeResult } from '../../runtime/upgrade.js';

export type Files = Readonly<Record<string, string>>;

const packageFolder = resolve(import.meta.dirname, '../..');
const patience = 15_000;


/** The entry of every application. It stays the same in all releases; what it serves is `answer` of `app.js`. */
const entry = `
import { createServer } from 'node:http';
import { follow } from 'relup/node';
import { answer } from './app.js';
import { healthy } from './health.js';

const say = (line) => process.stdout.write(JSON.stringify(line) + '\\n');
const plain = (error) => error && { code: error.code, place: error.place, hint: error.hint, message: error.message ?? String(error) };
const onEvent = ({ type, release, result, error, attributedTo }) =>
  say({ event: type, release, ...(result && { result: { ...result, error: plain(result.error) } }), ...(error && { error: plain(error), attributedTo }) });

const { probation, ...options } = JSON.parse(process.env.FOLLOW);
if (process.env.SURVIVE) process.on('uncaughtException', (error) => say({ survived: error.message }));
let following;
const serve = async (path) => (path === '/check' ? ((await following.check()) ?? 'nothing new') : answer(path));
const server = createServer((request, response) => {
  serve(request.url).then(
    (body) => response.end(JSON.stringify(body)),
    (error) => response.writeHead(500).end(JSON.stringify({ message: error.message, stack: error.stack })),
  );
});
server.listen(0, '127.0.0.1', async () => {
  following = await follow({ ...options, ...(probation && { probation: { ...probation, health: () => healthy() } }), onEvent });
  say({ listening: server.address().port });
});
`;

/** A release that was built: its manifest, and the text of a pointer to it. */
export interface Release {
  readonly name: string;
  readonly manifest: Manifest;
  readonly pointer: string;
}

export interface BuildOptions {
  readonly bundler?: 'rollup' | 'vite';
  /** Options of relup. */
  readonly relup?: object;
  /** Plugins besides relup, as source text; `folder` is the application's. */
  readonly plugins?: string;
  readonly sourcemap?: boolean;
  /** Packages of this checkout that the application has installed. */
  readonly packages?: readonly string[];
}

/** An application with its releases. Every release is the first one with other files on top. */
export class Application {
  readonly folder: string;
  readonly #builder: ChildProcess;
  readonly #files: Files;
  readonly #options: BuildOptions;
  readonly #running: Server[] = [];
  #first: Release | null = null;
  #deployments = 0;

  constructor(files: Files, options: BuildOptions = {}) {
    if (!existsSync(join(packageFolder, 'dist/plugin/rollup.js'))) throw new Error('The package is not built: run "npm run build" first.');
    // The real path: macOS has its temporary folder behind a link, and stack traces name what is behind.
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'relup-host-')));
    this.#files = { 'package.json': '{ "name": "shop", "type": "module" }', 'src/main.js': entry, 'src/health.js': 'export const healthy = () => true;', ...files };
    this.#options = options;
    mkdirSync(join(this.folder, 'node_modules'));
    symlinkSync(packageFolder, join(this.folder, 'node_modules/relup'), 'dir');
    for (const name of options.packages ?? []) {
      mkdirSync(dirname(join(this.folder, 'node_modules', name)), { recursive: true });
      symlinkSync(join(packageFolder, 'node_modules', name), join(this.folder, 'node_modules', name), 'dir');
    }
    this.#builder = fork(join(import.meta.dirname, 'builder.mjs'), { execArgv: [], env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production' } });
  }

  get first(): Release {
    if (!this.#first) throw new Error('No release was built yet.');
    return this.#first;
  }

  /** Build the next release; its message if that fails. */
  async tryBuild(changes: Files = {}): Promise<Release | string> {
    for (const [name, content] of Object.entries({ ...this.#files, ...changes })) {
      mkdirSync(dirname(join(this.folder, name)), { recursive: true });
      writeFileSync(join(this.folder, name), content);
    }
    const { bundler = 'rollup', relup, plugins = '', sourcemap = false } = this.#options;
    const answer = new Promise<{ failed?: string }>((settle, reject) => {
      this.#builder.once('message', (message) => settle(message as { failed?: string }));
      this.#builder.once('exit', () => reject(new Error('The builder ended.')));
    });
    this.#builder.send({ bundler, packageFolder, folder: this.folder, options: { keep: 50, ...relup }, plugins, sourcemap });
    const { failed } = await within(answer, 'the build');
    this.#builder.removeAllListeners('exit');
    if (failed !== undefined) return failed;
    const pointer = readFileSync(join(this.folder, 'dist/relup/latest.json'), 'utf8');
    const { release: name } = parsePointer(pointer, 'latest.json');
    const manifest = parseManifest(readFileSync(join(this.folder, `dist/relup/releases/${name}.json`), 'utf8'), name);
    const built = { name, manifest, pointer };
    this.#first ??= built;
    cpSync(join(this.folder, 'dist'), join(this.folder, 'built', name), { recursive: true });
    rmSync(join(this.folder, 'built', name, 'relup'), { recursive: true });
    return built;
  }

  async build(changes: Files = {}): Promise<Release> {
    const built = await this.tryBuild(changes);
    if (typeof built === 'string') throw new Error(built);
    return built;
  }

  /** What the build of a release wrote, with a store of its own that has all releases and points to that one. */
  deploy(release = this.first): Deployment {
    const folder = join(this.folder, `deployed-${++this.#deployments}`);
    cpSync(join(this.folder, 'dist/relup'), join(folder, 'relup'), { recursive: true });
    const deployment = new Deployment(this.folder, folder, this.#running);
    deployment.install(release);
    deployment.publish(release);
    return deployment;
  }

  /** Ends what still runs. */
  async close(): Promise<void> {
    await Promise.all(this.#running.map((server) => server.stop()));
    const ended = new Promise((settle) => this.#builder.once('exit', settle));
    this.#builder.disconnect();
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface StartOptions {
  /** Options of follow(). `probation` gets the application's health function. */
  readonly follow?: object;
  readonly node?: string;
  readonly flags?: readonly string[];
  /** Handle uncaught exceptions in the application. */
  readonly survive?: boolean;
}

export class Deployment {
  readonly folder: string;
  readonly store: string;
  readonly #home: string;
  readonly #running: Server[];

  constructor(home: string, folder: string, running: Server[]) {
    this.#home = home;
    this.folder = folder;
    this.store = join(folder, 'relup');
    this.#running = running;
  }

  /** Put a file into the store as a build does: beside its place, then renamed. */
  put(file: string, content: string): void {
    writeFileSync(join(this.store, '.put.tmp'), content);
    renameSync(join(this.store, '.put.tmp'), join(this.store, file));
  }

  /** Put the files of a release into place: what the next start boots. The store is not touched. */
  install(release: Release): void {
    cpSync(join(this.#home, 'built', release.name), this.folder, { recursive: true });
  }

  publish(release: Release): void {
    this.put('latest.json', release.pointer);
  }

  read(file: string): string {
    return readFileSync(join(this.store, file), 'utf8');
  }

  /** Text of `state.json`. */
  remembered(): { permanent: string; unconfirmed: string | null; rejected: string[] } {
    return JSON.parse(this.read('state.json')) as { permanent: string; unconfirmed: string | null; rejected: string[] };
  }

  /** Start the application and wait until it follows. Its store is asked only by what the test does. */
  async start({ follow = {}, node = process.execPath, flags = [], survive = false }: StartOptions = {}): Promise<Server> {
    const child = spawn(node, [...flags, join(this.folder, 'main.js')], {
      cwd: this.#home,
      env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', SURVIVE: survive ? '1' : '', FOLLOW: JSON.stringify({ pollMs: 600_000, ...follow }) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const server = new Server(child);
    this.#running.push(server);
    await server.ready();
    return server;
  }

  /** Runs `relup ctl` on the deployment's socket. */
  ctl(...args: string[]): Promise<{ code: number; out: string; err: string; answer: any }> {
    return new Promise((settle) => {
      execFile(process.execPath, [join(packageFolder, 'dist/plugin/cli.js'), 'ctl', ...args, '--json', '--store', this.store], { cwd: this.#home, env: { ...process.env, NODE_OPTIONS: '' } }, (error, out, err) =>
        settle({ code: error ? Number(error.code) : 0, out, err, answer: out === '' ? null : JSON.parse(out) }));
    });
  }
}

export interface Said {
  readonly event?: string;
  readonly release?: string;
  readonly result?: UpgradeResult;
  readonly error?: { readonly code?: string; readonly place?: string; readonly hint?: string; readonly message: string };
  readonly attributedTo?: string;
  readonly listening?: number;
  readonly survived?: string;
}

/** A process that runs an application. */
export class Server {
  readonly child: ChildProcess;
  readonly exited: Promise<number | NodeJS.Signals>;
  /** What is not ours to read: lines that the runtime logs. */
  readonly logged: string[] = [];
  readonly #said: Said[] = [];
  #read = 0;
  #wake = (): void => {};
  #err = '';
  #port = 0;

  constructor(child: ChildProcess) {
    this.child = child;
    let rest = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line.startsWith('{')) this.#said.push(JSON.parse(line) as Said);
        else this.logged.push(line);
      }
      this.#wake();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => { this.#err += text; });
    this.exited = new Promise((settle) => child.once('close', (code, signal) => {
      settle(code ?? signal ?? 0);
      this.#wake();
    }));
  }

  get stderr(): string {
    return this.#err;
  }

  async ready(): Promise<void> {
    // What it reports while it starts is there to be read afterwards.
    while (!this.#said.some(({ listening }) => listening !== undefined)) await this.#more('listening');
    this.#port = this.#said.find(({ listening }) => listening !== undefined)?.listening ?? 0;
  }

  /** The next thing said that fits, after what was read before. */
  async next(what: string, fits: (said: Said) => boolean): Promise<Said> {
    for (;;) {
      while (this.#read < this.#said.length) {
        const said = this.#said[this.#read++] as Said; // below the length
        if (fits(said)) return said;
      }
      await this.#more(what);
    }
  }

  event(type: string, release?: Release): Promise<Said> {
    return this.next(`event ${type}`, (said) => said.event === type && (release === undefined || said.release === release.name));
  }

  /** The result of the next upgrade that ended so. */
  async outcome(type: UpgradeResult['outcome']): Promise<UpgradeResult> {
    return (await this.event(type)).result as UpgradeResult;
  }

  /** The next refusal, and what it says. */
  async refusal(): Promise<Refusal> {
    const { refusals } = await this.outcome('refused');
    return refusals[0] as Refusal; // a refusal has a reason
  }

  /** The next problem with the store or the socket. */
  async problem(): Promise<NonNullable<Said['error']>> {
    return (await this.event('problem')).error as NonNullable<Said['error']>;
  }

  all(type: string): Said[] {
    return this.#said.filter(({ event }) => event === type);
  }

  async ask<T = unknown>(path = '/'): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${this.#port}${path}`, { signal: AbortSignal.timeout(patience) });
    return (await response.json()) as T;
  }

  /** Look at the store now; what came of it. */
  check(): Promise<UpgradeResult | 'nothing new'> {
    return this.ask('/check');
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    await this.exited;
  }

  async #more(what: string): Promise<void> {
    const ended = this.exited.then((code) => { throw new Error(`ended with ${code}`); });
    ended.catch(() => {});
    const woken = new Promise<void>((settle) => { this.#wake = settle; });
    const seen = this.#said.length;
    try {
      await within(Promise.race([woken, ended]), what);
    } catch (error) {
      if (this.#said.length > seen) return;
      throw new Error(`Waiting for ${what}: ${(error as Error).message}. Said so far:\n${this.#said.map((said) => JSON.stringify(said).slice(0, 600)).join('\n')}\n${this.logged.join('\n')}\n${this.#err}`);
    }
  }
}

/** Settles as a promise does, or rejects when patience ends. */
export function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${patience} ms`)), patience);
  });
  return Promise.race([promise, expired]).finally(() => clearTimeout(timer));
}

export interface ServedStore {
  url: string;
  /** Decides by path what is answered with status 500. */
  fail: (path: string) => boolean;
  /** Settles when the pointer was read for the first time. */
  readonly looked: Promise<void>;
  close(): Promise<void>;
}

/** A store behind a URL. */
export async function serveStore(store: string): Promise<ServedStore> {
  let look = (): void => {};
  const looked = new Promise<void>((settle) => { look = settle; });
  const served: ServedStore = { url: '', fail: () => false, looked, close: () => Promise.resolve() };
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const file = join(store, path.replace(/^\/store\//, ''));
    if (served.fail(path)) response.writeHead(500).end();
    else if (!existsSync(file)) response.writeHead(404).end();
    else response.end(readFileSync(file), () => path.endsWith('/latest.json') && look());
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  served.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/store`;
  served.close = () => new Promise((settle) => {
    server.close(() => settle());
    server.closeAllConnections();
  });
  return served;
}
