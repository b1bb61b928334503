/**
 * Review: modules that come late, the store's way back, and what a process remembers.
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createRecord, createRuntime, defineModule } from '../../runtime/core.js';
import { evaluate } from '../../runtime/evaluate.js';
import { createUpgrader } from '../../runtime/upgrade.js';
import { createFollower, type Store } from '../../runtime/follower.js';
import { createTrust } from '../../runtime/trust.js';
import { keepMemory } from '../../runtime/node-memory.js';
import { namespaceOf } from '../../runtime/link.js';
import { boot, buildRelease, compileArtifact, type Release } from '../application.js';

const tick = () => new Promise((resolve) => setImmediate(resolve));

describe('lazy modules', () => {
  test('two that share a third, loaded at once: the third runs once', async () => {
    const runs: string[] = [];
    let open = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const app = await boot(
      {
        'main.js': `export const two = () => import('./two.js'); export const three = () => import('./three.js');`,
        'two.js': `import { s } from './shared.js'; import 'slow'; export const two = () => s;`,
        'three.js': `import { s } from './shared.js'; export const three = () => s;`,
        'shared.js': `import { note } from 'log'; note('shared'); export const s = {};`,
      },
      { host: { importCold: async (name) => (name === 'slow' ? gate.then(() => ({})) : { note: (text: string) => runs.push(text) }) } },
    );
    const { two, three } = app.module('main.js');
    const first = two();
    await tick();
    const third = await three();
    open();
    const second = await first;
    expect(runs).toEqual(['shared']);
    expect(second.two()).toBe(third.three());
    expect([...app.runtime.records.values()].filter(({ pending }) => pending)).toEqual([]);
  });

  test('that failed are not tried again, and give the same error', async () => {
    const app = await boot({ 'main.js': `export const load = () => import('./bad.js'); export const other = () => import('./other.js');`, 'bad.js': `globalThis.__tries = (globalThis.__tries ?? 0) + 1; throw new Error('bad ' + globalThis.__tries);`, 'other.js': `import './bad.js';` });
    const { load, other } = app.module('main.js');
    const errors = await Promise.all([load(), load(), other()].map((p) => p.catch((e: unknown) => e)));
    expect(new Set(errors).size).toBe(1);
  });

  test('that were never started because one before them failed are started by an upgrade that needs them', async () => {
    const at = (n: number) => ({ 'main.js': `export { a } from './a.js'; export const load = () => import('./lazy.js');`, 'a.js': n === 1 ? `export const a = () => 1;` : `import { u } from './u.js'; export const a = () => u;`, 'lazy.js': `import './bad.js'; import './u.js';`, 'bad.js': `if (true) throw new Error('bad');`, 'u.js': `export const u = 'u';` });
    const app = await boot(at(1));
    await app.module('main.js').load().catch(() => {});
    const result = await app.upgrade(at(2));
    expect(result).toMatchObject({ outcome: 'committed' });
    expect(app.module('main.js').a()).toBe('u');
  });

  test('old code that import()s a module which its release had and the running one has not gets an error that says so', async () => {
    const at = (n: number) => ({ 'main.js': `export { a } from './a.js';`, 'a.js': n === 1 ? `export const a = [() => import('./gone.js')];` : `export const a = [() => 2];`, ...(n === 1 && { 'gone.js': `export const g = 1;` }) });
    const app = await boot(at(1));
    const [a] = app.module('main.js').a;
    await app.upgrade(at(2));
    const error = await a().catch((e: unknown) => e);
    expect(String(error)).toContain('gone.js');
  });

  test('a chunk that arrives after an upgrade gives its cold importers values, not undefined for ever', async () => {
    const runtime = createRuntime({ now: () => 0, schedule: (task) => void setImmediate(task), importCold: async () => ({}), load: async () => { throw new Error('would load the artifact'); } });
    createUpgrader(runtime, buildRelease({ 'main.js': '' }).manifest);
    runtime.commits = 1;
    const seen: Record<string, unknown> = {};
    const record = defineModule(runtime, 'late.js', { l: ['x'] }, function* (e) { yield; e['x'] = 1; } as never, [], {}, {});
    let failed: unknown;
    try {
      record.facade({ x: (value) => void (seen['x'] = value) });
      record.start();
      await Promise.race([record.done, tick()]);
    } catch (error) {
      failed = error;
    }
    expect(failed !== undefined || seen['x'] === 1).toBe(true);
  });
});

describe('the store', () => {
  const at = (n: number) => ({ 'main.js': `import { a } from './a.js'; export const read = () => a();`, 'a.js': `export const a = () => ${n};` });
  function following() {
    const releases: Release[] = [1, 2].map((n) => buildRelease(at(n), { number: n }));
    const code = new Map(releases.flatMap((release) => [...release.artifacts.values()].map(({ stamp, code }) => [stamp, code] as const)));
    const [one, two] = releases as [Release, Release];
    const runtime = createRuntime({ now: () => 0, schedule: (task) => void setImmediate(task), importCold: async () => ({}) });
    for (const [id, { code: text, stamp }] of one.artifacts) {
      const { link, factory, dynamic } = compileArtifact(text, stamp);
      runtime.records.set(id, createRecord(runtime, id, { link, factory, dynamic, requests: (link.r ?? []).map((target) => () => runtime.records.get(target) as never), meta: {}, live: true }));
    }
    const store: Store = {
      latest: async () => ({ format: 1, app: 'test', release: two.manifest.release, number: 2 }),
      release: async (name) => releases.find(({ manifest }) => manifest.release === name)!.manifest,
      artifact: async (_, stamp) => compileArtifact(code.get(stamp) as string, stamp),
      before: async (number) => releases.find(({ manifest }) => manifest.number < number)?.manifest ?? null,
    };
    const follower = createFollower(runtime, one.manifest, store, {});
    return { runtime, follower, one, two, start: () => evaluate(runtime.records.get('main.js')!.current), read: () => (namespaceOf(runtime.records.get('main.js')!) as any).read() };
  }

  test('after confirm and a rollback by the store, the follower does not go forward again', async () => {
    const { follower, start, read } = following();
    await start();
    expect(await follower.check()).toMatchObject({ outcome: 'committed' });
    expect(read()).toBe(2);
    expect(await follower.rollback()).toMatchObject({ outcome: 'committed' });
    for (let i = 0; i < 20; i++) await tick();
    expect(read()).toBe(1);
    expect(await follower.check()).toBe(null);
    expect(read()).toBe(1);
  });

  test('a release that was rolled back by the store is remembered over a restart', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'relup-')) + '/';
    const { follower, start, one, two } = following();
    await start();
    keepMemory({ directory, trust: createTrust([]) }, follower, one.manifest, () => {});
    await follower.check();
    await follower.rollback();
    for (let i = 0; i < 20; i++) await tick();
    const { permanent, rejected } = JSON.parse(readFileSync(`${directory}state.json`, 'utf8'));
    expect([permanent, rejected]).toEqual([one.manifest.release, [two.manifest.release]]);
  });
});
