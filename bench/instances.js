/**
 * What live instances of a changed class cost: the pause of the commit with 1,000 and with 1,000,000 of them, and bringing one to the new
 * layout when it is touched first (`static upgrade`). Must: the pause is the same within noise (25 %; one that
 * looked at each instance would be a thousand times as long).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildWithRollup } from './build.js';
import { followEntry } from './generate.js';
import { createWorkspace, interleave, median, runFresh } from './measure.js';

const rounds = 7;

/** The second release has a field more, a field less, and another text in each method. */
const item = second => `export class Item {
  name = 'item';
  ${second ? 'cents = 100;' : 'euros = 1;'}
${second ? `  static upgrade(instance, { discarded }) { instance.cents = discarded.euros * 100; }\n` : ''}  constructor(id) { this.id = id; }
  price() { return ${second ? 'this.cents' : 'this.euros * 100'} + this.id % 2; }
}
`;

function write(dir, second) {
  mkdirSync(join(dir, 'src'), { recursive: true });
  writeFileSync(join(dir, 'src', 'item.js'), item(second));
  writeFileSync(join(dir, 'src', 'release.js'), `const release = ${second ? 2 : 1};\nexport function current() { return release; }\n`);
  writeFileSync(join(dir, 'src', 'main.js'), `import { Item } from './item.js';
import { current } from './release.js';
export function make(count) { return Array.from({ length: count }, (_, id) => new Item(id)); }
export function answer() { return current(); }
${followEntry}`);
  return join(dir, 'src', 'main.js');
}

export async function run() {
  const dir = createWorkspace('instances');
  const store = join(dir, 'store');
  const build = (second, out) => buildWithRollup({ dir, entry: write(dir, second), out, hot: true, options: { store } });
  const { file } = await build(false, 'first');
  await build(true, 'second');
  const measure = instances => () => runFresh('instances-child.js', { file, store: join(dir, 'store'), instances }, { nodeOptions: ['--expose-gc'] });
  const measured = await interleave({ few: measure(1000), many: measure(1_000_000) }, rounds);
  const of = (name, key) => measured[name].map(result => result[key]);
  const few = median(of('few', 'pauseMs'));
  const many = median(of('many', 'pauseMs'));
  const range = name => `${Math.min(...of(name, 'pauseMs')).toFixed(2)} to ${Math.max(...of(name, 'pauseMs')).toFixed(2)} ms`;
  return [
    { case: 'pause of a commit beside 1,000,000 live instances, against 1,000', value: many / few, unit: 'x', need: ['<', 1.25], note: `${many.toFixed(2)} ms (${range('many')}) against ${few.toFixed(2)} ms (${range('few')})` },
    { case: 'first touch of an instance, 1,000,000 of them', value: median(of('many', 'firstUs')), unit: 'us', need: null, note: `the hook included (a peer: 1.9 us); a later touch ${(1000 * median(of('many', 'laterUs'))).toFixed(0)} ns, before the upgrade ${(1000 * median(of('many', 'beforeUs'))).toFixed(0)} ns; all of them ${Math.round(median(of('many', 'firstUs')) * 1000)} ms when touched at once` },
    { case: 'first touch of an instance, 1,000 of them', value: median(of('few', 'firstUs')), unit: 'us', need: null, note: 'code that was not compiled yet' },
  ];
}
