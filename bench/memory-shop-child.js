/**
 * Child process: many upgrades of the program of memory-shop.js. Before each a pinned job begins; it ends after the commit, in its own
 * release. What was saved at first is used after each. Tells how much the heap grew and which old versions are alive.
 */
import { pathToFileURL } from 'node:url';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { openReleases } from './releases.js';

const { file, store, id, upgrades } = JSON.parse(process.argv[2]);
const application = await import(pathToFileURL(file).href);
const following = await application.follow({ store, log: false, control: false, signal: false });
const releases = await openReleases(store);
const saved = application.save();
let revision = 1;

const must = (what, is, expected) => {
  if (String(is) !== String(expected)) throw new Error(`${what} of release ${revision}: ${is} instead of ${expected}.`);
};

async function upgradeOnce() {
  const order = application.begin();
  const old = revision++;
  const { replaced } = releases.derive(id, text => text.replace(/const revision = \d+/, `const revision = ${revision}`));
  releases.publish();
  for (let tries = 0; application.look().revision === old; tries++) {
    const result = await following.check();
    if (result?.outcome === 'refused' || tries > 200) throw new Error(`Not upgraded: ${JSON.stringify(result?.refusals)}`.slice(0, 800));
    await turn();
  }
  must('A saved function', saved.call(), revision);
  must('A saved asynchronous function', await saved.wait(), revision);
  must('A method', saved.items[old % 100].label(), `item ${old % 100}, ${revision}`);
  must('A saved class', new saved.make(7).code(), revision);
  must('The pinned job', await order.end(), [old, old, old]);
  releases.forget(replaced);
}

async function heap() {
  for (let round = 0; round < 6; round++) { await turn(); globalThis.gc(); await delay(5); }
  return process.memoryUsage().heapUsed;
}

for (let index = 0; index < 30; index++) await upgradeOnce();
const before = await heap();
for (let index = 0; index < upgrades; index++) {
  await upgradeOnce();
  // Collected now and then, as in memory-child.js.
  if (index % 25 === 24) globalThis.gc();
}
const growth = (await heap()) - before;
const { number, old } = application.versions();
const { ticks, retired } = application.look();
console.log(JSON.stringify({
  growth, before, upgrades, number, ticks, retired,
  old: old.map(({ number, modules, jobs, unconfirmed, captured }) => ({ number, modules: modules.length, jobs: jobs.length, unconfirmed, captured })),
}));
process.exit(0);
