/**
 * A version that a rollback brings back goes on as if it had never been gone: what it assigns reaches everybody who reads it, however
 * they read it and whoever comes later, also when pinned jobs lived meanwhile. Found by the random programs.
 */
import { expect, test } from '@jest/globals';
import { boot, type Sources } from '../application.js';
import { jobsOf } from '../../runtime/jobs.js';

const options = { allow: ['STATE_UNDECLARED'], jobs: { maxReleases: 100 } };
const program = ({ code, barrel, reader }: Record<'code' | 'barrel' | 'reader', number>): Sources => ({
  'main.js': "export * from './reader.js';",
  'reader.js': `import { write, live } from './barrel.js'; export const run = (x) => { write(x); return [live, ${reader}]; };`,
  'barrel.js': `export { write, live } from './code.js'; export const extra${barrel} = 1;`,
  'code.js': `export let live = 0; export function write(x) { live = x + ${code}; }`,
});

test.each(['no job', 'a job of the first release', 'a job of the release that returns', 'a job of the release that goes'])('%s', async (who) => {
  const app = await boot(program({ code: 0, barrel: 0, reader: 0 }));
  const run = (x: number): unknown => app.module('main.js').run(x);
  let end = (): void => {};
  const startIf = (wanted: string): void => {
    if (who === wanted) void jobsOf(app.runtime).start({ mode: 'pinned' }, (_, ended) => void (end = ended));
  };
  startIf('a job of the first release');
  await app.upgrade(program({ code: 0, barrel: 1, reader: 0 }), options);
  startIf('a job of the release that returns');
  await app.upgrade(program({ code: 100, barrel: 2, reader: 0 }), { ...options, probation: { ms: 0 } });
  startIf('a job of the release that goes');
  expect(run(2)).toEqual([102, 0]);
  await app.upgrader.rollback();
  expect(run(3)).toEqual([3, 0]);
  end();
  await new Promise((resolve) => setImmediate(resolve));
  expect(run(4)).toEqual([4, 0]);
  await app.upgrade(program({ code: 0, barrel: 1, reader: 1 }), options);
  expect([run(5), run(6)]).toEqual([[5, 1], [6, 1]]);
  await app.upgrade(program({ code: 0, barrel: 2, reader: 1 }), options);
  expect([run(7), run(8)]).toEqual([[7, 1], [8, 1]]);
});
