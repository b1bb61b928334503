/**
 * Growth of the heap by 1,000 upgrades, after garbage collection: of one module of 100 KB (must: < 2 MB), and of a program with jobs,
 * handles, classes and timers (must: < 5 MB, and no old version is alive).
 * Every release has another text; all are confirmed, so that nothing is kept for a rollback.
 */
import { join } from 'node:path';
import { buildWithRollup } from './build.js';
import { followEntry, writeLarge } from './generate.js';
import { writeMemoryShop } from './memory-shop.js';
import { createWorkspace, runFresh } from './measure.js';

const megabytes = bytes => bytes / 1024 / 1024;

async function runLarge() {
  const dir = createWorkspace('memory');
  const store = join(dir, 'store');
  const entry = writeLarge(dir, { bytes: 100 * 1024, entry: followEntry });
  const { file } = await buildWithRollup({ dir, entry, out: 'dist', hot: true, options: { store } });
  const { growth, upgrades, size, before } = await runFresh('memory-child.js', { file, store, id: 'src/large.js', upgrades: 1000 }, { nodeOptions: ['--expose-gc'], timeoutMs: 240_000 });
  return { case: `${upgrades} upgrades of one module of ${Math.round(size / 1024)} KB`, value: megabytes(growth), unit: 'MB', need: ['<', 2], note: `heap before ${megabytes(before).toFixed(1)} MB` };
}

async function runShop() {
  const dir = createWorkspace('memory-shop');
  const store = join(dir, 'store');
  const { file } = await buildWithRollup({ dir, entry: writeMemoryShop(dir, { entry: followEntry }), out: 'dist', hot: true, options: { store } });
  const { growth, upgrades, before, number, old, ticks } = await runFresh('memory-shop-child.js', { file, store, id: 'src/shop.js', upgrades: 1000 }, { nodeOptions: ['--expose-gc'], timeoutMs: 240_000 });
  return [
    { case: `${upgrades} upgrades with jobs, handles, classes and timers`, value: megabytes(growth), unit: 'MB', need: ['<', 5], note: `heap before ${megabytes(before).toFixed(1)} MB; ${ticks} ticks` },
    { case: 'old releases alive after them', value: old.length, unit: '', need: ['<', 1], note: old.map(({ number: its, modules, jobs, unconfirmed, captured }) => `release ${its} of ${number}: ${modules} versions, ${jobs} jobs${unconfirmed ? ', unconfirmed' : ''}${captured ? ', captured' : ''}`).slice(0, 3).join('; ') },
  ];
}

export async function run() {
  return [await runLarge(), ...await runShop()];
}
