/**
 * What a patch between two releases holds. That upgrades by patches are as upgrades by manifests, random.test.ts shows of every other
 * program, and tab-follow.test.ts of real pages.
 */
import { describe, expect, test } from '@jest/globals';
import { writePatch } from '../../plugin/patches.js';
import { patchId, readPatch, type WrittenPatch } from '../../runtime/patch.js';
import { release, type ModuleSketch } from '../releases.js';

/** What else a release has. */
type Files = Omit<Parameters<typeof release>[0], 'modules' | 'number'>;
type Sketches = Readonly<Record<string, ModuleSketch>>;

const artifact = (id: string): string => `"use strict";\n__relup__(${JSON.stringify(id)}, {}, function* () { yield; }, {});\n`;

/** The patch between two sets of modules, and the ids of the artifacts in it; null if there is none. */
function patchOf(before: Sketches, after: Sketches, more: Files = {}, moreBefore: Files = more) {
  // The text of each is another.
  const own = (modules: Sketches): Sketches => Object.fromEntries(Object.entries(modules).map(([id, { text = '1', ...sketch }]) => [id, { ...sketch, text: `${id} ${text}` }]));
  const from = release({ target: 'browser', entries: ['main.js'], modules: own(before), ...moreBefore });
  const to = release({ number: 2, target: 'browser', entries: ['main.js'], modules: own(after), ...more });
  const written = writePatch(from, to, new Map(Object.entries(to.modules).map(([id, { stamp }]) => [stamp, { code: artifact(id), map: JSON.stringify({ version: 3, sources: [id], names: [], mappings: ';AAAA' }) }])));
  if (!written) return null;
  const registered = new Map<string, unknown>();
  new Function('__relup__', written.code)((id: string, _: object, factory: unknown) => registered.set(id, factory));
  const patch = readPatch((registered.get(patchId) as () => WrittenPatch)());
  return { patch, written, brought: [...registered.keys()].filter((id) => id !== patchId) };
}

const app: Sketches = {
  'main.js': { requests: ['a.js', 'b.js'], names: [['a'], ['b']] },
  'a.js': { exports: ['a'], requests: ['b.js'], names: [['b']], dynamic: ['lazy.js'] },
  'b.js': { exports: ['b'] },
  'lazy.js': { exports: ['lazy'], requests: ['deep.js'], names: [['deep']] },
  'deep.js': { exports: ['deep'] },
};

describe('a patch', () => {
  test('brings what changed of what every page has, and says no more than that asks', () => {
    const found = patchOf(app, { ...app, 'b.js': { ...app['b.js'], text: '2' } });
    expect(found?.brought).toEqual(['b.js']);
    expect(found?.patch.plan).toMatchObject({ way: 'inPlace', modules: { 'b.js': 'changed' } });
    expect([Object.keys(found?.patch.from.modules ?? {}), Object.keys(found?.patch.to.modules ?? {})]).toEqual([['b.js'], ['b.js']]);
    expect(found?.patch.to).toMatchObject({ number: 2, partial: true });
  });

  test('names lazy modules that changed, and leaves them to pages that have them', () => {
    const found = patchOf(app, { ...app, 'deep.js': { ...app['deep.js'], text: '2' } });
    expect([found?.brought, Object.keys(found?.patch.to.modules ?? {})]).toEqual([[], ['deep.js']]);
  });

  test('brings what new code requests and a page may not have, with all below it', () => {
    const found = patchOf(app, { ...app, 'a.js': { ...app['a.js'], text: '2', requests: ['b.js', 'lazy.js'], names: [['b'], ['lazy']], dynamic: [] } });
    expect(found?.brought).toEqual(['deep.js', 'lazy.js', 'a.js']);
    expect(Object.keys(found?.patch.to.modules ?? {})).toEqual(['deep.js', 'lazy.js', 'a.js']);
  });

  test('of an application with several pages holds what all of them have', () => {
    const pages: Sketches = { 'one.js': { requests: ['both.js', 'only.js'], names: [[], []] }, 'two.js': { requests: ['both.js'], names: [[]] }, 'both.js': {}, 'only.js': {} };
    const found = patchOf(pages, { ...pages, 'both.js': { text: '2' }, 'only.js': { text: '2' } }, { entries: ['one.js', 'two.js'] });
    expect([found?.brought, Object.keys(found?.patch.to.modules ?? {})]).toEqual([['both.js'], ['both.js', 'only.js']]);
  });

  test('says through whom new code gets what the bundle holds of a package', () => {
    const cold = { pkg: { version: '1.0.0', external: false, names: ['x', 'y'] } };
    const users: Sketches = {
      'main.js': { requests: ['x.js', 'y.js', 'z.js'], names: [[], [], []] },
      'x.js': { requests: ['cold:pkg'], names: [['x']] }, 'y.js': { requests: ['cold:pkg'], names: [['y']] }, 'z.js': { requests: ['cold:pkg'], names: [['y']] },
    };
    const found = patchOf(users, { ...users, 'x.js': { text: '2', requests: ['cold:pkg'], names: [['y']] } }, { cold });
    expect(Object.entries(found?.patch.from.modules ?? {}).map(([id, { requests }]) => [id, requests])).toEqual([['x.js', []], ['y.js', ['cold:pkg']]]);
    expect(found?.patch.to.cold).toEqual({ pkg: { version: '1.0.0', external: false, names: [] } });
  });

  test('speaks of style sheets only where one of them is concerned', () => {
    const sheets = { 'a.css': ['src/a.css'] };
    const styled: Sketches = { 'main.js': { requests: ['a.js', 'b.js'], names: [[], []] }, 'a.js': { requests: ['cold:src/a.css'], names: [[]] }, 'b.js': {} };
    const more = (hash: string): Files => ({ styles: { 'a.css': hash }, sheets, cold: { 'src/a.css': { version: null, external: false, names: [], style: 1 } } });
    const silent = patchOf(styled, { ...styled, 'b.js': { text: '2' } }, more('1'));
    expect([silent?.patch.to.styles, Object.keys(silent?.patch.from.modules ?? {})]).toEqual([{}, ['b.js']]);
    const spoken = patchOf(styled, { ...styled, 'b.js': { text: '2' } }, more('2'), more('1'));
    expect([spoken?.patch.from.styles, spoken?.patch.to.styles, spoken?.patch.to.sheets]).toEqual([{ 'a.css': '1' }, { 'a.css': '2' }, sheets]);
    expect(spoken?.patch.to.modules['a.js']?.requests).toEqual(['cold:src/a.css']);
  });

  test('does not exist where the way does not go in place, or where code awaits while it loads', () => {
    expect(patchOf(app, { ...app, 'b.js': { text: '2', exports: [] } })).toBeNull();
    expect(patchOf(app, { ...app, 'b.js': { ...app['b.js'], text: '2', async: true } })).toBeNull();
    expect(patchOf(app, app)?.brought ?? null).toBeNull();
  });

  test('has the source maps of its artifacts, each where its code begins', () => {
    const { written } = patchOf(app, { ...app, 'a.js': { ...app['a.js'], text: '2' }, 'b.js': { ...app['b.js'], text: '2' } }) as NonNullable<ReturnType<typeof patchOf>>;
    const { sections } = JSON.parse(written.map as string) as { sections: readonly { readonly offset: { readonly line: number }; readonly map: { readonly sources: readonly string[] } }[] };
    const lines = written.code.split('\n');
    // The first line of an artifact is left out; its map speaks of the second.
    expect(sections.map(({ offset, map }) => [lines[offset.line + 1], map.sources[0]])).toEqual([[artifact('b.js').split('\n')[1], 'b.js'], [artifact('a.js').split('\n')[1], 'a.js']]);
  });

  test('holds ids and texts of any kind', () => {
    const odd = `it's "__proto__" \\ \u2028.js`;
    const found = patchOf({ 'main.js': { requests: [odd], names: [[]] }, [odd]: {} }, { 'main.js': { requests: [odd], names: [[]] }, [odd]: { text: '2' } });
    expect([found?.brought, Object.keys(found?.patch.plan.modules ?? {})]).toEqual([[odd], [odd]]);
  });
});
