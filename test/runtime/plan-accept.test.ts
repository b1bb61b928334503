/** Who accepts what in a plan, by `import.meta.hot`; one property a test. What it means when it is carried out is in conformance/hot.test.ts. */
import { describe, expect, test } from '@jest/globals';
import { printPlan } from '../../plugin/print.js';
import { createAcceptance, walkInvalidated } from '../../runtime/plan-accept.js';
import { planReleases, type PlanOptions } from '../../runtime/plan.js';
import type { HotEntry, Plan } from '../../runtime/protocol.js';
import { parseManifest } from '../../runtime/verify.js';
import { release, type ModuleSketch, type ReleaseSketch } from '../releases.js';

type Modules = Readonly<Record<string, ModuleSketch>>;

const plan = (before: Modules, changes: Modules, rest: ReleaseSketch = {}, options?: PlanOptions): Plan =>
  planReleases(release({ ...rest, modules: before }), release({ ...rest, number: 2, modules: { ...before, ...changes } }), options);
const codes = (found: Plan): string[] => found.refusals.map(({ code }) => code);
const module = (requests: readonly string[], hot?: HotEntry, more: ModuleSketch = {}): ModuleSketch => ({ requests, ...(hot && { hot }), ...more });
const changed: ModuleSketch = { text: '2' };

describe('walking up', () => {
  test.each<[string, Modules, string[], Plan['accepted'], string[]]>([
    ['a changed module that accepts itself ends the path', { a: module(['b'], { self: 1 }), b: { hot: { self: 1 } } }, ['b'], [['b', 'b']], []],
    ['an importer that accepts it does, without being evaluated', { top: module(['a'], { self: 1 }), a: module(['b'], { deps: ['b'] }), b: {} }, ['b'], [['a', 'b']], []],
    ['an unchanged importer that accepts itself is refreshed', { a: module(['b'], { self: 1 }), b: {} }, ['b'], [['a', 'a']], ['a']],
    ['through modules that accept nothing', { a: module(['m'], { self: 1 }), m: module(['b']), b: {} }, ['b'], [['a', 'a']], ['a']],
    ['what is accepted may lie between', { a: module(['m'], { deps: ['m'] }), m: module(['b']), b: {} }, ['b'], [['a', 'm']], []],
    ['every path has an end of its own', { x: module(['b'], { self: 1 }), y: module(['b'], { deps: ['b'] }), z: module(['b']), b: {} }, ['b'], [['x', 'x'], ['y', 'b']], ['x']],
    ['a path that nobody ends means nothing', { a: module(['b']), b: {}, other: { hot: { self: 1 } } }, ['b'], [], []],
    ['cycles end', { a: module(['b']), b: module(['c', 'a']), c: module(['a']), top: module(['a'], { self: 1 }) }, ['c'], [['top', 'top']], ['top']],
    ['a module that imports itself', { a: module(['a'], { self: 1 }) }, ['a'], [['a', 'a']], []],
    ['two changes, one boundary', { a: module(['b', 'c'], { deps: ['b', 'c'] }), b: {}, c: {} }, ['c', 'b'], [['a', 'b'], ['a', 'c']], []],
  ])('%s', (_, before, ids, accepted, refreshed) => {
    const found = plan(before, Object.fromEntries(ids.map((id) => [id, { ...before[id], ...changed }])));
    expect(found.accepted).toEqual(accepted);
    expect(Object.keys(found.modules).filter((id) => found.modules[id] === 'refreshed')).toEqual(refreshed);
  });

  const exporting = { exports: ['A', 'b'], hot: { exports: ['A'] } } as const;
  test.each<[string, ModuleSketch, Plan['accepted']]>([
    ['only accepted names', { names: [['A']] }, [['a', 'a']]],
    ['one more', { names: [['A', 'b']] }, [['a', 'a'], ['top', 'top']]],
    ['the namespace', { names: [['*']] }, [['a', 'a'], ['top', 'top']]],
    ['nothing, for the effect alone', { names: [[]] }, [['a', 'a'], ['top', 'top']]],
    ['it re-exports an accepted name', { names: [['A']], indirect: [['A', 0, 'A']] }, [['a', 'a']]],
    ['it re-exports all', { names: [['A']], stars: [0] }, [['a', 'a'], ['top', 'top']]],
  ])('acceptExports: an importer of %s', (_, importer, accepted) => {
    expect(plan({ top: module(['a'], { self: 1 }, importer), a: exporting }, { a: { ...exporting, ...changed } }).accepted).toEqual(accepted);
  });

  test('it is the running text that accepts', () => {
    const accepting = module([], { self: 1 });
    expect(plan({ a: accepting }, { a: { ...changed } }).accepted).toEqual([['a', 'a']]);
    expect(plan({ a: {} }, { a: { ...accepting, ...changed } }).accepted).toEqual([]);
  });

  test('an added module is no update of itself', () => {
    expect(plan({ a: module(['b'], { deps: ['b'] }), b: {} }, { a: module(['b', 'c'], undefined, changed), c: { hot: { self: 1 } } }).accepted).toEqual([]);
  });

  test('stale modules are changes, too, and what is refreshed makes nobody stale', () => {
    const before: Modules = {
      top: module(['mid'], undefined, { names: [['M']], loads: [[0, 'M']] }),
      mid: module(['leaf'], { self: 1 }, { exports: ['M'], names: [['L']], loads: [[0, 'L']] }),
      leaf: { exports: ['L'] },
    };
    const found = plan(before, { leaf: { exports: ['L'], ...changed } });
    expect(found).toMatchObject({ way: 'inPlace', modules: { leaf: 'changed', mid: 'stale' }, accepted: [['mid', 'mid']], notes: [{ code: 'STALE', place: 'top:1' }] });
    expect(codes(plan({ ...before, mid: { ...before['mid'], hot: {} } }, { leaf: { exports: ['L'], ...changed } }))).toEqual(['STALE', 'STALE']);
  });

  test('an importer that accepts a module is not stale by it, others are', () => {
    const reading = (hot?: HotEntry): ModuleSketch => module(['b'], hot, { names: [['v']], loads: [[0, 'v']] });
    const found = plan({ x: reading({ deps: ['b'] }), y: reading(), b: { exports: ['v'] } }, { b: { exports: ['v'], ...changed } });
    expect(found.refusals).toMatchObject([{ code: 'STALE', place: 'y:1' }]);
  });

  test('without any hot facts there is nothing to walk', () => {
    const only = release({ modules: { a: {}, b: {} } });
    expect(createAcceptance(only, only)).toBeNull();
  });

  test('each module once: four hundred layers of diamonds', () => {
    const before: Record<string, ModuleSketch> = { top: module(['l0', 'r0'], { self: 1 }), leaf: {} };
    for (let n = 0; n < 400; n++) {
      const below = n < 399 ? [`l${n + 1}`, `r${n + 1}`] : ['leaf'];
      before[`l${n}`] = module(below);
      before[`r${n}`] = module(below);
    }
    // By paths there are 2 ** 400: it would not end.
    expect(plan(before, { leaf: changed }).accepted).toEqual([['top', 'top']]);
  });

  test('an invalidated module is walked from as if it did not accept itself', () => {
    const manifest = release({ modules: { top: module(['mid'], { self: 1 }), mid: module(['a'], { deps: ['a'] }), other: module(['a'], { self: 1 }), a: module([], { self: 1 }) } });
    expect(walkInvalidated(manifest, 'a')).toEqual({ pairs: [['mid', 'a'], ['other', 'other']], selves: new Set(['other']) });
  });
});

describe('what is not asked of modules in charge of themselves', () => {
  const timer = [{ line: 2, what: 'setInterval(f)' }];
  const unknown = [{ line: 2, what: 'register()', unknown: 1 as const }];
  const undeclared = [{ line: 3, what: 'n' }];
  test.each<[string, ModuleSketch, string[]]>([
    ['nothing said', { effects: unknown, undeclared }, ['EFFECT_AT_LOAD', 'STATE_UNDECLARED']],
    ['it accepts itself: unknown effects', { effects: unknown, undeclared, hot: { self: 1 } }, []],
    ['it accepts itself: a timer that it does not stop', { effects: timer, undeclared, hot: { self: 1 } }, ['EFFECT_AT_LOAD']],
    ['it disposes', { effects: timer, undeclared, hot: { dispose: 1 } }, []],
    ['it accepts exports', { undeclared, hot: { exports: ['A'] } }, []],
    ['it only cleans up when it goes', { undeclared, hot: { prune: 1 } }, ['STATE_UNDECLARED']],
    ['state that is used at load is still the old release\'s', { stateAtLoad: undeclared, hot: { self: 1, dispose: 1 } }, ['STATE_AT_LOAD']],
    ['it declines', { hot: { decline: 1 } }, ['HOT_DECLINED']],
  ])('%s', (_, before, expected) => {
    expect(codes(plan({ top: module(['a']), a: before }, { a: { ...before, ...changed } }))).toEqual(expected);
  });

  test('a module that goes has to dispose or prune', () => {
    const gone = (hot: HotEntry): string[] => codes(planReleases(release({ modules: { a: module(['b']), b: { effects: timer, hot } } }), release({ number: 2, modules: { a: changed } })));
    expect([gone({ self: 1 }), gone({ dispose: 1 }), gone({ prune: 1 })]).toEqual([['EFFECT_AT_LOAD'], [], []]);
  });

  test('HOT_DECLINED also for what would be refreshed', () => {
    expect(plan({ a: module(['b'], { self: 1, decline: 1 }), b: {} }, { b: changed }).refusals).toMatchObject([{ code: 'HOT_DECLINED', place: 'a', reason: expect.stringContaining('refreshed') }]);
  });

  test('the way back is judged by the new text', () => {
    expect(plan({ a: { effects: timer, hot: { dispose: 1 } } }, { a: { effects: timer, ...changed } })).toMatchObject({ way: 'inPlace', noRollback: [{ code: 'EFFECT_AT_LOAD' }] });
  });
});

test('a plan prints what is refreshed; a manifest with hot facts parses, a broken one does not', () => {
  const before = { a: module(['b'], { self: 1 }), b: {} };
  expect(printPlan(plan(before, { b: changed }))).toContain('refreshed 1\n    a');
  const manifest = release({ modules: { a: { hot: { self: 1, exports: ['A'], deps: [], dispose: 1, prune: 1, decline: 1 } } } });
  expect(parseManifest(JSON.stringify(manifest), 'x')).toEqual(manifest);
  expect(() => parseManifest(JSON.stringify(release({ modules: { a: { hot: { exports: 'A' } as never } } })), 'x')).toThrow('MANIFEST');
});
