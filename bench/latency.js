/**
 * From a new release on disk (the pointer is renamed into place) to the first answer of the new code, with 1 of 1,000
 * modules changed, in a process that follows the store. Must: < 15 ms, median.
 */
import { join } from 'node:path';
import { buildWithRollup } from './build.js';
import { followEntry, writeTree } from './generate.js';
import { createWorkspace, runFresh } from './measure.js';

export async function run() {
  const dir = createWorkspace('latency');
  const store = join(dir, 'store');
  const entry = writeTree(dir, { modules: 1000, exports: 20, entry: followEntry });
  const { file } = await buildWithRollup({ dir, entry, out: 'dist', hot: true, options: { store } });
  const { median, worst, pause } = await runFresh('latency-child.js', { file, store, id: 'src/m999.js', rounds: 31 });
  return [{ case: '1 of 1,000 modules changed', value: median, unit: 'ms', need: ['<', 15], note: `worst ${worst.toFixed(1)} ms; of it commit ${pause.toFixed(2)} ms` }];
}
