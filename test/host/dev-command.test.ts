/** `relup dev`: a plain Node server, run from its sources and upgraded in place at every save. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { addressIn, DevProject, get } from './dev-process.js';

const server = `import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { answer, greet } from './answer';
const server = createServer((request, response) => { response.end(answer(request.url as string)); });
const sockets = new WebSocketServer({ server });
sockets.on('connection', (socket) => { socket.on('message', (text) => socket.send(greet(String(text)))); });
server.listen(0, '127.0.0.1');
`;
const answerText = (label: string): string => `import { effect, state } from 'relup';
import { word } from './word';
const seen: { visits: number; ticks: number; timers: number } = state({ visits: 0, ticks: 0, timers: 0 });
effect(() => {
  seen.timers++;
  const timer = setInterval(() => { seen.ticks++; }, 10);
  const listen = (): void => {};
  process.on('SIGUSR1', listen);
  return () => { seen.timers--; clearInterval(timer); process.off('SIGUSR1', listen); };
});
export const answer = (url: string): string => {
  if (url === '/counts') return JSON.stringify({ ...seen, listeners: process.listenerCount('SIGUSR1'), timeouts: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length });
  seen.visits++;
  return \`\${seen.visits} \${word()} ${label}\`;
};
export const greet = (text: string): string => \`\${word()} \${text}\`;
`;
const wordText = (word: string): string => `export const word = (): string => '${word}';\n`;
const files = { 'src/server.ts': server, 'src/answer.ts': answerText('a'), 'src/word.ts': wordText('one') };

let project: DevProject;
afterEach(() => project.end());

const begin = async (more: Readonly<Record<string, string>> = {}): Promise<string> => {
  project = new DevProject({ ...files, ...more });
  project.dev('src/server.ts');
  await project.says(/listens on http\S+\n/);
  return addressIn(project.output);
};

describe('relup dev', () => {
  test('says where the server listens, and upgrades it in place: state, timers and sockets go on', async () => {
    const url = await begin();
    expect(project.output).toMatch(/\[relup\] src\/server\.ts listens on http:\/\/localhost:\d+\//);
    const socket = new WebSocket(url.replace('http', 'ws'));
    await new Promise((resolve) => socket.once('open', resolve));
    const ask = (text: string): Promise<string> => new Promise((resolve) => {
      socket.once('message', (message) => resolve(String(message)));
      socket.send(text);
    });
    expect(await get(url)).toBe('1 one a');
    expect(await ask('hello')).toBe('one hello');
    expect(await project.save({ 'src/word.ts': wordText('two') })).toMatch(/src\/word\.ts \(ssr\) upgraded, 1 module in \d+ ms, pause \d+\.\d\d ms/);
    expect(await get(url)).toBe('2 two a');
    expect(await ask('hello')).toBe('two hello');
    await project.save({ 'src/answer.ts': answerText('b') });
    expect(await get(url)).toBe('3 two b');
    expect(await ask('again')).toBe('two again');
    socket.close();
  });

  test('leaves nothing behind: timers and listeners are not doubled by 40 edits', async () => {
    const url = await begin();
    const before = JSON.parse(await get(`${url}counts`)) as Record<string, number>;
    for (let edit = 0; edit < 40; edit++) await project.save({ 'src/answer.ts': answerText(`edit ${edit}`) });
    expect(await get(url)).toBe('1 one edit 39');
    const after = JSON.parse(await get(`${url}counts`)) as Record<string, number>;
    expect(after).toMatchObject({ timers: 1, listeners: before['listeners'] as number });
    expect(after['timeouts']).toBeLessThanOrEqual((before['timeouts'] as number) + 1);
    expect(after['ticks']).toBeGreaterThan(before['ticks'] as number);
  });

  test('makes one upgrade of several files that are saved together', async () => {
    const url = await begin();
    expect(await project.save({ 'src/word.ts': wordText('both'), 'src/answer.ts': answerText('new') })).toMatch(/upgraded, 2 modules/);
    expect(await get(url)).toBe('1 both new');
    expect(project.output.match(/upgraded/g)).toHaveLength(1);
  });

  test('refuses in full what cannot be upgraded, goes on, and recovers with the next good save', async () => {
    const url = await begin();
    const said = await project.save({ 'src/word.ts': `export const other = 1;\n` }, /refused[^]*Hint: .*\n/);
    expect(said).toMatch(/EXPORT_REMOVED: "src\/word\.ts" no longer exports "word"; "src\/answer\.ts" is unchanged and still imports it/);
    expect(await get(url)).toBe('1 one a');
    await project.save({ 'src/word.ts': wordText('back') });
    expect(await get(url)).toBe('2 back a');
  });

  test('shows a syntax error and a body that throws, and goes on', async () => {
    const url = await begin();
    await project.save({ 'src/word.ts': `export const word = (): string => 'two\n` }, /Unterminated string/);
    expect(await get(url)).toBe('1 one a');
    await project.save({ 'src/word.ts': wordText('three') });
    expect(await get(url)).toBe('2 three a');
    await project.save({ 'src/word.ts': `${wordText('four')}throw new Error('at load');\n` }, /EVALUATE: [^]*at load/);
    expect(await get(url)).toBe('3 three a');
    await project.save({ 'src/word.ts': wordText('five') });
    expect(await get(url)).toBe('4 five a');
  });

  test('refuses to lose a file that is imported, and takes it back', async () => {
    const url = await begin();
    const from = project.output.length;
    project.delete('src/word.ts');
    await project.says(/IMPORT_UNRESOLVED: "src\/answer\.ts" imports "\.\/word"/, from);
    expect(await get(url)).toBe('1 one a');
    await project.save({ 'src/word.ts': wordText('again') });
    expect(await get(url)).toBe('2 again a');
  });

  test('takes a changed environment file as an upgrade', async () => {
    const url = await begin({ '.env': 'VITE_NAME=first\n', 'src/word.ts': `export const word = (): string => import.meta.env.VITE_NAME;\n` });
    expect(await get(url)).toBe('1 first a');
    await project.save({ '.env': 'VITE_NAME=second\n' });
    expect(await get(url)).toBe('2 second a');
    await project.save({ 'src/word.ts': `export const word = (): string => 'now ' + import.meta.env.VITE_NAME;\n` });
    expect(await get(url)).toBe('3 now second a');
  });

  test('starts the process anew when the configuration changes, and says so', async () => {
    const config = (value: number): string => `export default { define: { __VALUE__: '${value}' } };\n`;
    const url = await begin({ 'vite.config.js': config(1), 'src/word.ts': `declare const __VALUE__: number;\nexport const word = (): string => 'value ' + __VALUE__;\n` });
    expect(await get(url)).toBe('1 value 1 a');
    const from = project.output.length;
    project.write({ 'vite.config.js': config(2) });
    await project.says(/has to be started again: the configuration of the dev server changed/, from);
    await project.says(/listens on/, from);
    expect(await get(addressIn(project.output.slice(from)))).toBe('1 value 2 a');
  });

  test('waits for a change when the server cannot start, then starts it', async () => {
    project = new DevProject({ ...files, 'src/word.ts': `throw new Error('no start');\n${wordText('x')}` });
    project.dev('src/server.ts');
    await project.says(/no start[^]*ended with code 1; it is started again when a file changes/);
    project.write({ 'src/word.ts': wordText('fine') });
    await project.says(/listens on/);
    expect(await get(addressIn(project.output))).toBe('1 fine a');
  });

  test('hands its own arguments to the server, and ends with its code', async () => {
    project = new DevProject({ 'src/main.ts': `console.log(JSON.stringify(process.argv.slice(2)));\nsetTimeout(() => process.exit(0), 20);\n` });
    project.dev('src/main.ts', '--port', '1', '--mode');
    await project.says(/\["--port","1","--mode"\]/);
  });

  test('names a file that is not there', async () => {
    project = new DevProject({});
    project.dev('src/none.ts');
    expect(await project.says(/OPTION[^]*Hint.*\n/)).toMatch(/There is no file "src\/none\.ts"/);
  });
});
