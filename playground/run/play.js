/**
 * `npm run play`: keeps the service up while you edit it and its page. Every save builds a release; the running process and open pages take
 * it, or say why not. Stop with Ctrl+C.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { watch } from 'chokidar';
import { Command } from 'commander';
import pc from 'picocolors';
import { send } from '../load/http.js';
import { Service } from './service.js';
import { buildPage, buildService } from './workspace.js';

const { port } = new Command('play')
  .description('Serves the playground, and upgrades it in place with every save in playground/src and playground/page.')
  .option('-p, --port <number>', 'port to listen on; 0 takes a free one', '0')
  .parse().opts();

const root = fileURLToPath(new URL('..', import.meta.url));

/** What is built from which folder, and where its pointer lies. */
const parts = [
  { name: 'service', sources: `${root}src`, pointer: `${root}dist/relup/latest.json`, build: () => buildService(root) },
  { name: 'page', sources: `${root}page/src`, pointer: `${root}page/dist/relup/latest.json`, build: () => buildPage() },
];

console.log('Building ...');
for (const { build } of parts) await build();
const service = await Service.start({
  bundle: `${root}dist/server.js`, cwd: root, dataFile: `${root}data/coffee.db`, port: Number(port),
  onLine: line => console.log(line),
});
const token = await fillCart();
invite();

let building = null;
const changed = new Set();
const watcher = watch(parts.map(({ sources }) => sources), { ignoreInitial: true, awaitWriteFinish: { stabilityThreshold: 50, pollInterval: 10 } });
watcher.on('all', (event, file) => {
  console.log(`\n${event} ${file.slice(root.length)}`);
  changed.add(parts.find(({ sources }) => file.startsWith(sources)));
  building ??= rebuild();
});

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await watcher.close();
await service.stop();
process.exit(0);

/** One build at a time; what is saved meanwhile goes into the next one. What becomes of a release, the service and the page say. */
async function rebuild() {
  for (const part of changed) {
    changed.delete(part);
    const { name, pointer, build } = part;
    try {
      const before = await latestRelease(pointer);
      const ms = await build();
      const release = await latestRelease(pointer);
      console.log(release === before ? 'Built: the code is the same.' : `Built release ${release.slice(0, 8)} of the ${name} in ${ms.toFixed(0)} ms.`);
    } catch (error) {
      console.log(`${pc.red(error.message)}\nThe release before goes on.`);
    }
  }
  building = null;
}

async function latestRelease(pointer) {
  return JSON.parse(await readFile(pointer, 'utf8')).release;
}

/** A customer with something in the cart, so that there is a price to watch. */
async function fillCart() {
  const customer = { customer: 'you', country: 'DE', loyalty: 'gold' };
  const { body } = await send(service.port, 'POST', '/sessions', { body: customer });
  for (const [sku, bags] of [['ET-YIR', 30], ['CO-NAR', 12]]) {
    await send(service.port, 'PUT', `/my/cart/${sku}`, { token: body.token, body: { bags } });
  }
  return body.token;
}

function invite() {
  const base = `http://127.0.0.1:${service.port}`;
  console.log(`
Process ${service.pid} serves on ${base}. Open it in a browser, fill a cart and open a lot; or watch a price:

  while sleep 1; do curl -s ${base}/my/quote -H 'authorization: Bearer ${token}' | cut -c -400; done

Now edit and save, for example
  ${pc.bold('playground/src/pricing/volume-tiers.ts')}   a discount: the next quote has it, and the cart is still full
  ${pc.bold('playground/src/carts/carts.ts')}            state: see releases/3 for a migration
  ${pc.bold('playground/src/market/ticker.ts')}          a timer: it is swapped, not doubled
  ${pc.bold('playground/page/src/format/money.ts')}      the page: it shows the new text within two seconds, and the dialog stays open
`);
}
