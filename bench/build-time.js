/**
 * Time of a build of 1,000 modules with plugin and artifacts against the same build without.
 * Must: < 1.6x of plain Rollup, < 3x of plain Vite; a second build (store and cache there) < 1.3x of either.
 * Every build is a fresh process, all kinds in turns; ratios of neighbours, medians of the rounds.
 */
import { createWorkspace, interleave, median, medianRatio, runFresh } from './measure.js';
import { writeTree } from './generate.js';
import { clean } from './build.js';

const rounds = 5;

export async function run() {
  const rows = [];
  const dir = createWorkspace('build-time');
  const entry = writeTree(dir, { modules: 1000, exports: 10 });
  for (const [bundler, limit] of [['rollup', 1.6], ['vite', 3]]) {
    const build = (hot, first) => async () => {
      const out = `${bundler}-${hot ? 'hot' : 'plain'}`;
      // A first build has neither a store nor the cache of modules.
      if (first) clean(dir, out, ...(hot ? ['node_modules/.cache'] : []));
      return (await runFresh('build-once.js', { bundler, dir, entry, out, hot })).ms;
    };
    const times = await interleave({ plain: build(false, true), first: build(true, true) }, rounds);
    // The first builds above left a store: what follows is a second build, of unchanged sources.
    const second = await interleave({ plain: build(false, true), second: build(true, false) }, rounds);
    const note = (hot, plain) => `${Math.round(median(hot))} ms with, ${Math.round(median(plain))} ms without`;
    rows.push({ case: `${bundler}, 1,000 modules, first build`, value: medianRatio(times.first, times.plain), unit: 'x', need: ['<', limit], note: note(times.first, times.plain) });
    rows.push({ case: `${bundler}, 1,000 modules, second build`, value: medianRatio(second.second, second.plain), unit: 'x', need: ['<', 1.3], note: note(second.second, second.plain) });
  }
  return rows;
}
