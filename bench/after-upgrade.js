/**
 * Throughput of a process that was upgraded in place against a fresh process of the same release. Must: >= 0.90 with all
 * modules changed; 10 % changed is reported beside it. The process has run the old release hot before.
 */
import { join } from 'node:path';
import { buildWithRollup } from './build.js';
import { libraries, writeLibrary } from './libraries.js';
import { createWorkspace, interleave, median, medianRatio, runFresh } from './measure.js';

const rounds = 3;
/** The libraries were not written for upgrades: module state and heritage are taken as they come. */
const policy = { allow: ['EFFECT_AT_LOAD', 'STATE_UNDECLARED', 'ENTRY_CHANGED'], onStale: 'reevaluate' };

export async function run() {
  const rows = [];
  for (const name of Object.keys(libraries)) {
    const dir = createWorkspace(name);
    for (const [share, change, need] of [['all', () => true, ['>=', 0.9]], ['10 %', index => index % 10 === 0, null]]) {
      const store = join(dir, share === 'all' ? 'store-all' : 'store-some');
      const build = (out, changed) => {
        const { entry } = writeLibrary(dir, name, { change: changed, follow: true });
        return buildWithRollup({ dir, entry, out, hot: true, options: { store, ...policy } });
      };
      const before = await build(`${share}-1`.replace(' %', ''), () => false);
      const after = await build(`${share}-2`.replace(' %', ''), change);
      try {
        let modules = 0;
        const rates = await interleave({
          fresh: async () => (await runFresh('work.js', { file: after.file, ms: 600 })).rate,
          upgraded: async () => {
            const { rate, outcome } = await runFresh('work.js', { file: before.file, ms: 600, follow: { store } });
            modules = outcome.modules;
            return rate;
          },
        }, rounds);
        rows.push({ case: `${name}, ${share} of the modules changed`, value: medianRatio(rates.upgraded, rates.fresh), unit: 'x', need, note: `${modules} modules evaluated; ${Math.round(median(rates.upgraded))}/s upgraded, ${Math.round(median(rates.fresh))}/s fresh` });
      } catch (error) {
        rows.push({ case: `${name}, ${share} of the modules changed`, value: null, unit: 'x', need, note: (/^Error: (.*)/m.exec(error.message)?.[1] ?? error.message).slice(0, 240) });
      }
    }
  }
  return rows;
}
