/** Writes the program of the second figure of memory: a module in which everything is in use that an upgrade has to carry over. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** `src/shop.js` has `const revision = 1`; another number there is another release. */
export function writeMemoryShop(dir, { entry = '' } = {}) {
  mkdirSync(join(dir, 'src'), { recursive: true });
  const ballast = Array.from({ length: 40 }, (_, index) => `export function part${index}(value) {\n  const text = 'part ${index} of ' + value;\n  return text.length * revision + ${index};\n}`);
  writeFileSync(join(dir, 'src', 'shop.js'), `import { effect, onRetire, state } from 'relup';
const revision = 1;
const counts = state({ ticks: 0, retired: 0 });
export class Base {
  constructor(id) { this.id = id; }
  code() { return revision; }
}
export class Item extends Base {
  name = 'item';
  label() { return this.name + ' ' + this.id + ', ' + this.code(); }
}
export function answer() { return revision; }
export async function later() { await null; return revision; }
export function seen() { return { ...counts }; }
effect(() => {
  const timer = setInterval(() => { counts.ticks += revision > 0 ? 1 : 0; }, 1);
  return () => clearInterval(timer);
});
onRetire(() => { counts.retired++; });
${ballast.join('\n')}
`);
  writeFileSync(join(dir, 'src', 'main.js'), `import { job } from 'relup';
import { versions } from 'relup/runtime';
import { Item, answer, later, seen } from './shop.js';
export { versions };
export function look() { return { revision: answer(), ...seen() }; }

/** What a program holds on to: a function, a method's owner, and something subscribed. */
export function save() { return { call: answer, wait: later, items: Array.from({ length: 100 }, (_, id) => new Item(id)), make: Item }; }

/** A pinned job: it lives until \`end()\`, and tells at its end which release it saw. */
export function begin() {
  let end;
  const gate = new Promise((resolve) => { end = resolve; });
  const ended = job(async () => {
    const before = answer();
    await gate;
    return [before, await later(), new Item(1).code()];
  }, { mode: 'pinned', name: 'order' });
  return { end: () => { end(); return ended; } };
}
${entry}`);
  return join(dir, 'src', 'main.js');
}
