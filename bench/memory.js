/**
 * Growth of the heap by 1,000 upgrades of one module of 100 KB, after garbage collection. Must: < 2 MB.
 * Every release has another text; all are confirmed, so that nothing is kept for a rollback.
 */
import { join } from 'node:path';
import { buildWithRollup } from './build.js';
import { followEntry, writeLarge } from './generate.js';
import { createWorkspace, runFresh } from './measure.js';

export async function run() {
  const dir = createWorkspace('memory');
  const store = join(dir, 'store');
  const entry = writeLarge(dir, { bytes: 100 * 1024, entry: followEntry });
  const { file } = await buildWithRollup({ dir, entry, out: 'dist', hot: true, options: { store } });
  const { growth, upgrades, size, before } = await runFresh('memory-child.js', { file, store, id: 'src/large.js', upgrades: 1000 }, { nodeOptions: ['--expose-gc'], timeoutMs: 240_000 });
  return [{ case: `${upgrades} upgrades of one module of ${Math.round(size / 1024)} KB`, value: growth / 1024 / 1024, unit: 'MB', need: ['<', 2], note: `heap before ${(before / 1024 / 1024).toFixed(1)} MB` }];
}
