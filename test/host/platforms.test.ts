/** The whole way of a release, on every supported Node and from both bundlers. */
import { expect, test } from '@jest/globals';
import { node24 } from '../node24.js';
import { Application, type BuildOptions, type Files } from './server.js';

const carts = (version: number, up: string, down: string): Files => ({
  'src/carts.js': `
    import { effect, state } from 'relup';
    const carts = state({ ${version === 1 ? 'items: []' : 'lines: []'} }, { version: ${version}, up: { ${up} }, down: { ${down} } });
    effect(() => { const timer = setInterval(() => {}, 1000); return () => clearInterval(timer); });
    export const put = (item) => carts.${version === 1 ? 'items.push(item)' : 'lines.push({ item })'};
    export const show = () => ({ ...carts });`,
});

const cases: readonly [string, string, BuildOptions][] = [
  ['Rollup, Node 24', node24, { bundler: 'rollup' }],
  ['Vite 8, this Node', process.execPath, { bundler: 'vite' }],
];

test.each(cases)('%s: state migrates, a bad release is refused, rollback brings everything back', async (_, node, options) => {
  const application = new Application({
    'src/app.js': `
      import { put, show } from './carts.js';
      export const answer = async (path) => {
        if (path === '/lazy') return (await import('./lazy.js')).name();
        if (path !== '/') put(path.slice(1));
        return show();
      };`,
    'src/lazy.js': `export const name = () => 'lazy one';`,
    ...carts(1, '', ''),
  }, options);
  try {
    await application.build();
    const lazy = { 'src/lazy.js': `export const name = () => 'lazy two';` };
    const second = await application.build({ ...carts(2, '2: ({ items }) => ({ lines: items.map((item) => ({ item })) })', '1: ({ lines }) => ({ items: lines.map(({ item }) => item) })'), ...lazy });
    const bad = await application.build({ ...carts(3, '2: (s) => s, 3: () => { throw new Error("no way up"); }', '2: (s) => s'), ...lazy });
    const deployment = application.deploy();
    const server = await deployment.start({ node, follow: { probation: { ms: 0 } } });
    expect(await server.ask('/apple')).toEqual({ items: ['apple'] });

    deployment.publish(second);
    expect(await server.outcome('committed')).toMatchObject({ plan: { modules: { 'src/carts.js': 'changed', 'src/lazy.js': 'changed' }, noRollback: [] } });
    expect(await server.ask('/pear')).toEqual({ lines: [{ item: 'apple' }, { item: 'pear' }] });
    expect(await server.ask('/lazy')).toBe('lazy two');
    expect((await deployment.ctl('rollback')).answer.result).toMatchObject({ outcome: 'rolledBack', to: application.first.name });
    expect(await server.ask()).toEqual({ items: ['apple', 'pear'] });
    expect(await server.ask('/lazy')).toBe('lazy one');

    deployment.publish(bad);
    expect(await server.refusal()).toMatchObject({ code: 'STATE_MIGRATION', place: expect.stringContaining('src/carts.js'), reason: expect.stringContaining('no way up') });
    expect(await server.ask('/plum')).toEqual({ items: ['apple', 'pear', 'plum'] });
    expect(await deployment.ctl('upgrade', second.name)).toMatchObject({ code: 0 });
    expect(await server.ask('/lazy')).toBe('lazy two');
    expect(await server.ask()).toEqual({ lines: [{ item: 'apple' }, { item: 'pear' }, { item: 'plum' }] });
    await server.stop('SIGTERM');
  } finally {
    await application.close();
  }
});
