/** What comes into being while an upgrade is prepared has to show the new release as well, in whichever task it comes. Found by a review. */
import { expect, test } from '@jest/globals';
import { boot, type Application, type Sources } from '../application.js';

/** Upgrades once for each task of the upgrade, with `meanwhile` in front of that task; `check` is asked afterwards. */
async function inEachTask(before: Sources, after: Sources, begin: (app: Application) => { readonly meanwhile: () => unknown; readonly check: (task: number) => void }): Promise<void> {
  for (let at = 0, count = 1; at < count; at++) {
    const app = await boot(before);
    const { schedule } = app.runtime.host;
    const { meanwhile, check } = begin(app);
    let task = 0;
    const run = async (work: () => void): Promise<void> => {
      if (task++ === at) await meanwhile();
      work();
    };
    app.runtime.host = { ...app.runtime.host, schedule: (work) => schedule(() => void run(work)) };
    expect(await app.upgrade(after, { probation: false, onStale: 'reevaluate' })).toMatchObject({ outcome: 'committed' });
    count = task;
    expect(count).toBeGreaterThan(3);
    check(at);
  }
}

test('a handle of a module that another one re-exports no more', async () => {
  const sources = { 'main.js': `import { f } from './a.js'; import './b2.js'; export const get = () => f; export const call = () => f();`, 'a.js': `export { f } from './b1.js';`, 'b1.js': `export function f() { return 'b1'; }`, 'b2.js': `export function f() { return 'b2'; }` };
  await inEachTask(sources, { ...sources, 'a.js': `export { f } from './b2.js';` }, (app) => {
    const main = app.module('main.js');
    return { meanwhile: () => void main.get(), check: (task) => expect([task, main.call(), main.get()()]).toEqual([task, 'b2', 'b2']) };
  });
});

test('a facade of a barrel that does not change', async () => {
  const sources = { 'main.js': `import { x } from './barrel.js'; export const get = () => x;`, 'barrel.js': `export { x } from './c.js';`, 'c.js': `export const x = 1;` };
  await inEachTask(sources, { ...sources, 'c.js': `export const x = 2;` }, (app) => {
    let seen: unknown;
    return { meanwhile: () => app.runtime.records.get('barrel.js')?.facade({ x: (value) => (seen = value) }), check: (task) => expect([task, app.module('main.js').get(), seen]).toEqual([task, 2, 2]) };
  });
});

test('a barrel that was loaded before and runs now: neither its importers nor new bodies keep what was', async () => {
  const sources = {
    'main.js': `import { x } from './c.js'; import './user.js'; export const get = () => x; export const lazy = () => import('./lazy.js');`,
    'registry.js': `export const registry = { get: () => 0 };`,
    'user.js': `import { registry } from './registry.js'; import { x } from './c.js'; export const baked = registry.get();`,
    'lazy.js': `import { registry } from './registry.js'; import { x } from './barrel.js'; registry.get = () => x; export const got = () => x;`,
    'barrel.js': `export { x } from './c.js';`, 'c.js': `export const x = 1;`,
  };
  await inEachTask(sources, { ...sources, 'c.js': `export const x = 2;`, 'user.js': `${sources['user.js']} export const edition = 2;` }, (app) => {
    const { load } = app.runtime.host;
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => (go = resolve));
    // A page waits for style sheets here.
    app.runtime.host = { ...app.runtime.host, load: async (id) => {
      const record = await load?.(id);
      await gate;
      return record as NonNullable<typeof record>;
    } };
    const coming = app.module('main.js').lazy() as Promise<{ got(): number }>;
    let lazy: { got(): number } | undefined;
    return { meanwhile: async () => (go(), (lazy = await coming)), check: (task) => {
      // The registry is filled before the new body asks it, or after.
      expect([task, lazy?.got(), [0, 2].includes(app.module('user.js').baked)]).toEqual([task, 2, true]);
    } };
  });
});
