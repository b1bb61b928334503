/** Child process: makes instances, goes to the latest release, touches each instance twice, and tells what that took. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { file, store: original, instances: count } = JSON.parse(process.argv[2]);
// A process remembers in its store what it confirmed: each one has a store of its own.
const folder = mkdtempSync(join(tmpdir(), 'relup-bench-store-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const store = join(folder, 'store');
cpSync(original, store, { recursive: true });

const { answer, follow, make } = await import(pathToFileURL(file).href);
const instances = make(count);
const expected = Array.from({ length: count }, (_, id) => 100 + id % 2).reduce((sum, price) => sum + price, 0);

/** Call a method of each; microseconds a call. */
function touch(what) {
  const start = performance.now();
  let sum = 0;
  for (const instance of instances) sum += instance.price();
  const micros = (performance.now() - start) * 1000 / count;
  if (sum !== expected) throw new Error(`${what}: ${sum} instead of ${expected}.`);
  return micros;
}

for (let warm = 0; warm < 3; warm++) touch('Before');
const beforeUs = touch('Before');
globalThis.gc();
const { pauseMs } = await new Promise((resolve, reject) => {
  follow({
    store, log: false, control: false, signal: false,
    onEvent({ type, result, error }) {
      if (type === 'committed') resolve(result);
      if (type === 'refused' || type === 'problem') reject(new Error(JSON.stringify(result?.refusals ?? String(error)).slice(0, 600)));
    },
  }).catch(reject);
});
if (answer() !== 2) throw new Error('The old release answers.');
const firstUs = touch('The first touch');
if (Object.hasOwn(instances[0], 'cents') !== true || !instances.every(instance => instance.cents === 100)) throw new Error('Not all were migrated.');
for (let warm = 0; warm < 3; warm++) touch('Later');
console.log(JSON.stringify({ pauseMs, beforeUs, firstUs, laterUs: touch('Later') }));
process.exit(0);
