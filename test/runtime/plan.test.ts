/** Plans between sketched releases: one property a test. */
import { describe, expect, test } from '@jest/globals';
import { planReleases, type PlanOptions } from '../../runtime/plan.js';
import type { Plan, StateEntry } from '../../runtime/protocol.js';
import { parseManifest, parsePointer } from '../../runtime/verify.js';
import { release, stampOf, type ModuleSketch, type ReleaseSketch } from '../releases.js';

type Modules = Readonly<Record<string, ModuleSketch>>;

function planModules(before: Modules, after: Modules, options?: PlanOptions, rest: ReleaseSketch = {}): Plan {
  return planReleases(release({ ...rest, modules: before }), release({ ...rest, number: 2, modules: after }), options);
}

const codes = (plan: Plan): string[] => plan.refusals.map(refusal => refusal.code);
const places = (plan: Plan): string[] => plan.refusals.map(refusal => refusal.place);

describe('decisions', () => {
  test('equal releases need nothing', () => {
    const only = release({ modules: { 'a.js': {} } });
    expect(planReleases(only, only)).toMatchObject({ way: 'none', modules: {}, unchanged: 1 });
  });

  test('modules are unchanged, changed, added or removed by their stamps', () => {
    const plan = planModules({ 'a.js': {}, 'b.js': {}, 'c.js': {} }, { 'a.js': {}, 'b.js': { text: '2' }, 'd.js': {} });
    expect(plan).toMatchObject({ way: 'inPlace', unchanged: 1, refusals: [], noRollback: [] });
    expect(plan.modules).toEqual({ 'b.js': 'changed', 'c.js': 'removed', 'd.js': 'added' });
  });

  test('a changed style sheet and image are changes of exactly these files', () => {
    const plan = planReleases(
      release({ modules: { 'a.js': {} }, styles: { 'assets/a-B2x9dQa1.css': stampOf('1') }, assets: { 'assets/i-AAAAAAAA.svg': stampOf('1'), 'assets/gone-AAAAAAAA.png': stampOf('1') } }),
      release({ number: 2, modules: { 'a.js': {} }, styles: { 'assets/a-C3x9dQa1.css': stampOf('2') }, assets: { 'assets/i-BBBBBBBB.svg': stampOf('2') } }),
    );
    expect(plan.way).toBe('inPlace');
    expect(plan.modules).toEqual({});
    expect(plan.files).toEqual({ styles: ['assets/a-C3x9dQa1.css'], assets: ['assets/gone-AAAAAAAA.png', 'assets/i-BBBBBBBB.svg'], workers: [], cold: [] });
  });

  test('an older release is refused, unless it is asked for', () => {
    const before = release({ number: 5, modules: { 'a.js': {} } });
    const after = release({ number: 4, modules: { 'a.js': { text: '2' } } });
    expect(codes(planReleases(before, after))).toEqual(['OLDER_RELEASE']);
    expect(planReleases(before, after, { rollback: true }).way).toBe('inPlace');
  });

  test('a release of another application is refused', () => {
    expect(codes(planReleases(release({}), release({ app: 'other:server', number: 2 })))).toEqual(['APP_MISMATCH']);
  });
});

describe('stale modules', () => {
  const rate = { exports: ['RATE'] };
  const before: Modules = {
    'a.js': { requests: ['b.js'], names: [['make']], loads: [[0, 'make']], loadLines: [7] },
    'b.js': { requests: ['c.js'], names: [['RATE']], exports: ['make', 'other'], reaches: { make: [[0, 'RATE']] } },
    'c.js': rate,
  };

  test('a late read of a changed module, reached by a call at load, makes the caller stale', () => {
    const plan = planModules(before, { ...before, 'c.js': { ...rate, text: '2' } });
    expect(plan).toMatchObject({ way: 'refused', modules: { 'a.js': 'stale', 'c.js': 'changed' }, unchanged: 1 });
    expect(plan.refusals).toEqual([{
      code: 'STALE', place: 'a.js:7',
      reason: '"a.js" is unchanged, but while it loaded it read "b.js#make", which reads "c.js#RATE", so it holds values of the old release.',
      hint: 'Read the value inside a function instead of while the module loads, or set onStale to "reevaluate".',
    }]);
  });

  test('a call of another export, which does not reach the change, leaves the caller alone', () => {
    const other: Modules = { ...before, 'a.js': { ...before['a.js'], names: [['other']], loads: [[0, 'other']] } };
    expect(planModules(other, { ...other, 'c.js': { ...rate, text: '2' } }).way).toBe('inPlace');
  });

  test('onStale "reevaluate" makes it a changed module, also by the policy of the release', () => {
    const after: Modules = { ...before, 'c.js': { ...rate, text: '2' } };
    expect(planModules(before, after, { onStale: 'reevaluate' })).toMatchObject({ way: 'inPlace', modules: { 'a.js': 'stale', 'c.js': 'changed' } });
    expect(planReleases(release({ modules: before }), release({ number: 2, modules: after, policy: { onStale: 'reevaluate' } })).way).toBe('inPlace');
  });

  test('staleness spreads to those who read a stale module while they loaded', () => {
    const more: Modules = { ...before, 'a.js': { ...before['a.js'], exports: ['made'] }, 'z.js': { requests: ['a.js'], names: [['made']], loads: [[0, 'made']] } };
    expect(planModules(more, { ...more, 'c.js': { ...rate, text: '2' } }).modules).toEqual({ 'a.js': 'stale', 'z.js': 'stale', 'c.js': 'changed' });
  });

  test('a read of the namespace reads all of it', () => {
    const all: Modules = { ...before, 'a.js': { requests: ['b.js'], names: [['*']], loads: [[0, '*']] } };
    expect(codes(planModules(all, { ...all, 'c.js': { ...rate, text: '2' } }))).toEqual(['STALE']);
  });

  test('a barrel that changed without moving the name makes nobody stale; one that moved it does', () => {
    const barrel = { requests: ['c.js', 'd.js'], names: [['RATE'], []], indirect: [['RATE', 0, 'RATE']] } as const;
    const via: Modules = {
      'a.js': { requests: ['i.js'], names: [['RATE']], loads: [[0, 'RATE']] },
      'i.js': barrel, 'c.js': rate, 'd.js': rate,
    };
    expect(planModules(via, { ...via, 'i.js': { ...barrel, text: '2' } }).way).toBe('inPlace');
    const moved: Modules = { ...via, 'i.js': { ...barrel, text: '2', names: [[], ['RATE']], indirect: [['RATE', 1, 'RATE']] } };
    expect(codes(planModules(via, moved))).toEqual(['STALE']);
  });

  test('a stale entry is refused whatever the policy', () => {
    const after: Modules = { ...before, 'c.js': { ...rate, text: '2' } };
    const plan = planModules(before, after, { onStale: 'reevaluate' }, { entries: ['a.js'] });
    expect([plan.way, codes(plan)]).toEqual(['refused', ['ENTRY_STALE']]);
  });

  test('a stale module with an effect at load is not re-evaluated', () => {
    const effect = [{ line: 3, what: 'setInterval(tick)' }];
    const loud: Modules = { ...before, 'a.js': { ...before['a.js'], effects: effect } };
    expect(codes(planModules(loud, { ...loud, 'c.js': { ...rate, text: '2' } }, { onStale: 'reevaluate' }))).toEqual(['EFFECT_AT_LOAD']);
  });
});

describe('entries', () => {
  const main = { requests: ['b.js'], names: [['run']], loads: [[0, 'run']] } as const;
  const plan = (sketch: ModuleSketch): Plan =>
    planModules({ 'main.js': { ...main }, 'b.js': { exports: ['run'] } }, { 'main.js': sketch, 'b.js': { exports: ['run'] } }, {}, { entries: ['main.js'] });

  test('a changed entry that runs things is refused without a hook', () => {
    expect(codes(plan({ ...main, text: '2' }))).toEqual(['ENTRY_CHANGED']);
  });
  test('with a hook it may change', () => {
    expect(plan({ ...main, text: '2', hook: true }).way).toBe('inPlace');
  });
  test('one that only declares things may change', () => {
    expect(plan({ ...main, text: '2', loads: [] }).way).toBe('inPlace');
  });
});

describe('imports of unchanged modules', () => {
  const user = { requests: ['b.js'], names: [['x']] } as const;

  test('a removed export that they name is refused', () => {
    const plan = planModules({ 'a.js': user, 'b.js': { exports: ['x'] } }, { 'a.js': user, 'b.js': { text: '2', exports: ['y'] } });
    expect(plan.refusals).toMatchObject([{ code: 'EXPORT_REMOVED', place: 'a.js', reason: '"b.js" no longer exports "x"; "a.js" is unchanged and still imports it.' }]);
  });
  test('a changed importer is not asked', () => {
    expect(planModules({ 'a.js': user, 'b.js': { exports: ['x'] } }, { 'a.js': { text: '2', requests: ['b.js'], names: [['y']] }, 'b.js': { text: '2', exports: ['y'] } }).way).toBe('inPlace');
  });
  test('an export that moved behind a star still exists, one that became ambiguous does not', () => {
    const before: Modules = { 'a.js': user, 'b.js': { exports: ['x'] } };
    const star = { text: '2', requests: ['c.js', 'd.js'], stars: [0, 1] };
    expect(planModules(before, { 'a.js': user, 'b.js': star, 'c.js': { exports: ['x'] }, 'd.js': {} }).way).toBe('inPlace');
    expect(codes(planModules(before, { 'a.js': user, 'b.js': star, 'c.js': { exports: ['x'] }, 'd.js': { exports: ['x'] } }))).toEqual(['EXPORT_REMOVED']);
  });
});

describe('effects and bindings', () => {
  const effect = [{ line: 4, what: 'setInterval(tick, 1000)' }];
  test('an undeclared effect in the new or in the old body is refused', () => {
    expect(places(planModules({ 'a.js': {} }, { 'a.js': { text: '2', effects: effect } }))).toEqual(['a.js:4']);
    expect(codes(planModules({ 'a.js': { effects: effect } }, { 'a.js': { text: '2' } }))).toEqual(['EFFECT_AT_LOAD']);
    expect(codes(planModules({ 'a.js': { effects: effect } }, {}))).toEqual(['EFFECT_AT_LOAD']);
  });
  test('it may be allowed, and an added module starts its own', () => {
    expect(planModules({ 'a.js': {} }, { 'a.js': { text: '2', effects: effect } }, { allow: ['EFFECT_AT_LOAD'] }).way).toBe('inPlace');
    const plan = planModules({}, { 'a.js': { effects: effect } });
    expect([plan.way, plan.noRollback.map(refusal => refusal.code)]).toEqual(['inPlace', ['EFFECT_AT_LOAD']]);
  });
  test('bindings that functions change are refused in either release', () => {
    const binding = [{ line: 2, what: 'count' }];
    expect(places(planModules({ 'a.js': { undeclared: binding } }, { 'a.js': { text: '2' } }))).toEqual(['a.js:2']);
    expect(codes(planModules({ 'a.js': {} }, { 'a.js': { text: '2', undeclared: binding } }))).toEqual(['STATE_UNDECLARED']);
    expect(planModules({ 'a.js': { undeclared: binding } }, { 'a.js': { undeclared: binding }, 'b.js': {} }).way).toBe('inPlace');
  });
  test('a use of state while the body runs is refused', () => {
    expect(codes(planModules({ 'a.js': {} }, { 'a.js': { text: '2', stateAtLoad: [{ line: 9, what: 'cart' }] } }))).toEqual(['STATE_AT_LOAD']);
  });
});

describe('state', () => {
  const state = (key: string, version: number | null = 1, rest: Partial<StateEntry> = {}): StateEntry => ({ key, version, up: [], down: [], line: 5, ...rest });
  const plan = (before: StateEntry[], after: StateEntry[], rest: ReleaseSketch = {}): Plan =>
    planModules({ 'a.js': { states: before } }, { 'a.js': { text: '2', states: after } }, {}, rest);

  test('a key that vanished is refused, unless it is renamed or given up', () => {
    expect(codes(plan([state('cart')], []))).toEqual(['STATE_DROPPED']);
    expect(plan([state('cart')], [state('basket', 1, { renamedFrom: 'cart' })])).toMatchObject({ way: 'inPlace', noRollback: [] });
    expect(plan([state('cart')], [], { drop: ['a.js#cart'] }).way).toBe('inPlace');
    expect(plan([state('cart')], [], { drop: ['a.js'] }).way).toBe('inPlace');
    expect(codes(planModules({ 'a.js': { states: [state('cart')] } }, {}))).toEqual(['STATE_DROPPED']);
  });
  test('every step between two versions must exist', () => {
    expect(plan([state('cart', 1)], [state('cart', 3, { up: [2, 3], down: [2, 1] })])).toMatchObject({ way: 'inPlace', noRollback: [] });
    const broken = plan([state('cart', 1)], [state('cart', 3, { up: [3], down: [2] })]);
    expect(broken.refusals).toMatchObject([{ code: 'STATE_CHAIN', place: 'a.js:5' }]);
    expect(broken.noRollback).toMatchObject([{ code: 'STATE_NO_DOWN', place: 'a.js:5' }]);
  });
  test('what is not literal is left to the runtime', () => {
    expect(plan([state('cart', 1)], [state('cart', 3, { up: null, down: null })])).toMatchObject({ way: 'inPlace', noRollback: [] });
    expect(plan([state('cart', null)], [state('cart', 3)]).way).toBe('inPlace');
  });
  test('renames in a circle are refused', () => {
    expect(codes(plan([state('a'), state('b')], [state('a', 1, { renamedFrom: 'b' }), state('b', 1, { renamedFrom: 'a' })]))).toEqual(['STATE_CHAIN']);
    expect(codes(plan([state('a')], [state('a', 1, { renamedFrom: 'a' })]))).toEqual(['STATE_CHAIN']);
  });
  test('state that a release adds does not close the way back', () => {
    expect(plan([], [state('cart')])).toMatchObject({ way: 'inPlace', noRollback: [] });
  });
});

describe('cold packages and workers', () => {
  const cold = (version: string, external: boolean, names: string[] = []) => ({ hono: { version, external, names } });
  const user = (name: string, text: string): ModuleSketch => ({ text, requests: ['cold:hono'], names: [[name]] });
  const plan = (before: ReleaseSketch, after: ReleaseSketch): Plan => planReleases(release(before), release({ number: 2, ...after }));

  test('another version escalates to a fresh process or page', () => {
    const modules = { 'a.js': user('Hono', '1') };
    expect(plan({ modules, cold: cold('1.0.0', true) }, { modules, cold: cold('1.1.0', true) })).toMatchObject({ way: 'handover', refusals: [{ code: 'COLD_CHANGED' }], files: { cold: ['hono'] } });
    expect(plan({ modules, target: 'browser', cold: cold('1.0.0', false, ['Hono']) }, { modules, target: 'browser', cold: cold('1.1.0', false, ['Hono']) }).way).toBe('reload');
  });
  test('a new name of an external package is fine, of a bundled one it is missing', () => {
    const before = { 'a.js': user('Hono', '1') };
    const after = { 'a.js': user('cors', '2') };
    expect(plan({ modules: before, cold: cold('1.0.0', true) }, { modules: after, cold: cold('1.0.0', true) }).way).toBe('inPlace');
    expect(plan({ modules: before, cold: cold('1.0.0', false, ['Hono']) }, { modules: after, cold: cold('1.0.0', false, ['cors']) }))
      .toMatchObject({ way: 'handover', refusals: [{ code: 'COLD_MISSING', place: 'a.js' }] });
    expect(plan({ modules: before, cold: cold('1.0.0', false, ['Hono', 'cors']) }, { modules: after, cold: cold('1.0.0', false, ['cors']) }).way).toBe('inPlace');
  });
  test('a package that the running bundle does not have at all is missing', () => {
    expect(codes(plan({ modules: { 'a.js': {} } }, { modules: { 'a.js': user('x', '2') }, cold: cold('1.0.0', false, ['x']) }))).toEqual(['COLD_MISSING']);
  });
  test('refused comes before handover', () => {
    const result = plan(
      { modules: { 'a.js': user('Hono', '1') }, cold: cold('1.0.0', true) },
      { modules: { 'a.js': { ...user('Hono', '2'), effects: [{ line: 1, what: 'x()' }] } }, cold: cold('2.0.0', true) },
    );
    expect([result.way, codes(result)]).toEqual(['refused', ['EFFECT_AT_LOAD', 'COLD_CHANGED']]);
  });
  test('a changed worker escalates, a new one does not', () => {
    const workers = { 'assets/w-AAAAAAAA.js': stampOf('1') };
    expect(codes(plan({ workers }, { workers: { 'assets/w-BBBBBBBB.js': stampOf('2') } }))).toEqual(['WORKER_CHANGED']);
    expect(plan({}, { workers, modules: { 'a.js': {} } }).way).toBe('inPlace');
  });
});

describe('parseManifest', () => {
  const good = release({ modules: { 'a.js': { requests: ['b.js', 'cold:fs'], names: [['x'], ['y']], loads: [[0, 'x']] }, 'b.js': { exports: ['x'] } } });
  const parse = (change: (value: Record<string, unknown>) => void, app?: string): unknown => {
    const value = JSON.parse(JSON.stringify(good)) as Record<string, unknown>;
    change(value);
    try {
      return parseManifest(JSON.stringify(value), 'releases/x.json', app);
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  test('gives back what was written', () => expect(parse(() => undefined, 'shop:server')).toEqual(good));
  test('a truncated file is refused', () => {
    const text = JSON.stringify(good);
    for (const length of [0, 1, 40, text.length - 1]) expect(() => parseManifest(text.slice(0, length), 'x')).toThrow(/^\[relup\] MANIFEST: .*truncated/);
  });
  test('another format is refused before anything else is read', () => expect(parse(value => { value['format'] = 2; delete value['modules']; })).toBe('FORMAT_UNKNOWN'));
  test('another application is refused', () => expect(parse(() => undefined, 'other')).toBe('APP_MISMATCH'));
  test.each([
    ['a missing field', (value: Record<string, unknown>) => { delete value['modules']; }],
    ['a wrong stamp', (value: Record<string, unknown>) => { (value['modules'] as Record<string, { stamp: string }>)['a.js']!.stamp = '../../x'; }],
    ['a request that leads nowhere', (value: Record<string, unknown>) => { delete (value['modules'] as Record<string, unknown>)['b.js']; }],
    ['an index out of range', (value: Record<string, unknown>) => { (value['modules'] as Record<string, { stars: number[] }>)['a.js']!.stars = [2]; }],
    ['a list in place of an object', (value: Record<string, unknown>) => { value['cold'] = []; }],
  ])('%s is refused', (_, change) => expect(parse(change)).toBe('MANIFEST'));
  test('a pointer needs a release', () => {
    expect(() => parsePointer('{"format":1,"app":"a","number":1}', 'latest.json')).toThrow('"release" to be 16 hex digits');
    expect(parsePointer(JSON.stringify({ format: 1, app: 'a', number: 1, release: good.release }), 'latest.json')).toMatchObject({ number: 1 });
  });
});
