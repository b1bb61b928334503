/** Plans between sketched releases: one property a test. */
import { describe, expect, test } from '@jest/globals';
import { planReleases, type PlanOptions } from '../../runtime/plan.js';
import { printPlan } from '../../plugin/print.js';
import type { ClassEntry, Plan, StateEntry } from '../../runtime/protocol.js';
import { parseManifest, parsePointer } from '../../runtime/verify.js';
import { release, stampOf, type ModuleSketch, type ReleaseSketch } from '../releases.js';

type Modules = Readonly<Record<string, ModuleSketch>>;

function planModules(before: Modules, after: Modules, options?: PlanOptions, rest: ReleaseSketch = {}): Plan {
  return planReleases(release({ ...rest, modules: before }), release({ ...rest, number: 2, modules: after }), options);
}

const codes = (plan: Plan): string[] => plan.refusals.map(refusal => refusal.code);
const places = (plan: Plan): string[] => plan.refusals.map(refusal => refusal.place);

const classEntry = (sketch: Partial<ClassEntry> = {}): ClassEntry => ({ line: 3, exports: [], text: '1', heritage: null, fields: [], statics: {}, privates: [], upgrade: false, ...sketch });

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
    const plan = planModules(loud, { ...loud, 'c.js': { ...rate, text: '2' } }, { onStale: 'reevaluate' });
    expect(plan.refusals).toMatchObject([{ code: 'STALE', place: 'a.js:7', reason: expect.stringContaining('line 3, "setInterval(tick)", takes effect') }]);
    expect(planModules(loud, { ...loud, 'c.js': { ...rate, text: '2' } }, { onStale: 'reevaluate', allow: ['EFFECT_AT_LOAD'] }).way).toBe('inPlace');
  });

  test('nor is one whose functions change a binding, or that uses state while it loads', () => {
    const again = (sketch: ModuleSketch): string[] => {
      const modules: Modules = { ...before, 'a.js': { ...before['a.js'], ...sketch } };
      return planModules(modules, { ...modules, 'c.js': { ...rate, text: '2' } }, { onStale: 'reevaluate' }).refusals.map(({ code, reason }) => `${code} ${reason.replace(/.*again: /, '')}`);
    };
    expect(again({ undeclared: [{ line: 4, what: 'count' }] })).toEqual(['STALE its functions change "count" (line 4), which would begin anew.']);
    expect(again({ stateAtLoad: [{ line: 5, what: 'cart' }] })).toEqual(['STALE it uses the state "cart" while it loads (line 5).']);
    expect(again({ states: [{ key: 'cart', version: 1, up: [], down: [], line: 1 }] })).toEqual([]);
  });

  test('nor is one that calls what is not free of side effects, however far away', () => {
    const modules: Modules = {
      ...before,
      'a.js': { ...before['a.js'], calls: [[0, 'make', 7]] },
      'b.js': { ...before['b.js'], requests: ['c.js', 'd.js'], names: [['RATE'], ['log']], reaches: { make: [[0, 'RATE'], [1, 'log']] } },
      'd.js': { exports: ['log'], impure: { log: { line: 9, what: 'lines.push(1)' } } },
    };
    const plan = planModules(modules, { ...modules, 'c.js': { ...rate, text: '2' } }, { onStale: 'reevaluate' });
    expect(plan.refusals).toMatchObject([{ code: 'STALE', reason: expect.stringContaining('line 7 calls "b.js#make", and "lines.push(1)" (d.js:9) is not free of side effects') }]);
    const other: Modules = { ...modules, 'd.js': { exports: ['log'], impure: { other: { line: 9, what: 'x' } } } };
    expect(planModules(other, { ...other, 'c.js': { ...rate, text: '2' } }, { onStale: 'reevaluate' }).way).toBe('inPlace');
  });

  test('the plan lists what is stale with line and name, also where it is evaluated again', () => {
    const plan = planModules(before, { ...before, 'c.js': { ...rate, text: '2' } }, { onStale: 'reevaluate' });
    expect(plan.stale).toEqual({ 'a.js': { line: 7, chain: ['a.js', 'b.js#make', 'c.js#RATE'] } });
    expect(printPlan(plan)).toContain('    a.js:7 read b.js#make, which reads c.js#RATE');
  });

  test('a function or class that is only held makes nobody stale; what it is now, it is for ever', () => {
    const user: ModuleSketch = { requests: ['b.js'], names: [['show', 'Base', 'data']], loads: [[0, 'show', 1], [0, 'Base', 1]] };
    const lib: ModuleSketch = { exports: ['show', 'Base', 'data'], functions: ['show'], classes: { Base: classEntry({ exports: ['Base'] }) } };
    const plan = (load: ModuleSketch['loads'], next: ModuleSketch = {}): string[] =>
      codes(planModules({ 'a.js': { ...user, loads: load ?? [] }, 'b.js': lib }, { 'a.js': { ...user, loads: load ?? [] }, 'b.js': { ...lib, text: '2', ...next } }));
    expect(plan([[0, 'show', 1], [0, 'Base', 1]])).toEqual([]);
    expect(plan([[0, 'show']])).toEqual(['STALE']);
    expect(plan([[0, 'Base']])).toEqual(['STALE']);
    expect(plan([[0, 'data', 1]])).toEqual(['STALE']);
    expect(plan([[0, 'show', 1]], { functions: [] })).toEqual(['STALE']);
    expect(plan([[0, '*', 1]])).toEqual(['STALE']);
  });

  test('a value that is only held counts by its module, not by what calling it would read', () => {
    const sub: ModuleSketch = { requests: ['c.js'], names: [['show']], exports: ['routes'], loads: [[0, 'show', 1]], reaches: { routes: [[0, 'show']] } };
    const held: Modules = { 'main.js': { requests: ['b.js'], names: [['routes']], loads: [[0, 'routes', 1]] }, 'b.js': sub, 'c.js': { exports: ['show'], functions: ['show'] } };
    expect(planModules(held, { ...held, 'c.js': { ...held['c.js'], text: '2' } }, {}, { entries: ['main.js'] }).way).toBe('inPlace');
    expect(codes(planModules(held, { ...held, 'b.js': { ...sub, text: '2' } }, {}, { entries: ['main.js'] }))).toEqual(['ENTRY_STALE']);
    const called: Modules = { ...held, 'main.js': { ...held['main.js'], loads: [[0, 'routes']] } };
    expect(codes(planModules(called, { ...called, 'c.js': { ...held['c.js'], text: '2' } }, {}, { entries: ['main.js'] }))).toEqual(['ENTRY_STALE']);
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
  test('each finding is refused with its reason and what to write', () => {
    const findings = [{ line: 4, what: 'setInterval(tick)', why: 'It starts a timer.', fix: 'effect(() => {});' }, { line: 6, what: 'make()', why: 'Nothing is known of it.', unknown: 1 as const }];
    expect(planModules({ 'a.js': {} }, { 'a.js': { text: '2', effects: findings } }).refusals).toEqual([
      { code: 'EFFECT_AT_LOAD', place: 'a.js:4', reason: '"setInterval(tick)" takes effect while "a.js" loads, and would start again beside the running one. It starts a timer.', hint: 'Write instead:\neffect(() => {});' },
      { code: 'EFFECT_AT_LOAD', place: 'a.js:6', reason: '"make()" takes effect while "a.js" loads, and would start again beside the running one. Nothing is known of it.', hint: expect.stringMatching(/^If it has none, declare it: pure/) },
    ]);
  });
  test('what nothing was known of in the old release does not stand in the way of the one that declares it', () => {
    expect(planModules({ 'a.js': { effects: [{ line: 1, what: 'make()', unknown: 1 }] } }, { 'a.js': { text: '2' } }).way).toBe('inPlace');
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

describe('kinds of exports', () => {
  const user: ModuleSketch = { requests: ['b.js'], names: [['x']] };
  const asFunction: ModuleSketch = { exports: ['x'], functions: ['x'] };
  const asClass: ModuleSketch = { exports: ['x'], classes: { x: classEntry({ exports: ['x'] }) } };
  const asValue: ModuleSketch = { exports: ['x'] };
  const plan = (before: ModuleSketch, after: ModuleSketch, options: PlanOptions = {}, importer: ModuleSketch = user): Plan =>
    planModules({ 'a.js': user, 'b.js': before }, { 'a.js': importer, 'b.js': { text: '2', ...after } }, options);

  test('a class becomes a function, a function a class', () => {
    expect(plan(asClass, asFunction).refusals).toEqual([{
      code: 'EXPORT_KIND', place: 'b.js', reason: '"x" of "b.js" was a class and is now a function; "a.js" is unchanged and imports it.',
      hint: 'Keep "x" a class and export the new thing under another name, or change "a.js" in the same release.',
    }]);
    expect(plan(asFunction, asClass).refusals).toMatchObject([{ code: 'EXPORT_KIND', place: 'b.js:3' }]);
  });
  test('an export that is sometimes a class is a class only where the text says so', () => {
    expect(codes(plan(asClass, { ...asValue, captured: [{ line: 5, what: 'x' }] }))).toEqual(['EXPORT_KIND']);
    expect(codes(plan({ ...asValue, captured: [{ line: 5, what: 'x' }] }, asClass))).toEqual([]);
  });
  test('a value may become anything, but closes the way back', () => {
    expect(plan(asValue, asFunction)).toMatchObject({ way: 'inPlace', noRollback: [{ code: 'EXPORT_KIND' }] });
  });
  test('it is seen through namespaces and barrels', () => {
    const all: ModuleSketch = { requests: ['i.js'], names: [['*']] };
    const modules: Modules = { 'a.js': all, 'i.js': { requests: ['b.js'], names: [[]], stars: [0] }, 'b.js': asFunction };
    expect(codes(planModules(modules, { ...modules, 'b.js': { ...asValue, text: '2' } }))).toEqual(['EXPORT_KIND']);
  });
  test('nobody unchanged imports it, or it is allowed', () => {
    expect(plan(asClass, asFunction, {}, { ...user, text: '2' })).toMatchObject({ way: 'inPlace', notes: [{ code: 'CLASS_REMOVED', reason: '"x" of "b.js" is a function now; instances of the class, and whoever kept it, stay what they are.' }] });
    expect(plan(asClass, asFunction, { allow: ['EXPORT_KIND'] }).way).toBe('inPlace');
  });
});

describe('classes', () => {
  type Classes = Readonly<Record<string, Partial<ClassEntry>>>;
  const entries = (classes: Classes): ModuleSketch['classes'] => Object.fromEntries(Object.entries(classes).map(([key, sketch]) => [key, classEntry(sketch)]));
  const plan = (before: Classes, after: Classes, options: PlanOptions = {}): Plan =>
    planModules({ 'a.js': { classes: entries(before) ?? {} } }, { 'a.js': { text: '2', classes: entries(after) ?? {} } }, options);
  const back = (plan: Plan): string[] => plan.noRollback.map(({ code }) => code);
  const notes = (plan: Plan): string[] => plan.notes.map(({ code }) => code);

  test('fields that a class adds need a hook; the fields are named', () => {
    const added = plan({ A: { fields: ['x'] } }, { A: { text: '2', fields: ['x', 'y', 'z'] } });
    expect(added.refusals).toEqual([{
      code: 'CLASS_LAYOUT', place: 'a.js:3', reason: 'Instances of "A" that live now lack "y" and "z".',
      hint: 'Add static upgrade(instance, { from, to, added, discarded }) { instance.y = ...; instance.z = ...; } to the class.',
    }]);
    expect(plan({ A: { fields: ['x'] } }, { A: { text: '2', fields: ['x', 'y'], upgrade: true } })).toMatchObject({ way: 'inPlace', noRollback: [], drain: [{ code: 'CLASS_LAYOUT' }] });
    expect(plan({ A: {} }, { A: { fields: ['y'] } }, { allow: ['CLASS_LAYOUT'] }).way).toBe('inPlace');
  });
  test('fields that it gives up need none, but on the way back they are added ones', () => {
    const removed = plan({ A: { fields: ['x'] } }, { A: { text: '2' } });
    expect([removed.way, back(removed)]).toEqual(['inPlace', ['CLASS_LAYOUT']]);
    expect(back(plan({ A: { fields: ['x'], upgrade: true } }, { A: { text: '2' } }))).toEqual([]);
    expect(back(plan({ A: {} }, { A: { fields: ['x'], upgrade: true } }))).toEqual([]);
  });
  test('another text of the same layout changes nothing for instances', () => {
    expect(plan({ A: { fields: ['x'] } }, { A: { text: '2', fields: ['x'] } })).toMatchObject({ way: 'inPlace', notes: [], drain: [], noRollback: [] });
  });
  test('a class that another one may continue is refused, a class that is gone is noted', () => {
    expect(plan({ Old: {} }, { New: { line: 8 } }).refusals).toEqual([{
      code: 'CLASS_RENAMED', place: 'a.js:8', reason: 'The class "Old" is gone from "a.js" and "New" came; whether instances of the one shall become instances of the other is not known.',
      hint: 'Say static renamedFrom = "Old" in the class that continues it, or allow "CLASS_RENAMED" if none does.',
    }]);
    expect(plan({ Old: {} }, { New: { renamedFrom: 'Old' } })).toMatchObject({ way: 'inPlace', notes: [], noRollback: [] });
    expect(plan({ Old: {} }, { New: {} }, { allow: ['CLASS_RENAMED'] })).toMatchObject({ way: 'inPlace', notes: [{ code: 'CLASS_REMOVED' }] });
    expect(notes(plan({ Old: {}, Kept: {} }, { Kept: {} }))).toEqual(['CLASS_REMOVED']);
    expect(notes(planModules({ 'a.js': { classes: { A: classEntry() } } }, {}))).toEqual(['CLASS_REMOVED']);
    expect(plan({}, { New: {} })).toMatchObject({ way: 'inPlace', notes: [], noRollback: [] });
  });
  test('the layout of a renamed class is compared, too', () => {
    expect(codes(plan({ Old: {} }, { New: { renamedFrom: 'Old', fields: ['x'] } }))).toEqual(['CLASS_LAYOUT']);
  });
  test('two classes of one name are refused when they come, and noted when they go', () => {
    expect(plan({ A: {} }, { A: { line: 3, twice: 9 } }).refusals).toEqual([{
      code: 'CLASS_TWICE', place: 'a.js:9', reason: 'Two classes of "a.js" are "A" (lines 3 and 9), so instances cannot be told apart.', hint: 'Give each class a name of its own.',
    }]);
    expect(plan({ A: { twice: 9 } }, { A: {} })).toMatchObject({ way: 'inPlace', notes: [{ code: 'CLASS_TWICE' }] });
  });
  test('old instances keep the code of private names, which is noted', () => {
    expect(plan({ A: { privates: ['x'] } }, { A: { text: '2', privates: ['x'] } })).toMatchObject({ way: 'inPlace', notes: [{ code: 'CLASS_PRIVATE', reason: expect.stringContaining('"#x"') }] });
    expect(notes(plan({ A: { privates: ['x'] } }, { A: { privates: ['x'] } }))).toEqual([]);
    expect(notes(plan({ A: {} }, { A: { text: '2', privates: ['x'] } }))).toEqual([]);
  });
  test('private names of other objects, and static ones that changed, are refused', () => {
    expect(plan({ A: { privates: ['x'] } }, { A: { text: '2', privates: ['x'], privateOfOthers: 6 } }).refusals).toMatchObject([{ code: 'CLASS_PRIVATE', place: 'a.js:6' }]);
    expect(codes(plan({ A: { privates: ['x'], privateOfOthers: 6 } }, { A: { text: '2', privates: ['x'] } }))).toEqual(['CLASS_PRIVATE']);
    expect(codes(plan({ A: { staticPrivates: 'a' } }, { A: { text: '2', staticPrivates: 'b' } }))).toEqual(['CLASS_PRIVATE']);
    expect(codes(plan({ A: { staticPrivates: 'a' } }, { A: { text: '2' } }))).toEqual(['CLASS_PRIVATE']);
  });
  test('an unchanged class that has them keeps its code in a changed module, which is noted', () => {
    expect(plan({ A: { staticPrivates: 'a' } }, { A: { staticPrivates: 'a' } })).toMatchObject({ way: 'inPlace', notes: [{ code: 'CLASS_PRIVATE' }] });
    expect(plan({ A: { privates: ['x'], privateOfOthers: 6 } }, { A: { privates: ['x'], privateOfOthers: 6 } })).toMatchObject({ way: 'inPlace', notes: [{ code: 'CLASS_PRIVATE' }] });
  });

  describe('heritage', () => {
    const lib = (classes: Classes = { Base: { exports: ['Base'] }, Other: { exports: ['Other'] } }): ModuleSketch => ({ exports: ['Base', 'Other'], classes: entries(classes) ?? {} });
    const user = (sketch: Partial<ClassEntry>, text = '2'): ModuleSketch => ({ text, requests: ['lib.js', 'cold:events'], names: [['Base', 'Other'], ['EventEmitter']], classes: { A: classEntry({ text, ...sketch }) } });
    const cold = { events: { version: 'builtin', external: true, names: [] } };
    const base: Partial<ClassEntry> = { heritage: 'Base', base: [0, 'Base'] };
    const other: Partial<ClassEntry> = { heritage: 'Other', base: [0, 'Other'] };
    const go = (before: Partial<ClassEntry>, after: Partial<ClassEntry>, options?: PlanOptions): Plan => planModules({ 'a.js': user(before, '1'), 'lib.js': lib() }, { 'a.js': user(after), 'lib.js': lib() }, options, { cold });

    test('another base needs a hook', () => {
      expect(go(base, other).refusals).toEqual([{
        code: 'CLASS_HERITAGE', place: 'a.js:3', reason: '"A" extended "Base" and now extends "Other"; instances that live now were made by the old base.',
        hint: 'Add static upgrade(instance, { from, to, added, discarded }) to the class, which makes of them what the new base needs.',
      }]);
      expect(go(base, { ...other, upgrade: true })).toMatchObject({ way: 'inPlace', drain: [{ code: 'CLASS_HERITAGE' }], noRollback: [{ code: 'CLASS_HERITAGE' }] });
      expect(go(base, other, { allow: ['CLASS_HERITAGE'] }).way).toBe('inPlace');
    });
    test('a base more or less needs a hook; giving up a base that came is no obstacle on the way back', () => {
      expect(go({}, { ...base, upgrade: true })).toMatchObject({ way: 'inPlace', noRollback: [] });
      expect(codes(go(base, {}))).toEqual(['CLASS_HERITAGE']);
    });
    test('to or from a built-in or a package there is no way, not even with a hook', () => {
      expect(codes(go({}, { heritage: 'Array', base: 'global', upgrade: true }))).toEqual(['CLASS_HERITAGE']);
      expect(codes(go({ heritage: 'Array', base: 'global' }, { ...base, upgrade: true }, { allow: ['CLASS_HERITAGE'] }))).toEqual(['CLASS_HERITAGE']);
      expect(codes(go({}, { heritage: 'EventEmitter', base: [1, 'EventEmitter'], upgrade: true }))).toEqual(['CLASS_HERITAGE']);
      expect(go({ heritage: 'EventEmitter', base: [1, 'EventEmitter'] }, { heritage: 'EventEmitter', base: [1, 'EventEmitter'] }).way).toBe('inPlace');
    });
    test('the same base under another name is the same base', () => {
      expect(go(base, { heritage: 'B', base: [0, 'Base'] }).way).toBe('inPlace');
      const renamed = lib({ Base2: { exports: ['Base'], renamedFrom: 'Base' }, Other: { exports: ['Other'] } });
      expect(planModules({ 'a.js': user(base, '1'), 'lib.js': lib() }, { 'a.js': user(base), 'lib.js': { ...renamed, text: '2' } }, {}, { cold }).refusals).toEqual([]);
    });
    test('what a call makes is judged by the text alone', () => {
      expect(go({ heritage: 'mix(Base)' }, { heritage: 'mix(Base)' })).toMatchObject({ way: 'inPlace', drain: [] });
      expect(codes(go({ heritage: 'mix(Base)' }, { heritage: 'mix(Other)' }))).toEqual(['CLASS_HERITAGE']);
    });
  });

  test('what was handed over before it was exported is noted', () => {
    const captured = [{ line: 4, what: 'f', why: 'It was handed over.' }];
    const plan = planModules({ 'a.js': { captured } }, { 'a.js': { text: '2', captured: [{ ...captured[0], line: 7 } as never] } });
    expect(plan).toMatchObject({ way: 'inPlace', notes: [{ code: 'CAPTURED', place: 'a.js:7', reason: 'Whoever holds "f" of "a.js" of the running release keeps that one. It was handed over.' }] });
    expect(printPlan(plan)).toContain('CAPTURED a.js:7');
  });
});

describe('pinned jobs', () => {
  const state = (version: number | null): ModuleSketch => ({ states: [{ key: 'cart', version, up: [2], down: [1], line: 5 }] });
  const drain = (before: ModuleSketch, after: ModuleSketch): Plan => planModules({ 'a.js': before }, { 'a.js': { text: '2', ...after } });
  test('a state of another version ends them first', () => {
    const plan = drain(state(1), state(2));
    expect(plan).toMatchObject({ way: 'inPlace', drain: [{ code: 'STATE_MIGRATION', place: 'a.js:5' }] });
    expect(printPlan(plan)).toContain('pinned jobs end first');
    expect(drain(state(1), state(null)).drain).toHaveLength(1);
  });
  test('the same version, and code alone, do not', () => {
    expect(drain(state(1), state(1)).drain).toEqual([]);
    expect(drain({ functions: ['f'] }, {}).drain).toEqual([]);
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
  test.each<[string, Readonly<Record<string, number>>, Readonly<Record<string, number>>, string | null]>([
    ['in an effect', { 'w-1.js': 0 }, { 'w-2.js': 0 }, null],
    ['outside of one before', { 'w-1.js': 7 }, { 'w-2.js': 0 }, 'a.js:7'],
    ['outside of one now', { 'w-1.js': 0 }, { 'w-2.js': 8 }, 'a.js:8'],
    ['by nobody that is known', { 'w-1.js': 0 }, {}, 'w-2.js'],
  ])('a changed worker that is started %s', (_, before, after, place) => {
    const at = (workers: Readonly<Record<string, number>>, text: string) => ({ 'main.js': { requests: ['a.js'] }, 'a.js': { text, workers } });
    const result = plan({ workers: { 'w-1.js': stampOf('1') }, modules: at(before, '1') }, { workers: { 'w-2.js': stampOf('2') }, modules: at(after, '2') });
    expect(result.refusals.map((each) => [each.code, each.place])).toEqual(place === null ? [] : [['WORKER_CHANGED', place]]);
  });
  test('a changed worker under the same name is not begun anew by anybody', () => {
    const at = (text: string) => ({ workers: { 'w.js': stampOf(text) }, modules: { 'a.js': { workers: { 'w.js': 0 } } } });
    expect(codes(plan(at('1'), at('2')))).toEqual(['WORKER_CHANGED']);
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
