/**
 * What a client fetches after a change of one line in one module, against the gzipped size of that module. Must: < 1.5x.
 * Everything that a follower reads is counted: the pointer, the manifest, the artifact, each gzipped by itself.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildWithRollup } from './build.js';
import { writeTree, writeTreeModule } from './generate.js';
import { createWorkspace, gzipped } from './measure.js';

const changed = 7;

export async function run() {
  const rows = [];
  for (const modules of [50, 1000]) {
    const dir = createWorkspace('download');
    const entry = writeTree(dir, { modules, exports: 20 });
    const store = join(dir, 'store');
    const read = file => readFileSync(join(store, file), 'utf8');
    const build = () => buildWithRollup({ dir, entry, out: 'dist', hot: true, options: { store } });
    const readRelease = () => {
      const pointer = read('latest.json');
      const manifest = read(`releases/${JSON.parse(pointer).release}.json`);
      return { pointer, manifest, modules: JSON.parse(manifest).modules };
    };
    await build();
    const before = readRelease();
    writeTreeModule(dir, changed, { modules, exports: 20, revision: 2 });
    await build();
    const after = readRelease();
    const fetched = Object.entries(after.modules).filter(([id, { stamp }]) => before.modules[id]?.stamp !== stamp);
    if (fetched.length !== 1) throw new Error(`One module was changed, ${fetched.length} artifacts differ: ${fetched.slice(0, 5).map(([id]) => id).join(', ')}.`);
    const artifact = gzipped(read(`modules/${fetched[0][1].stamp}.js`));
    const source = gzipped(readFileSync(join(dir, 'src', `m${changed}.js`), 'utf8'));
    const overhead = gzipped(after.pointer) + gzipped(after.manifest);
    if (modules === 50) rows.push({ case: 'artifact alone', value: artifact / source, unit: 'x', need: ['<', 1.5], note: `${artifact} B for a module of ${source} B` });
    rows.push({ case: `with pointer and manifest, ${modules} modules`, value: (artifact + overhead) / source, unit: 'x', need: ['<', 1.5], note: `${artifact} + ${overhead} B` });
  }
  return rows;
}
