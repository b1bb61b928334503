/**
 * `npm start`: the main job, end to end. Builds release 1, serves it under load, brings releases 2 to 6 into the running
 * process (two of them must be refused, one must be rolled back), then restarts the same service under the same load,
 * and prints both side by side. Exits with 0 only if every check holds.
 *
 * What each release changes stands in ../README.md.
 */
import { setTimeout as delay } from 'node:timers/promises';
import pc from 'picocolors';
import { checkReleases, checkState } from './checks.js';
import { intensity, Load } from './load.js';
import { printChecks, printComparison, printFailures, printPhases } from './report.js';
import { firstAnswer, getJson, Service } from './service.js';
import { Workspace } from './workspace.js';

const beforeMs = 2_500;
const afterMs = 800;

/** Name, overlays over release 1, and what has to come of it. */
const steps = [
  { name: '-> 2', about: 'a discount and payment terms', overlays: ['2'], expected: 'confirmed' },
  { name: '-> 3', about: 'state migrated, a module and a route added', overlays: ['2', '3'], expected: 'confirmed' },
  { name: '-> 4', about: 'an undeclared timer and a counter', overlays: ['2', '3', '4'], expected: 'refused' },
  { name: '-> 4b', about: 'an export that others import is gone', overlays: ['2', '3', '4b'], expected: 'refused' },
  { name: '-> 5', about: 'fails for some customers; health says no', overlays: ['2', '3', '5'], expected: 'rolledBack' },
  { name: '-> 6', about: 'what 5 wanted, done right', overlays: ['2', '3', '6'], expected: 'confirmed' },
];

const verbose = process.argv.includes('--verbose');
const began = performance.now();
const workspace = new Workspace('start');
let service;
let load;
let ok = false;
try {
  ok = await main();
} catch (error) {
  console.error(pc.red(`\n${error.stack}`));
  for (const line of service?.lines.slice(-20) ?? []) console.error(pc.dim(`  service: ${line}`));
} finally {
  load?.kill();
  await service?.stop();
}
console.log(`\n${ok ? pc.green('Everything holds.') : pc.red('Something does not hold.')} ${((performance.now() - began) / 1000).toFixed(0)} s`);
process.exit(ok ? 0 : 1);

async function main() {
  await workspace.clean();
  say(`release 1: built in ${(await workspace.release()).toFixed(0)} ms`);
  service = await startService();
  const { pid, port } = service;
  say(`serving on http://127.0.0.1:${port}, process ${pid}; ${intensity.customers} customers and ${intensity.sockets} sockets come in`);

  load = await Load.start(port);
  await delay(1_500);
  load.begin('release 1');
  await delay(beforeMs);
  const taken = [];
  for (const step of steps) taken.push(await take(step));
  load.begin('after');
  await delay(beforeMs / 2);
  const seen = await load.stop();
  load = undefined;
  const metrics = await getJson(port, '/metrics');

  const restarted = await restart();
  const phases = new Map(seen.phases.map(phase => [phase.name, phase]));
  const outcomes = new Map(taken.map(step => [step.name, step]));

  console.log();
  printPhases([...phases.values(), restarted.phase].map(phase => ({
    phase, outcome: outcomes.get(phase.name)?.outcome, pauseMs: outcomes.get(phase.name)?.pauseMs,
  })));
  printFailures([...phases.values(), restarted.phase]);
  console.log();
  const upgrades = taken.filter(({ expected }) => expected === 'confirmed').map(({ name }) => phases.get(name));
  printComparison({ upgrades, restart: restarted.phase, firstAnswerMs: restarted.firstAnswerMs });
  console.log();
  return printChecks([...checkReleases(taken, phases), ...checkState(seen, metrics, { pid })]);
}

/** Builds one release while the service runs, and waits for what becomes of it. */
async function take({ name, about, overlays, expected }) {
  load.begin(name);
  const from = service.upgrades.length;
  let built;
  try {
    built = await workspace.release(...overlays);
  } catch (error) {
    // The plugin may see already what the plan would see: then no release comes to be at all.
    say(`${name} (${about}): ${pc.bold('refused by the build')}: ${reasonOf(error)}`);
    return { name, expected, type: 'refused', outcome: 'refused by the build', refusals: [{ code: codeOf(error) }] };
  }
  const last = await service.upgrade(({ type }) => ['confirmed', 'refused', 'rolledBack', 'none'].includes(type), { from });
  const committed = service.upgrades.slice(from).find(({ type }) => type === 'committed');
  const { type, refusals = [] } = last;
  const why = refusals.map(({ code, place }) => `${code} ${place}`.trim()).join(', ');
  const pauseMs = committed?.pauseMs ?? null;
  say(`${name} (${about}): built in ${built.toFixed(0)} ms, ${pc.bold(type)}${why ? `: ${why}` : ''}${pauseMs === null ? '' : `, paused for ${pauseMs.toFixed(2)} ms`}`);
  await delay(afterMs);
  return { name, expected, type, outcome: refusals[0] ? `${type}: ${refusals[0].code}` : type, refusals, pauseMs, backMs: last.pauseMs };
}

/** The same service under the same load once more; this time the newest release comes by stopping and starting. */
async function restart() {
  load = await Load.start(service.port);
  await delay(1_500);
  load.begin('restart');
  const { port } = service;
  const stopped = performance.now();
  await service.stop();
  service = await startService(port);
  await firstAnswer(port);
  const firstAnswerMs = performance.now() - stopped;
  await delay(beforeMs / 2);
  const { phases } = await load.stop();
  load = undefined;
  return { phase: phases.find(({ name }) => name === 'restart'), firstAnswerMs };
}

function startService(port = 0) {
  return Service.start({
    bundle: workspace.bundle, cwd: workspace.root, dataFile: workspace.dataFile, port,
    onLine: line => verbose && say(pc.dim(line)),
  });
}

function say(text) {
  console.log(`${pc.dim(`${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s`)}  ${text}`);
}

/** Bundlers wrap what a plugin throws: relup's own line says what is wrong. */
function reasonOf(error) {
  return /^.*\[relup\] .*$/m.exec(error.message)?.[0] ?? error.message.split('\n')[0];
}

function codeOf(error) {
  return /\[relup\] ([A-Z_]+):/.exec(error.message)?.[1] ?? 'BUILD';
}
