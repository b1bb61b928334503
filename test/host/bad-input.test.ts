/** Bad input: each is a refusal or an error with its code, place and hint, and the old release goes on serving. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { nameRelease } from '../../plugin/manifest.js';
import type { ModuleEntry } from '../../runtime/protocol.js';
import { Application, type Deployment, type Files, type Release, type Server } from './server.js';

const price = (text: string): Files => ({ 'src/price.js': text });
const good = (value: string): Files => price(`export const price = () => '${value}';`);

let application: Application;
let second: Release;
let third: Release;
const bad: Record<string, Release> = {};

beforeAll(async () => {
  application = new Application({
    'src/app.js': `
      import { price } from './price.js';
      import { open, wentOn } from './gate.js';
      const resume = async () => {
        open();
        await new Promise((done) => setImmediate(done));
        return wentOn;
      };
      export const answer = (path) => (path === '/resume' ? resume() : price());`,
    'src/gate.js': `
      export let open;
      export let wentOn = false;
      export const gate = () => new Promise((pass) => { open = pass; });
      export const goOn = () => { wentOn = true; };`,
    ...good('one'),
  });
  await application.build();
  second = await application.build(good('two'));
  third = await application.build(good('three'));
  const bodies: Record<string, string> = {
    throws: `export const price = () => 'bad'; throw new Error('no tariff');`,
    rejects: `export const price = () => 'bad'; await Promise.reject(new Error('no tariff'));`,
    hangs: `export const price = () => 'bad'; await new Promise(() => {});`,
    loops: `export const price = () => 'bad'; for (;;);`,
    resumes: `import { gate, goOn } from './gate.js'; await gate(); goOn(); export const price = () => 'bad';`,
    loopsLater: `await null; export const price = () => 'bad'; for (;;);`,
  };
  for (const [name, body] of Object.entries(bodies)) bad[name] = await application.build(price(body));
});
afterAll(() => application.close());

/** A server of release one, and after the test's work the proof that it still serves. */
async function withServer(work: (server: Server, deployment: Deployment) => Promise<void>, follow: object = {}): Promise<void> {
  const deployment = application.deploy();
  const server = await deployment.start({ follow });
  await work(server, deployment);
  expect(await server.ask()).toBe('one');
  await server.stop();
}

/** The same after which the next good release is published and must be taken. */
async function survives(work: (server: Server, deployment: Deployment) => Promise<void>, follow: object = {}): Promise<void> {
  const deployment = application.deploy();
  const server = await deployment.start({ follow });
  await work(server, deployment);
  expect(await server.ask()).toBe('one');
  deployment.publish(third);
  await server.event('committed', third);
  expect(await server.ask()).toBe('three');
  await server.stop();
}

describe('a manifest', () => {
  const damaged = (change: (manifest: Record<string, unknown>) => void): string => {
    const manifest = JSON.parse(JSON.stringify(second.manifest)) as Record<string, unknown>;
    change(manifest);
    return JSON.stringify(manifest);
  };
  const place = (): string => `releases/${second.name}.json`;
  const publishes = (text: () => string, problem: object) => () => survives(async (server, deployment) => {
    deployment.put(place(), text());
    deployment.publish(second);
    expect(await server.problem()).toEqual({ place: place(), hint: expect.stringMatching(/\S/), message: expect.stringContaining('Hint: '), ...problem });
  });

  test('that is cut short', publishes(() => JSON.stringify(second.manifest).slice(0, 200), { code: 'MANIFEST' }));
  test('of another application', publishes(() => damaged((manifest) => { manifest['app'] = 'other:node'; }), { code: 'APP_MISMATCH' }));
  test('of a format to come', publishes(() => damaged((manifest) => { manifest['format'] = 2; }), { code: 'FORMAT_UNKNOWN' }));
  test('that lacks a field', publishes(() => damaged((manifest) => { delete manifest['modules']; }), { code: 'MANIFEST' }));
  test('that is missing', () => survives(async (server, deployment) => {
    rmSync(join(deployment.store, place()));
    deployment.publish(second);
    expect(await server.problem()).toMatchObject({ code: 'RELEASE_UNKNOWN', place: place(), hint: expect.stringContaining('Nothing was changed') });
  }));
  test('that is another release than the pointer says', () => survives(async (server, deployment) => {
    deployment.put(place(), JSON.stringify(bad['throws']?.manifest));
    deployment.publish(second);
    expect(await server.problem()).toMatchObject({ code: 'MANIFEST', place: place() });
  }));
});

describe('a pointer', () => {
  test.each([
    ['that is cut short', (text: string) => text.slice(0, 20), 'MANIFEST'],
    ['that is empty', () => '', 'MANIFEST'],
    ['of another application', (text: string) => JSON.stringify({ ...JSON.parse(text), app: 'other:node' }), 'APP_MISMATCH'],
    ['of a format to come', (text: string) => JSON.stringify({ ...JSON.parse(text), format: 2 }), 'FORMAT_UNKNOWN'],
  ])('%s', (_, change, code) => survives(async (server, deployment) => {
    deployment.put('latest.json', change(second.pointer));
    expect(await server.problem()).toMatchObject({ code, place: 'latest.json', hint: expect.stringMatching(/\S/) });
  }));
  test('that went away is no error: there is nothing new', () => withServer(async (server, deployment) => {
    rmSync(join(deployment.store, 'latest.json'));
    expect(await server.check()).toBe('nothing new');
  }));
});

describe('an artifact', () => {
  const artifact = (): string => `modules/${second.manifest.modules['src/price.js']?.stamp}.js`;

  test('that is missing refuses the release', () => survives(async (server, deployment) => {
    rmSync(join(deployment.store, artifact()));
    deployment.publish(second);
    expect(await server.refusal()).toEqual({ code: 'ARTIFACT_MISSING', place: artifact(), reason: expect.stringContaining('src/price.js'), hint: expect.stringContaining('Nothing was changed') });
  }));
  test('whose content does not match its stamp is never run', () => survives(async (server, deployment) => {
    deployment.put(artifact(), `${deployment.read(artifact())}\nprocess.exit(1);`);
    deployment.publish(second);
    expect(await server.refusal()).toEqual({ code: 'ARTIFACT_STAMP', place: artifact(), reason: expect.stringContaining('src/price.js'), hint: expect.stringContaining('Nothing was changed') });
  }));
  test('that is cut short is never run', () => survives(async (server, deployment) => {
    deployment.put(artifact(), deployment.read(artifact()).slice(0, 30));
    deployment.publish(second);
    expect(await server.refusal()).toMatchObject({ code: 'ARTIFACT_STAMP', place: artifact() });
  }));
});

describe('new code', () => {
  test.each([
    ['that throws at top level', 'throws', { code: 'EVALUATE', place: 'src/price.js', reason: expect.stringContaining('no tariff') }],
    ['whose top-level await rejects', 'rejects', { code: 'EVALUATE', place: 'src/price.js', reason: expect.stringContaining('no tariff') }],
    ['whose top-level await never ends', 'hangs', { code: 'EVALUATE_TIMEOUT', place: 'src/price.js', reason: expect.stringContaining('100 ms') }],
    ['that loops for ever', 'loops', { code: 'EVALUATE_TIMEOUT', place: 'src/price.js', reason: expect.stringContaining('100 ms') }],
    ['that loops for ever after a top-level await', 'loopsLater', { code: 'EVALUATE_TIMEOUT', place: 'src/price.js', reason: expect.stringContaining('100 ms') }],
  ])('%s is refused', (_, name, expected) => withServer(async (server, deployment) => {
    deployment.publish(bad[name] as Release); // built before all
    expect(await server.refusal()).toEqual({ hint: expect.stringContaining('Nothing was changed'), ...expected });
    expect(await server.check()).toBe('nothing new');
    expect(await server.ask()).toBe('one');
  }, { evaluateLimitMs: 100 }));

  test('that was given up by the time limit does not go on when what it waited for comes', () => withServer(async (server, deployment) => {
    deployment.publish(bad['resumes'] as Release);
    expect(await server.refusal()).toMatchObject({ code: 'EVALUATE_TIMEOUT' });
    expect(await server.ask('/resume')).toBe(false);
  }, { evaluateLimitMs: 100 }));
  test('that lost an export which others import is refused by the build', async () => {
    const message = await application.tryBuild(price(`export const cost = () => 'bad';`));
    expect(message).toMatch(/MISSING_EXPORT: .*"price"/);
  });
  test('that lost an export which unchanged code imports is refused by the plan, if the build was not asked', () => withServer(async (server, deployment) => {
    const { release: _, number, ...facts } = second.manifest;
    const entry = { ...(facts.modules['src/price.js'] as ModuleEntry), exports: ['cost'] };
    const manifest = { ...nameRelease({ ...facts, modules: { ...facts.modules, 'src/price.js': entry } }), number };
    deployment.put(`releases/${manifest.release}.json`, JSON.stringify(manifest));
    deployment.put('latest.json', JSON.stringify({ ...JSON.parse(second.pointer), release: manifest.release }));
    expect(await server.refusal()).toMatchObject({ code: 'EXPORT_REMOVED', place: 'src/app.js:2', reason: expect.stringContaining('"price"') });
  }));
});

describe('an older release', () => {
  test('is refused as an upgrade, and taken as a rollback', async () => {
    const deployment = application.deploy();
    deployment.publish(second);
    const server = await deployment.start();
    await server.event('confirmed', second);
    deployment.publish(application.first);
    expect(await server.refusal()).toMatchObject({ code: 'OLDER_RELEASE', hint: expect.stringContaining('rollback') });
    expect(await server.ask()).toBe('two');
    expect(await deployment.ctl('upgrade', application.first.name)).toMatchObject({ code: 2, answer: { result: { outcome: 'refused', refusals: [{ code: 'OLDER_RELEASE' }] } } });
    expect(await server.ask()).toBe('two');
    expect(await deployment.ctl('rollback')).toMatchObject({ code: 0, answer: { result: { from: second.name, to: application.first.name } } });
    expect(await server.ask()).toBe('one');
    await server.stop();
  });
  test('is not there: a rollback is refused', () => withServer(async (_, deployment) => {
    expect(await deployment.ctl('rollback')).toMatchObject({ code: 2, answer: { result: { outcome: 'refused', refusals: [{ code: 'NO_PREVIOUS', hint: expect.stringContaining('Nothing was changed') }] } } });
  }));
});

test('of two upgrades at once the second is refused', async () => {
  const deployment = application.deploy();
  const server = await deployment.start({ follow: { evaluateLimitMs: 1500 } });
  const hanging = deployment.ctl('upgrade', (bad['hangs'] as Release).name);
  await server.event('preparing', bad['hangs']);
  expect(await deployment.ctl('upgrade', second.name)).toMatchObject({ code: 2, answer: { result: { outcome: 'refused', refusals: [{ code: 'BUSY', reason: expect.stringContaining((bad['hangs'] as Release).name), hint: expect.stringContaining('Nothing was changed') }] } } });
  expect(await server.ask()).toBe('one');
  expect(await hanging).toMatchObject({ code: 2, answer: { result: { refusals: [{ code: 'EVALUATE_TIMEOUT' }] } } });
  expect(await deployment.ctl('upgrade', second.name)).toMatchObject({ code: 0, answer: { result: { outcome: 'committed' } } });
  expect(await server.ask()).toBe('two');
  await server.stop();
});

test('a release that was published while another was under way is taken afterwards', async () => {
  const deployment = application.deploy();
  const server = await deployment.start({ follow: { evaluateLimitMs: 300 } });
  deployment.publish(bad['hangs'] as Release);
  await server.event('preparing', bad['hangs']);
  const newer = { ...second.manifest, number: 99 };
  deployment.put(`releases/${second.name}.json`, JSON.stringify(newer));
  deployment.publish(second);
  expect(await server.refusal()).toMatchObject({ code: 'EVALUATE_TIMEOUT' });
  await server.event('committed', second);
  expect(await server.ask()).toBe('two');
  await server.stop();
});

describe('the store directory', () => {
  test('that cannot remember (state.json) is a problem, and upgrades go on', async () => {
    const deployment = application.deploy();
    // A folder in the way: permissions would not stop root.
    mkdirSync(join(deployment.store, 'state.json'));
    const server = await deployment.start();
    expect(await server.problem()).toMatchObject({ code: 'STORE_WRITE', place: 'state.json', hint: expect.stringMatching(/\S/) });
    deployment.publish(second);
    await server.event('committed', second);
    expect(await server.ask()).toBe('two');
    await server.event('confirmed', second);
    expect(server.all('problem')).toHaveLength(1);
    expect(readdirSync(deployment.store).filter((file) => file.includes('.tmp'))).toEqual([]);
    await server.stop();
  });
  test('with a damaged state.json starts without memory', () => survives(async (_, deployment) => {
    expect(deployment.remembered()).toMatchObject({ permanent: application.first.name });
  }));
  test('that goes away is a problem; when it is back, it is followed again', () => survives(async (server, deployment) => {
    renameSync(deployment.store, `${deployment.store}-away`);
    writeFileSync(deployment.store, 'a file in the way');
    server.child.kill('SIGUSR2');
    expect(await server.problem()).toMatchObject({ code: 'STORE_READ', place: 'latest.json' });
    rmSync(deployment.store);
    renameSync(`${deployment.store}-away`, deployment.store);
  }));
  test('with half-written files of a build that was killed is read past them', () => survives(async (server, deployment) => {
    for (const folder of ['.', 'modules', 'releases']) writeFileSync(join(deployment.store, folder, '.4711.tmp'), '{"format":1,');
    writeFileSync(join(deployment.store, 'state.json.4711.tmp'), '{');
    expect(await server.check()).toBe('nothing new');
    expect(await deployment.ctl('rollback')).toMatchObject({ answer: { result: { refusals: [{ code: 'NO_PREVIOUS' }] } } });
    expect(server.all('problem')).toEqual([]);
  }));
  test('without the release that a process runs is an error at start: NOT_BUILT', async () => {
    const deployment = application.deploy();
    deployment.put('boot.json', '{}');
    await expect(deployment.start()).rejects.toThrow(/NOT_BUILT.*main\.js/s);
  });
});

describe('the control socket', () => {
  test('is for its owner only', () => withServer(async (_, deployment) => {
    expect(statSync(join(deployment.store, 'control.sock')).mode & 0o777).toBe(0o600);
  }));
  test('that another process has is left to it, and following goes on', async () => {
    const deployment = application.deploy();
    const other = await deployment.start();
    const server = await deployment.start();
    expect(await server.problem()).toMatchObject({ code: 'CONTROL_TAKEN', place: 'control.sock', hint: expect.stringContaining('follow({ control') });
    deployment.publish(second);
    await server.event('committed', second);
    await other.event('committed', second);
    expect(await server.ask()).toBe('two');
    expect((await deployment.ctl('status')).code).toBe(0);
    await server.stop();
    expect((await deployment.ctl('status')).code).toBe(0);
    await other.stop();
  });
  test('that a killed process left is replaced', async () => {
    const deployment = application.deploy();
    const killed = await deployment.start();
    await killed.stop('SIGKILL');
    expect(existsSync(join(deployment.store, 'control.sock'))).toBe(true);
    const server = await deployment.start();
    expect((await deployment.ctl('status')).answer.result).toMatchObject({ release: application.first.name });
    expect(server.all('problem')).toEqual([]);
    await server.stop();
  });
  test('is not made where a file lies: that file stays', async () => {
    const deployment = application.deploy();
    writeFileSync(join(deployment.store, 'control.sock'), 'somebody\'s notes');
    const server = await deployment.start();
    expect(await server.problem()).toMatchObject({ code: 'CONTROL_TAKEN', place: 'control.sock' });
    expect(deployment.read('control.sock')).toBe('somebody\'s notes');
    expect(await server.ask()).toBe('one');
    await server.stop();
  });
  test('in a folder that does not exist is a problem', () => withServer(async (server) => {
    expect(await server.problem()).toMatchObject({ code: 'CONTROL_TAKEN', place: 'control.sock' });
  }, { control: '/nowhere/at/all/control.sock' }));
  test('that does not speak the language answers with an error and goes on', () => withServer(async (_, deployment) => {
    const answer = await new Promise<string>((settle) => {
      const socket = createConnection(join(deployment.store, 'control.sock'), () => socket.write('{"command"\n'));
      socket.setEncoding('utf8').on('data', (text: string) => settle(text));
    });
    expect(JSON.parse(answer)).toMatchObject({ ok: false, error: { message: expect.any(String) } });
    expect((await deployment.ctl('status')).code).toBe(0);
  }));
});
