/** `import.meta.hot` in real builds and a real process: a module with a timer through releases, one of which throws. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Application, type Files, type Release } from './server.js';

const timer = (name: string, more = ''): Files => ({
  'src/timer.js': `${more}
    const ticks = (globalThis.ticks ??= {});
    const timer = setInterval(() => { ticks['${name}'] = (ticks['${name}'] ?? 0) + 1; }, 2);
    export const name = '${name}';
    if (import.meta.hot) {
      import.meta.hot.accept((next) => { globalThis.accepted = '${name} -> ' + next.name; });
      import.meta.hot.dispose((data) => { data.disposed = (data.disposed ?? 0) + 1; clearInterval(timer); });
    }
    export const disposed = () => import.meta.hot.data.disposed ?? 0;`,
});

describe.each(['rollup', 'vite'] as const)('%s', (bundler) => {
  let application: Application;
  let second: Release;
  let throwing: Release;
  let third: Release;

  beforeAll(async () => {
    application = new Application({
      'src/app.js': `
        import { disposed, name } from './timer.js';
        export const answer = async () => {
          const before = { ...globalThis.ticks };
          await new Promise((resolve) => setTimeout(resolve, 60));
          const ticking = Object.keys(globalThis.ticks).filter((each) => globalThis.ticks[each] !== before[each]);
          return { name, ticking, accepted: globalThis.accepted ?? null, disposed: disposed() };
        };`,
      ...timer('one'),
    }, { bundler });
    await application.build();
    second = await application.build(timer('two'));
    throwing = await application.build(timer('throwing', "throw new Error('no timer');"));
    third = await application.build(timer('three'));
  });
  afterAll(() => application.close());

  test('ticks never double, and go on when a release throws', async () => {
    const deployment = application.deploy();
    const server = await deployment.start();
    expect(await server.ask()).toEqual({ name: 'one', ticking: ['one'], accepted: null, disposed: 0 });
    deployment.publish(second);
    await server.outcome('committed');
    expect(await server.ask()).toEqual({ name: 'two', ticking: ['two'], accepted: 'one -> two', disposed: 1 });
    deployment.publish(throwing);
    expect(await server.outcome('refused')).toMatchObject({ refusals: [{ code: 'EVALUATE', place: 'src/timer.js' }], restarted: ['src/timer.js'] });
    expect(await server.ask()).toEqual({ name: 'two', ticking: ['two'], accepted: 'one -> two', disposed: 2 });
    deployment.publish(third);
    await server.outcome('committed');
    expect(await server.ask()).toEqual({ name: 'three', ticking: ['three'], accepted: 'two -> three', disposed: 3 });
  });
});
