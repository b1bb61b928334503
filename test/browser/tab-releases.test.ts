/**
 * An application without a framework, through ten releases in one open tab. Oracle: a fresh load of the same release with the same
 * state put in has the same document. What a person would lose by a reload is still there.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { WebSocketServer } from 'ws';
import { launch, type DevPage } from './dev-page.js';
import { deploy, type Site } from './site.js';

const files = {
  'index.html': `<!doctype html><html lang="en"><head><title>desk</title><link rel="icon" href="data:,"></head><body>
<form><input id="typed"><textarea id="note"></textarea></form><dialog id="dialog"><button id="inside">inside</button></dialog>
<canvas id="paper" width="20" height="20"></canvas><canvas id="scene" width="20" height="20"></canvas>
<main id="list" style="height: 60px; overflow: auto"></main><p id="total"></p><p id="clock"></p><desk-badge></desk-badge><script type="module" src="/src/main.js"></script></body></html>`,
  'src/main.js': `import './main.css'; import { draw, seed, snapshot } from './app.js'; import { connect, sockets } from './socket.js'; import { paint } from './canvas.js'; import { Badge } from './badge.js';
import { clock, speed } from './clock.js'; import { openDetails } from './menu.js'; import { current } from 'relup/runtime';
customElements.define('desk-badge', Badge);
window.desk = { draw: () => draw(), seed: (state) => seed(state), snapshot: () => snapshot(), connect: (url) => connect(url), sockets, paint: () => paint(), speed: () => speed(), clock: () => clock, details: () => openDetails(), release: () => current().release };
document.querySelector('#inside').addEventListener('click', () => draw()); draw();`,
  'src/main.css': 'body { color: rgb(1, 1, 1) } .row { height: 20px }',
  'src/app.js': `import { orders } from './orders.js'; import { row } from './row.js'; import { total } from './total.js';
export const draw = () => { document.querySelector('#list').innerHTML = orders.items.map(row).join(''); document.querySelector('#total').textContent = total(orders.items); document.querySelector('desk-badge')?.show?.(orders.items.length); };
export const snapshot = () => JSON.stringify(orders); export const seed = (text) => { Object.assign(orders, JSON.parse(text)); draw(); };`,
  'src/orders.js': `import { state } from 'relup'; export const orders = state({ items: Array.from({ length: 12 }, (_, index) => ({ name: 'item ' + index, price: index })) });
export const add = (name, price) => { orders.items.push({ name, price }); };`,
  'src/row.js': `export const row = ({ name, price }) => '<div class="row">' + name + ' at ' + price + '</div>';`,
  'src/total.js': `export const total = (items) => 'total ' + items.reduce((sum, { price }) => sum + price, 0);`,
  'src/socket.js': `import { state } from 'relup'; import { onMessage } from './protocol.js'; export const sockets = state({ open: null, closed: 0, seen: [] });
export const connect = (url) => new Promise((resolve) => { const socket = new WebSocket(url); sockets.open = socket; socket.addEventListener('open', resolve); socket.addEventListener('close', () => { sockets.closed++; }); socket.addEventListener('message', onMessage); });`,
  'src/protocol.js': `import { sockets } from './socket.js'; export function onMessage({ data }) { sockets.seen.push('one ' + data); }`,
  'src/canvas.js': `export const paint = () => { const paper = document.querySelector('#paper').getContext('2d'); paper.fillStyle = '#102030'; paper.fillRect(0, 0, 20, 20); const scene = document.querySelector('#scene').getContext('webgl'); window.scene = scene; return Boolean(scene); };`,
  'src/badge.js': `export class Badge extends HTMLElement { show(count) { this.count = count; this.textContent = this.text(); } text() { return this.count + ' orders'; } }`,
  'src/clock.js': `import { state, effect } from 'relup'; export const clock = state({ ticks: 0, running: 0 });
effect(() => { clock.running++; const timer = setInterval(() => { clock.ticks++; }, 10); return () => { clock.running--; clearInterval(timer); }; });
export const speed = () => 'slow';`,
  'src/menu.js': `export const openDetails = async () => { const { details } = await import('./details.js'); return details(); };`,
  'src/details.js': `import './details.css'; import { orders } from './orders.js'; export const details = () => 'details of ' + orders.items.length;`,
  'src/details.css': '#total { font-weight: 700 }',
};

/** What each release changes, and what is asked of it. */
const releases: readonly { readonly what: string; readonly files: Readonly<Record<string, string>>; readonly shows?: readonly [selector: string, text: string] }[] = [
  { what: 'a function', files: { 'src/row.js': files['src/row.js'].replace(' at ', ' costs ') }, shows: ['.row', 'item 0 costs 0'] },
  { what: 'a style sheet', files: { 'src/main.css': 'body { color: rgb(2, 2, 2) } .row { height: 20px }' } },
  { what: 'a function that was handed to a socket', files: { 'src/protocol.js': files['src/protocol.js'].replace('one ', 'two ') } },
  { what: 'a class of a custom element', files: { 'src/badge.js': files['src/badge.js'].replace("' orders'", "' open orders'") }, shows: ['desk-badge', '12 open orders'] },
  { what: 'a module that is new', files: { 'src/money.js': `export const money = (n) => n + ' EUR';`, 'src/total.js': `import { money } from './money.js'; export const total = (items) => 'total ' + money(items.reduce((sum, { price }) => sum + price, 0));` }, shows: ['#total', 'total 66 EUR'] },
  { what: 'the shape of state', files: { 'src/orders.js': `import { state } from 'relup'; export const orders = state({ items: Array.from({ length: 12 }, (_, index) => ({ name: 'item ' + index, price: index, count: 1 })), note: '' }, { version: 2, up: { 2: ({ items }) => ({ items: items.map((item) => ({ ...item, count: 1 })) }) }, down: { 1: ({ items }) => ({ items }) } });\nexport const add = (name, price) => { orders.items.push({ name, price, count: 1 }); };`, 'src/row.js': `export const row = ({ name, price, count }) => '<div class="row">' + count + ' x ' + name + ' at ' + price + '</div>';` }, shows: ['.row', '1 x item 0 at 0'] },
  { what: 'a timer', files: { 'src/clock.js': files['src/clock.js'].replace("'slow'", "'fast'").replace(', 10)', ', 5)') } },
  { what: 'a lazy module and its style sheet', files: { 'src/details.js': files['src/details.js'].replace('details of', 'all of'), 'src/details.css': '#total { font-weight: 800 }' } },
  { what: 'a module that goes', files: { 'src/total.js': `export const total = (items) => items.length + ' items';` }, shows: ['#total', '12 items'] },
  { what: 'markup that code makes', files: { 'src/app.js': files['src/app.js'].replace("map(row).join('')", "map(row).join('') + '<hr>'") } },
];

let browser: Browser;
let site: Site;
const server = createServer();
const sockets = new WebSocketServer({ server });
beforeAll(async () => {
  browser = await launch();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  site = await deploy({ files, relup: '{ follow: { pollMs: 0, probation: false } }' });
}, 60_000);
afterAll(async () => {
  for (const client of sockets.clients) client.terminate();
  server.close();
  await site?.close();
  await browser?.close();
});

/** The document without what differs from load to load. */
const body = (tab: DevPage): Promise<unknown> => tab.value(`(() => { const copy = document.body.cloneNode(true); copy.querySelectorAll('script').forEach((script) => script.remove()); copy.querySelector('#dialog').removeAttribute('open'); return copy.innerHTML; })()`);
const styles = (tab: DevPage): Promise<unknown> => tab.value(`['body', '.row', '#total', 'desk-badge'].map((selector) => [...getComputedStyle(document.querySelector(selector))].map((name) => name + getComputedStyle(document.querySelector(selector))[name]).filter((text) => /color|font|height/.test(text)).join())`);

describe('an open tab', () => {
  test('through ten releases', async () => {
    const tab = await site.open();
    await tab.until('Boolean(window.desk)', true);
    await tab.value(`window.desk.connect('ws://127.0.0.1:${(server.address() as AddressInfo).port}')`);
    expect(await tab.value('window.desk.paint()')).toBe(true);
    await tab.value('window.desk.details()');
    await tab.page.fill('#note', 'a note');
    await tab.value(`document.querySelector('#dialog').showModal()`);
    await tab.value(`document.querySelector('#dialog').close(); document.querySelector('#list').scrollTop = 45; document.querySelector('#dialog').show();`);
    await tab.page.focus('#typed');
    await tab.page.keyboard.type('half a sen');
    let sent = 0;
    for (const [index, { what, files: changed, shows }] of releases.entries()) {
      await site.release(changed);
      // As an event of the network: nobody calls anything of relup's.
      await tab.value(`new Promise((resolve) => setTimeout(resolve, 1100)).then(() => dispatchEvent(new Event('online')))`);
      const { release } = JSON.parse(site.served('relup/latest.json')) as { release: string };
      await tab.until('window.desk.release()', release);
      for (const client of sockets.clients) client.send(String(++sent));
      await tab.until('window.desk.sockets.seen.length', sent);
      if (shows) {
        await tab.value('window.desk.draw()');
        expect([what, await tab.value(`document.querySelector(${JSON.stringify(shows[0])}).textContent`)]).toEqual([what, shows[1]]);
      }
      await tab.value('window.desk.draw()');
      const fresh = await site.open();
      await fresh.until('Boolean(window.desk)', true);
      await fresh.value(`window.desk.seed(${JSON.stringify(await tab.value('window.desk.snapshot()'))})`);
      await fresh.value('window.desk.details()');
      expect([what, await body(tab)]).toEqual([what, await body(fresh)]);
      expect([what, await styles(tab)]).toEqual([what, await styles(fresh)]);
      expect([what, await tab.value('window.desk.speed()'), await tab.value('window.desk.details()')]).toEqual([what, await fresh.value('window.desk.speed()'), await fresh.value('window.desk.details()')]);
      await fresh.page.context().close();
      // What a person would lose.
      await tab.page.keyboard.type(String(index));
      expect([what, await tab.value(`[document.activeElement.id, document.querySelector('#typed').value, document.querySelector('#note').value, document.querySelector('#list').scrollTop, document.querySelector('#dialog').open, document.querySelector('#paper').getContext('2d').getImageData(1, 1, 1, 1).data.join(), window.scene.isContextLost(), document.querySelector('#scene').getContext('webgl') === window.scene, window.desk.sockets.open.readyState, window.desk.sockets.closed, window.desk.clock().running]`)])
        .toEqual([what, ['typed', `half a sen${Array.from({ length: index + 1 }, (_, each) => each).join('')}`, 'a note', 45, true, '16,32,48,255', false, true, 1, 0, 1]]);
    }
    expect(await tab.value('window.desk.sockets.seen')).toEqual([...[1, 2].map((number) => `one ${number}`), ...[3, 4, 5, 6, 7, 8, 9, 10].map((number) => `two ${number}`)]);
    await tab.stays();
    expect(await tab.value(`performance.getEntriesByType('navigation').length`)).toBe(1);
    expect(tab.errors).toEqual([]);
  }, 300_000);
});
