/**
 * Pages with keys, under a strict content security policy, in a real Chromium: what is signed upgrades without one violation; what
 * somebody without the key serves is refused with its code, and the page goes on.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { makeSigner } from '../../plugin/keys.js';
import { signFile } from '../../plugin/signing.js';
import { launch, type DevPage } from './dev-page.js';
import { deploy, type Site, type SiteOptions } from './site.js';

const [key, stranger] = [makeSigner(), makeSigner()];
const nonce = 'cmVsdXA=';
const policy = (scripts: string, types = 'trusted-types relup'): string =>
  `default-src 'none'; script-src ${scripts}; connect-src 'self'; img-src data:; base-uri 'none'; require-trusted-types-for 'script'; ${types}`;
const strict = policy(`'nonce-${nonce}' 'strict-dynamic'`);

const project = (csp: string, more: Partial<SiteOptions> = {}): SiteOptions => ({
  headers: { 'Content-Security-Policy': csp },
  config: `html: { cspNonce: '${nonce}' },`,
  ...more,
  files: {
    'index.html': `<!doctype html><title>page</title><link rel="icon" href="data:,"><p id="out"></p>
    <script>
      window.violations = []; document.addEventListener('securitypolicyviolation', (event) => violations.push(event.effectiveDirective + ' ' + event.blockedURI));
      if (location.search === '?old') crypto.subtle.importKey = () => Promise.reject(new DOMException('Unrecognized name.', 'NotSupportedError'));
    </script>
    <script type="module" src="/src/main.js"></script>`,
    'src/main.js': `import { follow } from 'relup/browser'; import { draw } from './view.js';
    window.draw = draw; draw();
    const following = follow({ pollMs: 0, probation: false, ...(location.search === '?asks' && { mode: 'prompt' }) });
    window.check = () => following.check().then((it) => it && [it.outcome, ...it.refusals.map(({ code }) => code)], (error) => error.code ?? String(error));
    window.lazy = async () => (await import('./lazy.js')).lazy();`,
    'src/view.js': `import { label } from './label.js'; export const draw = () => { document.querySelector('#out').textContent = label(); };`,
    'src/label.js': `export const label = () => 'one';`,
    'src/lazy.js': `import { label } from './label.js'; export const lazy = () => 'lazy ' + label();`,
    'relup.pem': key.pem, 'relup.keys': `${key.publicKey}\n`,
  },
});

let browser: Browser;
let site: Site;

beforeAll(async () => {
  browser = await launch();
  site = await deploy(project(strict, { relup: `{ sign: { expires: 30 } }` }));
}, 120_000);
afterAll(async () => {
  await site?.close();
  await browser?.close();
});

const label = (text: string): Promise<void> => site.release({ 'src/label.js': `export const label = () => '${text}';` });
const shown = (tab: DevPage): Promise<unknown> => tab.value(`(draw(), document.querySelector('#out').textContent)`);
const unsigned = (text: string): string => {
  const { signatures: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
  return JSON.stringify(rest);
};
const opened = async (path = ''): Promise<DevPage> => {
  const tab = await site.open({ path });
  await tab.until('Boolean(window.check)', true);
  return tab;
};

describe('a signed site under a strict policy', () => {
  test('upgrades open pages, and loads lazy modules of the new release, without a violation', async () => {
    const tab = await opened();
    expect(await tab.value('check()')).toBeNull();
    await label('two');
    expect(await tab.value('check()')).toEqual(['committed']);
    expect(await shown(tab)).toBe('two');
    await site.release({ 'src/lazy.js': `import { label } from './label.js'; export const lazy = () => 'lazier ' + label();` });
    expect(await tab.value('check()')).toEqual(['committed']);
    expect(await tab.value('lazy()')).toBe('lazier two');
    expect([await tab.value('violations'), tab.errors]).toEqual([[], []]);
    await tab.stays();
  });
});

test('the prompt looks as it should under a policy that forbids inline styles', async () => {
  const tab = await opened('?asks');
  await label('asked');
  await tab.value('void (window.answer = check())');
  await tab.until(`document.querySelector('relup-toast')?.shadowRoot.textContent ?? null`, 'A new version is ready.UpdateLater');
  expect(await tab.value(`getComputedStyle(document.querySelector('relup-toast').shadowRoot.querySelector('div')).display`)).toBe('flex');
  await tab.page.getByText('Update').click();
  expect(await tab.value('window.answer')).toEqual(['committed']);
  expect([await shown(tab), await tab.value('violations'), tab.errors]).toEqual(['asked', [], []]);
});

describe('whoever has no key', () => {
  /** What was served before, and what is. */
  let older: string;
  let pointer: string;
  let manifest: string;
  let manifestFile: string;
  const tabs: DevPage[] = [];
  const serve = (file: string, text: string): void => site.answer(new RegExp(file.replaceAll('.', '\\.')), (response) => response.end(text));
  /** Whoever sits in between can hold back what leads to a release in one step. */
  const withhold = (): void => {
    const { patches = {} } = JSON.parse(unsigned(pointer)) as { patches?: Readonly<Record<string, string>> };
    for (const stamp of Object.values(patches)) site.answer(new RegExp(stamp), (response) => response.writeHead(404).end());
  };
  const stampOf = (id: string): string => (JSON.parse(manifest) as { modules: Record<string, { stamp: string }> }).modules[id]?.stamp ?? '';

  beforeAll(async () => {
    for (let count = 0; count < 10; count++) {
      tabs.push(await opened());
    }
    older = site.served('relup/latest.json');
    await label('next');
    pointer = site.served('relup/latest.json');
    manifestFile = `relup/releases/${(JSON.parse(pointer) as { release: string }).release}.json`;
    manifest = site.served(manifestFile);
  }, 120_000);
  afterEach(() => site.reset());

  test.each<[string, () => void, unknown]>([
    ['change a manifest', () => (withhold(), serve(manifestFile, manifest.replaceAll(stampOf('src/label.js'), stampOf('src/view.js')))), 'SIGNATURE'],
    ['take the signature from a manifest', () => (withhold(), serve(manifestFile, unsigned(manifest))), 'SIGNATURE'],
    ['change a pointer', () => serve('latest.json', pointer.replace('"number":', '"number":1')), 'SIGNATURE'],
    ['damage a signature', () => serve('latest.json', pointer.replace('==', '')), 'SIGNATURE'],
    ['sign with another key', () => serve('latest.json', signFile('pointer', unsigned(pointer), [stranger])), 'SIGNATURE'],
    ['leave signatures out', () => serve('latest.json', unsigned(pointer)), 'SIGNATURE'],
    // Only the key's owner can make one; here the test does.
    ['serve a pointer for longer than it holds', () => serve('latest.json', signFile('pointer', JSON.stringify({ ...JSON.parse(unsigned(pointer)) as object, expires: new Date(Date.now() - 1000).toISOString() }), [key])), 'POINTER_EXPIRED'],
    ['change an artifact', () => (withhold(), serve(`modules/${stampOf('src/label.js')}.js`, `window.evil = true;`)), ['refused', 'ARTIFACT_STAMP']],
  ])('cannot %s; the page goes on, and takes what is as it should be', async (_, attack, answer) => {
    const tab = tabs.pop() as DevPage; // one for each
    const running = await shown(tab);
    attack();
    expect(await tab.value('check()')).toEqual(answer);
    expect([await shown(tab), await tab.value('window.evil')]).toEqual([running, undefined]);
    site.reset();
    expect(await tab.value('check()')).toEqual(['committed']);
    expect(await shown(tab)).toBe('next');
    await tab.stays();
    expect(await tab.value('violations')).toEqual([]);
  });

  test('cannot change a patch: it does not run, and the release comes by its modules', async () => {
    const tab = tabs.pop() as DevPage; // the one before the last
    const { patches = {} } = JSON.parse(unsigned(pointer)) as { patches?: Readonly<Record<string, string>> };
    expect(Object.keys(patches).length).toBeGreaterThan(0);
    for (const stamp of Object.values(patches)) serve(`modules/${stamp}.js`, `window.evil = true;`);
    expect(await tab.value('check()')).toEqual(['committed']);
    expect([await shown(tab), await tab.value('window.evil')]).toEqual(['next', undefined]);
    await tab.stays();
  });

  test('cannot serve an older pointer to a page that has seen none', async () => {
    const tab = await opened();
    serve('latest.json', older);
    expect(await tab.value('check()')).toBe('POINTER_OLD');
    expect(await shown(tab)).toBe('next');
  });

  test('cannot serve an older pointer again', async () => {
    const tab = tabs.pop() as DevPage; // the last one
    expect(await tab.value('check()')).toEqual(['committed']);
    serve('latest.json', older);
    expect(await tab.value('check()')).toBe('POINTER_OLD');
    expect(await shown(tab)).toBe('next');
    await tab.stays();
  });

  test('cannot say that a page runs another release than it does', async () => {
    const { release } = JSON.parse(older) as { release: string };
    const boot = JSON.parse(site.served('relup/boot.json')) as Record<string, Record<string, string>>;
    const entry = /src="\/(assets\/index-[^"]+)"/.exec(site.served('index.html'))?.[1] as string; // the page has one
    serve('boot.json', JSON.stringify({ ...boot, [entry]: { x: release } }));
    // Of pages that the build did not make, as behind templates of a server, only the store knows.
    serve('/$', site.served('index.html').replace(/<meta name="relup-release"[^>]*>/, ''));
    const tab = await opened();
    expect(await tab.value('check()')).toBe('NOT_BUILT');
    expect(await shown(tab)).toBe('next');
  });
});

test('a browser without Ed25519 goes on with the release that it loaded', async () => {
  const tab = await opened('?old');
  const running = await shown(tab);
  await label('unchecked');
  expect(await tab.value('check()')).toBe('SIGNATURE_UNSUPPORTED');
  expect(await shown(tab)).toBe(running);
  await tab.page.reload();
  expect(await shown(tab)).toBe('unchecked');
});

describe('a policy that keeps artifacts out', () => {
  test.each([
    ['of all addresses but those of first loads', policy(`'unsafe-inline' http://127.0.0.1:*/assets/`), 'script-src-elem'],
    ['because it has no type for them', policy(`'nonce-${nonce}' 'strict-dynamic'`, `trusted-types 'none'`), 'require-trusted-types-for'],
  ])('%s: nothing is upgraded, and it says which directive', async (_, csp, directive) => {
    const closed = await deploy(project(csp));
    const tab = await closed.open();
    await tab.until('Boolean(window.check)', true);
    await closed.release({ 'src/label.js': `export const label = () => 'two';` });
    expect(await tab.value('check()')).toBe('SCRIPT_BLOCKED');
    expect(await tab.value('violations')).toContainEqual(expect.stringContaining(directive));
    expect(await shown(tab)).toBe('one');
    await closed.close();
  }, 120_000);
});
