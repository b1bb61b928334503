/** What makes a process look at its store, and what it says about each upgrade. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Application, serveStore, type Release } from './server.js';

let application: Application;
let second: Release;
let third: Release;

const price = (text: string): Record<string, string> => ({ 'src/price.js': `export const price = () => ${JSON.stringify(text)};` });

beforeAll(async () => {
  application = new Application({ 'src/app.js': `import { price } from './price.js'; export const answer = () => price();`, ...price('one') });
  await application.build();
  second = await application.build(price('two'));
  third = await application.build(price('three'));
});
afterAll(() => application.close());

describe('a directory', () => {
  test('is watched: a new pointer is upgraded to, and nothing restarts', async () => {
    const deployment = application.deploy();
    const server = await deployment.start();
    expect(await server.ask()).toBe('one');
    deployment.publish(second);
    const result = await server.outcome('committed');
    expect(await server.ask()).toBe('two');
    expect(result).toMatchObject({ outcome: 'committed', from: application.first.name, to: second.name, refusals: [], plan: { way: 'inPlace', modules: { 'src/price.js': 'changed' } } });
    expect(result.pauseMs).toBeGreaterThan(0);
    await server.event('confirmed', second);
    deployment.publish(third);
    await server.event('confirmed', third);
    expect(await server.ask()).toBe('three');
  });

  test('every upgrade is one line of the log: from, to, modules, pause, outcome', async () => {
    const deployment = application.deploy();
    const server = await deployment.start();
    deployment.publish(third);
    await server.event('confirmed');
    expect(server.logged[0]).toBe(`[relup] ${third.name.slice(0, 8)} preparing`);
    expect(server.logged[1]).toMatch(new RegExp(`^\\[relup\\] ${application.first.name.slice(0, 8)} -> ${third.name.slice(0, 8)} committed, 1 of 4 modules, pause \\d+\\.\\d\\d ms \\(\\d+\\.\\d\\d ms migrations\\)$`));
    expect(server.logged[2]).toBe(`[relup] ${third.name.slice(0, 8)} confirmed, permanent`);
  });

  test('"log: false" is quiet, events still come', async () => {
    const deployment = application.deploy();
    const server = await deployment.start({ follow: { log: false } });
    deployment.publish(second);
    await server.event('confirmed', second);
    expect(server.logged).toEqual([]);
  });

  test('a process that starts behind its store catches up', async () => {
    const deployment = application.deploy();
    deployment.publish(third);
    const server = await deployment.start();
    expect(await server.outcome('committed')).toMatchObject({ from: application.first.name, to: third.name });
    expect(await server.ask()).toBe('three');
  });
});

describe('a URL', () => {
  test('is polled', async () => {
    const deployment = application.deploy();
    const served = await serveStore(deployment.store);
    try {
      const server = await deployment.start({ follow: { store: served.url, pollMs: 20 } });
      expect(await server.ask()).toBe('one');
      deployment.publish(second);
      expect(await server.outcome('committed')).toMatchObject({ to: second.name });
      expect(await server.ask()).toBe('two');
    } finally {
      await served.close();
    }
  });

  test('a signal asks at once', async () => {
    const deployment = application.deploy();
    const served = await serveStore(deployment.store);
    try {
      const server = await deployment.start({ follow: { store: served.url } });
      await served.looked;
      deployment.publish(second);
      server.child.kill('SIGUSR2');
      expect(await server.outcome('committed')).toMatchObject({ to: second.name });
      expect(await server.ask()).toBe('two');
    } finally {
      await served.close();
    }
  });

  test('that fails is a problem with its code, and asked again', async () => {
    const deployment = application.deploy();
    const served = await serveStore(deployment.store);
    try {
      const server = await deployment.start({ follow: { store: served.url, pollMs: 20 } });
      served.fail = () => true;
      deployment.publish(second);
      expect(await server.problem()).toMatchObject({ code: 'STORE_READ', place: 'latest.json', hint: expect.stringContaining('Nothing was changed') });
      expect(await server.ask()).toBe('one');
      served.fail = () => false;
      await server.event('committed', second);
      expect(await server.ask()).toBe('two');
    } finally {
      await served.close();
    }
  });
});

describe('relup ctl', () => {
  test('upgrades, tells, confirms and rolls back', async () => {
    const deployment = application.deploy();
    const server = await deployment.start({ follow: { probation: { ms: 0 } } });
    expect((await deployment.ctl('status')).answer).toEqual({ ok: true, result: { release: application.first.name, number: 1, state: 'permanent', modules: 4, canRollBack: false, rejected: [] } });

    const upgraded = await deployment.ctl('upgrade', second.name);
    expect(upgraded).toMatchObject({ code: 0, answer: { ok: true, result: { outcome: 'committed', from: application.first.name, to: second.name } } });
    expect(await server.ask()).toBe('two');
    expect((await deployment.ctl('status')).answer.result).toMatchObject({ release: second.name, number: 2, state: 'current', canRollBack: true });

    expect((await deployment.ctl('confirm')).answer.result).toEqual({ confirmed: true });
    expect((await deployment.ctl('confirm')).answer.result).toEqual({ confirmed: false });
    expect((await deployment.ctl('status')).answer.result).toMatchObject({ state: 'permanent', canRollBack: false });

    expect(await deployment.ctl('rollback')).toMatchObject({ code: 0, answer: { result: { to: application.first.name } } });
    expect(await server.ask()).toBe('one');
    expect((await deployment.ctl('status')).answer.result).toMatchObject({ release: application.first.name, rejected: [second.name] });
  });

  test('"upgrade" without a name takes the latest', async () => {
    const deployment = application.deploy();
    const served = await serveStore(deployment.store);
    try {
      const server = await deployment.start({ follow: { store: served.url, control: `${deployment.store}/control.sock` } });
      await served.looked;
      deployment.publish(third);
      expect(await deployment.ctl('upgrade')).toMatchObject({ code: 0, answer: { result: { outcome: 'committed', to: third.name } } });
      expect(await server.ask()).toBe('three');
    } finally {
      await served.close();
    }
  });

  test('"versions" lists every module with the stamp that runs', async () => {
    const deployment = application.deploy();
    const server = await deployment.start();
    await deployment.ctl('upgrade', second.name);
    const { modules } = (await deployment.ctl('versions')).answer.result as { modules: { id: string; stamp: string; evaluated: boolean }[] };
    expect(Object.fromEntries(modules.map(({ id, stamp }) => [id, stamp]))).toEqual(Object.fromEntries(Object.entries(second.manifest.modules).map(([id, { stamp }]) => [id, stamp])));
    expect(modules.every(({ evaluated }) => evaluated)).toBe(true);
    expect(await server.ask()).toBe('two');
  });

  test('an unknown release and an unknown command are errors with their codes', async () => {
    const deployment = application.deploy();
    const server = await deployment.start();
    expect(await deployment.ctl('upgrade', 'feedfeedfeedfeed')).toMatchObject({ code: 2, answer: { ok: false, error: { code: 'RELEASE_UNKNOWN', message: expect.stringContaining('Nothing was changed') } } });
    expect(await server.ask()).toBe('one');
  });
});
