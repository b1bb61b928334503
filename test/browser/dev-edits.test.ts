/**
 * Edits by which Vite alone loads the page again or loses state: a page of the real dev server takes them in place. One page
 * lives through all of them.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launch, page as html, serve, type DevPage, type Server } from './dev-page.js';

let browser: Browser;
let server: Server;
let page: DevPage;

beforeAll(async () => {
  browser = await launch();
  server = await serve({
    files: {
      'index.html': html(...['util', 'cycle', 'store', 'class', 'service', 'barrel', 'broken', 'exports'].map((name) => `/src/${name}/main.js`)),
      // A constant of a util module, used by the entry inside functions.
      'src/util/main.js': `import { RATE } from './util.js';
        let clicks = 0;
        window.util = () => ++clicks + ' x ' + RATE;`,
      'src/util/util.js': `export const RATE = 1;`,
      // An import cycle, in which each reads the other inside functions.
      'src/cycle/main.js': `import { even } from './even.js'; window.even = even;
        window.parity = (n) => even(n);`,
      'src/cycle/even.js': `import { odd } from './odd.js';
        export const even = (n) => n === 0 ? 'even' : odd(n - 1);`,
      'src/cycle/odd.js': `import { even } from './even.js';
        export const odd = (n) => n === 0 ? 'odd' : even(n - 1);`,
      // A store with subscribers.
      'src/store/main.js': `import { add, subscribe } from './store.js';
        window.heard = []; window.add = add;
        subscribe((n) => window.heard.push(n));`,
      'src/store/store.js': `import { state } from 'relup';
        const store = state({ n: 0, listeners: new Set() });
        export const subscribe = (listener) => { store.listeners.add(listener); };
        export function add() { store.n += 1; for (const listener of store.listeners) listener(store.n); return store.n; }`,
      // A class with live instances.
      'src/class/main.js': `import { Shape } from './shape.js';
        window.Shape = Shape; window.make = (size) => new Shape(size);`,
      'src/class/shape.js': `export class Shape {
          label = 'shape'; constructor(size) { this.size = size; }
          area() { return this.size; }
        }`,
      // A service with a running timer.
      'src/service/main.js': `import { ticks } from './service.js'; window.ticks = ticks;`,
      'src/service/service.js': `import { effect, state } from 'relup';
        import { step } from './step.js';
        const counted = state({ n: 0, running: 0, started: 0 });
        effect(() => {
          counted.running++; counted.started++;
          const timer = setInterval(() => { counted.n += step(); }, 20);
          return () => { counted.running--; clearInterval(timer); };
        });
        export const ticks = () => ({ ...counted });`,
      'src/service/step.js': `export const step = () => 1;`,
      // An index file that only exports again.
      'src/barrel/main.js': `import * as all from './index.js'; import { one } from './index.js';
        let calls = 0;
        window.barrel = () => [++calls, one(), Object.keys(all)];`,
      'src/barrel/index.js': `export { one } from './a.js';`,
      'src/barrel/a.js': `export const one = () => 'a';`,
      'src/barrel/b.js': `export const one = () => 'b'; export const two = () => 'two';`,
      // What breaks and is mended.
      'src/broken/main.js': `import { label } from './label.js';
        let calls = 0;
        window.label = () => label(++calls);`,
      'src/broken/label.js': `export const label = (n) => 'one ' + n;`,
      // An export that goes and comes back.
      'src/exports/main.js': `import { price } from './price.js';
        let calls = 0;

        window.price = () => [++calls, price()];`,
      'src/exports/price.js': `export const price = () => 1;`,
    },
  });
  page = await server.open();
}, 60_000);

afterAll(async () => {
  await server?.close();
  await browser?.close();
});

/** The page was not loaded again, and one upgrade has changed just these modules. */
async function becameInOne(...modules: string[]): Promise<void> {
  await page.stays();
  expect(await page.commits()).toEqual([modules]);
}

describe('without a reload and without losing state', () => {
  test('a constant of a util module is new in the functions of the entry', async () => {
    expect(await page.value('util()')).toBe('1 x 1');
    server.edit('src/util/util.js', `export const RATE = 2;`);
    await page.until(`util().split(' ').at(-1)`, '2');
    await becameInOne('src/util/util.js');
    const count = Number(((await page.value('util()')) as string).split(' ')[0]);
    server.edit('src/util/util.js', `export const RATE = 3;`);
    await page.until(`util().split(' ').at(-1)`, '3');
    expect(Number(((await page.value('util()')) as string).split(' ')[0])).toBeGreaterThan(count);
    await becameInOne('src/util/util.js');
  });

  test('a module in an import cycle changes alone, also where it was handed on as a value', async () => {
    expect(await page.value('[parity(3), even(2)]')).toEqual(['odd', 'even']);
    server.edit('src/cycle/odd.js', (text) => text.replace(`'odd'`, `'ODD'`));
    await page.until('[parity(3), even(3)]', ['ODD', 'ODD']);
    await becameInOne('src/cycle/odd.js');
    server.edit('src/cycle/even.js', (text) => text.replace(`'even'`, `'EVEN'`));
    await page.until('[parity(2), even(2), parity(3)]', ['EVEN', 'EVEN', 'ODD']);
    await becameInOne('src/cycle/even.js');
  });

  test('a store keeps its state and its subscribers', async () => {
    expect(await page.value('[add(), add(), heard]')).toEqual([1, 2, [1, 2]]);
    server.edit('src/store/store.js', (text) => text.replace('store.n += 1', 'store.n += 10'));
    await page.until(`window.relupEvents.filter(({ type, modules }) => type === 'committed' && modules.includes('src/store/store.js')).length`, 1);
    expect(await page.value('[add(), heard]')).toEqual([12, [1, 2, 12]]);
    await becameInOne('src/store/store.js');
  });

  test('live instances of a class get new methods, and stay instances of the one class', async () => {
    await page.value('window.shape = make(3), window.before = [Shape, Object.getPrototypeOf(shape)], 0');
    server.edit('src/class/shape.js', (text) => text.replace('return this.size;', 'return this.size ** 2;').replace(/\}\s*$/, `  name() { return 'a ' + this.label; } }`));
    await page.until('typeof shape.name', 'function');
    expect(await page.value('[shape.area(), shape.name(), make(4).area(), shape instanceof Shape, shape.constructor === before[0], Object.getPrototypeOf(shape) === before[1]]')).toEqual([9, 'a shape', 16, true, true, true]);
    await becameInOne('src/class/shape.js');
  });

  test('a running timer is swapped, not doubled', async () => {
    await page.until('ticks().n > 2', true);
    for (let edit = 1; edit <= 3; edit++) {
      server.edit('src/service/service.js', (text) => `${text}\n// ${edit}\nexport const edit${edit} = ${edit};`);
      await page.until('ticks().started', 1 + edit);
    }
    expect(await page.value('ticks().running')).toBe(1);
    await page.stays();
    expect(await page.commits()).toEqual([['src/service/service.js'], ['src/service/service.js'], ['src/service/service.js']]);
    const [ticks, elapsed] = (await page.value(`new Promise((resolve) => { const from = ticks().n; const begun = performance.now(); setTimeout(() => resolve([ticks().n - from, performance.now() - begun]), 500); })`)) as [number, number];
    expect(ticks).toBeGreaterThan(0);
    expect(ticks).toBeLessThanOrEqual(elapsed / 20 + 2);
  });

  test('a module that the timer calls is new at the next tick', async () => {
    const started = await page.value('ticks().started');
    server.edit('src/service/step.js', `export const step = () => 1000;`);
    await page.until('ticks().n > 1000', true);
    expect(await page.value('ticks().started')).toBe(started);
    await becameInOne('src/service/step.js');
  });

  test('an index file gets an export more, and takes one from another file', async () => {
    expect(await page.value('barrel()')).toEqual([1, 'a', ['one']]);
    server.edit('src/barrel/index.js', `export { one } from './a.js'; export { two } from './b.js';`);
    await page.until('barrel()[2]', ['one', 'two']);
    await becameInOne('src/barrel/index.js');
    server.edit('src/barrel/index.js', `export { one, two } from './b.js';`);
    await page.until('barrel()[1]', 'b');
    expect((await page.value('barrel()[0]')) as number).toBeGreaterThan(2);
    // Nothing imports the first file any more.
    await becameInOne('src/barrel/a.js', 'src/barrel/index.js');
  });

  test('a syntax error is shown with its place and frame, and its fix goes on with the state', async () => {
    expect(await page.value('label()')).toBe('one 1');
    server.edit('src/broken/label.js', `export const label = (n) => 'two ' + ;`);
    const shown = await page.overlayShows('label.js');
    expect(shown).toContain(`'two ' + ;`);
    expect(await page.value('label()')).toBe('one 2');
    server.edit('src/broken/label.js', `export const label = (n) => 'two ' + n;`);
    await page.overlayShows(null);
    expect(await page.value('label()')).toBe('two 3');
    await becameInOne('src/broken/label.js');
  });

  test('a syntax error in an entry is shown, and its fix goes on with the state', async () => {
    const count = Number(((await page.value('util()')) as string).split(' ')[0]);
    const text = server.text('src/util/main.js');
    server.edit('src/util/main.js', `${text}\n}`);
    await page.overlayShows('src/util/main.js');
    server.edit('src/util/main.js', text);
    await page.overlayShows(null);
    expect(await page.value('util()')).toBe(`${count + 1} x 3`);
    await page.stays();
    expect(await page.commits()).toEqual([]);
  });

  test('a throw at the top level is shown with its message, and its fix goes on with the state', async () => {
    server.edit('src/broken/label.js', `export const label = (n) => 'three ' + n;\nthrow new Error('not today');`);
    await page.overlayShows('not today');
    expect(await page.value('label()')).toBe('two 4');
    expect((await page.events()).map(({ type }) => type)).toEqual(['preparing', 'refused']);
    server.edit('src/broken/label.js', `export const label = (n) => 'three ' + n;`);
    await page.overlayShows(null);
    expect(await page.value('label()')).toBe('three 5');
    await becameInOne('src/broken/label.js');
  });

  test('an export that goes is refused with code, frame and hint; what comes back goes on', async () => {
    expect(await page.value('price()')).toEqual([1, 1]);
    server.edit('src/exports/price.js', `export const cost = () => 2;`);
    const shown = await page.overlayShows('EXPORT_REMOVED');
    expect(shown).toContain('src/exports/main.js');
    expect(shown).toContain(`import { price } from './price.js'`);
    expect(shown).toMatch(/"price"/);
    expect(server.log).toMatch(/EXPORT_REMOVED[\s\S]*Hint: \S/);
    expect(await page.value('price()')).toEqual([2, 1]);
    server.edit('src/exports/price.js', `export const price = () => 3;`);
    await page.overlayShows(null);
    expect(await page.value('price()')).toEqual([3, 3]);
    await becameInOne('src/exports/price.js');
  });
});
