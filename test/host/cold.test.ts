/** Packages that new code imports: it gets what it asks for, or the release is refused with the reason. Never `undefined`. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Application, type Files, type Release, type Server } from './server.js';

const price = (text: string): Files => ({ 'src/price.js': text });
const inline = `{ name: 'inline', resolveId: (id) => (id === 'bundled' ? folder + '/node_modules/bundled/index.js' : null) }`;

let application: Application;
const releases: Record<string, Release> = {};

beforeAll(async () => {
  application = new Application({
    'node_modules/bundled/package.json': '{ "name": "bundled", "version": "1.0.0", "type": "module" }',
    'node_modules/bundled/index.js': `let count = 0; export const one = () => 'bundled one ' + ++count; export const two = () => 'bundled two';`,
    'node_modules/relup-test-external/package.json': '{ "name": "relup-test-external", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
    'node_modules/relup-test-external/index.js': `let count = 0; export const one = () => 'external one ' + ++count; export const two = () => 'external two ' + count;`,
    'src/app.js': `
      import { one } from 'bundled';
      import { one as other } from 'relup-test-external';
      import { price } from './price.js';
      export const answer = (path) => (path === '/old' ? [one(), other()] : price());`,
    ...price(`export const price = () => 'first';`),
  }, { plugins: inline });
  await application.build();
  const bodies: Record<string, string> = {
    external: `import { two } from 'relup-test-external'; export const price = () => two();`,
    namespace: `import * as all from 'relup-test-external'; export const price = () => Object.keys(all);`,
    builtin: `import { EOL } from 'node:os'; export const price = () => [EOL];`,
    held: `import { one } from 'bundled'; export const price = () => one();`,
    lacking: `import { two } from 'bundled'; export const price = () => two();`,
    wrong: `import { three } from 'relup-test-external'; export const price = () => typeof three;`,
    absent: `import { one } from 'relup-test-external-absent'; export const price = () => one();`,
  };
  for (const [name, body] of Object.entries(bodies)) releases[name] = await application.build(price(body));
});
afterAll(() => application.close());

async function upgradeTo(name: string): Promise<Server> {
  const deployment = application.deploy();
  const server = await deployment.start();
  expect(await server.ask('/old')).toEqual(['bundled one 1', 'external one 1']);
  deployment.publish(releases[name] as Release); // built before all
  return server;
}

describe('new code gets', () => {
  test('another export of an external package, from the one instance of it', async () => {
    const server = await upgradeTo('external');
    await server.event('committed');
    expect(await server.ask()).toBe('external two 1');
  });
  test('the namespace of an external package', async () => {
    const server = await upgradeTo('namespace');
    await server.event('committed');
    expect(await server.ask()).toEqual(['one', 'two']);
  });
  test('a builtin that nobody imported before', async () => {
    const server = await upgradeTo('builtin');
    await server.event('committed');
    expect(await server.ask()).toEqual(['\n']);
  });
  test('an export of a bundled package that another module holds, from the one instance of it', async () => {
    const server = await upgradeTo('held');
    await server.event('committed');
    expect(await server.ask()).toBe('bundled one 2');
  });
});

describe('new code is refused', () => {
  test('if it needs an export of a bundled package that the bundle does not hold: a handover', async () => {
    const server = await upgradeTo('lacking');
    const result = await server.outcome('refused');
    expect(result).toMatchObject({ plan: { way: 'handover' }, refusals: [{ code: 'COLD_MISSING', place: 'src/price.js', reason: expect.stringContaining('"two" of "bundled"'), hint: expect.stringMatching(/\S/) }] });
    expect(await server.ask()).toBe('first');
  });
  test('if an external package does not export what it imports', async () => {
    const server = await upgradeTo('wrong');
    expect(await server.refusal()).toMatchObject({ code: 'COLD_MISSING', place: 'src/price.js', reason: expect.stringContaining('"three"'), hint: expect.stringMatching(/\S/) });
    expect(await server.ask()).toBe('first');
  });
  test('if an external package is not installed', async () => {
    const server = await upgradeTo('absent');
    expect(await server.refusal()).toMatchObject({ code: 'COLD_MISSING', place: 'src/price.js', reason: expect.stringContaining('relup-test-external-absent'), hint: expect.stringMatching(/\S/) });
    expect(await server.ask()).toBe('first');
  });
});
