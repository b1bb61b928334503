/**
 * Sizes: the core runtime minified and gzipped (must: < 4 KB), and what the plugin adds to an application's gzipped
 * bundle (must: < +6 %), on the playground and on an application with barrels, unused exports and development branches.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { minify } from '@swc/core';
import { buildWithRollup, buildWithVite } from './build.js';
import { writeBarrels } from './generate.js';
import { createWorkspace, gzipped, project } from './measure.js';

const minified = async text => (await minify(text, { module: true, compress: true, mangle: { toplevel: true } })).code;

/** Gzipped bytes of all JavaScript of a build, the runtime apart. */
async function weigh(output) {
  let application = 0;
  let runtime = 0;
  for (const chunk of output.filter(({ type }) => type === 'chunk')) {
    const size = gzipped(await minified(chunk.code));
    // The runtime is a chunk of its own; its figure is the first row.
    if (chunk.moduleIds.length > 0 && chunk.moduleIds.every(id => /relup.*runtime|dist\/runtime/.test(id))) runtime += size;
    else application += size;
  }
  return { application, runtime };
}

export async function run() {
  const rows = [];
  const runtimeFile = ['dist/runtime/core.js', 'dist/runtime.js', 'dist/runtime/main.js'].map(file => join(project, file)).find(existsSync);

  const dir = createWorkspace('size');
  const entry = writeBarrels(dir);
  const cases = {
    'barrels, Vite': hot => buildWithVite({ dir, entry, out: hot ? 'hot' : 'plain', hot, options: { store: false } }),
    'barrels, Rollup': hot => buildWithRollup({ dir, entry, out: hot ? 'hot-rollup' : 'plain-rollup', hot, options: { store: false }, plugins: [defineDev] }),
  };
  const playground = join(project, 'playground');
  const server = join(playground, 'src', 'server.ts');
  if (existsSync(server)) {
    cases['playground, Vite for Node'] = hot => buildWithVite({ dir: playground, entry: server, out: join(dir, hot ? 'play-hot' : 'play-plain'), hot, options: { store: false }, ssr: true, delivery: false });
  }
  for (const [name, build] of Object.entries(cases)) {
    const plain = await weigh((await build(false)).output);
    const hot = await weigh((await build(true)).output);
    if (hot.runtime && !rows.length) rows.push({ case: 'core runtime, minified and gzipped', value: hot.runtime / 1024, unit: 'KB', need: ['<', 4] });
    rows.push({
      case: name, value: (hot.application / plain.application - 1) * 100, unit: '%', need: ['<', 6],
      note: `${hot.application} B with (and ${hot.runtime} B runtime), ${plain.application} B without, gzipped`,
    });
  }
  if (!rows.some(row => row.case.startsWith('core')) && runtimeFile) {
    rows.unshift({ case: 'core runtime, minified and gzipped', value: gzipped(await minified(readFileSync(runtimeFile, 'utf8'))) / 1024, unit: 'KB', need: ['<', 4] });
  }
  return rows;
}

/** What @rollup/plugin-replace would do: Rollup itself does not know import.meta.env. */
const defineDev = {
  name: 'define-dev',
  transform: code => (code.includes('import.meta.env.DEV') ? { code: code.replaceAll('import.meta.env.DEV', 'false'), map: null } : null),
};
