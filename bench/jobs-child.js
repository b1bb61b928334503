/**
 * Child process: runs the shop's requests and prints how many it does a second of processor time, called directly and behind a real HTTP
 * server (the load is a process of its own). With `store` it holds a pinned job, goes to the latest release, and measures both releases side
 * by side, and what is left when the job has ended.
 */
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { quantile } from './measure.js';

const { file, ms, store } = JSON.parse(process.argv[2]);
const { work, bare, ...application } = await import(pathToFileURL(file).href);
const atOnce = 20;
let held = null;

/** As in work.js: batches of about 50 ms, of which the upper quartile counts. Requests run side by side. */
async function measure(work, limitMs) {
  const rates = [];
  const end = performance.now() + limitMs;
  while (performance.now() < end) {
    const start = performance.now();
    const before = process.cpuUsage();
    let count = 0;
    do {
      const answers = [];
      for (let index = 0; index < atOnce; index++) answers.push(work());
      await Promise.all(answers);
      count += atOnce;
    } while (performance.now() - start < 50);
    const { user, system } = process.cpuUsage(before);
    rates.push(count * 1e6 / (user + system));
  }
  return rates;
}
const typical = rates => quantile(rates, 0.75);

let served = 0;
const server = createServer((request, response) => {
  const run = request.url === '/old' ? held.work : work;
  run().then(answer => {
    served++;
    const body = JSON.stringify(answer);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
  }, error => response.writeHead(500).end(String(error)));
});
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
const load = fork(fileURLToPath(new URL('jobs-load.js', import.meta.url)), [JSON.stringify({ port: server.address().port, connections: atOnce })], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
const tell = path => new Promise(resolve => { load.once('message', resolve); load.send(path); });

/** The same for requests that come over connections. Only this process's time counts, not the load's. */
async function measureServed(path, limitMs) {
  await tell(path);
  await delay(30);
  const rates = [];
  const end = performance.now() + limitMs;
  while (performance.now() < end) {
    const before = process.cpuUsage();
    const first = served;
    await delay(50);
    const { user, system } = process.cpuUsage(before);
    rates.push((served - first) * 1e6 / (user + system));
  }
  await tell(null);
  await delay(10);
  return rates;
}

/** Whose code answers, as the sum of what all seven places on the way say. */
async function expect(what, work, release) {
  const { revisions } = await work();
  if (revisions !== 7 * release) throw new Error(`${what} adds up to ${revisions}, not ${7 * release}: not all of release ${release}.`);
}

const rates = {};
if (!store) {
  await expect('A request', work, 2);
  await measure(work, 400);
  rates.work = typical(await measure(work, ms));
  await measureServed('/', 400);
  rates.served = typical(await measureServed('/', ms));
  await measure(bare, 200);
  rates.bare = typical(await measure(bare, ms / 2));
} else {
  await expect('A request', work, 1);
  await measure(work, 400);
  held = application.hold();
  await expect('A held job', held.work, 1);
  await new Promise((resolve, reject) => {
    application.follow({
      store, log: false, control: false, signal: false,
      onEvent({ type, result, error }) {
        if (type === 'committed') resolve();
        if (type === 'refused' || type === 'problem') reject(new Error(JSON.stringify(result?.refusals ?? String(error)).slice(0, 600)));
      },
    }).catch(reject);
  });
  await expect('A new job', work, 2);
  await expect('The held job', held.work, 1);
  // In turns, so that each has been compiled for what the other does to the tables.
  const all = { work: [], old: [], served: [], servedOld: [] };
  for (let turn = -1; turn < 3; turn++) {
    const taken = { work: await measure(work, ms / 3), old: await measure(held.work, ms / 3), served: await measureServed('/', ms / 3), servedOld: await measureServed('/old', ms / 3) };
    // The first turn warms up.
    if (turn >= 0) for (const name of Object.keys(all)) all[name].push(...taken[name]);
  }
  for (const name of Object.keys(all)) rates[name] = typical(all[name]);
  await expect('The held job', held.work, 1);
  await held.end();
  await delay(20);
  await expect('A new job', work, 2);
  await measure(work, 400);
  rates.after = typical(await measure(work, ms));
  await measureServed('/', 200);
  rates.servedAfter = typical(await measureServed('/', ms));
}
console.log(JSON.stringify(rates));
process.exit(0);
