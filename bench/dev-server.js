/**
 * From before a file is written to the first answer of the new code, of a plain HTTP server of 50 TypeScript modules: relup in Vite's module
 * runner beside `tsx watch` and `node --watch` (which gets JavaScript). While the save is under way the server is asked again and again;
 * what fails is counted, and whether the state was kept.
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startServer } from './dev-driver.js';
import { writeService } from './generate.js';
import { createWorkspace, interleave, median, quantile } from './measure.js';

const agent = new Agent({ keepAlive: true });
const limitMs = 30_000;
const warmUp = 3;
const wait = ms => new Promise(resolve => setTimeout(resolve, ms));

const freePort = () => new Promise((resolve) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});

/** What the server answers; null if it does not. */
const ask = port => new Promise((resolve) => {
  get({ port, host: '127.0.0.1', agent }, (response) => {
    let text = '';
    response.on('data', (data) => { text += data; }).on('end', () => resolve(JSON.parse(text))).on('error', () => resolve(null));
  }).on('error', () => resolve(null));
});

async function until(what, look) {
  const begun = performance.now();
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() - begun > limitMs) throw new Error(`${what} did not happen within ${limitMs / 1000} s.`);
    await wait(1);
  }
}

async function watched(name, command, types) {
  const dir = createWorkspace(`server-${name}`);
  const { entry, leaf } = writeService(dir, { types });
  const port = await freePort();
  const child = spawn(process.execPath, [...command, entry], { cwd: dir, env: { ...process.env, PORT: String(port) }, stdio: ['ignore', 'ignore', 'inherit'] });
  await until(`The start of ${name}`, () => ask(port));
  return { leaf, port, close: () => void child.kill() };
}

async function ours() {
  const dir = createWorkspace('server-relup');
  const { leaf } = writeService(dir, { types: true });
  const port = await freePort();
  const server = await startServer({ dir, hot: true, ssr: '/src/server.ts', env: { PORT: String(port) } });
  await until('The start of relup', () => ask(port));
  return { leaf, port, close: () => server.close() };
}

async function edit({ leaf, port }, seen) {
  await wait(150);
  const text = readFileSync(leaf, 'utf8');
  const revision = Number(/const revision = (\d+)/.exec(text)[1]) + 1;
  const { visits } = await until('An answer', () => ask(port));
  let asked = 0;
  const begun = performance.now();
  writeFileSync(leaf, text.replace(/const revision = \d+/, `const revision = ${revision}`));
  const answer = await until(`The answer of revision ${revision}`, async () => {
    asked++;
    const answered = await ask(port);
    if (!answered) seen.failed++;
    return answered?.revision === revision ? answered : null;
  });
  const took = performance.now() - begun;
  if (answer.visits <= visits) seen.lost++;
  seen.asked += asked;
  return took;
}

export async function run(rounds = 21) {
  const tsx = join(dirname(fileURLToPath(import.meta.resolve('tsx/package.json'))), 'dist/cli.mjs');
  const servers = { relup: await ours(), tsx: await watched('tsx', [tsx, 'watch', '--clear-screen=false'], true), node: await watched('node', ['--watch', '--no-warnings'], false) };
  const seen = Object.fromEntries(Object.keys(servers).map(name => [name, { failed: 0, asked: 0, lost: 0 }]));
  try {
    // What restarts is left alone for a while: its watcher drops what comes at once.
    const times = await interleave(Object.fromEntries(Object.entries(servers).map(([name, server]) => [name, () => edit(server, seen[name])])), rounds + warmUp);
    const steady = Object.fromEntries(Object.entries(times).map(([name, list]) => [name, list.slice(warmUp)]));
    const tell = name => `${median(steady[name]).toFixed(0)} ms (${quantile(steady[name], 0.1).toFixed(0)} to ${quantile(steady[name], 0.9).toFixed(0)}), ${seen[name].failed} of ${seen[name].asked} requests failed, state lost ${seen[name].lost} times`;
    return [['tsx', 'tsx watch'], ['node', 'node --watch']].map(([name, what]) => ({
      case: `save to new answer, beside ${what}`, value: median(steady.relup) / median(steady[name]), unit: 'x', need: ['<=', 1],
      note: `relup ${tell('relup')}; ${what} ${tell(name)}; ${rounds} edits each`,
    }));
  } finally {
    for (const { close } of Object.values(servers)) await close();
    agent.destroy();
  }
}
