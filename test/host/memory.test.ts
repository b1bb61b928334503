/** Replaced versions can be collected: many upgrades of a large module leave the heap as it was. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Application, type Release } from './server.js';

const rounds = 200;
/** About 100 KB of functions that differ from release to release. */
const large = (value: number): string =>
  `import { effect, onRetire } from 'relup';
import { retired } from './retired.js';
export const price = () => ${value};
const self = { ballast: new Array(1000).fill(${value}) };
effect(() => { retired.add(self); return () => {}; });
export const rates = [
${Array.from({ length: 1000 }, (_, index) => `  function rate${index}(a, b) { const sum = a * ${value} + b * ${index}; return sum > 0 ? sum : -sum + self.ballast.length; },`).join('\n')}
];`;

let application: Application;
const releases: Release[] = [];

beforeAll(async () => {
  application = new Application({
    'src/app.js': `
      import { price } from './price.js';
      import { alive } from './retired.js';
      const heap = async () => {
        // Weak references are let go of at the end of a job.
        for (let round = 0; round < 4; round++) {
          await new Promise((done) => setImmediate(done));
          globalThis.gc();
        }
        return { heap: process.memoryUsage().heapUsed, alive: alive() };
      };
      export const answer = (path) => (path === '/heap' ? heap() : price());`,
    'src/retired.js': `
      const references = [];
      export const retired = { add(object) { references.push(new WeakRef(object)); } };
      export const alive = () => references.filter((reference) => reference.deref()).length;`,
    'src/price.js': large(0),
  });
  for (let value = 0; value <= 2; value++) releases.push(await application.build({ 'src/price.js': large(value) }));
});
afterAll(() => application.close());

test(`${rounds} upgrades of a module of 100 KB: less than 2 MB, and old versions are collected`, async () => {
  const deployment = application.deploy();
  const server = await deployment.start({ flags: ['--expose-gc'], follow: { log: false } });
  const [, one, two] = releases as [Release, Release, Release];
  expect(one.manifest.modules['src/price.js']?.size).toBeGreaterThan(100_000);
  // The same two releases in turn, under numbers that go up.
  let number = 10;
  const upgrade = async (release: Release): Promise<void> => {
    number++;
    deployment.put(`releases/${release.name}.json`, JSON.stringify({ ...release.manifest, number }));
    deployment.put('latest.json', JSON.stringify({ ...JSON.parse(release.pointer), number }));
    await server.event('confirmed', release);
  };
  for (const release of [one, two, one, two]) await upgrade(release);
  const before = await server.ask<{ heap: number; alive: number }>('/heap');
  for (let round = 0; round < rounds; round += 2) {
    await upgrade(one);
    await upgrade(two);
  }
  expect(await server.ask()).toBe(2);
  const after = await server.ask<{ heap: number; alive: number }>('/heap');
  expect(server.all('confirmed')).toHaveLength(rounds + 4);
  expect(after.alive).toBe(1);
  expect(after.heap - before.heap).toBeLessThan(2_000_000);
});
