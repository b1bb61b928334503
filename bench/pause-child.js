/** Child process: goes to the latest release and back, many times, and tells the pauses of the commits. */
import { pathToFileURL } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { median } from './measure.js';

const { file, store, commits, objects, fill } = JSON.parse(process.argv[2]);
const application = await import(pathToFileURL(file).href);
// Held until the end, reachable from the modules' realm.
globalThis.live = Array.from({ length: objects }, (_, index) => ({ index, of: { name: `object ${index}` } }));
if (fill) application.fill(fill);
const first = application.answer();

const results = [];
const take = result => {
  if (result.outcome !== 'committed' && result.outcome !== 'rolledBack') throw new Error(JSON.stringify(result.refusals));
  results.push(result);
};
let latest;
await application.follow({
  store, log: false, control: false, signal: false,
  onEvent(event) {
    if (event.type === 'problem') throw event.error;
    if (event.type === 'committed' || event.type === 'refused') { latest ??= event.release; if (!results.length) take(event.result); }
  },
});
for (let waited = 0; !results.length && waited < 60_000; waited += 20) await delay(20);
const second = application.answer();
if (first === second) throw new Error(`The new release does not answer: ${first} before, ${second} now, after ${results.length} commits.`);
for (let commit = 1; commit < commits; commit++) {
  take(await (commit % 2 ? application.rollback() : application.upgrade(latest)));
  if (application.answer() !== (commit % 2 ? first : second)) throw new Error('Another release answers.');
}
const pauses = results.slice(commits > 4 ? 2 : 0).map(({ pauseMs }) => pauseMs);
console.log(JSON.stringify({ pause: median(pauses), worst: Math.max(...pauses), commits: pauses.length, migration: results[0].migrationMs }));
process.exit(0);
