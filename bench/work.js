/**
 * Child process: imports a built workload, warms it up, and prints how many units of work it does a second of processor time.
 * With `follow` it upgrades in place before it is measured (a warm-up runs before the upgrade, too).
 */
import { pathToFileURL } from 'node:url';
import { quantile } from './measure.js';

const { file, ms, follow } = JSON.parse(process.argv[2]);
const application = await import(pathToFileURL(file).href);
const { work } = application;

/**
 * Units of work a second of processor time: unlike the clock, it does not count what other processes take.
 * Batches of about 50 ms; the upper quartile stands for a machine that nobody disturbs.
 */
function measure(limitMs) {
  const rates = [];
  const end = performance.now() + limitMs;
  while (performance.now() < end) {
    const start = performance.now();
    const before = process.cpuUsage();
    let count = 0;
    do { work(); count++; } while (performance.now() - start < 50);
    const { user, system } = process.cpuUsage(before);
    rates.push(count * 1e6 / (user + system));
  }
  return quantile(rates, 0.75);
}

const first = work();
measure(500);
let outcome = null;
if (follow) {
  const result = await new Promise((resolve, reject) => {
    application.follow({
      ...follow, log: false, control: false, signal: false,
      onEvent(event) { if (['committed', 'refused', 'none', 'problem'].includes(event.type)) resolve(event.result ?? event); },
    }).catch(reject);
  });
  if (result.outcome !== 'committed') throw new Error(`not upgraded: ${(result.refusals ?? [{ code: String(result.error), place: '' }]).map(({ code, place, reason }) => `${code} ${place} ${reason}`).slice(0, 3).join('; ').slice(0, 400)}`);
  const decisions = Object.values(result.plan.modules);
  outcome = { modules: decisions.length, stale: decisions.filter(decision => decision === 'stale').length };
  measure(500);
}
console.log(JSON.stringify({ rate: measure(ms), answer: first, outcome }));
process.exit(0);
