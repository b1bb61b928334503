/**
 * Vite's own features beside upgrades: they go on as they are, and what they bring is upgraded, too. One server under a base, with
 * several pages; a second one speaks HTTPS.
 */
import { createServer, request as httpRequest, type Server as HttpServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { generatedPositionFor, originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, CDPSession } from 'playwright-core';
import { launch, page as html, poll, serve, type DevPage, type Server } from './dev-page.js';

let browser: Browser;
let server: Server;
let page: DevPage;

beforeAll(async () => {
  browser = await launch();
  server = await serve({
    config: `base: '/app/', optimizeDeps: { include: ['cjs-dep', 'esm-dep', 'cjs-late'] }, server: { allowedHosts: true },`,
    imports: `import { readFileSync } from 'node:fs';`,
    plugins: `{
      name: 'virtual',
      resolveId(id) { if (id === 'virtual:data') return '\\0virtual:data'; },
      load(id) { if (id === '\\0virtual:data') return 'export const data = () => ' + JSON.stringify(globalThis.data ?? readFileSync('data.txt', 'utf8')); },
      hotUpdate({ file }) { if (file.endsWith('data.txt')) return [this.environment.moduleGraph.getModuleById('\\0virtual:data')]; },
    }, {
      name: 'inspect', configureServer(server) { globalThis.inspected = server; },
    }`,
    files: {
      'index.html': html('/src/main.js'),
      '.env': 'VITE_SHOWN=yes\nSECRET=hidden',
      'data.txt': 'one',
      'src/main.js': `import { data } from './data.js'; import { deps } from './deps.js'; import { ask, askOther } from './workers.js'; import { fail, stop } from './maps.ts'; import { add } from './store.js';
        Object.assign(window, { data, deps, ask, askOther, fail, stop, add });`,
      'src/store.js': `import { state } from 'relup'; const store = state({ n: 0 }); export const add = () => 'n ' + ++store.n;`,
      'src/data.js': `import { data as read } from 'virtual:data'; export const data = () => read();`,
      'src/deps.js': `import all, { named } from 'cjs-dep'; import fallback, { twice } from 'esm-dep';
        export const deps = () => [named(), all.named(), fallback(), twice(2)];`,
      'node_modules/cjs-dep/package.json': `{ "name": "cjs-dep", "version": "1.0.0" }`,
      'node_modules/cjs-dep/index.js': `exports.named = () => 'cjs';`,
      'node_modules/cjs-late/package.json': `{ "name": "cjs-late", "version": "1.0.0" }`,
      'node_modules/cjs-late/index.js': `module.exports = function late() { return 'late'; }; module.exports.more = 'more';`,
      'node_modules/esm-dep/package.json': `{ "name": "esm-dep", "version": "1.0.0", "type": "module", "exports": "./index.js" }`,
      'node_modules/esm-dep/index.js': `export default () => 'esm'; export const twice = (n) => 2 * n;`,
      'node_modules/unknown-dep/package.json': `{ "name": "unknown-dep", "version": "1.0.0" }`,
      'node_modules/unknown-dep/index.js': `exports.unknown = () => 'unknown';`,
      'src/workers.js': `import Other from './other.js?worker';
        const asked = (make) => { let worker; return (what) => new Promise((resolve) => { worker ??= make(); worker.onmessage = ({ data }) => resolve(data); worker.postMessage(what); }); };
        export const ask = asked(() => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }));
        export const askOther = asked(() => new Other());`,
      'src/worker.js': `import { reply } from './reply.js'; let calls = 0; self.onmessage = ({ data }) => self.postMessage([++calls, reply(data)]);`,
      'src/other.js': `import { reply } from './reply.js'; let calls = 0; self.onmessage = ({ data }) => self.postMessage([++calls, 'other', reply(data)]);`,
      'src/reply.js': `export const reply = (what) => 'one ' + what;`,
      'src/maps.ts': maps(0),
    },
  });
  page = await server.open();
}, 60_000);

afterAll(async () => {
  await server?.close();
  await browser?.close();
});

/** Every edit moves all that follows by some lines. */
function maps(edit: number): string {
  return `${'interface Unused { readonly a: number }\n'.repeat(edit)}
/** Edit ${edit} */
export function fail(what: string): string {
  const message: string = 'failed ' + what;
  throw new Error(message);
}
export function stop(n: number): number {
  const twice = n * 2; // stops here
  return twice + ${edit};
}
`;
}

const lineOf = (text: string, what: string): number => text.split('\n').findIndex((line) => line.includes(what)) + 1;

/** The path as it stands, which `fetch` would tidy up. */
function statusOf(url: string, path: string): Promise<readonly [number, string]> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    httpRequest({ hostname, port, path, headers: { 'sec-fetch-dest': 'script' } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (more: string) => { text += more; }).on('end', () => resolve([response.statusCode ?? 0, text]));
    }).on('error', reject).end();
  });
}

describe('plugins', () => {
  test('a virtual module is upgraded when a plugin names it for a file', async () => {
    expect(await page.value('data()')).toBe('one');
    server.edit('data.txt', 'two');
    await page.until('data()', 'two');
    expect((await page.commits()).flat().join()).toContain('virtual:data');
    await page.stays();
  });

  test('a virtual module is upgraded when the server reloads it', async () => {
    await server.run(`globalThis.data = 'three'; const { client } = server.environments; await client.reloadModule(client.moduleGraph.getModuleById('\\0virtual:data'));`);
    await page.until('data()', 'three');
    await server.says('[relup] virtual:data (client) upgraded');
    await server.run(`delete globalThis.data`);
    await page.stays();
  });

  test('the module graph and transform results are there for plugins that inspect them', async () => {
    server.edit('src/data.js', (text) => text.replace('read()', 'read() + "!"'));
    await page.until('data()', 'three!');
    expect(await server.run(`
      const { client } = globalThis.inspected.environments;
      const node = client.moduleGraph.getModuleById(server.config.root + '/src/data.js');
      const result = await client.transformRequest('/src/data.js');
      return [[...node.importers].map(({ url }) => url), [...node.importedModules].map(({ id }) => id).filter((id) => !id.includes('relup')), node.transformResult.code === result.code, result.code.includes('"!"'), result.map.sources.map((source) => source.split('/').at(-1))];
    `)).toEqual([['/src/main.js'], ['\0virtual:data'], true, true, ['data.js']]);
  });
});

describe('optimised dependencies', () => {
  test('are what they were after an edit: CommonJS and ES modules, by default and by name', async () => {
    expect(await page.value('deps()')).toEqual(['cjs', 'cjs', 'esm', 4]);
    server.edit('src/deps.js', (text) => text.replace('[named()', '["edited", named()'));
    await page.until('deps()', ['edited', 'cjs', 'cjs', 'esm', 4]);
    await page.stays();
  });

  test('come with a module that comes by a patch', async () => {
    server.write({
      'src/late.js': `import late, { more } from 'cjs-late'; import * as all from 'cjs-dep'; import { twice } from 'esm-dep'; export const texts = () => [late(), more, all.named(), twice(3)];`,
      'src/deps.js': `import { texts } from './late.js'; export const deps = () => texts();`,
    });
    await page.until('deps()', ['late', 'more', 'cjs', 6]);
    await page.stays();
    expect(page.errors).toEqual([]);
  });

  test('that Vite has not heard of are there after an edit, in place', async () => {
    server.edit('src/deps.js', `import { texts } from './late.js'; import { unknown } from 'unknown-dep'; export const deps = () => [...texts(), unknown()];`);
    await page.until('deps()', ['late', 'more', 'cjs', 6, 'unknown']);
    await page.stays();
  });
});

describe('workers', () => {
  test('by URL and by ?worker have their modules upgraded where they run', async () => {
    expect(await page.value(`Promise.all([ask('a'), askOther('a')])`)).toEqual([[1, 'one a'], [1, 'other', 'one a']]);
    server.edit('src/reply.js', `export const reply = (what) => 'two ' + what;`);
    await page.until(`ask('b').then((answer) => answer[1])`, 'two b');
    await page.until(`askOther('b').then((answer) => answer[2])`, 'two b');
    // The same workers still.
    expect((await page.value(`ask('c').then((answer) => answer[0])`)) as number).toBeGreaterThan(2);
    expect((await page.value(`askOther('c').then((answer) => answer[0])`)) as number).toBeGreaterThan(2);
    await page.stays();
  });
});

describe('source maps', () => {
  interface Script { readonly scriptId: string; readonly url: string; readonly sourceMapURL?: string }

  /** What a debugger knows of the newest script of a file. */
  const mapOf = (scripts: readonly Script[], file: string): { readonly script: Script; readonly map: TraceMap; readonly source: string } => {
    const script = scripts.filter(({ url }) => new URL(url, 'http://x').pathname.endsWith(file)).at(-1);
    const encoded = /base64,(.*)$/.exec(script?.sourceMapURL ?? '')?.[1];
    if (!script || encoded === undefined) throw new Error(`No mapped script of ${file}; there are ${scripts.map(({ url }) => url).join(', ')}`);
    const map = new TraceMap(Buffer.from(encoded, 'base64').toString());
    return { script, map, source: map.sources[0] ?? '' };
  };

  test('after ten edits errors and breakpoints are at the right line of what was written', async () => {
    const session: CDPSession = await page.page.context().newCDPSession(page.page);
    const scripts: Script[] = [];
    session.on('Debugger.scriptParsed', (script: Script) => void scripts.push(script));
    await session.send('Debugger.enable');
    for (let edit = 1; edit <= 10; edit++) {
      server.edit('src/maps.ts', maps(edit));
      await page.until('stop(1)', 2 + edit);
    }
    const text = maps(10);
    const { script, map, source } = mapOf(scripts, '/src/maps.ts');
    expect(map.sourcesContent?.[0]).toBe(text);

    const stack = (await page.value(`(() => { try { fail('now'); } catch (error) { return error.stack; } })()`)) as string;
    const [, place, line, column] = /\((\S+):(\d+):(\d+)\)/.exec(stack.split('\n')[1] ?? '') ?? [];
    expect(new URL(place ?? '', server.url).pathname).toBe('/app/src/maps.ts');
    expect(script.url).toBe(place);
    expect(originalPositionFor(map, { line: Number(line), column: Number(column) - 1 })).toMatchObject({ source, line: lineOf(text, 'throw new Error') });

    const wanted = generatedPositionFor(map, { source, line: lineOf(text, 'stops here'), column: 2 });
    await session.send('Debugger.setBreakpointByUrl', { url: script.url, lineNumber: (wanted.line ?? 0) - 1, columnNumber: wanted.column ?? 0 });
    const paused = new Promise<{ readonly lineNumber: number; readonly columnNumber?: number; readonly functionName: string }>((resolve) => {
      session.on('Debugger.paused', ({ callFrames: [frame] }) => resolve({ ...(frame as NonNullable<typeof frame>).location, functionName: frame?.functionName ?? '' }));
    });
    const called = page.value('stop(5)');
    const at = await paused;
    await session.send('Debugger.resume');
    expect(await called).toBe(20);
    expect(at.functionName).toBe('stop');
    expect(originalPositionFor(map, { line: at.lineNumber + 1, column: at.columnNumber ?? 0 })).toMatchObject({ source, line: lineOf(text, 'stops here') });
    await session.detach();
    await page.stays();
  });
});

describe('the server', () => {
  test('denies what it denied', async () => {
    expect((await statusOf(server.url, '/app/.env'))[0]).toBe(403);
    expect((await statusOf(server.url, '/app/@fs/etc/passwd'))[0]).toBe(403);
    // Nor do relup's own addresses lead anywhere else.
    for (const path of ['own/../../../../../../../../../../../etc/passwd', 'own/..%2f..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd', 'dev/../../../../../../../../../../../etc/passwd', `cold:${encodeURIComponent('/etc/passwd?raw')}`, `cold:${encodeURIComponent(`${server.root}/.env?raw`)}`]) {
      const [status, text] = await statusOf(server.url, `/app/@id/__x00__relup:${path}?import`);
      expect([path, text.includes('root:'), text.includes('hidden')]).toEqual([path, false, false]);
      expect(status).not.toBe(500 + Number(text.includes('root:')));
    }
  });

  test('two pages are independent, and both are upgraded', async () => {
    const other = await server.open();
    expect([await page.value('add()'), await page.value('add()'), await other.value('add()')]).toEqual(['n 1', 'n 2', 'n 1']);
    server.edit('src/store.js', (text) => text.replace(`'n '`, `'count '`));
    await Promise.all([page.until('add().slice(0, 5)', 'count'), other.until('add().slice(0, 5)', 'count')]);
    await page.stays();
    await other.stays();
    await other.page.context().close();
  });

  test('is reached through a proxy, upgrades included', async () => {
    const { port } = new URL(server.url);
    const proxy: HttpServer = createServer((request, response) => {
      const passed = httpRequest({ host: '127.0.0.1', port, path: request.url, method: request.method, headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      passed.on('error', () => response.destroy());
      request.pipe(passed);
    });
    let upgraded = 0;
    proxy.on('upgrade', (request, socket, head) => {
      upgraded++;
      const passed = connect(Number(port), '127.0.0.1', () => {
        passed.write(`${request.method} ${request.url} HTTP/1.1\r\n${Array.from({ length: request.rawHeaders.length / 2 }, (_, index) => `${request.rawHeaders[2 * index]}: ${request.rawHeaders[2 * index + 1]}\r\n`).join('')}\r\n`);
        passed.write(head);
        passed.pipe(socket).pipe(passed);
      });
      for (const each of [passed, socket]) each.on('error', () => { passed.destroy(); socket.destroy(); });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const behind = await server.open({ url: `http://localhost:${(proxy.address() as AddressInfo).port}/app/` });
    await behind.value('add()');
    server.edit('src/store.js', (text) => text.replace(`'count '`, `'behind '`));
    await behind.until('add().slice(0, 6)', 'behind');
    expect(await behind.value('add()')).not.toBe('behind 1');
    await behind.stays();
    expect(upgraded).toBeGreaterThan(0);
    await behind.page.context().close();
    proxy.closeAllConnections();
    proxy.close();
  });

  test('previews a build', async () => {
    const url = (await server.run(`
      await vite.build({ root: server.config.root, logLevel: 'error' });
      kept.preview = await vite.preview({ root: server.config.root, logLevel: 'error', preview: { host: '127.0.0.1', port: 0 } });
      return 'http://127.0.0.1:' + kept.preview.httpServer.address().port + '/app/';
    `)) as string;
    const preview = await server.open({ url, observes: false });
    expect(await preview.value('[add(), add(), deps().at(-1)]')).toEqual(['behind 1', 'behind 2', 'unknown']);
    expect(preview.errors).toEqual([]);
    await preview.page.context().close();
    await server.run('await kept.preview.close()');
  });
});

describe('memory', () => {
  test('does not grow by edits: elements, timers, old versions', async () => {
    const session = await page.page.context().newCDPSession(page.page);
    const count = async (): Promise<unknown> => {
      await session.send('HeapProfiler.collectGarbage');
      return page.value(`(async () => {
        const { versions } = await import('/app/@id/relup/runtime');
        const { modules, old } = versions();
        return { scripts: document.querySelectorAll('script').length, styles: document.querySelectorAll('style').length, modules: modules.length, olderTables: Math.min(3, Math.max(...modules.map(({ olderTables }) => olderTables))), old: Math.min(3, old.length) };
      })()`);
    };
    await page.value(`window.timers = 0, (() => { const { setInterval: set, clearInterval: clear } = window; window.setInterval = (...all) => (timers++, set(...all)); window.clearInterval = (id) => (timers--, clear(id)); })()`);
    const edit = async (n: number): Promise<void> => {
      server.edit('src/store.js', `import { effect, state } from 'relup'; const store = state({ n: 0 }); effect(() => { const timer = setInterval(() => {}, 1000); return () => clearInterval(timer); });\nexport const add = () => 'edit ${n} ' + ++store.n;`);
      await page.until(`add().split(' ')[1]`, String(n));
    };
    for (let n = 1; n <= 5; n++) await edit(n);
    await poll(count, await count(), (last) => `that a count is steady: ${JSON.stringify(last)}`);
    const before = (await count()) as { readonly scripts: number };
    for (let n = 6; n <= 65; n++) await edit(n);
    await poll(count, before, (last) => `that ${JSON.stringify(last)} is as after five edits: ${JSON.stringify(before)}`);
    expect(await page.value('timers')).toBe(1);
    await session.detach();
    await page.stays();
  });
});
