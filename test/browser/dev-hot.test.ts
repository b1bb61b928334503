/**
 * `import.meta.hot` in pages of the dev server: every part of it, with Vite's meaning. And a server that speaks HTTPS.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launch, page as html, serve, type DevPage, type Server } from './dev-page.js';

let browser: Browser;
let server: Server;
let page: DevPage;

/** A self-signed certificate, as source text of `server.https`. */
function certificate(): string {
  const folder = mkdtempSync(join(tmpdir(), 'relup-cert-'));
  try {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'key.pem', '-out', 'cert.pem', '-days', '2', '-subj', '/CN=localhost'], { cwd: folder, stdio: 'ignore' });
    return JSON.stringify({ key: readFileSync(join(folder, 'key.pem'), 'utf8'), cert: readFileSync(join(folder, 'cert.pem'), 'utf8') });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

beforeAll(async () => {
  browser = await launch();
  server = await serve({
    config: `server: { https: ${certificate()} },`,
    plugins: `{ name: 'answers', configureServer(server) { server.ws.on('test:ask', (data, client) => client.send('test:answer', { data, from: 'server' })); } }`,
    files: {
      'index.html': html('/src/main.js').replace('<p', '<script>heard = []</script><p'),
      'src/main.js': `import './events.js'; import { self } from './self.js'; import { deps } from './deps.js'; import { names } from './names.js'; import { cleaned } from './cleaned.js'; import { pruning } from './pruning.js'; import { invalid } from './invalid.js'; import { declined } from './declined.js'; import './left.js';
        Object.assign(window, { self: () => self(), deps: () => deps(), names: () => names(), cleaned: () => cleaned(), pruning: () => pruning(), invalid: () => invalid(), declined: () => declined() });`,
      'src/events.js': `import.meta.hot.on('vite:beforeUpdate', ({ updates }) => heard.push(['before', updates.map(({ path }) => path)]));
        import.meta.hot.on('vite:afterUpdate', ({ updates }) => heard.push(['after', updates.map(({ path }) => path)]));
        const answered = (data) => heard.push(['answer', data]);
        import.meta.hot.on('test:answer', answered);
        window.send = (data) => import.meta.hot.send('test:ask', data);
        window.deafen = () => import.meta.hot.off('test:answer', answered);`,
      // accept(), accept(callback), data
      'src/self.js': self('one'),
      // accept(dependency, callback), accept(dependencies, callback)
      'src/deps.js': `import { a } from './a.js'; import { b } from './b.js'; import { c } from './c.js';
        export const deps = () => [a(), b(), c()];
        import.meta.hot.accept('./a.js', (module) => heard.push(['a', module.a()]));
        import.meta.hot.accept(['./b.js', './c.js'], ([b, c]) => heard.push(['b, c', b?.b(), c?.c()]));`,
      'src/a.js': `export const a = () => 'a1';`,
      'src/b.js': `export const b = () => 'b1';`,
      'src/c.js': `export const c = () => 'c1';`,
      // acceptExports
      'src/names.js': names('one'),
      // dispose, several, some asynchronous
      'src/cleaned.js': cleaned('one'),
      // prune
      'src/pruning.js': `import { pruned } from './pruned.js'; export const pruning = () => pruned();`,
      'src/pruned.js': `export const pruned = () => 'pruned'; import.meta.hot.accept(); import.meta.hot.prune(() => heard.push(['prune']));`,
      // invalidate
      'src/invalid.js': `import { inner } from './inner.js'; export const invalid = () => inner(); import.meta.hot.accept('./inner.js', (module) => heard.push(['outer', module?.inner()]));`,
      'src/inner.js': inner('one'),
      // invalidate, by two that do it to each other
      'src/left.js': mutual('left', 'right', 'one'),
      'src/right.js': mutual('right', 'left', 'one'),
      // decline
      'src/declined.js': `export const declined = () => 'one'; import.meta.hot.decline();`,
    },
  });
  page = await server.open();
}, 60_000);

afterAll(async () => {
  await server?.close();
  await browser?.close();
});

function self(word: string): string {
  return `export const self = () => '${word} ' + import.meta.hot.data.count;
    import.meta.hot.data.count = (import.meta.hot.data.count ?? 0) + 1;
    import.meta.hot.accept((module) => heard.push(['self', module.self()]));`;
}

function names(word: string): string {
  return `export const names = () => '${word}'; import.meta.hot.acceptExports(['names'], (module) => heard.push(['names', module.names()]));`;
}

function cleaned(word: string): string {
  return `export const cleaned = () => '${word}'; import.meta.hot.accept();
    import.meta.hot.dispose((data) => { data.left = '${word}'; heard.push(['first ${word}']); });
    import.meta.hot.dispose(async () => { await new Promise((resolve) => setTimeout(resolve, 20)); heard.push(['second ${word}']); });
    heard.push(['evaluated ${word}', import.meta.hot.data.left]);`;
}

function inner(word: string): string {
  return `export const inner = () => '${word}'; import.meta.hot.accept((module) => { if (module.inner() === 'two') import.meta.hot.invalidate('too new'); });`;
}

function mutual(name: string, other: string, word: string): string {
  return `import './${other}.js'; export const ${name} = '${word}'; heard.push(['ran', '${name} ${word}']); import.meta.hot.accept(() => import.meta.hot.invalidate());
    import.meta.hot.on('vite:invalidate', ({ path, firstInvalidatedBy }) => path.endsWith('/${name}.js') && heard.push(['invalidate', path, firstInvalidatedBy]));`;
}

/** What was heard besides events of updates, since the last time. */
const heard = async (): Promise<unknown> => page.value(`(() => { const all = heard.filter(([what]) => what !== 'before' && what !== 'after'); heard.length = 0; return all; })()`);

describe('import.meta.hot', () => {
  test('is heard over HTTPS', async () => {
    expect(server.url).toMatch(/^https:/);
    expect(await page.value('[self(), deps(), names(), cleaned(), pruning(), invalid(), declined()]')).toEqual(['one 1', ['a1', 'b1', 'c1'], 'one', 'one', 'pruned', 'one', 'one']);
    expect(await heard()).toEqual([['evaluated one', undefined], ['ran', 'right one'], ['ran', 'left one']]);
  });

  test('accept(callback) is given the new module, and data outlives versions', async () => {
    server.edit('src/self.js', self('two'));
    await page.until('self()', 'two 2');
    await page.until(`heard.filter(([what]) => what === 'self')`, [['self', 'two 2']]);
    expect(await page.value(`heard.filter(([what]) => what === 'before' || what === 'after')`)).toEqual([['before', ['/src/self.js']], ['after', ['/src/self.js']]]);
    await heard();
    await page.stays();
  });

  test('accept(dependency, callback) and accept(dependencies, callback) are given what is new', async () => {
    server.edit('src/a.js', `export const a = () => 'a2';`);
    await page.until('heard.length', 3);
    expect(await heard()).toEqual([['a', 'a2']]);
    server.edit('src/c.js', `export const c = () => 'c2';`);
    await page.until('heard.length', 3);
    expect(await heard()).toEqual([['b, c', undefined, 'c2']]);
    expect(await page.value('deps()')).toEqual(['a2', 'b1', 'c2']);
    await page.stays();
  });

  test('acceptExports(names, callback) is given the new module', async () => {
    server.edit('src/names.js', names('two'));
    await page.until('heard.length', 3);
    expect(await heard()).toEqual([['names', 'two']]);
    expect(await page.value('names()')).toBe('two');
    await page.stays();
  });

  test('dispose: every handler runs, awaited, the last first, before the new body', async () => {
    server.edit('src/cleaned.js', cleaned('two'));
    await page.until('cleaned()', 'two');
    await page.until(`heard.some(([what]) => what === 'after')`, true);
    expect(await heard()).toEqual([['second one'], ['first one'], ['evaluated two', 'one']]);
    await page.stays();
  });

  test('prune runs when nobody imports the module any more', async () => {
    server.edit('src/pruning.js', `export const pruning = () => 'without';`);
    await page.until('pruning()', 'without');
    await page.until(`heard.filter(([what]) => what === 'prune')`, [['prune']]);
    await heard();
    await page.stays();
  });

  test('invalidate hands the change to who accepts the module', async () => {
    server.edit('src/inner.js', inner('two'));
    await page.until(`heard.filter(([what]) => what === 'outer')`, [['outer', 'two']]);
    expect(await page.value('invalid()')).toBe('two');
    await heard();
    await page.stays();
  });

  test('modules that invalidate each other come to an end; it is told at once, before the update is over', async () => {
    await page.value('heard.length = 0');
    server.edit('src/right.js', mutual('right', 'left', 'two'));
    await page.until(`heard.map(([what, detail]) => what + ' ' + detail)`, [
      'before /src/right.js', 'ran right two', 'invalidate /src/right.js', 'after /src/right.js',
      'before /src/left.js', 'ran left one', 'invalidate /src/left.js', 'after /src/left.js',
    ]);
    expect(await page.value(`heard.filter(([what]) => what === 'invalidate').map(([, , first]) => first)`)).toEqual(['/src/right.js', '/src/right.js']);
    expect(page.said.join('\n')).toContain('src/left.js was invalidated. Nobody above it');
    await heard();
    await page.stays();
  });

  test('decline refuses, with its code and the place, until the old text is back', async () => {
    const text = server.text('src/declined.js');
    server.edit('src/declined.js', text.replace('one', 'two'));
    expect(await page.overlayShows('HOT_DECLINED')).toContain('src/declined.js');
    expect(await page.value('declined()')).toBe('one');
    server.edit('src/declined.js', text);
    await page.overlayShows(null);
    await page.stays();
  });

  test('send, on and off: a plugin of the server answers', async () => {
    await heard();
    await page.value(`send({ n: 1 })`);
    await page.until('heard', [['answer', { data: { n: 1 }, from: 'server' }]]);
    await page.value('deafen()');
    await page.value(`send({ n: 2 })`);
    // What comes after it has come.
    server.edit('src/a.js', `export const a = () => 'a3';`);
    await page.until(`heard.some(([what]) => what === 'after')`, true);
    expect(await heard()).toEqual([['answer', { data: { n: 1 }, from: 'server' }], ['a', 'a3']]);
    await page.stays();
    expect(page.errors.filter((error) => !error.includes('HOT_DECLINED'))).toEqual([]);
  });
});
