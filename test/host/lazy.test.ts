/** Modules that are imported when they are needed: before and after upgrades, and with the chunks of the old build gone. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Application, type Deployment, type Release } from './server.js';

let application: Application;
let second: Release;
let third: Release;
let elsewhere: Release;
let waiting: Release;

beforeAll(async () => {
  application = new Application({
    'src/app.js': `
      import { price } from './price.js';
      import { open as pass } from './gate.js';
      let held;
      const open = async () => {
        const report = await import('./report.js');
        held ??= report;
        return [report.title(), report.default, report === held, report[Symbol.toStringTag]];
      };
      export const answer = (path) => (path === '/report' ? open() : path === '/resume' ? pass().then(() => null) : path === '/held' ? [held.title(), held.default] : price());`,
    'src/price.js': `export const price = () => 'one';`,
    'src/report.js': `import { rows } from './rows.js'; export const title = () => 'report one of ' + rows(); export default 1;`,
    'src/gate.js': `
      let pass, arrive, arrival;
      const close = () => { arrival = new Promise((arrived) => { arrive = arrived; }); };
      close();
      export const gate = () => new Promise((open) => { pass = open; arrive(); });
      export const open = async () => { await arrival; close(); pass(); };`,
    'src/rows.js': `export const rows = () => 10;`,
  });
  await application.build();
  second = await application.build({ 'src/report.js': `import { rows } from './rows.js'; import { unit } from './unit.js'; export const title = () => 'report two of ' + rows() + unit; export default 2;`, 'src/unit.js': `export const unit = ' lines';` });
  third = await application.build({ 'src/report.js': `import { rows } from './rows.js'; export const title = () => 'report three of ' + rows(); export default 3;` });
  waiting = await application.build({
    'src/price.js': `import { gate } from './gate.js'; await gate(); export const price = () => 'four';`,
    'src/report.js': `import { rows } from './rows.js'; export const title = () => 'report four of ' + rows(); export default 4;`,
  });
  elsewhere = await application.build({ 'src/price.js': `export const price = () => 'two';` });
});
afterAll(() => application.close());

/** What a deployment that replaces the whole build does to the files of the one that runs. */
function removeChunks({ folder }: Deployment): void {
  const chunks = readdirSync(folder).filter((file) => file.endsWith('.js'));
  expect(chunks.length).toBeGreaterThan(1);
  for (const chunk of chunks) rmSync(join(folder, chunk));
}

test('a chunk serves as long as the release that it belongs to', async () => {
  const server = await application.deploy().start();
  expect(await server.ask('/report')).toEqual(['report one of 10', 1, true, 'Module']);
});

test('a module that was never loaded comes from the new release, with what only it needs, though the old chunks are gone', async () => {
  const deployment = application.deploy();
  const server = await deployment.start();
  deployment.publish(second);
  await server.event('committed');
  removeChunks(deployment);
  expect(await server.ask('/report')).toEqual(['report two of 10 lines', 2, true, 'Module']);
  deployment.publish(third);
  await server.event('committed', third);
  expect(await server.ask('/held')).toEqual(['report three of 10', 3]);
});

test('an unchanged module that was never loaded is there after an upgrade of others, though the old chunks are gone', async () => {
  const deployment = application.deploy();
  const server = await deployment.start();
  deployment.publish(elsewhere);
  await server.event('committed');
  removeChunks(deployment);
  expect(await server.ask()).toBe('two');
  expect(await server.ask('/report')).toEqual(['report one of 10', 1, true, 'Module']);
});

test('a module that was loaded keeps its namespace object, which shows the new release', async () => {
  const deployment = application.deploy();
  const server = await deployment.start();
  await server.ask('/report');
  deployment.publish(second);
  await server.event('committed');
  removeChunks(deployment);
  expect(await server.ask('/held')).toEqual(['report two of 10 lines', 2]);
  expect(await server.ask('/report')).toEqual(['report two of 10 lines', 2, true, 'Module']);
});

test('a module that running code loads while an upgrade is prepared is of the new release after the commit', async () => {
  const deployment = application.deploy();
  const server = await deployment.start();
  deployment.publish(waiting);
  await server.event('preparing');
  expect(await server.ask('/report')).toEqual(['report one of 10', 1, true, 'Module']);
  await server.ask('/resume');
  // What was prepared lacks it, so it is prepared once more.
  await server.event('preparing');
  await server.ask('/resume');
  await server.event('committed');
  expect(await server.ask('/held')).toEqual(['report four of 10', 4]);
});

test('after a rollback it is the old one again, loaded before or not', async () => {
  for (const before of [true, false]) {
    const deployment = application.deploy();
    const server = await deployment.start({ follow: { probation: { ms: 0 } } });
    deployment.publish(second);
    await server.event('committed');
    if (before) expect(await server.ask('/report')).toEqual(['report two of 10 lines', 2, true, 'Module']);
    await deployment.ctl('rollback');
    removeChunks(deployment);
    expect((await server.ask<unknown[]>('/report')).slice(0, 2)).toEqual(['report one of 10', 1]);
    await server.stop();
  }
});

test.failing('after a rollback a namespace that was first loaded on probation shows the old release', async () => {
  const deployment = application.deploy();
  const server = await deployment.start({ follow: { probation: { ms: 0 } } });
  deployment.publish(second);
  await server.event('committed');
  await server.ask('/report');
  await deployment.ctl('rollback');
  expect(await server.ask('/held')).toEqual(['report one of 10', 1]);
});
