/**
 * The README's examples, as they stand there: built, started, upgraded; and its list of options and figures.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { outlineModule } from '../plugin/outline.js';
import { rewriteModule } from '../plugin/rewrite.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language, text]) => ({ language, text: text as string }));
const blockOf = (start: string): string => {
  const found = blocks.filter(({ text }) => text.startsWith(start));
  expect([start, found.length]).toEqual([start, 1]);
  return (found[0] as { text: string }).text; // one was found
};
let project = '';
let child: ChildProcess | undefined;

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'relup-readme-'));
  mkdirSync(join(project, 'src'));
  mkdirSync(join(project, 'node_modules'));
  for (const name of ['vite', 'rolldown']) symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name));
  symlinkSync(root, join(project, 'node_modules/relup'));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'minute', version: '1.0.0', type: 'module' }));
});
afterAll(() => {
  child?.kill();
  rmSync(project, { recursive: true, force: true });
});

describe('README', () => {
  test('the one-minute example works as it is written', async () => {
    writeFileSync(join(project, 'vite.config.js'), blockOf('// vite.config.js'));
    writeFileSync(join(project, 'src/server.js'), blockOf('// src/server.js'));
    const answer = blockOf('// src/answer.js');
    writeFileSync(join(project, 'src/answer.js'), answer);
    const build = (): string => execFileSync(process.execPath, ['node_modules/vite/bin/vite.js', 'build'], { cwd: project, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } });
    build();
    // The port of the example is everybody's; the test takes a free one.
    const wrapper = `import { createServer } from 'node:net'; const probe = createServer().listen(0, async () => { process.env.PORT = String(probe.address().port); probe.close(async () => { console.log('port ' + process.env.PORT); await import('./dist/server.js'); }); });`;
    writeFileSync(join(project, 'start.mjs'), wrapper);
    child = spawn(process.execPath, ['start.mjs'], { cwd: project, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } });
    let printed = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk));
    const until = async (pattern: RegExp): Promise<string> => {
      for (let tries = 0; tries < 400; tries++) {
        const found = pattern.exec(printed)?.[0];
        if (found) return found;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`never printed ${String(pattern)}:\n${printed}`);
    };
    const url = `http://127.0.0.1:${(await until(/port \d+/)).slice(5)}/hello`;
    const get = async (): Promise<string> => {
      for (let tries = 0; ; tries++) {
        try {
          return await (await fetch(url)).text();
        } catch (error) {
          if (tries > 100) throw error;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
    };
    expect(await get()).toBe('1 visits, now /hello\n');
    writeFileSync(join(project, 'src/answer.js'), answer.replace('visits, now', 'times, here'));
    build();
    await until(/committed, 1 of 2 modules, pause [\d.]+ ms/);
    expect(await get()).toBe('2 times, here /hello\n');
    const migrated = answer.replace("const visits = state({ count: 0 });\n", blockOf('const visits = state({ count: 0, since'));
    expect(migrated).not.toBe(answer);
    writeFileSync(join(project, 'src/answer.js'), migrated.replace('now ${url}', 'now ${url}, ${Object.keys(visits)}'));
    build();
    printed = '';
    await until(/committed/);
    expect(await get()).toBe('3 visits, now /hello, count,since\n');
    execFileSync(process.execPath, [join(root, 'dist/plugin/cli.js'), 'ctl', 'rollback', '--store', 'dist/relup'], { cwd: project });
    expect(await get()).toBe('4 times, here /hello\n');
  }, 120_000);

  test('the rewrite is shown as it is', () => {
    const shown = blockOf("import { price } from './price.js';").split('\n').map((line) => [line.slice(0, 53).trim(), line.slice(53).trim()] as const);
    const before = shown.map(([left]) => left).join('\n').replace('} }', '}');
    const outline = outlineModule(before, { id: 'total.js' });
    const { artifact } = rewriteModule(before, outline, { id: 'total.js', requests: [{ hot: true, target: 'price.js', specifier: './price.js' }], dynamic: {}, sourceFile: 'total.js' });
    const code = (text: string): string => text.replace(/\/\/.*$/gm, '').replace(/[\s;()]/g, '');
    const factory = artifact.code.slice(artifact.code.indexOf('function*'), artifact.code.lastIndexOf('\n), {}'));
    expect(code(factory)).toBe(code(shown.map(([, right]) => right).join('\n')));
  });

  test('every option of the plugin and every file that it links to exists', () => {
    const listed = /Plugin options: (.*?); each/s.exec(readme)?.[1]?.match(/\w+/g) ?? [];
    const known = /const known[^=]*= \[([\s\S]*?)\]/.exec(readFileSync(join(root, 'plugin/options.ts'), 'utf8'))?.[1]?.match(/\w+/g)?.filter((name) => name !== 'runtimeFile');
    expect([...listed].sort()).toEqual([...(known ?? [])].sort());
    const links = [...readme.matchAll(/\]\(([^#)][^)]*)\)/g)].map(([, link]) => link as string);
    expect(links.length).toBeGreaterThan(1);
    for (const link of links) expect([link, existsSync(join(root, link))]).toEqual([link, true]);
  });
});
