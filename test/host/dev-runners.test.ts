/** Server code that embeds Vite: middleware mode, `ssrLoadModule`, and environments of its own. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { addressIn, DevProject, get } from './dev-process.js';

const handler = (label: string): string => `import { effect, state } from 'relup';
import { word } from './word';
import express from 'express';
const seen = state({ visits: 0, timers: 0 });
effect(() => { seen.timers++; const timer = setInterval(() => {}, 20); return () => { seen.timers--; clearInterval(timer); }; });
export const kind = typeof express;
export function render(url: string): string {
  if (url === '/throw') throw new Error('thrown');
  return \`\${++seen.visits} \${word()} ${label} \${seen.timers} \${kind}\`;
}
`;
const wordText = (word: string): string => `export const word = (): string => '${word}';\n`;

/** How the program gets at its handler differs; all serve `render` by http. */
const host = (options: string, load: string): string => `
import { createServer as createHttp } from 'node:http';
import { createServer, createRunnableDevEnvironment, createServerModuleRunner } from 'vite';
import relup from 'relup/vite';
const vite = await createServer({ root: process.cwd(), configFile: false, plugins: [relup()], appType: 'custom', clearScreen: false, server: { middlewareMode: true, ws: false }, optimizeDeps: { noDiscovery: true, include: [] }, ${options} });
const load = ${load};
await load();
const server = createHttp((request, response) => void load().then(({ render }) => response.end(render(request.url)), (error) => {
  vite.ssrFixStacktrace(error);
  response.writeHead(500).end(String(error.stack));
}).catch((error) => { vite.ssrFixStacktrace(error); response.writeHead(500).end(String(error.stack)); }));
server.listen(0, '127.0.0.1', () => console.log('listens on http://127.0.0.1:' + server.address().port + '/'));
`;

const forms = {
  'ssrLoadModule at each request': host('', `() => vite.ssrLoadModule('/src/handler.ts')`),
  'the runner of the ssr environment': host('', `() => vite.environments.ssr.runner.import('/src/handler.ts')`),
  'a runner made by createServerModuleRunner': host('', `((runner) => () => runner.import('/src/handler.ts'))(createServerModuleRunner(vite.environments.ssr))`),
  'an environment of its own': host(`environments: { edge: { consumer: 'server', dev: { createEnvironment: (name, config) => createRunnableDevEnvironment(name, config, { runnerOptions: { hmr: { logger: false } } }) } } }`, `() => vite.environments.edge.runner.import('/src/handler.ts')`),
};

let project: DevProject;
afterEach(() => project.end());

describe.each(Object.entries(forms))('%s', (_, script) => {
  test('is upgraded in place at every save, with its state and without a second timer', async () => {
    project = new DevProject({ 'src/handler.ts': handler('a'), 'src/word.ts': wordText('one'), 'host.mjs': script });
    project.script('host.mjs');
    await project.says(/listens on http\S+\n/);
    const url = addressIn(project.output);
    expect(await get(url)).toBe('1 one a 1 function');
    await project.save({ 'src/word.ts': wordText('two') });
    expect(await get(url)).toBe('2 two a 1 function');
    for (const label of ['b', 'c', 'd']) await project.save({ 'src/handler.ts': handler(label) });
    expect(await get(url)).toBe('3 two d 1 function');
    // A module that first comes with a patch, with a package of its own.
    await project.save({ 'src/more.ts': `import { WebSocket } from 'ws';\nexport const more = (): string => typeof WebSocket;\n`, 'src/word.ts': `import { more } from './more';\nexport const word = (): string => 'three ' + more();\n` });
    expect(await get(url)).toBe('4 three function d 1 function');
    expect((await get(`${url}throw`)).split('\n')[1]).toMatch(/src\/handler\.ts:8:\d+\)$/);
    await project.save({ 'src/word.ts': `export const other = 1;\n` }, /EXPORT_REMOVED/);
    expect(await get(url)).toBe('5 three function d 1 function');
    await project.save({ 'src/word.ts': wordText('four') });
    expect(await get(url)).toBe('6 four d 1 function');
  });
});
