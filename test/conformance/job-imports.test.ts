/** What pinned jobs may import that nobody loaded before. */
import { expect, test } from '@jest/globals';
import { boot, type Application } from '../application.js';
import { endWith, jobsOf } from '../../runtime/jobs.js';

const sourcesOf = (release: number, lazy = release): Record<string, string> => ({
  'main.js': `import { rate } from './rate.js'; import { onUpgrade } from 'relup'; onUpgrade(() => {}); export const load = () => import('./lazy.js').then(({ seen }) => seen); export const now = () => rate();`,
  'rate.js': `export const rate = () => ${release};`,
  'lazy.js': `import { rate } from './rate.js'; export const seen = 'lazy ${lazy}'; export const later = () => rate();`,
});

type Main = { load(): Promise<string>; now(): number };

/** A pinned job that began before the upgrade and imports after it. */
async function importLate(app: Application, next: Record<string, string>): Promise<unknown> {
  let goOn = (): void => {};
  const upgraded = new Promise<void>((resolve) => (goOn = resolve));
  const { load, now } = app.module<Main>('main.js');
  const job = jobsOf(app.runtime).start({ mode: 'pinned' }, (_, end) => endWith(upgraded.then(() => load().then((seen) => [now(), seen], (error: unknown) => [now(), (error as { code?: string }).code])), end));
  expect((await app.upgrade(next)).outcome).toBe('committed');
  goOn();
  return job;
}

test('a module that is the same in both releases is loaded', async () => {
  const app = await boot(sourcesOf(1));
  expect(await importLate(app, sourcesOf(2, 1))).toEqual([1, 'lazy 1']);
});

test('a module that the newer release changed is refused: JOB_IMPORT', async () => {
  const app = await boot(sourcesOf(1));
  expect(await importLate(app, sourcesOf(2))).toEqual([1, 'JOB_IMPORT']);
  expect(await app.module<Main>('main.js').load()).toBe('lazy 2');
});

test('a module that was loaded before stays what the job knows', async () => {
  const app = await boot(sourcesOf(1));
  await app.module<Main>('main.js').load();
  expect(await importLate(app, { ...sourcesOf(2), 'lazy.js': `export const seen = 'lazy 2';` })).toEqual([1, 'lazy 1']);
});
