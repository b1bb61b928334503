/** The command line: what it prints and its exit codes. `ctl` talks to a socket that the test answers. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../plugin/cli.js';
import { printPlan } from '../../plugin/print.js';
import { printVersions } from '../../plugin/print-versions.js';
import { writeRelease } from '../../plugin/store.js';
import { planReleases } from '../../runtime/plan.js';
import type { Manifest } from '../../runtime/protocol.js';
import { moduleEntry, release, stampOf, type ModuleSketch } from '../releases.js';

let folder: string;
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'relup-cli-')); });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await runCli(args, { out: text => { out += text; }, err: text => { err += text; } });
  return { code, out, err };
}

describe('relup plan', () => {
  const manifests: Manifest[] = [];
  const put = (sketch: ModuleSketch, cold = '1.0.0', target: 'node' | 'browser' = 'node', store = 'store'): void => {
    const entry = moduleEntry({ requests: ['cold:lib'], ...sketch });
    manifests.push(writeRelease(join(folder, store), {
      facts: { app: 'shop', target, entries: [], modules: { 'src/a.js': entry }, cold: { lib: { version: cold, external: true, names: [] } }, chunks: {}, styles: {}, assets: {}, workers: {}, drop: [] },
      artifacts: new Map(), entryChunks: {}, keep: 10,
    }).manifest);
  };
  beforeAll(() => {
    put({ text: '1' });
    put({ text: '2' });
    put({ text: '3', effects: [{ line: 4, what: 'listen(80)' }] });
    put({ text: '2' }, '2.0.0');
    put({ text: '1' }, '1.0.0', 'browser', 'page');
    put({ text: '1' }, '2.0.0', 'browser', 'page');
  });
  const plan = (...args: string[]) => run('plan', ...args, '--store', join(folder, 'store'));

  test('exit code 0: in place, and nothing to do', async () => {
    const { code, out } = await plan('#1', '2');
    expect([code, out.includes('in place'), out.includes('src/a.js'), out.includes('rollback')]).toEqual([0, true, true, true]);
    expect((await plan('#1', '#1')).code).toBe(0);
  });
  test('exit code 2: refused, with code, place, reason and hint', async () => {
    const { code, out } = await plan('#2', '#3');
    expect(code).toBe(2);
    for (const part of ['EFFECT_AT_LOAD', 'src/a.js:4', 'listen(80)', 'Hint: ']) expect(out).toContain(part);
    expect((await plan('#2', '#3', '--allow', 'EFFECT_AT_LOAD')).code).toBe(0);
  });
  test('exit codes 3 and 4: reload and handover', async () => {
    expect((await plan('#2', 'latest')).code).toBe(4);
    expect((await run('plan', '1', '2', '--store', join(folder, 'page'))).code).toBe(3);
  });
  test('exit code 2 for the way back, unless it is asked for', async () => {
    expect((await plan('#2', '#1')).code).toBe(2);
    expect((await plan('#2', '#1', '--rollback')).code).toBe(0);
  });
  test('--json prints the plan itself', async () => {
    const { out } = await plan('#1', '#2', '--json');
    expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(planReleases(manifests[0] as Manifest, manifests[1] as Manifest))));
  });
  test('releases are found by name, its beginning, number, word and file', async () => {
    const [first, second] = manifests as [Manifest, Manifest];
    const file = join(folder, 'second.json');
    writeFileSync(file, JSON.stringify(second));
    for (const name of [second.release, second.release.slice(0, 6), '#2', '2', file]) {
      const { out } = await plan(first.release, name, '--json');
      expect(JSON.parse(out)).toMatchObject({ to: { release: second.release } });
    }
    expect(JSON.parse((await plan('previous', 'latest', '--json')).out)).toMatchObject({ from: { number: 3 }, to: { number: 4 } });
  });
  test('exit code 1: a release that is not there, a damaged manifest, wrong usage', async () => {
    expect(await plan('#1', '#9')).toMatchObject({ code: 1, err: expect.stringContaining('RELEASE_UNKNOWN') });
    const file = join(folder, 'half.json');
    writeFileSync(file, '{"format":1,');
    expect(await plan('#1', file)).toMatchObject({ code: 1, err: expect.stringContaining('MANIFEST') });
    expect((await run('plan', 'only-one')).code).toBe(1);
    expect((await run('dance')).code).toBe(1);
    expect((await run('plan', '--help')).code).toBe(0);
  });
});

test('a plan prints its decisions, files and reasons', () => {
  const text = printPlan(planReleases(
    release({ modules: { 'a.js': {}, 'b.js': {}, 'c.js': {} }, styles: { 'x-AAAAAAAA.css': stampOf('1') } }),
    release({ number: 2, modules: { 'a.js': { text: '2' }, 'b.js': {}, 'd.js': {} }, styles: { 'x-BBBBBBBB.css': stampOf('2') } }),
  ));
  expect(text.split('\n').slice(1)).toEqual(['  changed 1', '    a.js', '  added 1', '    d.js', '  removed 1', '    c.js', '  unchanged 1', '  styles x-BBBBBBBB.css', '  rollback possible']);
});

describe('relup ctl', () => {
  let server: Server;
  let socket: string;
  const requests: unknown[] = [];
  const answers: Record<string, unknown> = {
    status: { ok: true, result: { release: 'abc', number: 3 } },
    upgrade: { ok: true, result: { outcome: 'refused' } },
    rollback: { ok: true, result: { outcome: 'rolledBack' } },
    purge: { ok: true, result: { outcome: 'purged', releases: [] } },
    confirm: { ok: false, error: { code: 'NO_PREVIOUS', message: '[relup] NO_PREVIOUS: nothing to confirm' } },
  };
  beforeAll(async () => {
    socket = join(folder, 'control.sock');
    server = createServer(connection => connection.setEncoding('utf8').on('data', (line: string) => {
      const request = JSON.parse(line) as { command: string };
      requests.push(request);
      const answer = answers[request.command];
      if (answer === undefined) connection.end('nonsense\n');
      else connection.write(`${JSON.stringify(answer)}\n`);
    }));
    await new Promise<void>(resolve => server.listen(socket, resolve));
  });
  afterAll(() => new Promise(resolve => server.close(resolve)));
  const ctl = (...args: string[]) => run('ctl', ...args, '--socket', socket);

  test('sends one line and prints the answer', async () => {
    expect(await ctl('status')).toMatchObject({ code: 0, out: expect.stringContaining('abc') });
    expect(requests.at(-1)).toEqual({ command: 'status', args: [] });
    expect(JSON.parse((await ctl('status', '--json')).out)).toEqual(answers['status']);
  });
  test('a release may be named', async () => {
    await ctl('upgrade', 'abc123');
    expect(requests.at(-1)).toEqual({ command: 'upgrade', args: ['abc123'] });
  });
  test('exit code 2 for an upgrade that did not happen and for an error', async () => {
    expect((await ctl('upgrade')).code).toBe(2);
    expect((await ctl('rollback')).code).toBe(0);
    expect(await ctl('confirm')).toMatchObject({ code: 2, err: expect.stringContaining('NO_PREVIOUS') });
  });
  test('"purge --grace" hands on the time that jobs have', async () => {
    expect((await ctl('purge', '--grace', '250')).code).toBe(0);
    expect(requests.at(-1)).toEqual({ command: 'purge', args: ['250'] });
    await ctl('purge');
    expect(requests.at(-1)).toEqual({ command: 'purge', args: [] });
  });
  test('exit code 1 when nobody answers or the answer is none', async () => {
    expect(await run('ctl', 'status', '--socket', join(folder, 'nobody.sock'))).toMatchObject({ code: 1, err: expect.stringContaining('Hint: ') });
    expect((await ctl('versions')).code).toBe(1);
    expect((await ctl('status', '--timeout', 'soon')).code).toBe(1);
  });
});

test('"versions" prints what runs, who is old and why, quarantined instances, and patterns', () => {
  const job = { name: 'GET /orders', mode: 'pinned', ageMs: 12_345, site: 'main.js:3:1' };
  const stamp = stampOf('a');
  const text = printVersions({
    release: 'feed', number: 3, state: 'permanent', jobs: Array.from({ length: 25 }, () => ({ ...job, site: null })),
    modules: [{ id: 'src/a.js', stamp, evaluated: true, frozen: true }, { id: 'src/b.js', stamp, evaluated: false }],
    old: [{ release: 'dead', number: 2, modules: [{ id: 'src/a.js', stamp }], jobs: [job], hooks: [{ hook: 'onRetire', module: 'src/a.js' }], unconfirmed: true, captured: false }],
    classes: [{ module: 'src/a.js', key: 'Cart', migrated: 7, quarantined: [{ error: 'Error: bad cart' }] }],
    managed: { include: ['left-pad'], exclude: [], frozen: ['src/a.js'] },
  });
  const short = stamp.slice(0, 8);
  expect(text.split('\n')).toEqual([
    '#3 feed  permanent, 2 modules', `  src/a.js  ${short}  frozen`, `  src/b.js  ${short}  not loaded`,
    ...Array.from({ length: 20 }, () => '  job "GET /orders"  pinned, 12.3 s'), '  and 5 more',
    '', '#2 dead  old, what a rollback returns to', `  src/a.js  ${short}`, '  job "GET /orders"  pinned, 12.3 s, started at main.js:3:1', '  onRetire of src/a.js has not settled',
    '', 'instances on their way to a new layout', '  Cart of src/a.js  7 migrated, 1 quarantined: Error: bad cart',
    '', 'include  left-pad', '', 'frozen  src/a.js',
  ]);
});
