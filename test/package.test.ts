/**
 * The package as a user gets it: packed, installed in an empty project, types checked, built with, run, upgraded.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('..', import.meta.url));
let project = '';
let child: ChildProcess | undefined;

const run = (command: string, args: readonly string[], cwd = project): string => execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '' } });
const write = (file: string, text: string): void => writeFileSync(join(project, file), text);

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'relup-package-'));
  mkdirSync(join(project, 'src'));
  write('package.json', JSON.stringify({ name: 'empty', version: '1.0.0', type: 'module', private: true }));
  const [packed] = JSON.parse(run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', project], root)) as [{ filename: string; files: { path: string }[] }];
  expect(packed.files.some(({ path }) => path.startsWith('test/'))).toBe(false);
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', `./${packed.filename}`]);
  // The bundlers and the compiler are the user's: this checkout's serve.
  for (const name of ['rollup', 'react', 'typescript', '@rollup', '@types', '@typescript', 'undici-types']) cpSync(join(root, 'node_modules', name), join(project, 'node_modules', name), { recursive: true, dereference: true, force: false, errorOnExist: false });
}, 240_000);

afterAll(() => {
  child?.kill();
  rmSync(project, { recursive: true, force: true });
});

describe('the packed package in an empty project', () => {
  test('has every entry point, with types', () => {
    const names = ['relup', 'relup/vite', 'relup/rollup', 'relup/runtime', 'relup/node', 'relup/browser', 'relup/jobs', 'relup/react'];
    write('entries.mjs', names.map((name, index) => `import * as e${index} from '${name}'; console.log(${JSON.stringify(name)}, Object.keys(e${index}).join());`).join('\n'));
    const listed = run('node', ['entries.mjs']);
    expect(listed).toMatch(/^relup effect,job,onRetire,onUpgrade,pure,reset,state$/m);
    expect(listed).toMatch(/^relup\/rollup .*default/m);
    expect(listed).toMatch(/^relup\/runtime .*confirm,current,freeze,purge,rollback,softPurge,subscribe,thaw,upgrade,versions$/m);
    expect(listed).toMatch(/^relup\/jobs connect,fastify,hono,http,ws$/m);
    expect(listed).toMatch(/^relup\/react react$/m);
    // Their frameworks are not installed here.
    for (const name of ['vue', 'svelte']) {
      const file = run('node', ['--input-type=module', '-e', `console.log(import.meta.resolve('relup/${name}'))`]).trim();
      expect(file).toMatch(new RegExp(`/dist/runtime/${name}\\.js$`));
      expect(existsSync(fileURLToPath(file))).toBe(true);
      expect(existsSync(fileURLToPath(file.replace(/js$/, 'd.ts')))).toBe(true);
    }
    write('types.ts', `
      import { effect, job, onRetire, onUpgrade, reset, state } from 'relup';
      import { confirm, current, rollback, subscribe, upgrade, versions } from 'relup/runtime';
      import { follow } from 'relup/node';
      import { http } from 'relup/jobs';
      import { createServer } from 'node:http';
      import relup from 'relup/rollup';
      import 'relup/react';
      const cart = state({ items: [] as string[], n: 1 }, { version: 2, up: { 2: (s: { items: string[] }) => ({ ...s, n: 1 }) } });
      cart.items.push('tea');
      effect(() => () => {});
      onUpgrade(({ from, to }) => { const release: string | null = from ?? to; return release; });
      onRetire(() => {});
      const total: Promise<number> = job(async () => 1, { mode: 'pinned', name: 'total' });
      const later: (n: number) => string = job.wrap((n: number) => n.toFixed());
      createServer(http((request, response) => { response.end(request.url); })).close();
      job.signal.throwIfAborted();
      // @ts-expect-error: no such mode
      void job(() => 1, { mode: 'fixed' });
      const stop: () => void = subscribe((event) => { if (event.type === 'committed') console.log(event.result.pauseMs?.toFixed(1)); });
      const plugin = relup({ keep: 3, onStale: 'refuse' });
      export const all = [reset(new Map<string, number>()), confirm, current, rollback, upgrade, versions, stop, plugin, total, later, follow({ probation: { ms: 1, health: () => true } })];
      // @ts-expect-error: state is an object
      state(1);
      // @ts-expect-error: no such option
      relup({ keepAll: true });
      // @ts-expect-error: no such mode
      relup({ onStale: 'perhaps' });
    `);
    run('node', ['node_modules/typescript/bin/tsc', '--noEmit', '--strict', '--module', 'nodenext', '--moduleResolution', 'nodenext', '--target', 'es2022', '--skipLibCheck', '--types', 'node', 'types.ts']);
  }, 120_000);

  test('the author API has plain semantics without the plugin', () => {
    write('plain.mjs', `import { state, effect, onUpgrade, onRetire, reset } from 'relup'; const s = state({ n: 1 }); effect(() => s.n++); onUpgrade(() => s.n++); onRetire(() => s.n++); console.log(s.n, reset(5));`);
    expect(run('node', ['plain.mjs'])).toBe('2 5\n');
  });

  test('builds, starts, upgrades the running process, and answers relup ctl', async () => {
    write('build.mjs', `import { rollup } from 'rollup'; import relup from 'relup/rollup';
      const bundle = await rollup({ input: 'src/main.js', external: [/^node:/], plugins: [relup()] });
      await bundle.write({ dir: 'dist', format: 'es' }); await bundle.close();`);
    write('src/main.js', `import { follow } from 'relup/node'; import { answer } from './answer.js';
      process.stdin.on('data', () => console.log('answer', answer())); process.stdin.on('end', () => process.exit(0));
      await follow({ onEvent: (event) => console.log('event', event.type) }); console.log('ready');`);
    write('src/answer.js', `export const answer = () => 'one';`);
    run('node', ['build.mjs']);
    child = spawn('node', ['dist/main.js'], { cwd: project, stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } });
    const lines: string[] = [];
    const waiting = new Map<string, () => void>();
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      lines.push(...text.split('\n').filter(Boolean));
      for (const [line, resolve] of waiting) if (lines.includes(line)) resolve();
    });
    const line = (text: string): Promise<void> =>
      lines.includes(text)
        ? Promise.resolve()
        : new Promise((resolve, reject) => {
            const timer = setTimeout(() => reject(new Error(`never printed "${text}":\n${lines.join('\n')}`)), 20_000);
            waiting.set(text, () => (clearTimeout(timer), resolve()));
          });
    await line('ready');
    child.stdin?.write('?');
    await line('answer one');
    write('src/answer.js', `export const answer = () => 'two';`);
    run('node', ['build.mjs']);
    await line('event committed');
    child.stdin?.write('?');
    await line('answer two');
    const { release } = JSON.parse(readFileSync(join(project, 'dist/relup/latest.json'), 'utf8')) as { release: string };
    expect(run('node', ['node_modules/.bin/relup', 'ctl', 'status', '--store', 'dist/relup'])).toContain(release);
  }, 60_000);
});
