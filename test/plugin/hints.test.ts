/** What a build says of an entry that hands values to packages, and that declared purity reaches the manifest. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { bundlers, Project } from './project.js';

const projects: Project[] = [];
afterEach(() => { for (const project of projects.splice(0)) project.remove(); });

const files = {
  'src/main.js': `
    import { createServer } from 'node:http';
    import app, { make } from './app.js';
    import { Shown, show } from './show.js';
    import { port } from './config.js';
    createServer(app);
    createServer({}, app.fetch);
    createServer(show).on('error', Shown);
    createServer({}, Shown.handle);
    createServer(port);
    export { make };
  `,
  'src/app.js': `import { tool } from 'node:test'; export const make = () => Object.assign(() => {}, { fetch() {} }); const app = make(); export default app; export const made = () => tool();`,
  'src/show.js': `export function show() {} export class Shown { static handle() {} }`,
  'src/config.js': `export const port = 80;`,
};

describe.each(bundlers)('%s', (bundler) => {
  test('values that an entry hands away are told with place and rewrite; functions, classes and plain values are not', async () => {
    const project = new Project(files);
    projects.push(project);
    const { out, err } = await project.mustBuild(bundler, { external: ['node:http', 'node:test'] });
    const told = [...`${out}\n${err}`.matchAll(/HELD_VALUE: (.*)\n\s*Hint: Write (.*)/g)].map(([, sentence, fix]) => [sentence, fix]);
    expect(told).toEqual([
      [expect.stringMatching(/^"createServer\(app\)" keeps "app" of this release, .*\(src\/main\.js:\d+\)$/), 'createServer((...args) => app(...args))'],
      [expect.stringMatching(/^"createServer\({}, app\.fetch\)" keeps "app\.fetch" /), 'createServer({}, (...args) => app.fetch(...args))'],
    ]);
  });
});

test('the option pure reaches the manifest, also through the cache', async () => {
  const project = new Project({ 'src/main.js': `import './a.js';`, 'src/a.js': `import { thing } from 'some'; export const x = thing();` });
  projects.push(project);
  const effects = async (relup: string): Promise<unknown> => {
    await project.mustBuild('rollup', { external: ['some'], relup });
    return project.latest().modules['src/a.js']?.effects;
  };
  expect(await effects('{}')).toMatchObject([{ what: 'thing()', unknown: 1 }]);
  expect(await effects(`{ pure: ['some#thing'] }`)).toEqual([]);
  expect(await effects('{}')).toMatchObject([{ what: 'thing()' }]);
});
