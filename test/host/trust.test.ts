/** A store that somebody else writes: without the key it can hold a process back, and nothing more. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeSigner, type Signer } from '../../plugin/keys.js';
import { signFile } from '../../plugin/signing.js';
import { Application, serveStore, type Deployment, type Files, type Release, type Server } from './server.js';

const [key, next, stranger] = [makeSigner(), makeSigner(), makeSigner()];
const price = (value: string): Files => ({ 'src/price.js': `export const price = () => '${value}';` });
/** What `relup keys` leaves in a root. */
const keyFiles = (...signers: readonly Signer[]): Files => ({ 'relup.pem': signers.map(({ pem }) => pem).join(''), 'relup.keys': signers.map(({ publicKey }) => `${publicKey}\n`).join('') });

let application: Application;
let second: Release;
let throwing: Release;
let third: Release;
let rotated: Release;
let retired: Release;

beforeAll(async () => {
  application = new Application({ 'src/app.js': `import { price } from './price.js';\nexport const answer = () => price();`, ...price('one'), ...keyFiles(key) }, { relup: { sign: { expires: 30 } } });
  await application.build();
  second = await application.build(price('two'));
  third = await application.build(price('three'));
  throwing = await application.build({ 'src/price.js': `export const price = () => 'bad'; throw new Error('no tariff');` });
  rotated = await application.build({ ...price('rotated'), ...keyFiles(key, next) });
  retired = await application.build({ ...price('retired'), ...keyFiles(next) });
});
afterAll(() => application.close());

const unsigned = (text: string): string => {
  const { signatures: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
  return JSON.stringify(rest);
};
const expired = (text: string): string => signFile('pointer', JSON.stringify({ ...JSON.parse(unsigned(text)) as object, expires: new Date(Date.now() - 1000).toISOString() }), [key]);
const place = (release: Release): string => `releases/${release.name}.json`;

/** A server of release one, which serves it after all, and takes the next release that is as it should be. */
async function withstands(attack: (deployment: Deployment) => void, code: string, at: () => string): Promise<void> {
  const deployment = application.deploy();
  const server = await deployment.start();
  attack(deployment);
  expect(await server.problem()).toMatchObject({ code, place: at(), hint: expect.stringContaining('Nothing was changed') });
  expect(await server.ask()).toBe('one');
  deployment.publish(third);
  await server.event('committed', third);
  expect(await server.ask()).toBe('three');
  await server.stop();
}

const takes = async (server: Server, deployment: Deployment, release: Release, answer: string): Promise<void> => {
  deployment.publish(release);
  await server.event('committed', release);
  expect(await server.ask()).toBe(answer);
};

describe('a signed release', () => {
  test('is taken, from a directory and from a URL', async () => {
    const deployment = application.deploy();
    const store = await serveStore(deployment.store);
    const local = await deployment.start();
    const remote = await deployment.start({ follow: { store: store.url, control: false } });
    deployment.publish(second);
    await local.event('committed', second);
    expect(await remote.check()).toMatchObject({ outcome: 'committed' });
    deployment.put('latest.json', unsigned(third.pointer));
    await expect(remote.check()).resolves.toMatchObject({ message: expect.stringContaining('SIGNATURE: The pointer is not signed.') });
    await Promise.all([local.stop(), remote.stop(), store.close()]);
  });

  test('of Vite is taken, and an unsigned one is not', async () => {
    const other = new Application({ 'src/app.js': `import { price } from './price.js';\nexport const answer = () => price();`, ...price('one'), ...keyFiles(key) }, { bundler: 'vite' });
    await other.build();
    const two = await other.build(price('two'));
    const deployment = other.deploy();
    const server = await deployment.start();
    deployment.put('latest.json', unsigned(two.pointer));
    expect(await server.problem()).toMatchObject({ code: 'SIGNATURE', place: 'latest.json' });
    await takes(server, deployment, two, 'two');
    await server.stop();
    await other.close();
  });
});

describe('a pointer', () => {
  test.each<[string, (text: string) => string, string]>([
    ['that is not signed', unsigned, 'SIGNATURE'],
    ['that was changed', (text) => text.replace(second.name, third.name), 'SIGNATURE'],
    ['whose signature is malformed', (text) => text.replace(/"[\w+/]{86}==/, '"x'), 'SIGNATURE'],
    ['that another key signed', (text) => signFile('pointer', unsigned(text), [stranger]), 'SIGNATURE'],
    ['that is a signed manifest', () => signFile('manifest', unsigned(second.pointer), [key]), 'SIGNATURE'],
    ['that expired', expired, 'POINTER_EXPIRED'],
  ])('%s is refused', (_, change, code) => withstands((deployment) => deployment.put('latest.json', change(second.pointer)), code, () => 'latest.json'));

  test('that is older than the release that runs is refused, also after a restart', async () => {
    const deployment = application.deploy();
    const server = await deployment.start();
    await takes(server, deployment, third, 'three');
    deployment.publish(second);
    expect(await server.problem()).toMatchObject({ code: 'POINTER_OLD', place: 'latest.json', hint: expect.stringContaining('Nothing was changed') });
    expect(await server.ask()).toBe('three');
    await server.stop();
    const again = await deployment.start();
    await again.event('committed', third);
    expect(await again.problem()).toMatchObject({ code: 'POINTER_OLD' });
    await again.stop();
  });

  test('that is older than one whose release was refused is refused, also after a restart', async () => {
    const deployment = application.deploy();
    const server = await deployment.start();
    deployment.publish(throwing);
    expect(await server.refusal()).toMatchObject({ code: 'EVALUATE' });
    expect(deployment.remembered()).toMatchObject({ seen: throwing.manifest.number });
    deployment.publish(second);
    expect(await server.problem()).toMatchObject({ code: 'POINTER_OLD' });
    await server.stop();
    const again = await deployment.start();
    expect(await again.problem()).toMatchObject({ code: 'POINTER_OLD' });
    expect(await again.ask()).toBe('one');
    await again.stop();
  });
});

describe('a manifest', () => {
  test.each<[string, (text: string) => string]>([
    ['that is not signed', unsigned],
    ['that names another artifact', (text) => text.replace(second.manifest.modules['src/price.js']?.stamp ?? '', third.manifest.modules['src/price.js']?.stamp ?? '')],
    ['that another key signed', (text) => signFile('manifest', unsigned(text), [stranger])],
    ['that is a signed pointer', (text) => signFile('pointer', unsigned(text), [key])],
  ])('%s is refused', (_, change) => withstands((deployment) => {
    deployment.put(place(second), change(deployment.read(place(second))));
    deployment.publish(second);
  }, 'SIGNATURE', () => place(second)));

  test('of another release is refused', () => withstands((deployment) => {
    deployment.put(place(second), deployment.read(place(third)));
    deployment.publish(second);
  }, 'MANIFEST', () => place(second)));

  test('that is not signed is nothing to go back to', async () => {
    const deployment = application.deploy();
    const server = await deployment.start();
    await takes(server, deployment, third, 'three');
    await server.event('confirmed', third);
    deployment.put(place(second), unsigned(deployment.read(place(second))));
    expect((await deployment.ctl('rollback')).answer.result).toMatchObject({ outcome: 'committed', to: application.first.name });
    expect(await server.ask()).toBe('one');
    await server.stop();
  });

  test('that boot.json names although its entry is another is not where plans begin', async () => {
    const deployment = application.deploy();
    deployment.put('boot.json', deployment.read('boot.json').replaceAll(application.first.name, second.name));
    await expect(deployment.start()).rejects.toThrow(/NOT_BUILT.*main\.js/s);
  });
});

describe('a rotation', () => {
  test('takes two releases, and no restart', async () => {
    const deployment = application.deploy();
    const server = await deployment.start();
    await takes(server, deployment, rotated, 'rotated');
    await takes(server, deployment, retired, 'retired');
    // What the retired key signs counts no more.
    deployment.put('latest.json', signFile('pointer', JSON.stringify({ ...JSON.parse(unsigned(retired.pointer)) as object, number: 99 }), [key]));
    expect(await server.problem()).toMatchObject({ code: 'SIGNATURE', message: expect.stringContaining(`signed by ${key.id}, known here is ${next.id}`) });
    await server.stop();
    // The next start boots an entry with the new key alone.
    deployment.publish(retired);
    deployment.install(retired);
    const again = await deployment.start();
    expect(await again.check()).toBe('nothing new');
    expect(again.all('problem')).toEqual([]);
    await again.stop();
  });

  test('is refused by what missed the release between, until it is started anew', () => withstands((deployment) => deployment.publish(retired), 'SIGNATURE', () => 'latest.json'));
});
