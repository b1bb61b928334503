/**
 * Pages that follow their releases: when they look, when they commit, what they say, and what they do when the server or the network
 * fails. Real Vite builds, a real static server, a real Chromium.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launch, page, type DevPage } from './dev-page.js';
import { deploy, type Site } from './site.js';

/** Options of follow() stand in the address. */
const files = {
  'index.html': page('/src/main.js'),
  'src/main.js': `import { follow } from 'relup/browser'; import { confirm } from 'relup/runtime'; import { draw } from './view.js';
    const options = JSON.parse(decodeURIComponent(location.hash.slice(1)) || '{}');
    window.events = []; window.offers = []; window.healthy = true;
    window.following = follow({ pollMs: 0, probation: false, ...options, ...(options.asks && { prompt: (offer) => window.offers.push(offer) }),
      ...(options.health && { probation: { ...options.probation, health: () => window.healthy } }),
      onEvent: (event) => window.events.push({ type: event.type, release: event.release, codes: (event.result?.refusals ?? event.refusals ?? (event.error?.code ? [event.error] : [])).map(({ code }) => code) }) });
    window.draw = () => draw(); window.look = () => window.following.check().then((result) => result && [result.outcome, ...result.refusals.map(({ code }) => code)], (error) => [error.code]); draw();`,
  'src/view.js': `import { state } from 'relup'; import { label } from './label.js'; const counter = state({ n: 0 });
    export const draw = () => { document.querySelector('#out').textContent = label(++counter.n); };`,
  'src/label.js': `export const label = (n) => '0: ' + n;`,
};

let browser: Browser;
let site: Site;
let releases = 0;
beforeAll(async () => {
  browser = await launch();
  site = await deploy({ files, config: 'build: { emptyOutDir: false },' });
}, 60_000);
afterAll(async () => {
  await site?.close();
  await browser?.close();
});
afterEach(async () => {
  site.reset();
  await site.leave();
});

const open = (options: object = {}, beside?: DevPage): Promise<DevPage> => site.open({ path: `#${encodeURIComponent(JSON.stringify(options))}`, ...(beside && { beside }) });
/** Deploy a release that draws its number. */
async function release(label = (number: number): string => `export const label = (n) => '${number}: ' + n;`): Promise<number> {
  await site.release({ 'src/label.js': label(++releases) });
  return releases;
}
const look = (tab: DevPage): Promise<unknown> => tab.value('window.look()');
const drawn = async (tab: DevPage): Promise<unknown> => tab.value(`(window.draw(), document.querySelector('#out').textContent.split(':')[0])`);
const told = (tab: DevPage, ...types: string[]): Promise<unknown> => tab.value(`window.events.filter(({ type }) => ${JSON.stringify(types)}.includes(type)).map(({ type, codes }) => [type, ...codes])`);
/** The stamp that a module has in the latest release. */
const stampOf = (id: string): string => (JSON.parse(site.served(`relup/releases/${latest()}.json`)) as { modules: Record<string, { stamp: string }> }).modules[id]?.stamp ?? '';
interface Latest {
  readonly release: string;
  readonly patches?: Readonly<Record<string, string>>;
}
const pointer = (): Latest => JSON.parse(site.served('relup/latest.json')) as Latest;
const latest = (): string => pointer().release;
/** The stamp of the patch from a release to the latest. */
const patchFrom = (older: string): string => pointer().patches?.[older] ?? 'there is none';
/** As if the release had been built by somebody who knew none of the older ones. */
const withoutPatches = (): void => {
  const { patches: _, ...rest } = pointer();
  writeFileSync(join(site.output, 'relup/latest.json'), JSON.stringify(rest));
};

describe('a look', () => {
  test('asks for the pointer alone while nothing changes, and gets no body', async () => {
    const tab = await open();
    await look(tab);
    site.requests.length = 0;
    for (let count = 0; count < 3; count++) expect(await look(tab)).toBe(null);
    expect(site.requests.map(({ path, status }) => [path, status])).toEqual(Array(3).fill(['/relup/latest.json', 304]));
  });

  test('comes by time, by visibility, on line again, and by what the server sends', async () => {
    const polling = await open({ pollMs: 100 });
    const number = String(await release());
    await polling.until(`(window.draw(), document.querySelector('#out').textContent.split(':')[0])`, number);
    let send = (): void => {};
    site.answer(/\/events$/, (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n');
      send = () => response.write('data: release\n\n');
    });
    const sent = await open({ events: '/events' });
    const woken = await open();
    const next = String(await release());
    await woken.value(`new Promise((resolve) => setTimeout(resolve, 1100)).then(() => dispatchEvent(new Event('online')))`);
    await woken.until(`(window.draw(), document.querySelector('#out').textContent.split(':')[0])`, next);
    send();
    await sent.until(`(window.draw(), document.querySelector('#out').textContent.split(':')[0])`, next);
    for (const tab of [polling, sent, woken]) await tab.stays();
  });
});

describe('what is fetched', () => {
  const paths = (): string[] => site.requests.map(({ path }) => path).filter((path) => path !== '/relup/latest.json');
  const bring = async (count: number): Promise<void> => { for (let made = 0; made < count; made++) await release(); };

  test('between releases that the build knew: one patch, once what upgrades is there', async () => {
    const tab = await open();
    const engine = (JSON.parse(site.served(`relup/releases/${latest()}.json`)) as { engine: string }).engine;
    const [first] = [latest(), await bring(3)];
    site.requests.length = 0;
    expect(await look(tab)).toEqual(['committed']);
    expect(paths()).toEqual([`/relup/modules/${engine}.js`, `/relup/modules/${patchFrom(first)}.js`]);
    // The look after the confirmation is over.
    expect(await look(tab)).toBe(null);
    const [third] = [latest(), await bring(1)];
    site.requests.length = 0;
    expect(await look(tab)).toEqual(['committed']);
    expect(paths()).toEqual([`/relup/modules/${patchFrom(third)}.js`]);
    expect(await tab.value('window.following.rollback().then(({ outcome, refusals }) => [outcome, ...refusals.map(({ code }) => code)])')).toEqual(['refused', 'NO_PREVIOUS']);
    expect(await drawn(tab)).toBe(String(releases));
    await tab.stays();
  });

  test('else both manifests and the modules that differ; patches and manifests in turn', async () => {
    const tab = await open();
    for (const isPatched of [true, false, true, false]) {
      expect(await look(tab)).toBe(null);
      await bring(1);
      if (!isPatched) withoutPatches();
      site.requests.length = 0;
      expect(await look(tab)).toEqual(['committed']);
      expect(paths().some((path) => path.startsWith('/relup/releases/'))).toBe(!isPatched);
      expect(paths().includes(`/relup/modules/${stampOf('src/label.js')}.js`)).toBe(!isPatched);
      expect(await drawn(tab)).toBe(String(releases));
    }
    await tab.stays();
  });

  test('an older pointer that somebody serves is not gone back to, whatever the page knows of itself', async () => {
    const old = site.served('relup/latest.json');
    await bring(1);
    const tab = await open();
    const before = await drawn(tab);
    site.answer(/latest\.json/, (response) => response.end(old));
    expect(await look(tab)).toEqual(['refused', 'OLDER_RELEASE']);
    expect(await drawn(tab)).toBe(before);
  });
});

describe('the moment', () => {
  test('waits for what the application defers', async () => {
    const tab = await open();
    const before = await drawn(tab);
    await tab.value('void (window.free = window.following.defer())');
    const number = await release();
    await tab.value('void (window.result = window.look())');
    await tab.until(`window.events.some(({ type }) => type === 'progress')`, true);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await drawn(tab)).toBe(before);
    await tab.value('window.free()');
    expect(await tab.value('window.result')).toEqual(['committed']);
    expect(await drawn(tab)).toBe(String(number));
  });

  test('manual: tells that there is a release, fetches nothing, goes when told to', async () => {
    const tab = await open({ mode: 'manual' });
    const number = await release();
    site.requests.length = 0;
    expect(await look(tab)).toBe(null);
    expect(await look(tab)).toBe(null);
    expect(await told(tab, 'available')).toEqual([['available']]);
    expect(new Set(site.requests.map(({ path }) => path))).toEqual(new Set(['/relup/latest.json']));
    expect(await tab.value('window.following.upgrade().then(({ outcome }) => outcome)')).toBe('committed');
    expect(await drawn(tab)).toBe(String(number));
  });

  test('prompt: offers by the application, and goes or stays as it is answered', async () => {
    const tab = await open({ mode: 'prompt', asks: true });
    const before = await drawn(tab);
    const number = await release();
    await tab.value('void (window.result = window.look())');
    await tab.until('window.offers.length', 1);
    await tab.value('window.offers[0].dismiss()');
    expect(await tab.value('window.result')).toEqual(['refused', 'DISMISSED']);
    expect(await drawn(tab)).toBe(before);
    await tab.value('void (window.result = window.look())');
    await tab.until('window.offers.length', 2);
    await tab.value('window.offers[1].accept()');
    expect(await tab.value('window.result')).toEqual(['committed']);
    expect(await drawn(tab)).toBe(String(number));
  });

  test('prompt: the toast is announced, takes no focus, and is answered by keyboard', async () => {
    const tab = await open({ mode: 'prompt' });
    const number = await release();
    await tab.value('void (window.result = window.look())');
    const region = tab.page.getByRole('status');
    await region.getByText('A new version is ready.').waitFor();
    expect(await tab.value('document.activeElement === document.body')).toBe(true);
    // It is shown to be on its way for as long as the application holds it back.
    await tab.value('void (window.free = window.following.defer())');
    await tab.page.getByRole('button', { name: 'Update' }).press('Enter');
    await region.getByText('Updating …').waitFor();
    expect([await tab.page.getByRole('progressbar').count(), await tab.page.getByRole('button', { name: 'Later' }).count()]).toEqual([1, 0]);
    await tab.value('window.free()');
    expect(await tab.value('window.result')).toEqual(['committed']);
    expect(await drawn(tab)).toBe(String(number));
    expect(await region.count()).toBe(0);
  });

  test('prompt: the toast goes when it is put off, and when a newer release is offered', async () => {
    const tab = await open({ mode: 'prompt' });
    await release();
    await tab.value('void (window.result = window.look())');
    await tab.page.getByRole('button', { name: 'Later' }).click();
    expect(await tab.value('window.result')).toEqual(['refused', 'DISMISSED']);
    expect(await tab.page.getByRole('status').count()).toBe(0);
    await tab.value('void (window.result = window.look())');
    await tab.page.getByRole('button', { name: 'Update' }).waitFor();
    const number = await release();
    await tab.value('void window.look()');
    expect(await tab.value('window.result')).toEqual(['refused', 'SUPERSEDED']);
    await tab.page.getByRole('button', { name: 'Update' }).waitFor();
    // Who asks by name meanwhile is busy with what is on offer, which stays.
    expect(await tab.value('window.following.upgrade().then(({ refusals: [{ code }] }) => code)')).toBe('BUSY');
    await tab.page.getByRole('button', { name: 'Update' }).click();
    await tab.until(`(window.draw(), document.querySelector('#out').textContent.split(':')[0])`, String(number));
    expect(await tab.page.getByRole('status').count()).toBe(0);
  });

  test('idle: waits while the page is used', async () => {
    const tab = await open({ mode: 'idle' });
    const before = await drawn(tab);
    const number = await release();
    await tab.value('void (window.result = window.look())');
    for (let key = 0; key < 8; key++) {
      await tab.page.keyboard.press('a');
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(await drawn(tab)).toBe(before);
    }
    expect(await tab.value('window.result')).toEqual(['committed']);
    expect(await drawn(tab)).toBe(String(number));
  });

  test('a newer release takes the place of one that waits', async () => {
    const tab = await open();
    await tab.value('void (window.free = window.following.defer())');
    await release();
    await tab.value('void (window.first = window.look())');
    await tab.until(`window.events.some(({ type }) => type === 'progress')`, true);
    const number = await release();
    await tab.value('void (window.second = window.look())');
    expect(await tab.value('window.first')).toEqual(['refused', 'SUPERSEDED']);
    await tab.value('window.free()');
    expect(await tab.value('window.second')).toEqual(['committed']);
    expect(await drawn(tab)).toBe(String(number));
  });

  test('a mandatory release waits for no answer', async () => {
    const tab = await open({ mode: 'manual' });
    site.configure('{ mandatory: true }');
    const number = await release();
    site.configure();
    expect(await look(tab)).toEqual(['committed']);
    expect(await drawn(tab)).toBe(String(number));
  });
});

describe('what fails', () => {
  /** A tab that looks while something is wrong goes on, says what it is, and takes the release once it is mended. */
  async function failing(wrong: (stamp: string) => Promise<void> | void, mend: () => Promise<void> | void, expected: readonly string[], options: object = {}): Promise<void> {
    const tab = await open(options);
    const before = await drawn(tab);
    const number = await release();
    withoutPatches();
    await wrong(stampOf('src/label.js'));
    expect(await look(tab)).toEqual(expected);
    expect(await drawn(tab)).toBe(before);
    site.reset();
    await mend();
    expect(await look(tab)).toEqual(['committed']);
    expect(await drawn(tab)).toBe(String(number));
    await tab.stays();
  }
  const tamper = (file: string, change: (text: string) => string): (() => void) => {
    const text = readFileSync(join(site.output, file), 'utf8');
    writeFileSync(join(site.output, file), change(text));
    return () => writeFileSync(join(site.output, file), text);
  };
  let mend = (): void => {};

  test('a tampered artifact: ARTIFACT_STAMP', () => failing((stamp) => void (mend = tamper(`relup/modules/${stamp}.js`, (text) => `${text};alert(1)`)), () => mend(), ['refused', 'ARTIFACT_STAMP']));
  test('a truncated artifact: ARTIFACT_STAMP', () => failing((stamp) => void (mend = tamper(`relup/modules/${stamp}.js`, (text) => text.slice(0, 40))), () => mend(), ['refused', 'ARTIFACT_STAMP']));
  test('a missing artifact: ARTIFACT_MISSING', () => failing((stamp) => site.answer(RegExp(stamp), (response) => response.writeHead(404).end()), () => {}, ['refused', 'ARTIFACT_MISSING']));
  test('a damaged manifest: MANIFEST', () => failing(() => void (mend = tamper(`relup/releases/${latest()}.json`, (text) => text.slice(0, 200))), () => mend(), ['MANIFEST']));
  test('a damaged pointer: told, not taken', () => failing(() => void (mend = tamper('relup/latest.json', (text) => text.replace(/"release":"\w+"/, '"release":"0123456789abcdef"'))), () => mend(), ['RELEASE_UNKNOWN']));
  /** A tab whose patch is not to be had takes the release without it, and says so. */
  async function passing(wrong: (stamp: string) => void, code: string): Promise<void> {
    const tab = await open();
    const older = latest();
    const number = await release();
    wrong(patchFrom(older));
    expect(await look(tab)).toEqual(['committed']);
    expect(await drawn(tab)).toBe(String(number));
    expect(await told(tab, 'problem')).toEqual([['problem', code]]);
    expect(site.requests.map(({ path }) => path)).toContain(`/relup/modules/${stampOf('src/label.js')}.js`);
    await tab.stays();
  }
  test('a tampered patch: ARTIFACT_STAMP is told, and the release comes without it', () => passing((stamp) => void tamper(`relup/modules/${stamp}.js`, (text) => `${text};alert(1)`), 'ARTIFACT_STAMP'));
  test('a missing patch: ARTIFACT_MISSING is told, and the release comes without it', () => passing((stamp) => site.drop(`relup/modules/${stamp}.js`), 'ARTIFACT_MISSING'));
  test('a patch that hangs: STORE_READ when the time is over, and the release once it comes', async () => {
    const tab = await open({ limitMs: 1500 });
    const [before, older] = [await drawn(tab), latest()];
    const number = await release();
    site.answer(RegExp(patchFrom(older)), () => {});
    expect(await look(tab)).toEqual(['STORE_READ']);
    expect(await drawn(tab)).toBe(before);
    site.reset();
    expect(await look(tab)).toEqual(['committed']);
    expect(await drawn(tab)).toBe(String(number));
  });
  test('a server that fails for a moment: nobody notices', async () => {
    const tab = await open();
    const number = await release();
    withoutPatches();
    for (const pattern of [/releases/, /modules/]) {
      let failed = 0;
      site.answer(pattern, (response, _, serve) => (failed++ < 3 ? response.writeHead(503).end() : serve()));
    }
    expect(await look(tab)).toEqual(['committed']);
    expect(site.requests.filter(({ status }) => status === 503).length).toBe(6);
    expect(await drawn(tab)).toBe(String(number));
  });
  test('a server that hangs: STORE_READ when the time is over', () => failing((stamp) => site.answer(RegExp(stamp), () => {}), () => {}, ['refused', 'STORE_READ'], { limitMs: 1500 }));
  test('a server that is slow: the page waits', async () => {
    const tab = await open();
    const number = await release();
    site.answer(/modules/, (_, __, serve) => setTimeout(serve, 700));
    expect(await look(tab)).toEqual(['committed']);
    expect(await drawn(tab)).toBe(String(number));
  });
  test('off line in the middle: STORE_READ, and the release when it is back', async () => {
    const tab = await open({ limitMs: 1500 });
    const before = await drawn(tab);
    const number = await release();
    withoutPatches();
    site.answer(RegExp(stampOf('src/label.js')), () => void tab.page.context().setOffline(true));
    expect(await look(tab)).toEqual(['refused', 'STORE_READ']);
    expect(await drawn(tab)).toBe(before);
    site.reset();
    await tab.page.context().setOffline(false);
    await tab.until(`(window.draw(), document.querySelector('#out').textContent.split(':')[0])`, String(number));
    await tab.stays();
  });
  test.each([
    ['full', `for (let size = 1e6, count = 0; size >= 1;) try { localStorage.setItem('fill ' + count++, 'x'.repeat(size)); } catch { size = Math.floor(size / 2); }`, 'QuotaExceededError'],
    ['forbidden', `Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });`, 'SecurityError'],
  ])('storage that is %s: the page goes on without', async (_, spoil, name) => {
    const tab = await open({ probation: { ms: 5000 } });
    await tab.value(`(() => { ${spoil} })()`);
    expect(await tab.value(`(() => { try { return localStorage.setItem('one', 'more'); } catch (error) { return error.name; } })()`)).toBe(name);
    const before = await drawn(tab);
    await release((number) => `export const label = (n) => { if (${number}) throw new Error('bad'); };`);
    expect(await look(tab)).toEqual(['committed']);
    await tab.value(`void setTimeout(() => window.draw())`);
    await tab.until(`window.events.some(({ type }) => type === 'rolledBack')`, true);
    expect(await drawn(tab)).toBe(before);
    expect(await look(tab)).toBe(null);
    await release();
  });
});

describe('probation', () => {
  const bad = (code: string) => (number: number): string => `export const label = (n) => '${number}: ' + n;\n${code}`;

  test('new code that throws is rolled back, not tried again, also after a reload of the old page, and the next release is taken', async () => {
    const tab = await open({ probation: { ms: 60_000 } });
    const before = await drawn(tab);
    const page = site.served('index.html');
    await release((number) => `export const label = (n) => { throw new Error('bad ${number}'); };`);
    expect(await look(tab)).toEqual(['committed']);
    await tab.value(`void setTimeout(() => window.draw(), 50)`);
    await tab.until(`window.events.some(({ type }) => type === 'rolledBack')`, true);
    expect(await told(tab, 'rolledBack')).toEqual([['rolledBack', 'PROBATION']]);
    expect(await drawn(tab)).toBe(before);
    expect(await look(tab)).toBe(null);
    // The page of before, from some cache.
    site.answer(/^\/$/, (response) => response.writeHead(200, { 'content-type': 'text/html' }).end(page));
    await tab.page.reload();
    await tab.until('Boolean(window.look)', true);
    expect(await look(tab)).toBe(null);
    expect(await drawn(tab)).toBe(before);
    const number = await release();
    expect(await look(tab)).toEqual(['committed']);
    expect(await drawn(tab)).toBe(String(number));
  });

  test('a health function that says no rolls back', async () => {
    const tab = await open({ probation: { ms: 60_000, everyMs: 50 }, health: true });
    const before = await drawn(tab);
    const number = await release();
    expect(await look(tab)).toEqual(['committed']);
    expect(await drawn(tab)).toBe(String(number));
    await tab.value('window.healthy = false');
    await tab.until(`window.events.some(({ type }) => type === 'rolledBack')`, true);
    expect(await drawn(tab)).toBe(before);
  });

  test('a body that never ends is refused', async () => {
    const tab = await open({ evaluateLimitMs: 300 });
    const before = await drawn(tab);
    await release(bad('await new Promise(() => {});'));
    expect(await look(tab)).toEqual(['refused', 'EVALUATE_TIMEOUT']);
    expect(await drawn(tab)).toBe(before);
    await release();
  });

  test('what ended is told to the operator', async () => {
    const bodies: string[] = [];
    site.answer(/\/beacon$/, (response, request) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        bodies.push(body);
        response.writeHead(204).end();
      });
    });
    const tab = await open({ beacon: '/beacon' });
    await release();
    expect(await look(tab)).toEqual(['committed']);
    while (bodies.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(bodies.map((body) => JSON.parse(body) as object)).toEqual([{ type: 'committed', from: expect.any(String), to: latest(), codes: [], pauseMs: expect.any(Number) }]);
  });
});

describe('pages of one origin', () => {
  test('hear of a release from each other, and of one that failed', async () => {
    const first = await open({ probation: { ms: 60_000 } });
    const others = [await open({ probation: { ms: 60_000 } }, first), await open({ probation: { ms: 60_000 } }, first)];
    const before = await drawn(first);
    await release((number) => `export const label = (n) => { if (window.fails) throw new Error('bad'); return '${number}: ' + n; };`);
    expect(await look(first)).toEqual(['committed']);
    for (const other of others) await other.until(`window.events.some(({ type }) => type === 'committed')`, true);
    await first.value(`window.fails = true; void setTimeout(() => window.draw())`);
    for (const tab of [first, ...others]) {
      await tab.until(`window.events.some(({ type }) => type === 'rolledBack')`, true);
      expect(await drawn(tab)).toBe(before);
      expect(await look(tab)).toBe(null);
    }
    await release();
  });

  test('twenty of them agree through five releases, and one of them asks for all', async () => {
    const first = await open({ pollMs: 2000 });
    const tabs = [first];
    while (tabs.length < 20) tabs.push(await open({ pollMs: 2000 }, first));
    site.reset();
    const began = Date.now();
    for (let round = 0; round < 5; round++) {
      const number = String(await release());
      for (const tab of tabs) await tab.until(`(window.draw(), document.querySelector('#out').textContent.split(':')[0])`, number);
    }
    for (const tab of tabs) {
      expect(await told(tab, 'committed')).toHaveLength(5);
      await tab.stays();
    }
    // Each page reads the pointer twice for a release (when it hears of it, and when it is confirmed), and besides all together look
    // about as often as one would: alone, they would look ten times as often.
    const looks = site.requests.filter(({ path }) => path.endsWith('latest.json')).length;
    expect(looks).toBeLessThan(2 * 5 * 20 + 4 * ((Date.now() - began) / 2000) + 20);
  }, 120_000);

  test('alone: nobody hears of anything', async () => {
    const first = await open({ tabs: 'alone' });
    const other = await open({ tabs: 'alone' }, first);
    const before = await drawn(other);
    await release();
    expect(await look(first)).toEqual(['committed']);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await drawn(other)).toBe(before);
  });
});
