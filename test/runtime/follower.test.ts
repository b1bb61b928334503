/**
 * Following a store by patches and by manifests: whatever comes in between (another release, a rollback, a lazy module, an older
 * pointer), both end in the same. A page as browser-engine.ts begins one: it knows its release and number, and nothing of its modules.
 */
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { writePatch } from '../../plugin/patches.js';
import { createRecord, createRuntime } from '../../runtime/core.js';
import { RelupError } from '../../runtime/errors.js';
import { evaluate } from '../../runtime/evaluate.js';
import { createFollower, type Follower, type Store } from '../../runtime/follower.js';
import { namespaceOf } from '../../runtime/link.js';
import { expand, patchId, readPatch, type WrittenPatch } from '../../runtime/patch.js';
import type { LoadedArtifact } from '../../runtime/prepare.js';
import type { Pointer } from '../../runtime/protocol.js';
import type { ModuleRecord, Runtime } from '../../runtime/record.js';
import { createTrust } from '../../runtime/trust.js';
import type { UpgradeOptions } from '../../runtime/upgrade.js';
import { buildRelease, compileArtifact, runScript, type Release, type Sources } from '../application.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const settle = async (): Promise<void> => { for (let count = 0; count < 20; count++) await turn(); };
const ways = [['by manifests', false], ['by patches', true]] as const;

const releasesOf = (at: (n: number) => Sources, ...numbers: number[]): Release[] => numbers.map((n, index) => buildRelease(at(n), { number: index + 1 }));
const patchText = (from: Release, to: Release): string | null =>
  writePatch(from.manifest, to.manifest, new Map([...to.artifacts.values()].map(({ code, stamp }) => [stamp, { code: `"use strict";\n${code}\n`, map: null }])))?.code ?? null;

interface Page {
  readonly runtime: Runtime;
  readonly follower: Follower;
  /** Called before an answer of the store. */
  readonly before: { patch(): Promise<void>; release(name: string): Promise<void> };
  module(id: string): any;
  /** Make a release the latest, with patches from others. */
  publish(to: Release, ...from: Release[]): void;
}

async function open(first: Release, patched: boolean, options: UpgradeOptions = {}): Promise<Page> {
  const runtime = createRuntime({ now: () => performance.now(), schedule: (task) => void setImmediate(task), importCold: () => Promise.reject(new Error('there is none')) });
  const { manifest } = first;
  const reachable = new Set<string>(manifest.entries);
  for (const id of reachable) for (const target of manifest.modules[id]?.requests ?? []) reachable.add(target);
  for (const [id, { bundled, stamp }] of first.artifacts) {
    if (!reachable.has(id)) continue;
    const { link, factory, dynamic } = compileArtifact(bundled, stamp);
    const { n: _, r = [], ...own } = link;
    runtime.records.set(id, createRecord(runtime, id, { link: own, factory, dynamic, requests: r.map((target) => () => runtime.records.get(target) as ModuleRecord), meta: {}, live: true }));
  }
  const releases = new Map([[manifest.release, first]]);
  const texts = new Map<string, string>();
  const fetched = new Map<string, LoadedArtifact>();
  const before: Page['before'] = { patch: async () => {}, release: async () => {} };
  let pointer: Pointer | null = null;
  const trust = createTrust([]);
  const store: Store = {
    trust,
    latest: async () => pointer && trust.accept(pointer, ''),
    before: async () => null,
    async release(name) {
      await before.release(name);
      return (releases.get(name) as Release).manifest;
    },
    async patch(from, { patches }) {
      const script = patches?.[from];
      if (script === undefined) return null;
      await before.patch();
      const registered = runScript(texts.get(script) as string, script);
      const patch = readPatch((registered.get(patchId) as unknown as { factory: () => WrittenPatch }).factory());
      for (const [id, { stamp }] of Object.entries(patch.to.modules)) {
        const brought = registered.get(id);
        if (brought) fetched.set(stamp, { ...brought, stamp });
      }
      return { ...patch, script };
    },
    async artifact(id, stamp) {
      const found = [...releases.values()].map(({ artifacts }) => artifacts.get(id)).find((each) => each?.stamp === stamp);
      return fetched.get(stamp) ?? compileArtifact((found as { code: string }).code, stamp);
    },
  };
  const { format, release, number } = manifest;
  const follower = createFollower(runtime, expand({ format, app: '', release, number, keys: [], modules: {} }), store, options);
  for (const entry of manifest.entries) await evaluate((runtime.records.get(entry) as ModuleRecord).current);
  return {
    runtime, follower, before,
    module: (id) => namespaceOf(runtime.records.get(id) as ModuleRecord),
    publish(to, ...older) {
      releases.set(to.manifest.release, to);
      const patches = older.flatMap((from): [string, string][] => {
        const text = patched ? patchText(from, to) : null;
        if (text === null) return [];
        const stamp = createHash('sha256').update(text).digest('hex');
        texts.set(stamp, text);
        return [[from.manifest.release, stamp]];
      });
      pointer = { format, app: to.manifest.app, release: to.manifest.release, number: to.manifest.number, patches: Object.fromEntries(patches) };
    },
  };
}

/** What is waited for, until `open` is called. */
function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open: () => open() };
}

const pair = (n: number): Sources => ({ 'main.js': `export { a } from './a.js'; export { b } from './b.js';`, 'a.js': `export const a = () => ${n > 1 ? 2 : 1};`, 'b.js': `export const b = () => ${n > 2 ? 3 : 1};` });

describe.each(ways)('%s', (_, patched) => {
  test('a release that is rolled back while the next is fetched is not what the next is put on', async () => {
    const [one, two, three] = releasesOf(pair, 1, 2, 3) as [Release, Release, Release];
    const page = await open(one, patched, { probation: { ms: 0, errors: 1 } });
    page.publish(two, one);
    await page.follower.check();
    page.publish(three, one, two);
    const { passed, open: go } = gate();
    page.before.patch = () => passed;
    page.before.release = (name) => (name === three.manifest.release ? passed : Promise.resolve());
    const checking = page.follower.check();
    await settle();
    await page.follower.rollback();
    go();
    await checking;
    await settle();
    expect([page.module('main.js').a(), page.module('main.js').b(), page.follower.upgrader.current().release]).toEqual([2, 3, three.manifest.release]);
  });

  test('what is refused at its moment leaves nothing, also if a lazy module was loaded meanwhile', async () => {
    const at = (n: number): Sources => ({
      'main.js': `export { a } from './a.js'; export { b } from './b.js'; export const lazy = () => import('./lazy.js');`,
      'a.js': n === 2 ? `export const a = () => 'two';` : `export const a = () => 'one';`,
      'b.js': n === 3 ? `import { a } from './a.js'; const v = a(); export const b = () => v;` : `export const b = () => 'b';`,
      'lazy.js': `export const l = 1;`,
    });
    const [one, two, three] = releasesOf(at, 1, 2, 3) as [Release, Release, Release];
    let isRefused = true;
    const page = await open(one, patched, { moment: async () => {
      if (!isRefused) return;
      await page.module('main.js').lazy();
      throw new RelupError('SUPERSEDED', '', '', '');
    } });
    page.publish(two, one);
    expect((await page.follower.check())?.refusals[0]?.code).toBe('SUPERSEDED');
    expect(page.runtime.records.get('a.js')?.pending).toBeNull();
    isRefused = false;
    page.publish(three, one);
    expect((await page.follower.check())?.outcome).toBe('committed');
    expect([page.module('main.js').a(), page.module('main.js').b()]).toEqual(['one', 'one']);
  });

  test('and what had cleaned up for it starts again', async () => {
    const at = (n: number): Sources => ({
      'main.js': `export { a } from './a.js'; export const lazy = () => import('./lazy.js');`,
      'a.js': `import.meta.hot?.dispose(() => {}); import.meta.hot?.accept(); export const a = () => ${n};`,
      'lazy.js': `export const l = 1;`,
    });
    const [one, two] = releasesOf(at, 1, 2) as [Release, Release];
    const page = await open(one, patched, { moment: async () => {
      await page.module('main.js').lazy();
      throw new RelupError('DISMISSED', '', '', '');
    } });
    page.publish(two, one);
    expect(await page.follower.check()).toMatchObject({ outcome: 'refused', restarted: ['a.js'] });
    expect(page.runtime.records.get('a.js')?.current.hot?.disposed).toBe(false);
  });

  test('an older pointer leads nowhere, also where the release before it was built again', async () => {
    const at = (n: number): Sources => ({ 'main.js': `export { v } from './v.js';`, 'v.js': `export const v = () => ${n};` });
    const [one, two, three] = releasesOf(at, 1, 2, 1) as [Release, Release, Release];
    expect(three.manifest.release).toBe(one.manifest.release);
    const page = await open(three, patched);
    page.publish(two, one);
    expect((await page.follower.check())?.refusals[0]?.code).toBe('OLDER_RELEASE');
    expect(page.module('main.js').v()).toBe(1);
  });

  test('a rollback keeps unchanged modules that were loaded on probation', async () => {
    const at = (n: number): Sources => ({
      'main.js': `export { a } from './a.js'; export const lazy = () => import('./lazy.js');`, 'a.js': `export const a = () => ${n};`,
      'lazy.js': `import { state } from 'relup'; const s = state({ n: 0 }); export const count = () => ++s.n;`,
    });
    const [one, two] = releasesOf(at, 1, 2) as [Release, Release];
    const page = await open(one, patched, { probation: { ms: 0, errors: 1 } });
    page.publish(two, one);
    await page.follower.check();
    const lazy = await page.module('main.js').lazy();
    lazy.count();
    lazy.count();
    expect((await page.follower.rollback()).outcome).toBe('rolledBack');
    const again = await page.module('main.js').lazy();
    expect([lazy.count(), again.count(), again === lazy]).toEqual([3, 4, true]);
  });

  test('a release that is asked for by name is planned from what runs when all is known', async () => {
    const [one, two, three] = releasesOf(pair, 1, 2, 3) as [Release, Release, Release];
    const page = await open(one, patched);
    page.publish(three);
    page.publish(two, one);
    const { passed, open: go } = gate();
    page.before.release = (name) => (name === one.manifest.release ? passed : Promise.resolve());
    const named = page.follower.upgrade(three.manifest.release);
    await settle();
    const checking = page.follower.check();
    await settle();
    go();
    await Promise.all([checking, named]);
    await page.follower.upgrade(three.manifest.release);
    expect([page.module('main.js').a(), page.module('main.js').b()]).toEqual([2, 3]);
  });

  test('effects stop in their order at a rollback, also after a look at the next release', async () => {
    const log: string[] = [];
    (globalThis as Record<string, unknown>)['followerLog'] = log;
    const effect = (name: string): string => `import { effect } from 'relup'; effect(() => { globalThis.followerLog.push('start ${name}'); return () => { globalThis.followerLog.push('stop ${name}'); }; });`;
    const at = (n: number): Sources => ({
      'main.js': `export { u } from './user.js';`,
      'user.js': `${effect(`user${n}`)} import { d } from './dep.js'; ${n > 1 ? `import './added.js';` : ''} export const u = () => d() + ${n};`,
      'dep.js': `${effect(`dep${Math.min(n, 2)}`)} export const d = () => ${Math.min(n, 2)};`,
      ...(n > 1 && { 'added.js': effect('added') }),
    });
    const [one, two, three] = releasesOf(at, 1, 2, 3) as [Release, Release, Release];
    const page = await open(one, patched, { probation: { ms: 0, errors: 1 } });
    page.publish(two, one);
    await page.follower.check();
    page.publish(three, one, two);
    expect((await page.follower.check())?.refusals[0]?.code).toBe('BUSY');
    log.length = 0;
    page.follower.rejected.add(three.manifest.release);
    expect((await page.follower.rollback()).outcome).toBe('rolledBack');
    expect(log.filter((line) => line.startsWith('stop'))).toEqual(['stop user2', 'stop added', 'stop dep2']);
  });

  test('new code may request an unchanged module that awaits, and what that imports', async () => {
    const at = (n: number): Sources => ({
      'main.js': `export { a } from './a.js'; export const lazy = () => import('./lazy.js');`,
      'a.js': n === 2 ? `import { l } from './lazy.js'; export const a = () => l();` : `export const a = () => 1;`,
      'lazy.js': `const m = await import('./x.js'); export const l = () => m.x();`, 'x.js': `export const x = () => 'x${n}';`,
    });
    const [one, two] = releasesOf(at, 1, 2) as [Release, Release];
    const page = await open(one, patched);
    page.publish(two, one);
    expect((await page.follower.upgrade()).outcome).toBe('committed');
    expect(page.module('main.js').a()).toBe('x2');
  });
});
