/**
 * How long the event loop stands still for a commit of 1,000 modules with 20 exports each, all of them changed, and what
 * the number of live objects and declared migrations add. Must: < 1 ms median without migrations.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildWithRollup } from './build.js';
import { followEntry, writeState, writeTree } from './generate.js';
import { createWorkspace, runFresh } from './measure.js';

export async function run() {
  const dir = createWorkspace('pause');
  const store = join(dir, 'store');
  const build = async (revision, out) => {
    const entry = writeTree(dir, { modules: 1000, exports: 20, revision: () => revision, entry: followEntry });
    return buildWithRollup({ dir, entry, out, hot: true, options: { store } });
  };
  const { file } = await build(1, 'first');
  await build(2, 'second');
  const bare = await runFresh('pause-child.js', { file, store, commits: 16, objects: 0 });
  // A process remembers which releases were rolled back.
  rmSync(join(store, 'state.json'), { force: true });
  const full = await runFresh('pause-child.js', { file, store, commits: 12, objects: 1_000_000 });

  const stateDir = createWorkspace('pause-state');
  const stateStore = join(stateDir, 'store');
  const buildState = (version, out) => buildWithRollup({ dir: stateDir, entry: writeState(stateDir, { version, entry: followEntry }), out, hot: true, options: { store: stateStore } });
  const first = await buildState(1, 'first');
  await buildState(2, 'second');
  const migrated = await runFresh('pause-child.js', { file: first.file, store: stateStore, commits: 2, objects: 0, fill: 100_000 });
  return [
    { case: '1,000 modules x 20 exports', value: bare.pause, unit: 'ms', need: ['<', 1], note: `worst ${bare.worst.toFixed(2)} ms of ${bare.commits}` },
    { case: 'the same beside 1,000,000 live objects', value: full.pause, unit: 'ms', need: ['<', 1], note: `worst ${full.worst.toFixed(2)} ms of ${full.commits}` },
    { case: 'migration of a state of 100,000 entries', value: migrated.migration, unit: 'ms', need: null, note: 'the declared step itself, in the same turn' },
  ];
}
