/**
 * `import.meta.hot` in upgrades: Vite's API, and what relup promises besides (docs/decisions/0010).
 */
import { describe, expect, test } from '@jest/globals';
import { boot, type Application, type Cold, type Sources } from '../application.js';
import { emit } from '../../runtime/hub.js';
import { createJob } from '../../runtime/jobs-api.js';
import { jobsOf } from '../../runtime/jobs.js';

/** A log that modules write to, and timers that must never double. */
function recorder(): { cold: Cold; log: string[]; running: string[] } {
  const log: string[] = [];
  const running: string[] = [];
  return {
    log, running,
    cold: {
      rec: {
        note: (text: string) => log.push(text),
        start: (name: string) => {
          running.push(name);
          return () => void running.splice(running.indexOf(name), 1);
        },
      },
    },
  };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 30));

/** A module that ticks, cleans up and accepts itself. */
const ticking = (n: number, more = '', hot = ''): string => `import { start, note } from 'rec';
  note('run ${n}');
  const stop = start('tick ${n}');
  export const value = ${n};
  if (import.meta.hot) {
    import.meta.hot.accept((next) => note('accepted ${n} -> ' + next.value));
    import.meta.hot.dispose((data) => { data.from = ${n}; stop(); note('dispose ${n}'); });
    ${hot}
  }
  ${more}`;

const forms = ['bundle', 'artifact'] as const;

describe.each(forms)('a first release as %s', (form) => {
  const start = (sources: Sources, cold: Cold): Promise<Application> => boot(sources, { cold, form });
  const main = "export { value } from './a.js';";

  test('accept(callback), dispose, data: in this order, and the timer never doubles', async () => {
    const { cold, log, running } = recorder();
    const app = await start({ 'main.js': main, 'a.js': ticking(1) }, cold);
    expect(running).toEqual(['tick 1']);
    for (const n of [2, 3]) {
      expect(await app.upgrade({ 'main.js': main, 'a.js': ticking(n, "note('data ' + import.meta.hot.data.from)") })).toMatchObject({ outcome: 'committed', plan: { modules: { 'a.js': 'changed' }, accepted: [['a.js', 'a.js']] } });
      expect(running).toEqual([`tick ${n}`]);
      expect(app.module('main.js').value).toBe(n);
    }
    expect(log).toEqual(['run 1', 'dispose 1', 'run 2', 'data 1', 'accepted 1 -> 2', 'dispose 2', 'run 3', 'data 2', 'accepted 2 -> 3']);
  });

  test('a body that throws after disposal: the old code starts again, and goes on from there', async () => {
    const { cold, log, running } = recorder();
    const app = await start({ 'main.js': main, 'a.js': ticking(1) }, cold);
    const result = await app.upgrade({ 'main.js': main, 'a.js': ticking(2, "throw new Error('no')") });
    expect(result).toMatchObject({ outcome: 'refused', refusals: [{ code: 'EVALUATE', place: 'a.js', hint: expect.stringContaining('a.js had cleaned up and started again') }], restarted: ['a.js'] });
    expect(running).toEqual(['tick 2', 'tick 1']);
    expect(log).toEqual(['run 1', 'dispose 1', 'run 2', 'run 1']);
    expect(app.module('main.js').value).toBe(1);
    log.length = 0;
    expect((await app.upgrade({ 'main.js': main, 'a.js': ticking(3) })).outcome).toBe('committed');
    expect(log).toEqual(['dispose 1', 'run 3', 'accepted 1 -> 3']);
    expect(running).toEqual(['tick 2', 'tick 3']);
  });

  test('rollback: what leaves is disposed, what had been disposed runs again', async () => {
    const { cold, log, running } = recorder();
    const app = await start({ 'main.js': main, 'a.js': ticking(1) }, cold);
    await app.upgrade({ 'main.js': main, 'a.js': ticking(2) }, { probation: { ms: 0 } });
    log.length = 0;
    expect((await app.upgrader.rollback()).outcome).toBe('rolledBack');
    expect(log).toEqual(['dispose 2', 'run 1', 'accepted 2 -> 1']);
    expect(running).toEqual(['tick 1']);
    expect(app.module('main.js').value).toBe(1);
    expect((await app.upgrade({ 'main.js': main, 'a.js': ticking(3) })).outcome).toBe('committed');
    expect([running, app.module('main.js').value]).toEqual([['tick 3'], 3]);
  });

  test('a class of a module that starts again has its old instances', async () => {
    const { cold } = recorder();
    const at = (n: number, more = '') => ({ 'main.js': "export { Foo } from './a.js';", 'a.js': `export class Foo { x = 1; get() { return ${n}; } } import.meta.hot.accept(); import.meta.hot.dispose(() => {}); ${more}` });
    const app = await start(at(1), cold);
    const { Foo } = app.module('main.js');
    const foo = new Foo();
    expect((await app.upgrade(at(2, "throw new Error('no')"))).outcome).toBe('refused');
    expect([foo.get(), new Foo().get(), new Foo().x, new Foo() instanceof Foo, app.module('main.js').Foo === Foo]).toEqual([1, 1, 1, true, true]);
    expect((await app.upgrade(at(3))).outcome).toBe('committed');
    expect([foo.get(), new Foo().get()]).toEqual([3, 3]);
  });

  test('accept(dep), accept(deps): the importer hears of it and is not run again', async () => {
    const { cold, log } = recorder();
    const sources = (a: number, b: number) => ({
      'main.js': `import { note } from 'rec'; import { a } from './a.js'; import { b } from './b.js'; note('run main');
        import.meta.hot.accept('./a.js', (next) => note('a ' + next.a));
        import.meta.hot?.accept(['./a.js', './b.js'], ([x, y]) => note('both ' + x?.a + ' ' + y?.b));
        export const read = () => [a, b];`,
      'a.js': `export const a = ${a};`,
      'b.js': `export const b = ${b};`,
    });
    const app = await start(sources(1, 1), cold);
    expect(await app.upgrade(sources(1, 2))).toMatchObject({ outcome: 'committed', plan: { modules: { 'b.js': 'changed' }, accepted: [['main.js', 'b.js']] } });
    expect(await app.upgrade(sources(2, 3))).toMatchObject({ outcome: 'committed', plan: { accepted: [['main.js', 'a.js'], ['main.js', 'b.js']] } });
    expect(log).toEqual(['run main', 'both undefined 2', 'a 2', 'both 2 3']);
    expect(app.module('main.js').read()).toEqual([2, 3]);
  });

  test('an unchanged importer that accepts itself is evaluated again; what lies between is not', async () => {
    const { cold, log } = recorder();
    const sources = (n: number) => ({
      'main.js': "export { page } from './page.js';",
      'page.js': "import { note } from 'rec'; import { between } from './between.js'; note('run page'); export const page = () => between(); import.meta.hot.accept();",
      'between.js': "import { note } from 'rec'; import { leaf } from './leaf.js'; note('run between'); export const between = () => leaf;",
      'leaf.js': `export const leaf = ${n};`,
    });
    const app = await start(sources(1), cold);
    expect(await app.upgrade(sources(2))).toMatchObject({ outcome: 'committed', plan: { modules: { 'leaf.js': 'changed', 'page.js': 'refreshed' }, accepted: [['page.js', 'page.js']] } });
    expect(log).toEqual(['run between', 'run page', 'run page']);
    expect(app.module('main.js').page()).toBe(2);
  });

  test('a module that imports itself sees its own version, pending and afterwards', async () => {
    const { cold, log } = recorder();
    const at = (n: number) => ({
      'main.js': "export { value } from './a.js';",
      'a.js': `import { note } from 'rec'; import * as self from './a.js'; export const value = ${n}; export let later = 0; later = ${n};
        const mine = self; Promise.resolve().then(() => note('self ' + mine.value + mine.later));
        import.meta.hot.accept((next) => note(mine.value + ' -> ' + next.value));`,
    });
    const app = await start(at(1), cold);
    await app.upgrade(at(2));
    await app.upgrade(at(3));
    await app.upgrade(at(4), { probation: { ms: 0 } });
    await app.upgrader.rollback();
    expect(log).toEqual(['self 11', 'self 22', '1 -> 2', 'self 33', '2 -> 3', 'self 44', '3 -> 4', '4 -> 3']);
  });
});

describe('disposal', () => {
  test('all handlers, the last one first, dependents before dependencies, each awaited', async () => {
    const { cold, log } = recorder();
    const at = (n: number) => ({
      'main.js': "export { b } from './b.js';",
      'b.js': `import { note } from 'rec'; import { a } from './a.js'; export const b = () => a + ${n}; import.meta.hot.dispose(() => note('b1')); import.meta.hot.dispose(async () => { await 0; await 0; note('b2'); });`,
      'a.js': `import { note } from 'rec'; export const a = ${n}; import.meta.hot.dispose(() => note('a1')); note('run a${n}');`,
    });
    const app = await boot(at(1), { cold });
    await app.upgrade(at(2));
    expect(log).toEqual(['run a1', 'b2', 'b1', 'a1', 'run a2']);
  });

  test('one that throws is reported and stops nobody; one that never ends is left behind', async () => {
    const { cold, log } = recorder();
    const at = (n: number) => ({ 'main.js': "export { a } from './a.js';", 'a.js': `import { note } from 'rec'; export const a = ${n}; import.meta.hot.dispose(() => note('first')); import.meta.hot.dispose(() => { throw new Error('dispose'); }); import.meta.hot.dispose((data) => data.hang ? new Promise(() => {}) : 0); import.meta.hot.data.hang = ${n} === 2;` });
    const app = await boot(at(1), { cold });
    expect((await app.upgrade(at(2))).outcome).toBe('committed');
    expect(log).toEqual(['first']);
    expect(app.events.filter(({ type }) => type === 'error')).toMatchObject([{ error: { message: 'dispose' }, attributedTo: 'old' }]);
    expect((await app.upgrade(at(3), { evaluateLimitMs: 30 })).outcome).toBe('committed');
    expect(app.module('main.js').a).toBe(3);
  });

  test('an artifact that does not link disposes nothing', async () => {
    const { cold, log } = recorder();
    const app = await boot({ 'main.js': "export { value } from './a.js';", 'a.js': ticking(1) }, { cold });
    expect(await app.upgrade({ 'main.js': "export { value } from './a.js';", 'a.js': `${ticking(2)} import { missing } from 'rec'; missing();` })).toMatchObject({ outcome: 'refused', refusals: [{ code: 'COLD_MISSING' }] });
    expect(log).toEqual(['run 1']);
  });

  test('a commit that throws after disposal starts the old code again', async () => {
    const { cold, log, running } = recorder();
    const app = await boot({ 'main.js': "export { value } from './a.js';", 'a.js': ticking(1) }, { cold });
    expect(await app.upgrade({ 'main.js': "export { value } from './a.js';", 'a.js': `import { onUpgrade } from 'relup'; ${ticking(2)} onUpgrade(() => { throw new Error('hook'); });` })).toMatchObject({ outcome: 'refused', refusals: [{ code: 'HOOK' }], restarted: ['a.js'] });
    expect(log).toEqual(['run 1', 'dispose 1', 'run 2', 'run 1']);
    expect(running.filter((name) => name === 'tick 1')).toHaveLength(1);
  });

  test('HOT_RESTART: a body that cannot run twice is said to be stopped', async () => {
    const { cold } = recorder();
    const at = (n: number, more = '') => ({ 'main.js': "export { a } from './a.js';", 'a.js': `export const a = ${n}; if (import.meta.hot.data.ran === ${n}) throw new Error('twice'); import.meta.hot.data.ran = ${n}; import.meta.hot.dispose(() => {}); import.meta.hot.dispose((data) => { data.ran = 1; }); ${more}` });
    const app = await boot(at(1), { cold });
    const result = await app.upgrade(at(2, "import.meta.hot.data.ran = 1; throw new Error('no')"));
    expect(result).toMatchObject({ outcome: 'refused', refusals: [{ code: 'EVALUATE' }, { code: 'HOT_RESTART', place: 'a.js' }] });
    expect(result.restarted).toBeUndefined();
    expect(app.module('main.js').a).toBe(1);
  });

  test('effect() and dispose together: both stop, both start again', async () => {
    const { cold, running } = recorder();
    const at = (n: number, more = '') => ({ 'main.js': "export { a } from './a.js';", 'a.js': `import { effect } from 'relup'; import { start } from 'rec'; export const a = ${n}; effect(() => start('effect ${n}')); const stop = start('tick ${n}'); import.meta.hot.dispose(stop); ${more}` });
    const app = await boot(at(1), { cold });
    expect((await app.upgrade(at(2, "stop(); throw new Error('no')"))).outcome).toBe('refused');
    expect([...running].sort()).toEqual(['effect 1', 'tick 1']);
    expect((await app.upgrade(at(3))).outcome).toBe('committed');
    expect([...running].sort()).toEqual(['effect 3', 'tick 3']);
  });

  test('removed modules are disposed and pruned after the commit, and run again when they come back', async () => {
    const { cold, log, running } = recorder();
    const gone = `import { note, start } from 'rec'; const stop = start('gone'); export const gone = 1; import.meta.hot.dispose((data) => { stop(); data.x = 1; note('dispose'); }); import.meta.hot.prune((data) => note('prune ' + data.x)); import.meta.hot.on('vite:beforePrune', ({ type, paths }) => note(type + paths));`;
    const app = await boot({ 'main.js': "export { x } from './x.js';", 'x.js': "import { gone } from './gone.js'; export const x = () => gone;", 'gone.js': gone }, { cold });
    await app.upgrade({ 'main.js': "export { x } from './x.js';", 'x.js': 'export const x = () => 2;' }, { probation: { ms: 0 } });
    expect([log, running]).toEqual([['prune/gone.js', 'dispose', 'prune 1'], []]);
    expect((await app.upgrader.rollback()).outcome).toBe('rolledBack');
    expect([app.module('main.js').x(), running]).toEqual([1, ['gone']]);
  });
});

describe('accept', () => {
  test('acceptExports: a path ends where only accepted names are imported', async () => {
    const { cold, log } = recorder();
    const sources = (n: number) => ({
      'main.js': "import { note } from 'rec'; import { A } from './a.js'; note('run main'); export const read = () => A; import.meta.hot.accept();",
      'other.js': "import { note } from 'rec'; import { A, b } from './a.js'; note('run other'); export const read = () => [A, b]; import.meta.hot.accept();",
      'a.js': `import { note } from 'rec'; export const A = ${n}; export const b = ${n}; import.meta.hot.acceptExports(['A'], (next) => note('A ' + next.A));`,
    });
    const app = await boot(sources(1), { cold, entries: ['main.js', 'other.js'] });
    expect(await app.upgrade(sources(2))).toMatchObject({ outcome: 'committed', plan: { modules: { 'a.js': 'changed', 'other.js': 'refreshed' }, accepted: [['a.js', 'a.js'], ['other.js', 'other.js']] } });
    expect(log).toEqual(['run main', 'run other', 'run other', 'A 2']);
  });

  test('cycles and diamonds: everybody once', async () => {
    const { cold, log } = recorder();
    const sources = (n: number) => ({
      'main.js': "import { note } from 'rec'; import './l.js'; import './r.js'; note('run main'); import.meta.hot.accept(() => note('accepted'));",
      'l.js': "import { v } from './bottom.js'; import './r.js'; export const l = () => v;",
      'r.js': "import { v } from './bottom.js'; import './l.js'; export const r = () => v;",
      'bottom.js': `export const v = ${n};`,
    });
    const app = await boot(sources(1), { cold });
    expect(await app.upgrade(sources(2))).toMatchObject({ outcome: 'committed', plan: { modules: { 'bottom.js': 'changed', 'main.js': 'refreshed' }, accepted: [['main.js', 'main.js']] } });
    expect(log).toEqual(['run main', 'run main', 'accepted']);
  });

  test('a callback that throws is reported as an error of new code; others run, and afterUpdate waits', async () => {
    const { cold, log } = recorder();
    const at = (n: number) => ({ 'main.js': "export { a } from './a.js';", 'a.js': `import { note } from 'rec'; export const a = ${n}; import.meta.hot.accept(() => { throw new Error('callback'); }); import.meta.hot.accept(async () => { await 0; note('second'); }); import.meta.hot.on('vite:afterUpdate', () => note('after'));` });
    const app = await boot(at(1), { cold });
    expect((await app.upgrade(at(2))).outcome).toBe('committed');
    expect(log).toEqual(['second', 'after']);
    expect(app.events.filter(({ type }) => type === 'error')).toMatchObject([{ error: { message: 'callback' }, attributedTo: 'new' }]);
  });

  test('a throwing callback counts against the release on probation', async () => {
    const at = (n: number) => ({ 'main.js': "export { a } from './a.js';", 'a.js': `export const a = ${n}; import.meta.hot.accept(() => { throw new Error('callback'); });` });
    const app = await boot(at(1));
    await app.upgrade(at(2), { probation: { ms: 0 } });
    await settled();
    expect(app.module('main.js').a).toBe(1);
  });
});

describe('invalidate', () => {
  test('in its own callback: who accepts above is refreshed, itself is not', async () => {
    const { cold, log } = recorder();
    const sources = (n: number) => ({
      'main.js': "import { note } from 'rec'; import { a } from './a.js'; note('run main'); export const read = () => a; import.meta.hot.accept(() => note('main accepted'));",
      'a.js': `import { note } from 'rec'; note('run a'); export const a = ${n}; import.meta.hot.accept(() => { note('a accepted'); import.meta.hot.invalidate('too much'); }); import.meta.hot.on('vite:invalidate', ({ path, message }) => note(path + ' ' + message));`,
    });
    const app = await boot(sources(1), { cold });
    expect(await app.upgrade(sources(2))).toMatchObject({ outcome: 'committed' });
    await settled();
    expect(log).toEqual(['run a', 'run main', 'run a', 'a accepted', '/a.js too much', 'run main', 'main accepted']);
    expect(app.events.filter(({ type }) => type === 'invalidated')).toMatchObject([{ module: 'a.js', message: 'too much', accepted: [['main.js', 'main.js']] }]);
    expect(app.module('main.js').read()).toBe(2);
  });

  test('modules that invalidate each other come to an end', async () => {
    const { cold, log } = recorder();
    const module = (name: string, other: string, n: number) => `import { note } from 'rec'; import './${other}.js'; note('run ${name}'); export const ${name} = ${n}; import.meta.hot.accept(() => import.meta.hot.invalidate());`;
    const sources = (n: number) => ({ 'main.js': "import './a.js';", 'a.js': module('a', 'b', 1), 'b.js': module('b', 'a', n) });
    const app = await boot(sources(1), { cold });
    await app.upgrade(sources(2));
    await settled();
    expect(log).toEqual(['run b', 'run a', 'run b', 'run a']);
  });

  test('a dead end is told and changes nothing; an unknown id is an error', async () => {
    const app = await boot({ 'main.js': "export { a } from './a.js';", 'a.js': 'export const a = 1; import.meta.hot.accept();' });
    app.upgrader.invalidate('a.js');
    await settled();
    expect(app.events).toMatchObject([{ type: 'invalidated', module: 'a.js', accepted: [] }]);
    expect(() => app.upgrader.invalidate('b.js')).toThrow('OPTION');
  });

  test('a refresh that throws leaves what was running', async () => {
    const { cold, running } = recorder();
    const app = await boot({
      'main.js': "import { start } from 'rec'; import './a.js'; const stop = start('main'); export const v = 1; const { hot } = { hot: import.meta.hot }; import.meta.hot.accept(); import.meta.hot.dispose((data) => { stop(); data.times = (data.times ?? 0) + 1; }); if (hot.data.times === 1) { hot.data.times = 5; stop(); throw new Error('no'); }",
      'a.js': 'import.meta.hot.accept();',
    }, { cold });
    app.upgrader.invalidate('a.js');
    await settled();
    expect(app.events).toMatchObject([{ type: 'invalidated' }, { type: 'error', error: { code: 'EVALUATE' } }]);
    expect(running).toEqual(['main']);
  });
});

describe('decline', () => {
  test.each([['written', 'import.meta.hot.decline();'], ['of an object that was handed about', 'const api = { hot: import.meta.hot }; api.hot.decline();']])('HOT_DECLINED: %s', async (_, text) => {
    const at = (n: number) => ({ 'main.js': "export { a } from './a.js';", 'a.js': `export const a = ${n}; ${text}` });
    const app = await boot(at(1));
    expect(await app.upgrade(at(2))).toMatchObject({ outcome: 'refused', refusals: [{ code: 'HOT_DECLINED', place: 'a.js' }] });
    expect(app.module('main.js').a).toBe(1);
  });
});

describe('events', () => {
  test('beforeUpdate and afterUpdate with what Vite tells, error on refusal', async () => {
    const heard: unknown[] = [];
    const cold = { rec: { hear: (...all: unknown[]) => heard.push(all) } };
    const at = (n: number, more = '') => ({ 'main.js': `import { hear } from 'rec'; export { a } from './a.js'; for (const event of ['vite:beforeUpdate', 'vite:afterUpdate', 'vite:error']) import.meta.hot.on(event, (payload) => hear(event, payload));`, 'a.js': `export const a = ${n}; import.meta.hot.accept(); ${more}` });
    const app = await boot(at(1), { cold });
    await app.upgrade(at(2));
    const payload = { type: 'update', updates: [{ type: 'js-update', path: '/a.js', acceptedPath: '/a.js', timestamp: expect.any(Number) }] };
    expect(heard).toMatchObject([['vite:beforeUpdate', payload], ['vite:afterUpdate', payload]]);
    heard.length = 0;
    await app.upgrade(at(3, "throw new Error('no')"));
    expect(heard).toMatchObject([['vite:beforeUpdate', payload], ['vite:error', { type: 'error', err: { message: expect.stringContaining('EVALUATE'), stack: expect.any(String), plugin: 'relup' } }]]);
  });

  test('on, off and send: listeners are those of current versions; the host hears of new names and of what is sent', async () => {
    const { cold, log } = recorder();
    const told: unknown[] = [];
    const host = { listen: (event: string) => void told.push(event), send: (event: string, data: unknown) => void told.push([event, data]) };
    const at = (n: number, more = '') => ({ 'main.js': "export { a } from './a.js';", 'a.js': `import { note } from 'rec'; export const a = ${n}; const never = () => note('never'); import.meta.hot.on('my:event', never); import.meta.hot.off('my:event', never); import.meta.hot.on('my:event', (data) => note('${n} ' + data)); import.meta.hot.on('my:event', () => { throw new Error('listener'); }); import.meta.hot.send('my:hello', ${n}); ${more}` });
    const app = await boot(at(1), { cold, host });
    const errors: unknown[] = [];
    const say = (data: string) => emit(app.runtime, 'my:event', data, (error) => errors.push(error));
    expect(told).toEqual(['my:event', ['my:hello', 1]]);
    expect([...(app.runtime.heard ?? [])]).toEqual(['my:event']);
    await say('x');
    expect([log, errors]).toMatchObject([['1 x'], [{ message: 'listener' }]]);
    await app.upgrade(at(2, "throw new Error('no')"));
    await say('refused');
    await app.upgrade(at(3), { probation: { ms: 0 } });
    await say('y');
    await app.upgrader.rollback();
    await say('z');
    expect(log).toEqual(['1 x', '1 refused', '3 y', '1 z']);
  });
});

describe('waivers', () => {
  const outcome = async (first: Sources, second: Sources, cold: Cold) => {
    const result = await (await boot(first, { cold })).upgrade(second);
    return result.outcome === 'committed' ? 'committed' : result.refusals.map(({ code }) => code).join();
  };
  const a = (text: string, n: number): Sources => ({ 'main.js': "export { a } from './a.js';", 'a.js': `import { note } from 'rec'; export const a = ${n}; ${text}` });
  const timer = 'const t = setInterval(() => {}, 1e6); t.unref?.();';
  const dispose = 'import.meta.hot.dispose(() => clearInterval(t));';

  test.each<[string, string, string, string]>([
    ['an effect that nobody stops', timer, timer, 'EFFECT_AT_LOAD'],
    ['an effect that dispose stops', `${timer} ${dispose}`, `${timer} ${dispose}`, 'committed'],
    ['an effect that only the new text stops', timer, `${timer} ${dispose}`, 'EFFECT_AT_LOAD'],
    ['an effect of a module that only accepts itself', `${timer} import.meta.hot.accept();`, `${timer} import.meta.hot.accept();`, 'EFFECT_AT_LOAD'],
    ['unknown calls of a module that accepts itself', "note('x'); import.meta.hot.accept();", "note('x'); import.meta.hot.accept();", 'committed'],
    ['undeclared state', 'let n = 0; export const add = () => ++n;', 'let n = 0; export const add = () => ++n;', 'STATE_UNDECLARED'],
    ['undeclared state of a module that accepts itself', 'let n = 0; export const add = () => ++n; import.meta.hot.accept();', 'let n = 0; export const add = () => ++n;', 'committed'],
    ['what only callbacks of hot change', "let n = 0; import.meta.hot.on('x', () => { n++; });", "let n = 0; import.meta.hot.on('x', () => { n++; });", 'committed'],
  ])('%s', async (_, before, after, expected) => {
    const { cold } = recorder();
    expect(await outcome(a(before, 1), a(after, 2), cold)).toBe(expected);
  });

  test('an entry that accepts itself may change and may be stale; importers that accept a module are not stale by it', async () => {
    const { cold, log } = recorder();
    const entry = (n: number, v: number, hot: string): Sources => ({ 'main.js': `import { note } from 'rec'; import { v } from './v.js'; note('main ${n} ' + v * 2); ${hot}`, 'v.js': `export const v = ${v};` });
    expect(await outcome(entry(1, 1, ''), entry(2, 1, ''), cold)).toContain('ENTRY_CHANGED');
    expect(await outcome(entry(1, 1, ''), entry(1, 2, ''), cold)).toBe('ENTRY_STALE');
    const self = 'import.meta.hot.accept();';
    log.length = 0;
    expect(await outcome(entry(1, 1, self), entry(2, 1, self), cold)).toBe('committed');
    expect(await outcome(entry(1, 1, self), entry(1, 2, self), cold)).toBe('committed');
    expect(log).toEqual(['main 1 2', 'main 2 2', 'main 1 2', 'main 1 4']);
    expect(await outcome(entry(1, 1, "import.meta.hot.accept('./v.js');"), entry(1, 2, "import.meta.hot.accept('./v.js');"), cold)).toBe('committed');
    const accepted = (v: number) => ({ ...entry(1, v, ''), 'v.js': `export const v = ${v}; ${self}` });
    expect(await outcome(accepted(1), accepted(2), cold)).toBe('committed');
  });

  test('an export of a module that accepts itself becomes another thing: whoever read it is not stale by that', async () => {
    const { cold, log } = recorder();
    const at = (text: string): Sources => ({
      'main.js': "import { note } from 'rec'; import { v } from './a.js'; note('main ' + v); import './b.js';",
      'a.js': `import { note } from 'rec'; ${text} import.meta.hot.accept((next) => note('accepted ' + next.v));`, 'b.js': 'export const v = 1;',
    });
    expect(await outcome(at("export { v } from './b.js';"), at('export const v = 2;'), cold)).toBe('committed');
    expect(await outcome(at('export const v = 2;'), at("export { v } from './b.js';"), cold)).toBe('committed');
    expect(log).toEqual(['main 1', 'accepted 2', 'main 2', 'accepted 1']);
  });

  test('a module that everybody accepts who imports it', async () => {
    const { cold } = recorder();
    const at = (n: number, other: string): Sources => ({ 'main.js': `import { add } from './a.js'; import './other.js'; export const read = () => add(); import.meta.hot.accept('./a.js');`, 'other.js': `import { add } from './a.js'; export const read = () => add(); ${other}`, 'a.js': `let n = ${n}; export const add = () => ++n;` });
    const all = "import.meta.hot.accept('./a.js', () => {});";
    expect(await outcome(at(1, all), at(2, all), cold)).toBe('committed');
    expect(await outcome(at(1, ''), at(2, ''), cold)).toBe('STATE_UNDECLARED');
  });
});

test('contexts of React are the same for as long as their text is', async () => {
  const made: object[] = [];
  const cold = { react: { createContext: (value: unknown) => { const context = { value }; made.push(context); return context; } } };
  const at = (n: number, initial = 0) => ({ 'main.js': "export { Theme, Other } from './theme.js';", 'theme.js': `import { createContext } from 'react'; import * as React from 'react'; export const Theme = createContext(${initial}); export const Other = React.createContext('x'); export const n = ${n};` });
  const app = await boot(at(1), { cold });
  const { Theme, Other } = app.module('main.js');
  await app.upgrade(at(2));
  expect([app.module('main.js').Theme === Theme, app.module('main.js').Other === Other, made.length]).toEqual([true, true, 2]);
  await app.upgrade(at(3, 1));
  expect([app.module('main.js').Theme.value, app.module('main.js').Other === Other]).toEqual([1, true]);
});

test('outside of jobs: disposers and callbacks belong to nobody', async () => {
  const seen: unknown[] = [];
  let app: Application | null = null;
  const cold = { rec: { look: () => seen.push(app && jobsOf(app.runtime).current()) } };
  const at = (n: number) => ({ 'main.js': "export { a } from './a.js';", 'a.js': `import { look } from 'rec'; export const a = ${n}; import.meta.hot.dispose(async () => { await 0; look(); }); import.meta.hot.accept(async () => { await 0; look(); });` });
  const booted = (app = await boot(at(1), { cold }));
  await createJob(booted.runtime)(async () => {
    expect((await booted.upgrade(at(2))).outcome).toBe('scheduled');
    // The job lives on meanwhile.
    await settled();
  }, { mode: 'live' });
  expect(seen).toEqual([undefined, undefined]);
});
