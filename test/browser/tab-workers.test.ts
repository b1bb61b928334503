/**
 * Workers, shared workers and worklets of open pages: what an effect starts ends with the old release and begins anew with the new one;
 * what is started elsewhere keeps its code, so the page says that it has to be loaded again.
 */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launch, page, type DevPage } from './dev-page.js';
import { deploy, type Site } from './site.js';

const label = (number: number): string => `export const label = '${number}';`;
const teller = (number: number): string => `registerProcessor('teller', class extends AudioWorkletProcessor {
  constructor() { super(); this.port.postMessage('${number}'); }
  process() { return false; }
});`;

const files = {
  'index.html': page('/src/main.js'),
  'src/main.js': `import { follow } from 'relup/browser'; import { answers, sent } from './pool.js'; import { own } from './own.js';
    window.events = [];
    const following = follow({ pollMs: 0, probation: location.hash.includes('probation') && { ms: 60_000 }, onEvent: ({ type, refusals }) => window.events.push([type, ...(refusals ?? []).map(({ code, place }) => code + ' ' + place)]) });
    window.check = () => following.check().then((result) => result && [result.outcome, ...result.refusals.map(({ code }) => code)]);
    window.back = () => following.rollback().then(({ outcome }) => outcome);
    window.own = () => own(); window.answers = () => answers(); window.sent = () => sent();`,
  'src/own.js': `import { label } from './label.js'; export const own = () => label;`,
  'src/pool.js': `import { effect, state } from 'relup';
    const pool = state({ workers: [], sent: 0 });
    effect(() => {
      if (!location.hash.includes('workers')) return () => {};
      const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
      const other = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
      const shared = new SharedWorker(new URL('./shared.js', import.meta.url), { type: 'module' });
      pool.workers = [worker, other, shared.port];
      return () => { worker.terminate(); other.terminate(); shared.port.close(); };
    });
    export const sent = () => pool.sent;
    const ask = (worker) => new Promise((resolve) => { worker.onmessage = ({ data }) => resolve(data); worker.postMessage(++pool.sent); });
    export const answers = () => Promise.all(pool.workers.map(ask));`,
  'src/worker.js': `import { label } from './label.js'; onmessage = () => postMessage(label);`,
  'src/shared.js': `import { label } from './label.js'; onconnect = ({ ports: [port] }) => { port.onmessage = () => port.postMessage(label); };`,
  'src/label.js': label(0),
};

let browser: Browser;
let site: Site;
let number = 0;
beforeAll(async () => {
  browser = await launch();
  site = await deploy({ files, config: `worker: { format: 'es' }, build: { emptyOutDir: false, assetsInlineLimit: 0 },` });
}, 60_000);
afterAll(async () => {
  await site?.close();
  await browser?.close();
});
afterEach(() => site.leave());

const opened = async (path = '', beside?: DevPage): Promise<DevPage> => {
  const tab = await site.open({ path, ...(beside && { beside }) });
  await tab.until('Boolean(window.check)', true);
  return tab;
};
const release = (more: Readonly<Record<string, string>> = {}): Promise<void> => site.release({ 'src/label.js': label(++number), ...more });

test('twenty pages and three workers agree through five releases', async () => {
  const first = await opened('#workers');
  const tabs = [first];
  while (tabs.length < 20) tabs.push(await opened('', first));
  for (let round = 0; round < 5; round++) {
    await release();
    expect(await first.value('check()')).toEqual(['committed']);
    for (const tab of tabs) await tab.until('own()', String(number));
    expect(await first.value('answers()')).toEqual(Array(3).fill(String(number)));
  }
  // State went on, and nobody was loaded again.
  expect(await first.value('sent()')).toBe(15);
  for (const tab of tabs) await tab.stays();
  expect(first.page.workers().length).toBe(2);
}, 120_000);

test('a rollback begins the workers of the release before again', async () => {
  const tab = await opened('#workers,probation');
  const before = String(number);
  await release();
  expect(await tab.value('check()')).toEqual(['committed']);
  expect(await tab.value('answers()')).toEqual(Array(3).fill(String(number)));
  expect(await tab.value('back()')).toBe('rolledBack');
  expect(await tab.value('answers()')).toEqual(Array(3).fill(before));
  expect([await tab.value('own()'), await tab.value('sent()')]).toEqual([before, 6]);
  await tab.stays();
});

test('a worklet in an effect is of the new release, too', async () => {
  await release({
    'src/teller.js': teller(1),
    'src/own.js': `import { effect, state } from 'relup'; const heard = state({ said: '' });
      effect(() => {
        const context = new OfflineAudioContext(1, 128, 44100);
        void context.audioWorklet.addModule(new URL('./teller.js', import.meta.url)).then(() => {
          new AudioWorkletNode(context, 'teller').port.onmessage = ({ data }) => { heard.said = data; };
          return context.startRendering();
        });
        return () => {};
      });
      export const own = () => heard.said;`,
  });
  const tab = await opened();
  await tab.until('own()', '1');
  await site.release({ 'src/teller.js': teller(2) });
  expect(await tab.value('check()')).toEqual(['committed']);
  await tab.until('own()', '2');
  await tab.stays();
});

test('one that is started outside of an effect keeps its code: the page says where, and goes on', async () => {
  await release({
    'src/own.js': `import { label } from './label.js'; export const own = () => label;\nexport const start = () => new Worker(new URL('./late.js', import.meta.url));`,
    'src/late.js': `postMessage(1);`,
    'src/main.js': files['src/main.js'].replace('{ own }', '{ own, start }').replace('window.own =', 'window.start = () => start(); window.own ='),
  });
  const tab = await opened();
  await release({ 'src/late.js': `postMessage(2);` });
  expect(await tab.value('check()')).toEqual(['refused', 'WORKER_CHANGED']);
  expect(await tab.value(`events.filter(([type]) => type === 'reload')`)).toEqual([['reload', 'WORKER_CHANGED src/own.js:2']]);
  expect(await tab.value('own()')).toBe(String(number - 1));
  await tab.stays();
});
