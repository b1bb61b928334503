/**
 * Order and loss: saves that come faster than upgrades, connections and servers that go and come back, files that are read at the
 * wrong moment. The page ends at what was saved last, in place.
 */
import { readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launch, page as html, poll, serve, type DevPage, type Server } from './dev-page.js';

let browser: Browser;
let server: Server;
let page: DevPage;

const folders = ['burst', 'half', 'case', 'linked', 'invalid', 'both', 'counted', 'twice'];

/** What a server's configuration says besides a define. */
const config = (name: string): string => `define: { __NAME__: ${JSON.stringify(JSON.stringify(name))} }, server: { fs: { allow: ['..'] } },`;

beforeAll(async () => {
  browser = await launch();
  server = await serve({
    config: config('one'),
    relup: `{ include: [/linked/] }`,
    // A clock that can run backwards.
    before: `const now = Date.now; globalThis.backwards = 0; Date.now = () => globalThis.backwards ? 2e12 - 1000 * globalThis.backwards++ : now();`,
    plugins: `{
      name: 'slow', async transform(code, id) {
        if (!id.endsWith('/slow/slow.js')) return;
        globalThis.slowly = (globalThis.slowly ?? 0) + 1;
        await new Promise((resolve) => { globalThis.goOn = resolve; });
      },
    }, {
      name: 'invalid', transform(code, id) { if (id.endsWith('/invalid/made.js') && code.includes('@invalid')) return { code: 'export const made = () => (;', map: null }; },
    }, {
      name: 'waits', enforce: 'pre', async resolveId(source) { await globalThis.waits?.[source]?.(); },
    }, {
      name: 'count', transform(code, id) { if (id.includes('/counted/')) return { code: code.replace('COUNT', globalThis.counted = (globalThis.counted ?? 0) + 1), map: null }; },
    }, ...['A', 'B'].map((name) => ({
      name, transform(code, id) { if (id.endsWith('/both/both.js')) return { code: code + '\\nif (import.meta.hot) import.meta.hot.accept((module) => heard.push("' + name + ' " + module.both()));', map: null }; },
    }))`,
    files: {
      'index.html': html(...folders.map((name) => `/src/${name}/main.js`)),
      'failing.html': html('/src/failing/main.js'),
      'src/failing/main.js': `import { word } from './word.js'; window.word = word; window.done = true;`,
      'src/failing/word.js': `export const word = () => 'mended';\nthrow new Error('not at first');`,
      'package.html': html('/src/package/main.js'),
      'src/package/main.js': `import './part.js'; window.done = true;`,
      'src/package/part.js': `import 'not-installed';`,
      'absent.html': html('/src/absent/main.js'),
      'src/absent/main.js': `import { part } from './part.js'; window.done = part();`,
      'src/counted/main.js': `import { counted } from './counted.js'; window.ofCounted = () => counted;`,
      'src/counted/counted.js': `import { word } from './word.js'; export const counted = 'COUNT ' + word;`,
      'src/counted/word.js': `export const word = 'one';`,
      'ahead.html': html('/src/ahead/main.js'),
      'src/ahead/main.js': `import { ahead } from './ahead.js'; window.ahead = () => ahead();`,
      'src/ahead/ahead.js': `export const ahead = () => 'one';`,
      'src/twice/main.js': `import './first.css'; import './second.css'; import './third.css';`,
      ...Object.fromEntries(['first', 'second', 'third'].map((name) => [`src/twice/${name}.css`, `.${name} { color: red }`])),
      'slow.html': html('/src/slow/main.js'),
      'src/burst/main.js': `import { count } from './count.js';
        import { state } from 'relup'; const clicks = state({ n: 0 });
        window.click = () => ++clicks.n;
        window.count = count;`,
      'src/burst/count.js': `export const count = () => 0;`,
      'src/half/main.js': `import { half } from './half.js'; window.half = half;`,
      'src/half/half.js': `export const half = () => 'one';`,
      'src/case/main.js': `import { name } from './name.js'; window.caseName = name;`,
      'src/case/name.js': `import { word } from './Word.js'; export const name = () => word();`,
      'src/case/Word.js': `export const word = () => 'upper';`,
      'src/linked/main.js': `import { linked } from 'linked'; window.linked = linked;`,
      'src/invalid/main.js': `import { made } from './made.js'; window.made = made;`,
      'src/invalid/made.js': `export const made = () => 'one';`,
      'src/both/main.js': `import { both } from './both.js'; window.heard = []; window.both = () => both();`,
      'src/both/both.js': `export const both = () => 'one';`,
      'src/slow/main.js': `import { fast } from './fast.js'; import { slow } from './slow.js'; window.results = () => [fast(), slow()];`,
      'src/slow/fast.js': `export const fast = () => 'fast one';`,
      'src/slow/slow.js': `export const slow = () => 'slow one';`,
      '../linked/package.json': JSON.stringify({ name: 'linked', version: '1.0.0', type: 'module', exports: './index.js' }),
      '../linked/index.js': `import { deep } from './deep.js'; export const linked = () => 'linked one ' + deep();`,
      '../linked/deep.js': `export const deep = () => 'deep one';`,
    },
  });
  symlinkSync(join(server.home, 'linked'), join(server.root, 'node_modules/linked'));
  page = await server.open();
}, 60_000);

afterAll(async () => {
  await server?.close();
  await browser?.close();
});

const soon = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('saves', () => {
  test('that are faster than upgrades coalesce; none is applied late, and the last one stays', async () => {
    await page.value(`window.counted = [], window.counting = setInterval(() => counted.at(-1) !== count() && counted.push(count()), 0), 0`);
    for (let save = 1; save <= 100; save++) {
      server.edit('src/burst/count.js', `export const count = () => ${save};`);
      if (save % 3 === 0) await soon(save % 7);
    }
    await page.until('count()', 100);
    const counted = (await page.value('clearInterval(counting), counted')) as number[];
    expect(counted).toEqual([...counted].sort((a, b) => a - b));
    expect((await page.commits()).length).toBeLessThan(100);
    expect(await page.overlay()).toBeNull();
    await page.stays();
  });

  test('of a half written file change nothing, until the rest is there', async () => {
    await page.events();
    writeFileSync(join(server.root, 'src/half/half.js'), `export const half = () => `);
    await soon(60);
    expect(await page.value('half()')).toBe('one');
    writeFileSync(join(server.root, 'src/half/half.js'), `'two';`, { flag: 'a' });
    await page.until('half()', 'two');
    await page.overlayShows(null);
    expect(await page.commits()).toEqual([['src/half/half.js']]);
    await page.stays();
  });

  test('are seen also when clocks go backwards', async () => {
    await server.run('globalThis.backwards = 1');
    for (const save of [201, 202, 203]) {
      server.edit('src/burst/count.js', `export const count = () => ${save};`);
      await page.until('count()', save);
    }
    await server.run('globalThis.backwards = 0');
    server.edit('src/burst/count.js', `export const count = () => 204;`);
    await page.until('count()', 204);
    await page.stays();
  });

  test('during the first load are in the page when it is loaded', async () => {
    const since = server.log.length;
    const opening = server.open({ path: 'slow.html' });
    await poll(() => server.run('return globalThis.slowly ?? 0'), 1, () => 'that the slow module is asked for');
    server.edit('src/slow/fast.js', `export const fast = () => 'fast two';`);
    await soon(100);
    await server.run('globalThis.goOn()');
    const slow = await opening;
    await slow.until('results()', ['fast two', 'slow one']);
    server.edit('src/slow/fast.js', `export const fast = () => 'fast three';`);
    await slow.until('results()', ['fast three', 'slow one']);
    await slow.stays();
    expect(slow.errors).toEqual([]);
    await slow.page.context().close();
    // Nor is anybody told of modules that were still on their way.
    expect(server.log.slice(since)).not.toMatch(/refused|EXPORT_REMOVED/);
  });
});

test('a page whose first load fails stays as it is, until what it failed of is mended; then it is loaded again', async () => {
  const failing = await server.open({ path: 'failing.html' });
  await failing.until('window.relupEvents.length', 0);
  expect(failing.errors).toEqual(['not at first']);
  server.edit('src/burst/count.js', `export const count = () => 150;`);
  await page.until('count()', 150);
  expect(await failing.value('window.done ?? null')).toBeNull();
  await failing.stays();
  server.edit('src/failing/word.js', `export const word = () => 'mended';`);
  await failing.until('window.done ? word() : null', 'mended');
  expect(failing.said.join('\n')).toContain('what it failed of is mended');
  await failing.page.context().close();
  await page.commits();
});

test.each([
  ['a package that is not installed', 'package', `export const part = 1;`, true],
  ['a file that is not there', 'absent', `export const part = () => 'here';`, 'here'],
])('a page that fails of %s is loaded again when that is mended, not before', async (_, name, text, done) => {
  const failing = await server.open({ path: `${name}.html` });
  await failing.until('window.relupEvents.length', 0);
  server.edit('src/burst/count.js', `export const count = () => '${name}';`);
  await page.until('count()', name);
  await failing.stays();
  server.edit(`src/${name}/part.js`, text);
  await failing.until('window.done ?? null', done);
  expect(failing.said.join('\n')).toContain('what it failed of is mended');
  await failing.page.context().close();
  await page.stays();
  await page.commits();
});

test('a page that is opened while something else does not compile runs what is saved, and goes on when that is mended', async () => {
  const first = await server.open({ path: 'ahead.html' });
  await first.until('ahead()', 'one');
  const since = server.log.length;
  server.edit('src/half/half.js', `export const half = () => (;`);
  await page.overlayShows('half.js');
  server.edit('src/ahead/ahead.js', `export const ahead = () => 'two';`);
  await soon(300);
  const second = await server.open({ path: 'ahead.html' });
  await second.until('ahead()', 'two');
  server.edit('src/half/half.js', `export const half = () => 'one';`);
  await first.until('ahead()', 'two');
  await page.overlayShows(null);
  server.edit('src/ahead/ahead.js', `export const ahead = () => 'three';`);
  for (const each of [first, second]) {
    await each.until('ahead()', 'three');
    await each.stays();
    expect(await each.value(`relupEvents.filter(({ type }) => type === 'refused').length`)).toBe(0);
    await each.page.context().close();
  }
  expect(server.log.slice(since)).not.toContain('BUSY');
  await page.commits();
});

describe('files and plugins', () => {
  test('a module that a plugin makes another text each time is evaluated again as it is', async () => {
    expect(await page.value('ofCounted()')).toMatch(/^\d+ one$/);
    const before = await page.value('ofCounted()') as string;
    await page.events();
    server.edit('src/counted/word.js', `export const word = 'two';`);
    await page.until('ofCounted()', before.replace('one', 'two'));
    expect((await page.events()).map(({ type }) => type)).not.toContain('refused');
    server.edit('src/counted/word.js', `export const word = 'three';`);
    await page.until(`ofCounted().replace(/\\d+ /, '')`, 'three');
    expect((await page.events()).map(({ type }) => type)).not.toContain('refused');
    await page.stays();
  });

  test('a module that is transformed anew while it is still being transformed finds its imports both times', async () => {
    const said = await server.run(`
      const { client } = server.environments;
      const node = client.moduleGraph.getModuleById(${JSON.stringify(join(server.root, 'src/twice/main.js'))});
      const transform = () => { client.moduleGraph.invalidateModule(node); return client.transformRequest(node.url); };
      /** Answers when a file is asked for; who asks waits until \`goOn\` is called. */
      const hold = (source) => { const held = {}; held.asked = new Promise((asked) => { globalThis.waits = { [source]: () => new Promise((goOn) => { held.goOn = goOn; globalThis.waits = {}; asked(); }) }; }); return held; };
      const third = hold('./third.css');
      const one = transform();
      await third.asked;
      const first = hold('./first.css');
      const other = transform();
      await first.asked;
      third.goOn();
      const ended = await Promise.race([one.then(() => 'one', String), new Promise((resolve) => setTimeout(resolve, 300, 'one waits'))]);
      first.goOn();
      return [ended, await other.then(() => 'other', String)];`);
    expect(said).toEqual(['one', 'other']);
  });

  test('a file whose name changes case is another module', async () => {
    renameSync(join(server.root, 'src/case/Word.js'), join(server.root, 'src/case/word.js'));
    server.edit('src/case/name.js', `import { word } from './word.js'; export const name = () => word() + '!';`);
    await page.until('caseName()', 'upper!');
    server.edit('src/case/word.js', `export const word = () => 'lower';`);
    await page.until('caseName()', 'lower!');
    expect(await page.overlay()).toBeNull();
    await page.stays();
  });

  test('a linked package outside the root is upgraded, also deep inside', async () => {
    expect(await page.value('linked()')).toBe('linked one deep one');
    server.edit('../linked/deep.js', `export const deep = () => 'deep two';`);
    await page.until('linked()', 'linked one deep two');
    server.edit('../linked/index.js', (text) => text.replace('linked one', 'linked two'));
    await page.until('linked()', 'linked two deep two');
    expect(await page.commits()).toContainEqual(['../linked/deep.js']);
    await page.stays();
  });

  test('a plugin that emits invalid code once is named with its place, and the next save goes on', async () => {
    server.edit('src/invalid/made.js', `export const made = () => 'two'; // @invalid`);
    expect(await page.overlayShows('made.js')).toContain('export const made = () => (;');
    expect(await page.value('made()')).toBe('one');
    server.edit('src/invalid/made.js', `export const made = () => 'three';`);
    await page.until('made()', 'three');
    await page.overlayShows(null);
    await page.stays();
  });

  test('two plugins that accept one module are both called, once for each upgrade', async () => {
    for (const word of ['two', 'three']) {
      server.edit('src/both/both.js', `export const both = () => '${word}';`);
      await page.until('heard.slice(-2)', [`A ${word}`, `B ${word}`]);
    }
    expect(await page.value('[both(), heard]')).toEqual(['three', ['A two', 'B two', 'A three', 'B three']]);
    await page.stays();
  });
});

describe('a connection', () => {
  test('that is dropped comes back, and what was saved meanwhile with it', async () => {
    await page.value('click()');
    await server.run('for (const { socket } of server.ws.clients) socket.terminate()');
    server.edit('src/burst/count.js', `export const count = () => 301;`);
    await page.until('count()', 301);
    server.edit('src/burst/count.js', `export const count = () => 302;`);
    await page.until('count()', 302);
    expect(await page.value('click()')).toBe(2);
    await page.stays();
  });

  test('that is cut by the browser comes back, too', async () => {
    const session = await page.page.context().newCDPSession(page.page);
    await page.page.context().setOffline(true);
    await server.run('for (const { socket } of server.ws.clients) socket.terminate()');
    server.edit('src/burst/count.js', `export const count = () => 303;`);
    await soon(700);
    expect(await page.value('count()')).toBe(302);
    await page.page.context().setOffline(false);
    await session.detach();
    await page.until('count()', 303);
    expect(await page.value('click()')).toBe(3);
    await page.stays();
  });

  test('to a server that is killed and started again is resumed with the same state', async () => {
    await server.kill();
    await server.start();
    server.edit('src/burst/count.js', `export const count = () => 401;`);
    await page.until('count()', 401);
    expect(await page.value('click()')).toBe(4);
    await page.stays();
  });

  test('to a server that was away while a file changed is resumed with the same state', async () => {
    const cache = join(server.root, 'node_modules/.cache/relup/dev');
    server.edit('src/burst/count.js', `export const count = () => 402;`);
    await page.until('count()', 402);
    // What a server knows of versions outlives it from then on.
    const written = readdirSync(cache).length;
    server.edit('src/burst/count.js', `export const count = () => 403;`);
    await page.until('count()', 403);
    await poll(() => Promise.resolve(readdirSync(cache).filter((file) => file.endsWith('.bin')).length > written), true, () => 'that the cache is written');
    await server.kill();
    server.edit('src/burst/count.js', `export const count = () => 404;`);
    server.edit('src/half/half.js', `export const half = () => 'three';`);
    await server.start();
    await page.until('[count(), half()]', [404, 'three']);
    expect(await page.value('click()')).toBe(5);
    await page.stays();
  });

  test('to a server with another configuration loads the page again and says why', async () => {
    await page.stays();
    server.configure(config('two'));
    await page.until('window.marker === undefined && typeof window.count', 'function');
    expect(page.said.filter((line) => line.includes('loaded again')).at(-1)).toBe('warning: [relup] The page was loaded again: the configuration of the dev server changed.');
    expect(await page.value('count()')).toBe(404);
  });
});
