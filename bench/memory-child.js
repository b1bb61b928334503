/** Child process: upgrades one module many times and tells what stays of it in the heap. */
import { pathToFileURL } from 'node:url';
import { setImmediate as turn } from 'node:timers/promises';
import { openReleases } from './releases.js';

const { file, store, id, upgrades } = JSON.parse(process.argv[2]);
const application = await import(pathToFileURL(file).href);
const following = await application.follow({ store, log: false, control: false, signal: false });
const releases = await openReleases(store);
let size = 0;

async function upgradeOnce() {
  const before = application.answer();
  const { replaced } = releases.derive(id, text => {
    size = text.length;
    return text.replace(/const revision = (\d+)/, (_, revision) => `const revision = ${Number(revision) + 1}`);
  });
  releases.publish();
  for (let tries = 0; application.answer() === before; tries++) {
    const result = await following.check();
    if (result?.outcome === 'refused' || tries > 200) throw new Error(`Not upgraded: ${JSON.stringify(result?.refusals)}`);
    await turn();
  }
  if (application.answer() !== before + 1) throw new Error('Another release answers.');
  releases.forget(replaced);
}

async function heap() {
  for (let round = 0; round < 4; round++) { await turn(); globalThis.gc(); }
  return process.memoryUsage().heapUsed;
}

for (let index = 0; index < 30; index++) await upgradeOnce();
const before = await heap();
for (let index = 0; index < upgrades; index++) {
  await upgradeOnce();
  // Collected now and then, as in a process that does other work between two upgrades: tables of releases that nobody
  // holds any more are kept up to date until they are collected.
  if (index % 25 === 24) globalThis.gc();
}
console.log(JSON.stringify({ growth: (await heap()) - before, before, upgrades, size }));
process.exit(0);
