/**
 * Who is old: what `versions()` lists of releases that were left, and when it says nothing any more. And which modules are
 * managed, and locked.
 */
import { setFlagsFromString } from 'node:v8';
import vm from 'node:vm';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { boot, type Application, type Sources } from '../application.js';
import { createJob } from '../../runtime/jobs-api.js';
import { createFrozen } from '../../runtime/frozen.js';
import { createFollower, type Store } from '../../runtime/follower.js';
import type { UpgradeEvent } from '../../runtime/upgrade.js';

setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;

const shop = (n: number, more = ''): Sources => ({
  'main.js': `import { price } from './shop.js'; export const see = () => price(); export const keep = () => () => price;`,
  'shop.js': `import { onRetire, onUpgrade } from 'relup'; import { wait } from 'rec'; export const price = () => ${n}; ${more}`,
});

const open = (sources = shop(1), rec: Record<string, unknown> = { wait: () => undefined }): Promise<Application> => boot(sources, { cold: { rec } });

/** Let garbage go. */
async function forget(): Promise<void> {
  for (let count = 0; count < 10; count++) {
    await turn();
    collect();
  }
}

describe('old releases', () => {
  test('none at first, and none once nothing holds one', async () => {
    const app = await open();
    expect(app.upgrader.versions()).toMatchObject({ old: [], jobs: [], classes: [], managed: { include: [], exclude: [], frozen: [] } });
    for (let n = 2; n < 30; n++) await app.upgrade(shop(n));
    await forget();
    expect(app.upgrader.versions().old).toEqual([]);
  });

  test('on probation: what a rollback returns to, with its modules', async () => {
    const app = await open();
    const [was] = app.upgrader.versions().modules.filter(({ id }) => id === 'shop.js');
    const first = app.upgrader.current();
    await app.upgrade(shop(2), { probation: { ms: 0 } });
    expect(app.upgrader.versions().old).toEqual([{
      release: first.release, number: 1, serial: 0, modules: [{ id: 'shop.js', stamp: was?.stamp }], jobs: [], hooks: [], instances: [], unconfirmed: true, captured: false,
    }]);
    await app.upgrader.rollback();
    await forget();
    expect(app.upgrader.versions().old).toEqual([]);
  });

  test('jobs by name, age, mode and where they were started; each under the release that it began on', async () => {
    const app = await open();
    const job = createJob(app.runtime);
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    const names: [string, number][] = [];
    for (const n of [1, 2, 3]) {
      names.push([app.upgrader.current().release, n]);
      void job(() => ended, { name: `of ${n}`, mode: n === 2 ? 'live' : 'pinned' });
      if (n < 3) expect(await app.upgrade(shop(n + 1), { jobs: { maxReleases: 3 } })).toMatchObject({ outcome: 'committed' });
    }
    const { old, jobs } = app.upgrader.versions();
    expect(old.map((left) => [left.release, left.number])).toEqual(names.slice(0, 2));
    expect(old.map((left) => left.jobs)).toMatchObject([[{ name: 'of 1', mode: 'pinned', ageMs: expect.any(Number), site: expect.stringMatching(/versions\.test\.ts:\d+:\d+/) }], [{ name: 'of 2', mode: 'live' }]]);
    expect(jobs).toMatchObject([{ name: 'of 3' }]);
    expect(old.every(({ captured }) => !captured)).toBe(true);
    end();
    await forget();
    expect(app.upgrader.versions()).toMatchObject({ old: [], jobs: [] });
  });

  test('hooks whose promises have not settled: they hold a soft purge, and a hard one until its grace is over', async () => {
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    const app = await open(shop(1, `onRetire(() => wait());`), { wait: () => ended });
    await app.upgrade(shop(2, `onUpgrade(() => wait());`));
    const hooks = [{ hook: 'onUpgrade', module: null }, { hook: 'onRetire', module: 'shop.js' }];
    expect(app.upgrader.versions().old).toMatchObject([{ hooks, captured: false }]);
    expect(app.upgrader.softPurge()).toMatchObject({ outcome: 'refused', holding: [{ hooks }], refusals: [{ code: 'JOBS_RUNNING', reason: expect.stringContaining('onRetire of shop.js') }] });
    expect(await app.upgrader.purge({ graceMs: 5 })).toMatchObject({ outcome: 'refused', holding: [{ hooks }] });
    const purge = app.upgrader.purge({ graceMs: 5000 });
    end();
    expect(await purge).toMatchObject({ outcome: 'purged' });
    await forget();
    expect([app.upgrader.versions().old, app.upgrader.softPurge()]).toMatchObject([[], { outcome: 'purged' }]);
  });

  test('"captured": only the garbage collector, or code that the application still holds', async () => {
    const held: { kept?: unknown } = {};
    const app = await open(shop(1, `export const raw = (() => { const made = () => [price(), import('./main.js')]; return made; })();`));
    held.kept = app.module<{ raw: unknown }>('shop.js').raw;
    await app.upgrade(shop(2, `export const raw = 2;`), { allow: ['EXPORT_KIND'] });
    await forget();
    expect(app.upgrader.versions().old).toMatchObject([{ modules: [{ id: 'shop.js' }], jobs: [], hooks: [], unconfirmed: false, captured: true }]);
    expect(app.upgrader.softPurge()).toMatchObject({ outcome: 'refused', refusals: [{ reason: expect.stringContaining('code that the application holds') }] });
    expect(await app.upgrader.purge()).toMatchObject({ outcome: 'purged' });
    expect((held.kept as () => unknown[])()[0]).toBe(1);
    delete held.kept;
    await forget();
    expect([app.upgrader.versions().old, app.upgrader.softPurge().outcome]).toEqual([[], 'purged']);
  });

  test('instances on their way to a new layout, and those that are quarantined', async () => {
    const at = (field: string, hook = ''): Sources => ({ 'main.js': `import { Cart } from './cart.js'; export const make = () => new Cart();`, 'cart.js': `export class Cart { n = 1; ${field} ${hook} look() { return this; } }` });
    const app = await open(at(''));
    const carts = [1, 2, 3].map(() => app.module<{ make(): { bad?: boolean; look(): unknown } }>('main.js').make());
    if (carts[1]) carts[1].bad = true;
    expect(await app.upgrade(at('total = 0;', `static upgrade(cart) { if (cart.bad) throw new Error('bad cart'); cart.total = 5; }`), { probation: { ms: 0 } })).toMatchObject({ outcome: 'committed', refusals: [] });
    for (const cart of carts) try { cart.look(); } catch { /* Quarantined. */ }
    const classes = [{ module: 'cart.js', key: 'Cart', migrated: 2, quarantined: [{ error: expect.objectContaining({ message: 'bad cart' }) }] }];
    expect(app.upgrader.versions()).toMatchObject({ classes, old: [{ instances: classes }] });
  });
});

describe('frozen modules', () => {
  test('FROZEN: a module that is locked refuses upgrades that would change it, with place and hint; others go on', async () => {
    const app = await open();
    expect(app.upgrader.freeze('shop.js')).toEqual(['shop.js']);
    expect(app.upgrader.versions()).toMatchObject({ managed: { frozen: ['shop.js'] }, modules: [{ id: 'main.js', frozen: false }, { id: 'shop.js', frozen: true }] });
    expect(await app.upgrade(shop(2))).toMatchObject({ outcome: 'refused', refusals: [{ code: 'FROZEN', place: 'shop.js', hint: expect.stringContaining('thaw("shop.js")') }] });
    expect(app.module<{ see(): number }>('main.js').see()).toBe(1);
    expect([app.upgrader.thaw('other.js'), app.upgrader.thaw('shop.js'), app.upgrader.thaw('shop.js')]).toEqual([false, true, false]);
    expect(await app.upgrade(shop(2))).toMatchObject({ outcome: 'committed' });
  });

  test('a removed module is changed, an added one is not', async () => {
    const app = await open({ 'main.js': `export const see = () => 1; import { onUpgrade } from 'relup'; onUpgrade(() => {});` });
    app.upgrader.freeze(/\.js$/);
    app.upgrader.thaw(/\.js$/);
    app.upgrader.freeze('lib/');
    const withLib = { 'main.js': `import './lib/a.js'; import { onUpgrade } from 'relup'; onUpgrade(() => {}); export const see = () => 2;`, 'lib/a.js': `export const a = 1;` };
    expect(await app.upgrade(withLib)).toMatchObject({ outcome: 'committed' });
    expect(await app.upgrade({ 'main.js': `import { onUpgrade } from 'relup'; onUpgrade(() => {}); export const see = () => 3;` })).toMatchObject({ outcome: 'refused', refusals: [{ code: 'FROZEN', place: 'lib/a.js' }] });
  });

  test('a rollback that somebody asks for is refused as well, one of a release that fails is not', async () => {
    const app = await open();
    await app.upgrade(shop(2), { probation: { ms: 0 } });
    app.upgrader.freeze('shop.js');
    expect(await app.upgrader.rollback()).toMatchObject({ outcome: 'refused', refusals: [{ code: 'FROZEN' }] });
    expect(app.module<{ see(): number }>('main.js').see()).toBe(2);
    expect(await app.upgrader.rollback({ code: 'PROBATION', place: '', reason: 'It failed.', hint: '' })).toMatchObject({ outcome: 'rolledBack' });
    expect(app.module<{ see(): number }>('main.js').see()).toBe(1);
  });

  test('patterns: ids with and without query, folders, packages, expressions; anything else is OPTION', () => {
    const frozen = createFrozen();
    for (const pattern of ['src/a.ts', 'src/legacy/', 'left-pad', /\.svg$/g]) frozen.freeze(pattern);
    const ids = ['src/a.ts', 'src/a.ts?vue', 'src/a.tsx', 'src/legacy/b.js', 'src/legacy.js', 'node_modules/left-pad/index.js', 'node_modules/left-pad-2/index.js', 'src/i.svg', 'src/j.svg'];
    expect(ids.filter(frozen.isFrozen)).toEqual(['src/a.ts', 'src/a.ts?vue', 'src/legacy/b.js', 'node_modules/left-pad/index.js', 'src/i.svg', 'src/j.svg']);
    expect(frozen.patterns()).toEqual(['src/a.ts', 'src/legacy/', 'left-pad', '/\\.svg$/g']);
    expect(() => frozen.freeze(7 as never)).toThrow(expect.objectContaining({ code: 'OPTION' }) as Error);
  });

  test('a follower tries a release again when what kept it out is thawed, and not before', async () => {
    const first = await open();
    const target = first.upgrader.current();
    const next = { ...target, release: 'feedfeedfeedfeed', number: 2, modules: { ...target.modules, 'shop.js': { ...target.modules['shop.js'] as never as object, stamp: 'f'.repeat(64) } } } as typeof target;
    let looks = 0;
    const store: Store = {
      latest: async () => (looks++, { format: 1, app: 'test', release: next.release, number: 2 }),
      release: async () => next,
      artifact: () => Promise.reject(new Error('not fetched')),
      before: async () => null,
    };
    const follower = createFollower(first.runtime, target, store, {});
    follower.freeze('shop.js');
    expect(await follower.check()).toMatchObject({ outcome: 'refused', refusals: [{ code: 'FROZEN' }] });
    expect([await follower.check(), [...follower.rejected]]).toEqual([null, [next.release]]);
    const before = looks;
    const again = new Promise<UpgradeEvent>((resolve) => follower.upgrader.subscribe((event) => event.type === 'refused' && resolve(event)));
    expect([follower.thaw('main.js'), follower.thaw('shop.js')]).toEqual([false, true]);
    expect(await again).toMatchObject({ result: { refusals: [{ reason: expect.stringContaining('not fetched') }] } });
    expect(looks).toBe(before + 1);
  });
});
