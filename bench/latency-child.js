/** Child process: follows a store, publishes release after release in it and waits for each to answer. */
import { pathToFileURL } from 'node:url';
import { median } from './measure.js';
import { openReleases } from './releases.js';

const { file, store, id, rounds } = JSON.parse(process.argv[2]);
const application = await import(pathToFileURL(file).href);
const pauses = [];
await application.follow({
  store, log: false, control: false, signal: false,
  onEvent(event) {
    if (event.type === 'committed') pauses.push(event.result.pauseMs);
    if (event.type === 'refused' || event.type === 'problem') throw new Error(JSON.stringify(event.result?.refusals ?? String(event.error)));
  },
});
const releases = await openReleases(store);
const times = [];
for (let round = 0; round < rounds; round++) {
  const before = application.answer();
  const { replaced } = releases.derive(id, text => text.replace(/const revision = (\d+)/, (_, revision) => `const revision = ${Number(revision) + 1}`));
  await new Promise(resolve => setTimeout(resolve, 30));
  releases.publish();
  const start = performance.now();
  while (application.answer() !== before + 1) {
    if (performance.now() - start > 10_000) throw new Error('The new code does not answer.');
    await new Promise(resolve => setImmediate(resolve));
  }
  times.push(performance.now() - start);
  releases.forget(replaced);
}
// The first upgrades compile the upgrader itself.
const steady = times.slice(3);
console.log(JSON.stringify({ median: median(steady), worst: Math.max(...steady), pause: median(pauses.slice(3)) }));
process.exit(0);
