/**
 * Rows of figures: whether they reach what they must, and the file that keeps the last row of each.
 * results.json never holds paths or host names.
 */
import { cpus } from 'node:os';
import { readFileSync, writeFileSync } from 'node:fs';

const resultsFile = new URL('results.json', import.meta.url);

/** Shape: `need` is [operator, limit]; null where nothing is asked or nothing was measured. */
export function reached({ value, need }) {
  if (!need || value === null) return null;
  const [operator, limit] = need;
  return operator === '<' ? value < limit : operator === '<=' ? value <= limit : value >= limit;
}

/** The figures, in the order in which they are run and kept. Those of peers are measured by `npm run bench:peers`. */
export const figures = ['throughput', 'after-upgrade', 'pause', 'instances', 'jobs', 'latency', 'memory', 'requests', 'size', 'build-time', 'download'];

/** Those of the dev server (`npm run bench:dev`). */
export const devFigures = ['dev-save', 'dev-start', 'dev-memory', 'dev-server'];

/** Those of open pages (`npm run bench:page`). */
export const pageFigures = ['page', 'playground-page'];

/** Write the rows of this run; figures that were not run keep theirs of the last run. */
export function writeResults(rows) {
  let kept = [];
  try { kept = JSON.parse(readFileSync(resultsFile, 'utf8')).rows.filter(row => !rows.some(({ figure }) => figure === row.figure)); } catch { /* no run before */ }
  const order = [...figures, ...devFigures, ...pageFigures, 'peers'];
  const all = [...kept, ...rows].sort((a, b) => order.indexOf(a.figure) - order.indexOf(b.figure));
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}`;
  writeFileSync(resultsFile, `${JSON.stringify({ node: process.version, platform: `${process.platform} ${process.arch}`, machine, rows: all }, null, 1)}\n`);
}
