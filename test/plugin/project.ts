/**
 * Projects in temporary folders, built by the packed plugin in a process beside (Vite 8 does not run inside jest), and the outputs
 * run in processes of their own.
 */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll } from '@jest/globals';
import { readLatest, readRelease } from '../../plugin/store.js';
import type { Manifest } from '../../runtime/protocol.js';

export const bundlers = ['rollup', 'vite', 'vite7'] as const;
export type Bundler = (typeof bundlers)[number];

export interface BuildOptions {
  /** Options of relup as source text; null builds without it. */
  readonly relup?: string | null;
  /** Entries by name. Default: `{ main: 'src/main.js' }`. Ignored with `html`. */
  readonly input?: Readonly<Record<string, string>>;
  /** Output options as source text, for every bundler. */
  readonly output?: string;
  /** Fields of Vite's configuration as source text, e.g. `base: './',`. */
  readonly vite?: string;
  /** Vite builds a page from index.html instead of a server. */
  readonly html?: boolean;
  readonly external?: readonly string[];
  /** Plugins besides relup, as source text. */
  readonly plugins?: string;
  readonly sourcemap?: boolean;
  readonly minify?: boolean;
  /** Plain Rollup by its API: plugins learn of the output only when the modules are transformed. Its command line says it before. */
  readonly lateOutput?: boolean;
}

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Of builds, and of what they built. */
const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production', NO_COLOR: '1' };
/** The process that builds for this test file. */
let builder: ChildProcess | null = null;
afterAll(() => void builder?.kill());

const packageFolder = resolve(import.meta.dirname, '../..');
const require = createRequire(import.meta.url);
const urlOf = (specifier: string): string => JSON.stringify(pathToFileURL(require.resolve(specifier)).href);
const entryOf = (bundler: Bundler): string => bundler === 'rollup' ? urlOf('rollup') : JSON.stringify(pathToFileURL(join(dirname(require.resolve(`${bundler}/package.json`)), 'dist/node/index.js')).href);

export class Project {
  readonly folder: string;

  constructor(files: Readonly<Record<string, string>>) {
    if (!existsSync(join(packageFolder, 'dist/plugin/vite.js'))) throw new Error('The package is not built: run "npm run build" first.');
    this.folder = mkdtempSync(join(tmpdir(), 'relup-build-'));
    this.write({ 'package.json': '{ "name": "shop", "type": "module" }', ...files });
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, name)), { recursive: true });
      writeFileSync(join(this.folder, name), content);
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async build(bundler: Bundler, options: BuildOptions = {}): Promise<Ran> {
    this.write({ 'build.mjs': bundler === 'rollup' ? rollupScript(options) : viteScript(bundler, options) });
    builder ??= fork(join(import.meta.dirname, 'project-builder.mjs'), { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env });
    const { folder } = this;
    const building = builder;
    return new Promise<Ran>((settle, reject) => {
      building.once('message', (ran) => settle(ran as Ran));
      building.once('exit', (code) => reject(new Error(`The builder ended with ${code}.`)));
      building.send({ folder, file: join(folder, 'build.mjs') });
    }).finally(() => building.removeAllListeners());
  }

  /** Builds and throws if that fails. */
  async mustBuild(bundler: Bundler, options: BuildOptions = {}): Promise<Ran> {
    const ran = await this.build(bundler, options);
    if (ran.code !== 0) throw new Error(`${bundler} failed:\n${ran.out}\n${ran.err}`);
    return ran;
  }

  run(file: string, ...flags: string[]): Promise<Ran> {
    return new Promise((settle, reject) => {
      const child = spawn(process.execPath, [...flags, join(this.folder, file)], { cwd: this.folder, env });
      let out = '';
      let err = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => { out += text; });
      child.stderr.setEncoding('utf8').on('data', (text: string) => { err += text; });
      child.on('error', reject);
      child.on('close', code => settle({ code, out, err }));
    });
  }

  text(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }

  /** Names below `dist`, without those of the store unless asked. */
  files(withStore = false): string[] {
    const found: string[] = [];
    const walk = (path: string): void => {
      for (const entry of readdirSync(join(this.folder, 'dist', path), { withFileTypes: true })) {
        const name = path === '' ? entry.name : `${path}/${entry.name}`;
        if (!entry.isDirectory()) found.push(name);
        else if (withStore || name !== 'relup') walk(name);
      }
    };
    walk('');
    return found.sort();
  }

  /** Hash by name of everything but the store. */
  hashes(): Record<string, string> {
    return Object.fromEntries(this.files().map(name => [name, createHash('sha256').update(readFileSync(join(this.folder, 'dist', name))).digest('hex')]));
  }

  latest(store = 'dist/relup'): Manifest {
    const pointer = readLatest(join(this.folder, store));
    if (!pointer) throw new Error('The store has no pointer.');
    return readRelease(join(this.folder, store), pointer.release);
  }

  artifact(manifest: Manifest, id: string): string {
    const entry = manifest.modules[id];
    if (!entry) throw new Error(`No module ${id}; there are: ${Object.keys(manifest.modules).join(', ')}`);
    return this.text(`dist/relup/modules/${entry.stamp}.js`);
  }
}

function rollupScript(options: BuildOptions): string {
  const { relup = '{}', input = { main: 'src/main.js' }, output = '', external = [], plugins = '', sourcemap = false, lateOutput = false } = options;
  return `
import { rollup } from ${entryOf('rollup')};
import relup from ${JSON.stringify(pathToFileURL(join(packageFolder, 'dist/plugin/rollup.js')).href)};
try {
  const written = { dir: 'dist', sourcemap: ${sourcemap}, ${output} };
  const build = await rollup({
    ${lateOutput ? '' : 'output: written,'}
    input: ${JSON.stringify(input)}, external: ${JSON.stringify(external)},
    plugins: [${plugins} ${plugins ? ',' : ''} ${relup === null ? '' : `relup(${relup})`}],
    onLog: (level, log) => { if (level !== 'info' && log.code !== 'CIRCULAR_DEPENDENCY') console.warn(log.message); },
  });
  await build.write(written);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
`;
}

function viteScript(bundler: Bundler, options: BuildOptions): string {
  const { relup = '{}', input = { main: 'src/main.js' }, output = '', vite = '', html = false, external = [], plugins = '', sourcemap = false, minify = false } = options;
  const outputs = html ? `output: { ${output} }` : `output: { entryFileNames: '[name].js', ${output} }`;
  return `
import { build } from ${entryOf(bundler)};
import relup from ${JSON.stringify(pathToFileURL(join(packageFolder, 'dist/plugin/vite.js')).href)};
try {
  await build({
    root: ${'import.meta.dirname'}, configFile: false, logLevel: 'info', ${vite}
    plugins: [${plugins} ${plugins ? ',' : ''} ${relup === null ? '' : `relup(${relup})`}],
    build: {
      ${html ? '' : 'ssr: true,'} minify: ${minify}, sourcemap: ${sourcemap}, assetsInlineLimit: 0, target: 'es2022', modulePreload: { polyfill: false }, manifest: true,
      rollupOptions: { ${html ? '' : `input: ${JSON.stringify(input)},`} external: ${JSON.stringify(external)}, ${outputs} },
    },
  });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
`;
}
