/**
 * Throughput with jobs, handles and classes in use, on Node 24 and on Node 20 apart. Must, on Node 24: >= 0.98 of the build without the
 * plugin in steady state; while two releases live, >= 0.95 for code of the new one and >= 0.9 for jobs on the old one.
 *
 * Without the plugin a job is its work and nothing else. What Node's AsyncLocalStorage takes by itself is measured beside it (a
 * build without the plugin whose jobs run in one), and so are handles and classes without jobs. Every measurement is a fresh process; all builds run in turns.
 * The musts are asked of requests that come over HTTP; the same jobs without a server, a few microseconds each, show the most that it can be.
 */
import { join } from 'node:path';
import { buildWithRollup } from './build.js';
import { followEntry } from './generate.js';
import { node24 } from './install.js';
import { createWorkspace, interleave, median, medianRatio, runFresh } from './measure.js';
import { writeShop } from './shop.js';

const rounds = 7;

async function buildAll(dir) {
  const store = join(dir, 'store');
  const plain = job => buildWithRollup({ dir, entry: writeShop(dir, { job, revision: 2 }), out: job, hot: false });
  const none = await plain('none');
  const context = await plain('context');
  const handles = await buildWithRollup({ dir, entry: writeShop(dir, { job: 'none', revision: 2 }), out: 'handles', hot: true, options: { store: false } });
  const hot = (revision, out) => buildWithRollup({ dir, entry: writeShop(dir, { revision, entry: followEntry }), out, hot: true, options: { store } });
  const first = await hot(1, 'first');
  const second = await hot(2, 'second');
  return { store, none: none.file, context: context.file, handles: handles.file, first: first.file, second: second.file };
}

export async function run() {
  const files = await buildAll(createWorkspace('jobs'));
  const rows = [];
  for (const [name, node] of [['Node 24', node24()], ['Node 20', process.version.startsWith('v20.') ? process.execPath : null]]) {
    if (!node) {
      rows.push({ case: name, value: null, unit: 'x', need: null, note: 'this run is not on Node 20' });
      continue;
    }
    const measure = args => () => runFresh('jobs-child.js', { ms: 900, ...args }, { node });
    const measured = await interleave({
      plain: measure({ file: files.none }),
      context: measure({ file: files.context }),
      handles: measure({ file: files.handles }),
      steady: measure({ file: files.second }),
      both: measure({ file: files.first, store: files.store }),
    }, rounds);
    const ratio = (key, top, bottom = top) => medianRatio(measured[key].map(rates => rates[top]), measured.plain.map(rates => rates[bottom]));
    const need = limit => (name === 'Node 24' ? ['>=', limit] : null);
    const micros = (key, of) => `${(1e6 / median(measured[key].map(rates => rates[of]))).toFixed(1)} us`;
    const alone = of => `AsyncLocalStorage alone ${ratio('context', of).toFixed(2)} x, handles and classes alone ${ratio('handles', of).toFixed(2)} x`;
    rows.push(
      { case: `${name}, requests over HTTP, steady state`, value: ratio('steady', 'served'), unit: 'x', need: need(0.98), note: `${micros('plain', 'served')} a request without the plugin, ${micros('steady', 'served')} with; ${alone('served')}` },
      { case: `${name}, the same, two releases: new code`, value: ratio('both', 'served'), unit: 'x', need: need(0.95), note: micros('both', 'served') },
      { case: `${name}, the same, two releases: jobs on the old one`, value: ratio('both', 'servedOld', 'served'), unit: 'x', need: need(0.9), note: micros('both', 'servedOld') },
      { case: `${name}, the same, after the last old job`, value: ratio('both', 'servedAfter', 'served'), unit: 'x', need: null, note: micros('both', 'servedAfter') },
      { case: `${name}, the shop without a server, steady state`, value: ratio('steady', 'work'), unit: 'x', need: null, note: `${micros('plain', 'work')} a job without the plugin, ${micros('steady', 'work')} with; ${alone('work')}` },
      { case: `${name}, the same, two releases: new code`, value: ratio('both', 'work'), unit: 'x', need: null, note: micros('both', 'work') },
      { case: `${name}, the same, two releases: jobs on the old one`, value: ratio('both', 'old', 'work'), unit: 'x', need: null, note: micros('both', 'old') },
      { case: `${name}, the same, after the last old job`, value: ratio('both', 'after', 'work'), unit: 'x', need: null, note: micros('both', 'after') },
      { case: `${name}, a job of 40 awaits and nothing else`, value: ratio('steady', 'bare'), unit: 'x', need: null, note: `${micros('plain', 'bare')} without, ${micros('steady', 'bare')} with; ${alone('bare')}` },
    );
  }
  return rows;
}
