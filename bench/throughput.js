/**
 * Throughput of real libraries with every module hot, against the same Rollup build without the plugin. Must: >= 0.98.
 * Each measurement is a fresh process; both builds run in turns; the figure is the median of the rounds' ratios.
 */
import { buildWithRollup } from './build.js';
import { libraries, writeLibrary } from './libraries.js';
import { createWorkspace, interleave, median, medianRatio, runFresh } from './measure.js';

const rounds = 5;

export async function run() {
  const rows = [];
  for (const name of Object.keys(libraries)) {
    const dir = createWorkspace(name);
    const { entry, modules } = writeLibrary(dir, name);
    const plain = await buildWithRollup({ dir, entry, out: 'plain', hot: false });
    const hot = await buildWithRollup({ dir, entry, out: 'hot', hot: true, options: { store: false } });
    const answers = new Set();
    const measure = file => async () => {
      const { rate, answer } = await runFresh('work.js', { file, ms: 600 });
      answers.add(answer);
      return rate;
    };
    const rates = await interleave({ plain: measure(plain.file), hot: measure(hot.file) }, rounds);
    if (answers.size !== 1) throw new Error(`${name} answers differently with the plugin: ${[...answers].join(', ')}.`);
    rows.push({
      case: `${name}, ${modules} modules`, value: medianRatio(rates.hot, rates.plain), unit: 'x', need: ['>=', 0.98],
      note: `${Math.round(median(rates.hot))}/s of processor time with, ${Math.round(median(rates.plain))}/s without`,
    });
  }
  return rows;
}
