/**
 * Review: random graphs with cycles, top-level await and failures; the engine (vm.SourceTextModule) is the oracle, for a
 * first load and for an upgrade of all modules.
 */
import vm from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { boot } from '../application.js';

function random(seed: number) {
  return (n: number): number => {
    seed = (seed * 1664525 + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * n);
  };
}
function graph(seed: number, release: number, failing: boolean): Record<string, string> {
  const pick = random(seed);
  const size = 3 + pick(6);
  const sources: Record<string, string> = {};
  const bad = pick(size);
  for (let i = 0; i < size; i++) {
    const imports = Array.from({ length: pick(4) }, () => pick(size)).filter((x) => x !== i);
    const kind = pick(3);
    const waits = 1 + pick(3);
    const body = kind === 0 ? Array.from({ length: waits }, () => 'await null;').join(' ') : '';
    const fail = failing && i === bad ? `throw new Error('bad ${i}');` : '';
    sources[`m${i}.js`] = `import { note } from 'log'; ${imports.map((x) => `import './m${x}.js';`).join(' ')} note('${i} begins'); ${body} ${fail} note('${i} ends'); export const v = ${release};`;
  }
  const all = Object.keys(sources);
  return { 'main.js': `${all.filter(() => pick(2)).concat('m0.js').map((x) => `import './${x}';`).join(' ')} export const v = 0;`, ...sources };
}
async function engine(sources: Record<string, string>): Promise<string[]> {
  const notes: string[] = [];
  const log = new vm.SyntheticModule(['note'], function () { this.setExport('note', (text: string) => notes.push(text)); });
  const modules = new Map<string, vm.SourceTextModule>();
  for (const [id, text] of Object.entries(sources)) modules.set(id, new vm.SourceTextModule(text, { identifier: id }));
  const main = modules.get('main.js') as vm.SourceTextModule;
  await main.link((specifier) => (specifier === 'log' ? log : (modules.get(specifier.slice(2)) as vm.Module)) as vm.Module);
  await main.evaluate().catch((error: Error) => notes.push(String(error.message)));
  await new Promise((resolve) => setImmediate(resolve));
  return notes;
}

describe('evaluation', () => {
  test.each([[false], [true]])('of 300 random graphs is in the order of the engine (with a failing module: %s)', async (failing) => {
    const different: unknown[] = [];
    for (let seed = 1; seed <= 300; seed++) {
      const sources = graph(seed, 1, failing);
      const native = await engine(sources);
      const notes: string[] = [];
      await boot(sources, { cold: { log: { note: (text: string) => notes.push(text) } } }).catch((error: Error) => notes.push(String(error.message)));
      await new Promise((resolve) => setImmediate(resolve));
      // When the rejection is seen differs by the jobs that the harness itself needs.
      const order = (all: string[]) => String(all.filter((note) => !note.startsWith('bad')));
      if (order(native) !== order(notes) || native.length !== notes.length) different.push([seed, native, notes]);
    }
    expect(different.length && [different.length, different[0]]).toBe(0);
  });
  test('of an upgrade of everything is in the order of a fresh start', async () => {
    const different: unknown[] = [];
    for (let seed = 1; seed <= 200; seed++) {
      const native = await engine(graph(seed, 2, false));
      const notes: string[] = [];
      const app = await boot(graph(seed, 1, false), { cold: { log: { note: (text: string) => notes.push(text) } } });
      notes.length = 0;
      const result = await app.upgrade(graph(seed, 2, false), { allow: ['EFFECT_AT_LOAD'] });
      if (String(native) !== String(notes)) different.push([seed, result.outcome, native, notes]);
    }
    expect(different.length && [different.length, different[0]]).toBe(0);
  });
});
