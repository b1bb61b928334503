/**
 * The shape of the code (design section 7): which folder may import what, no cycles, one writer of tables, one place
 * that runs bodies.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('..', import.meta.url));
const filesOf = (folder: string): string[] => readdirSync(join(root, folder)).filter((file) => file.endsWith('.ts')).map((file) => `${folder}/${file}`);
const runtime = filesOf('runtime');
const plugin = filesOf('plugin');
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Specifiers of a file's import declarations, without those of types only. */
const importsOf = (file: string, types = false): string[] =>
  [...textOf(file).matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm)].filter(([, type]) => types || !type).map(([, , specifier]) => specifier as string);

test('reads the sources it speaks of', () => {
  expect(runtime.length).toBeGreaterThan(20);
  expect(plugin.length).toBeGreaterThan(20);
  expect(importsOf('runtime/core.ts').length).toBeGreaterThan(2);
});

describe('dependencies', () => {
  test('the runtime imports nothing but itself, node: only in node*.ts, and a framework only where it is adapted to it', () => {
    const adapted: Readonly<Record<string, readonly string[]>> = {
      'runtime/react.ts': ['react'], 'runtime/react-root.ts': ['react', 'react/jsx-runtime'], 'runtime/react-components.ts': ['react', 'react/jsx-runtime'],
      'runtime/svelte.ts': ['svelte', 'svelte/internal/client'],
      ...Object.fromEntries(['', '-component', '-diff', '-instance', '-options', '-refresh', '-view'].map((part) => [`runtime/vue${part}.ts`, ['vue']])),
    };
    for (const file of runtime) {
      for (const specifier of importsOf(file, true)) {
        const allowed = specifier.startsWith('./') || (file.startsWith('runtime/node') && specifier.startsWith('node:')) || adapted[file]?.includes(specifier);
        expect([file, specifier, allowed]).toEqual([file, specifier, true]);
      }
    }
  });

  test('only browser*.ts name the page', () => {
    for (const file of runtime) if (!file.startsWith('runtime/browser')) expect([file, /\b(?:window|document)\./.test(textOf(file))]).toEqual([file, false]);
  });

  test('the plugin imports of the runtime what is pure and shared', () => {
    const shared = ['protocol', 'names', 'errors', 'verify', 'resolve', 'plan', 'stale', 'kinds', 'order', 'patch', 'dev-protocol', 'built', 'browser', 'signed'];
    for (const file of plugin) {
      for (const specifier of importsOf(file, true)) {
        const name = /^\.\.\/runtime\/(.+)\.js$/.exec(specifier)?.[1];
        if (name) expect([file, name, shared.includes(name)]).toEqual([file, name, true]);
      }
    }
  });

  test('nothing imports tests, fixtures, benchmarks or the playground', () => {
    for (const file of [...runtime, ...plugin]) expect([file, importsOf(file, true).filter((specifier) => /(?:^|\/)(?:test|fixtures|bench|playground)\//.test(specifier))]).toEqual([file, []]);
  });

  test('no cycles among the files of the runtime', () => {
    const graph = new Map(runtime.map((file) => [file, importsOf(file).map((specifier) => `runtime/${specifier.slice(2, -3)}.ts`)]));
    const finished = new Set<string>();
    const visit = (file: string, path: string[]): void => {
      if (path.includes(file)) throw new Error(`cycle: ${[...path, file].join(' -> ')}`);
      if (finished.has(file)) return;
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
      finished.add(file);
    };
    for (const file of runtime) visit(file, []);
    expect(finished.size).toBeGreaterThan(20);
  });
});

describe('one place a thing', () => {
  test('one file writes tables', () => {
    const writers = runtime.filter((file) => /\b(?:table|facade|shown)\[[^\]]+\]\s*=[^=]/.test(textOf(file)));
    expect(writers).toEqual(['runtime/table.ts']);
  });

  test('one function executes module bodies', () => {
    const calls = runtime.flatMap((file) => [...textOf(file).matchAll(/\bbody\.(?:next|throw)\(/g)].map(() => file));
    expect(new Set(calls)).toEqual(new Set(['runtime/evaluate.ts', 'runtime/link.ts']));
    expect(textOf('runtime/link.ts').match(/\bbody\.next\(/g)).toHaveLength(1);
  });

  test('no file is called utils, helpers, common or misc', () => {
    expect([...runtime, ...plugin].filter((file) => /(?:utils?|helpers?|common|misc)\.ts$/.test(file))).toEqual([]);
  });

  test('files open with what they are for', () => {
    expect([...runtime, ...plugin].filter((file) => !/^(?:#!.*\n)?\/\*\*/.test(textOf(file)))).toEqual([]);
  });
});
