/**
 * How the figures are measured: fresh processes, interleaved rounds, medians and ratios of neighbours.
 * A figure must never compare numbers of different runs, and never an absolute time without saying so.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/** The project's folder. */
export const project = fileURLToPath(new URL('..', import.meta.url));

/** The middle of a list of numbers (the mean of both for an even count). */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) throw new Error('Nothing was measured.');
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The share of values at or below `part` (0 to 1) of the sorted list. */
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

/** Bytes of a text as a server would send it. */
export const gzipped = text => gzipSync(text, { level: 9 }).length;

/** An empty folder for generated applications, in which `relup` resolves to this package. Removed at exit. */
export function createWorkspace(name) {
  const dir = mkdtempSync(join(tmpdir(), `relup-bench-${name}-`));
  mkdirSync(join(dir, 'node_modules'));
  symlinkSync(project, join(dir, 'node_modules', 'relup'));
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ name, type: 'module' }));
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/**
 * Run a script of this folder in a fresh process and read what it reports.
 * Shape: the script prints one line of JSON that starts with `{`; anything else goes to this process's stderr on failure.
 */
export function runFresh(script, args, { nodeOptions = [], timeoutMs = 120_000, node = process.execPath } = {}) {
  return new Promise((resolve, reject) => {
    const file = fileURLToPath(new URL(script, import.meta.url));
    const child = spawn(node, ['--no-warnings', ...nodeOptions, file, JSON.stringify(args)], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let problems = '';
    child.stdout.on('data', data => { out += data; });
    child.stderr.on('data', data => { problems += data; });
    const limit = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.on('close', code => {
      clearTimeout(limit);
      const line = out.split('\n').findLast(text => text.startsWith('{'));
      if (code === 0 && line) resolve(JSON.parse(line));
      else reject(new Error(`${script} ended with ${code ?? 'a signal'}.\n${problems || out}`.slice(0, 4000)));
    });
  });
}

/**
 * Run every case once a round, in alternating order, so that noise of the machine meets all of them.
 * Shape: `cases` is { name: () => Promise<number> }; answers { name: numbers, one a round }.
 */
export async function interleave(cases, rounds) {
  const names = Object.keys(cases);
  const results = Object.fromEntries(names.map(name => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 ? [...names].reverse() : names) results[name].push(await cases[name]());
  }
  return results;
}

/** Median of the ratios of each round: neighbours in time are compared, not the slow hour with the fast one. */
export const medianRatio = (tops, bottoms) => median(tops.map((top, round) => top / bottoms[round]));

/** A number as the table shows it. */
export const show = (value, digits = 2) => (Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(digits));
