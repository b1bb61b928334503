/** Manifests for tests, from the little that a test says of them. */
import { createHash } from 'node:crypto';
import type { Manifest, ModuleEntry } from '../runtime/protocol.js';
import { nameRelease } from '../plugin/manifest.js';

export type ModuleSketch = Partial<ModuleEntry> & {
  /** Stands for the content: another word is another artifact. */
  readonly text?: string;
};

export type ReleaseSketch = Partial<Omit<Manifest, 'modules'>> & { readonly modules?: Readonly<Record<string, ModuleSketch>> };

export function stampOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function moduleEntry({ text = '1', ...sketch }: ModuleSketch): ModuleEntry {
  const requests = sketch.requests ?? [];
  const loads = sketch.loads ?? [];
  return {
    stamp: stampOf(text), size: text.length, requests, names: requests.map(() => []), exports: [], indirect: [], stars: [], dynamic: [],
    async: false, loads, loadLines: loads.map((_, index) => index + 1), reaches: {}, states: [], effects: [], undeclared: [],
    stateAtLoad: [], hook: false, functions: [], classes: {}, captured: [], calls: [], impure: {}, ...sketch,
  };
}

export function release({ number = 1, modules = {}, ...sketch }: ReleaseSketch): Manifest {
  const facts = {
    app: 'shop:server', target: 'node' as const, entries: [], cold: {}, chunks: {}, styles: {}, assets: {}, workers: {}, drop: [], ...sketch,
    modules: Object.fromEntries(Object.entries(modules).map(([id, each]) => [id, moduleEntry(each)])),
  };
  return { ...nameRelease(facts), number };
}
