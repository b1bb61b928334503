/** Stack traces of what is built and of what is patched name the source's file, line and column. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { node24 } from '../node24.js';
import { Application, type Release } from './server.js';

const place = (code: string, what: string): string => {
  const before = code.slice(0, code.indexOf(what)).split('\n');
  return `${before.length}:${(before.at(-1) as string).length + 1}`; // split gives at least one line
};

const first = `// A comment that no build keeps.
const rates = { DE: 0.19 };

export function price(country) {
  const rate = rates[country];
  if (rate === undefined) throw new Error(\`no rate for \${country}\`);
  return 100 * rate;
}
`;
const next = first.replace('const rates', '// A second line,\n// and a third.\nconst rates').replace('throw', 'else if (0) {} else throw').replace('  if (rate === undefined) else', '  if (rate !== undefined) {}\n  else');
const app = `import { price } from './price.js';

export function answer(path) {
  const country = path.slice(1);
  return { price: price(country) };
}
`;

interface Answer {
  readonly message: string;
  readonly stack: string;
}

let application: Application;
let second: Release;

beforeAll(async () => {
  application = new Application({ 'src/app.js': app, 'src/price.js': first }, { sourcemap: true });
  await application.build();
  second = await application.build({ 'src/price.js': next });
});
afterAll(() => application.close());

describe.each([['this Node', process.execPath], ['Node 24', node24]])('%s', (_, node) => {
  test('with --enable-source-maps names file, line and column of sources, before and after an upgrade', async () => {
    const deployment = application.deploy();
    const server = await deployment.start({ node, flags: ['--enable-source-maps'] });
    const frames = async (): Promise<string[]> => (await server.ask<Answer>('/XX')).stack.split('\n').slice(1, 3).map((line) => line.trim());

    const source = (file: string, code: string, what: string): string => `${application.folder}/src/${file}:${place(code, what)}`;
    expect(await frames()).toEqual([
      expect.stringContaining(`price (${source('price.js', first, 'new Error')})`),
      expect.stringContaining(`answer (${source('app.js', app, 'price(country)')})`),
    ]);
    deployment.publish(second);
    await server.event('committed');
    expect(place(next, 'new Error')).not.toBe(place(first, 'new Error'));
    expect(await frames()).toEqual([
      expect.stringContaining(`price (${source('price.js', next, 'new Error')})`),
      expect.stringContaining(`answer (${source('app.js', app, 'price(country)')})`),
    ]);
  });

  test('without the flag frames of new code name the artifact, and with it the stamp', async () => {
    const deployment = application.deploy();
    const server = await deployment.start({ node });
    deployment.publish(second);
    await server.event('committed');
    const { stack } = await server.ask<Answer>('/XX');
    expect(stack.split('\n')[1]).toContain(`price (${deployment.store}/modules/${second.manifest.modules['src/price.js']?.stamp}.js:`);
  });
});
