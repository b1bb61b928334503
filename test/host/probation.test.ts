/** Probation and what outlives a process: which release is permanent, which were given up. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Application, type Files, type Release } from './server.js';

const price = (value: string, more = ''): Files => ({ 'src/price.js': `${more}\nexport const price = () => '${value}';\nexport const crash = () => { throw new Error('crash of ${value}'); };` });

let application: Application;
let second: Release;
let third: Release;
let sick: Release;
let throwing: Release;
let rejecting: Release;
const watched = { follow: { probation: { ms: 0 } } };

beforeAll(async () => {
  application = new Application({
    'src/app.js': `
      import { crash, price } from './price.js';
      import { stumble } from './old.js';
      export const answer = (path) => {
        if (path === '/crash') setImmediate(() => crash());
        if (path === '/stumble') setImmediate(() => stumble());
        return price();
      };`,
    'src/old.js': `export const stumble = () => { throw new Error('stumble of old code'); };`,
    ...price('one'),
  }, { sourcemap: true });
  await application.build();
  second = await application.build(price('two'));
  sick = await application.build({ ...price('sick'), 'src/health.js': 'export const healthy = () => false;' });
  throwing = await application.build({ ...price('throwing'), 'src/health.js': `export const healthy = () => { throw new Error('no pulse'); };` });
  rejecting = await application.build(price('rejecting', `import { onUpgrade } from 'relup';\nonUpgrade(async () => { throw new Error('too late'); });`));
  third = await application.build(price('three'));
});
afterAll(() => application.close());

describe('probation', () => {
  test('ends by itself after its time: the release is permanent', async () => {
    const deployment = application.deploy();
    const server = await deployment.start({ follow: { probation: { ms: 50 } } });
    deployment.publish(second);
    await server.event('confirmed', second);
    expect(await server.ask()).toBe('two');
    expect(deployment.remembered()).toMatchObject({ permanent: second.name, unconfirmed: null, rejected: [] });
  });

  test.each([
    ['a health function that says no', () => sick, 'health function said no'],
    ['a health function that throws', () => throwing, 'no pulse'],
    ['an onUpgrade hook that rejects', () => rejecting, 'too late'],
  ])('%s brings the old release back; only a newer one is tried', async (_, release, reason) => {
    const deployment = application.deploy();
    const server = await deployment.start({ follow: { probation: { ms: 0, everyMs: 60_000 } } });
    deployment.publish(release());
    const result = await server.outcome('rolledBack');
    expect(result).toMatchObject({ from: release().name, to: application.first.name, refusals: [{ code: 'PROBATION', reason: expect.stringContaining(reason), hint: expect.stringMatching(/\S/) }] });
    expect(await server.ask()).toBe('one');
    expect(await server.check()).toBe('nothing new');
    expect((await deployment.ctl('status')).answer.result).toMatchObject({ release: application.first.name, rejected: [release().name] });
    deployment.publish(third);
    await server.event('committed', third);
    expect(await server.ask()).toBe('three');
  });

  test('an error of new code brings the old release back, and the application still sees the error', async () => {
    const deployment = application.deploy();
    const server = await deployment.start({ ...watched, survive: true });
    deployment.publish(second);
    await server.event('committed');
    await server.ask('/crash');
    expect(await server.event('error')).toMatchObject({ attributedTo: 'new', error: { message: 'crash of two' } });
    expect(await server.next('survived', ({ survived }) => survived !== undefined)).toEqual({ survived: 'crash of two' });
    expect(await server.outcome('rolledBack')).toMatchObject({ refusals: [{ code: 'PROBATION', reason: expect.stringContaining('crash of two') }] });
    expect(await server.ask()).toBe('one');
  });

  test('the same with --enable-source-maps, where frames name sources instead of artifacts', async () => {
    const deployment = application.deploy();
    const server = await deployment.start({ ...watched, survive: true, flags: ['--enable-source-maps'] });
    deployment.publish(second);
    await server.event('committed');
    await server.ask('/crash');
    expect(await server.event('error')).toMatchObject({ attributedTo: 'new' });
    expect(await server.outcome('rolledBack')).toMatchObject({ refusals: [{ code: 'PROBATION' }] });
  });

  test('forgives as many errors as its budget has', async () => {
    const deployment = application.deploy();
    const server = await deployment.start({ follow: { probation: { ms: 0, errors: 1 } }, survive: true });
    deployment.publish(second);
    await server.event('committed');
    await server.ask('/crash');
    await server.event('error');
    expect(await server.ask()).toBe('two');
    expect((await deployment.ctl('status')).answer.result).toMatchObject({ release: second.name });
    await server.ask('/crash');
    await server.event('rolledBack');
    expect(await server.ask()).toBe('one');
  });

  test('does not count errors of old code: they are reported apart', async () => {
    const deployment = application.deploy();
    const server = await deployment.start({ ...watched, survive: true });
    deployment.publish(second);
    await server.event('committed');
    await server.ask('/stumble');
    expect(await server.event('error')).toMatchObject({ attributedTo: 'old', error: { message: 'stumble of old code' } });
    expect((await deployment.ctl('confirm')).answer.result).toEqual({ confirmed: true });
    expect(await server.ask()).toBe('two');
    expect(server.all('rolledBack')).toEqual([]);
  });

  test('a newer release waits until it has ended', async () => {
    const deployment = application.deploy();
    const server = await deployment.start(watched);
    deployment.publish(second);
    await server.event('committed', second);
    deployment.publish(third);
    expect(await server.refusal()).toMatchObject({ code: 'BUSY', reason: expect.stringContaining('probation') });
    expect(await server.ask()).toBe('two');
    await deployment.ctl('confirm');
    await server.event('committed', third);
    expect(await server.ask()).toBe('three');
  });
});

describe('a restart', () => {
  test('after a crash on probation serves the permanent release, and the one that crashed is not tried again', async () => {
    const deployment = application.deploy();
    const server = await deployment.start(watched);
    deployment.publish(second);
    await server.event('committed');
    await server.ask('/crash');
    expect(await server.exited).toBe(1);
    expect(server.stderr).toContain('crash of two');

    const again = await deployment.start(watched);
    expect(await again.check()).toBe('nothing new');
    expect(await again.ask()).toBe('one');
    expect((await deployment.ctl('status')).answer.result).toMatchObject({ release: application.first.name, state: 'permanent', rejected: [second.name] });
    deployment.publish(third);
    await again.event('committed', third);
    expect(await again.ask()).toBe('three');
  });

  test('before the confirmation goes back to the permanent release, even if it boots the new files', async () => {
    const deployment = application.deploy();
    const server = await deployment.start(watched);
    deployment.publish(second);
    await server.event('committed');
    expect(deployment.remembered()).toMatchObject({ permanent: application.first.name, unconfirmed: second.name });
    await server.stop();

    deployment.install(second);
    const again = await deployment.start(watched);
    expect(await again.ask()).toBe('one');
    expect(again.all('committed')).toMatchObject([{ release: application.first.name }]);
    expect(await again.check()).toBe('nothing new');
    expect(deployment.remembered()).toMatchObject({ permanent: application.first.name, unconfirmed: null, rejected: [second.name] });
  });

  test('after a rollback does not try that release again', async () => {
    const deployment = application.deploy();
    const server = await deployment.start({ follow: { probation: { ms: 0 } } });
    deployment.publish(sick);
    await server.event('rolledBack');
    await server.stop();

    const again = await deployment.start(watched);
    expect(await again.check()).toBe('nothing new');
    expect(await again.ask()).toBe('one');
    expect(again.all('preparing')).toEqual([]);
    deployment.publish(third);
    await again.event('committed', third);
  });

  test('after a rollback of a confirmed release does not try that release again', async () => {
    const deployment = application.deploy();
    const server = await deployment.start();
    deployment.publish(second);
    await server.event('confirmed', second);
    await deployment.ctl('rollback');
    await server.stop();

    const again = await deployment.start();
    expect(await again.check()).toBe('nothing new');
    expect(await again.ask()).toBe('one');
  });

  test('of old files goes to the permanent release at once, without another probation', async () => {
    const deployment = application.deploy();
    const server = await deployment.start(watched);
    deployment.publish(second);
    await server.event('committed');
    await deployment.ctl('confirm');
    deployment.publish(sick);
    await server.event('rolledBack');
    await server.stop();

    const again = await deployment.start(watched);
    expect(await again.ask()).toBe('two');
    expect(again.all('confirmed')).toMatchObject([{ release: second.name }]);
    expect((await deployment.ctl('status')).answer.result).toMatchObject({ release: second.name, state: 'permanent', rejected: [sick.name] });
  });

  test('of the files of a new release is a deployment like any other: that release is permanent', async () => {
    const deployment = application.deploy();
    await (await deployment.start(watched)).stop();
    deployment.install(third);
    deployment.publish(third);
    const again = await deployment.start(watched);
    expect(await again.ask()).toBe('three');
    expect(again.all('preparing')).toEqual([]);
    expect(deployment.remembered()).toMatchObject({ permanent: third.name, rejected: [] });
  });

  test('with a damaged memory starts without one', async () => {
    const deployment = application.deploy();
    deployment.put('state.json', '{"permanent":"feed');
    const server = await deployment.start(watched);
    expect(await server.ask()).toBe('one');
    expect(deployment.remembered()).toMatchObject({ permanent: application.first.name });
  });
});

test('a release that was given up is taken when it is asked for by name, and is then forgiven', async () => {
  const deployment = application.deploy();
  const server = await deployment.start();
  deployment.publish(second);
  await server.event('confirmed', second);
  await deployment.ctl('rollback');
  expect(await server.check()).toBe('nothing new');
  expect(await deployment.ctl('upgrade', second.name)).toMatchObject({ code: 0, answer: { result: { outcome: 'committed' } } });
  expect(await server.ask()).toBe('two');
  expect((await deployment.ctl('status')).answer.result.rejected).toEqual([]);
  expect(deployment.remembered()).toMatchObject({ permanent: second.name, rejected: [] });
});
