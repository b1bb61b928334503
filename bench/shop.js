/**
 * Writes the program that jobs and upgrades are measured on: a shop whose requests go through a chain of asynchronous steps.
 * Functions are kept as values (the chain, callbacks), classes are shared between modules, one is a subclass, a timer runs.
 * The same arguments give the same bytes.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What `job` is. `none`: the work itself, as without relup; `context`: AsyncLocalStorage and nothing else. */
const jobs = {
  relup: `export { job } from 'relup';\n`,
  none: `export const job = async (work) => work();\njob.wrap = (work) => work;\n`,
  context: `import { AsyncLocalStorage } from 'node:async_hooks';
const storage = new AsyncLocalStorage();
export const job = async (work) => storage.run({}, work);
job.wrap = (work) => work;
`,
};

const modules = revision => ({
  'parse.js': `const revision = ${revision};
export async function parse(context) {
  const url = new URL(context.url, 'http://shop.example');
  context.user = url.searchParams.get('user');
  context.wanted = url.searchParams.getAll('item');
  context.revisions = revision;
}
`,
  'sessions.js': `const revision = ${revision};
const sessions = new Map(Array.from({ length: 100 }, (_, index) => ['user ' + index, { user: 'user ' + index, discount: index % 7 }]));
export async function find(user) {
  const session = sessions.get(user);
  if (!session) throw new Error('No session of ' + user + ', revision ' + revision);
  return session;
}
`,
  'authenticate.js': `import { find } from './sessions.js';
const revision = ${revision};
export async function authenticate(context) {
  context.session = await find(context.user);
  context.revisions += revision;
}
`,
  'catalog.js': `const revision = ${revision};
const items = new Map(Array.from({ length: 200 }, (_, index) => [String(index), { id: index, name: 'item ' + index, cents: 100 + index * 37 % 900, gift: index % 5 === 0 }]));
export async function load(context) {
  context.items = [];
  for (const id of context.wanted) context.items.push(await fetchItem(id));
  context.revisions += revision;
}
export async function fetchItem(id) { return items.get(id); }
`,
  'line.js': `const revision = ${revision};
export class Line {
  constructor(item, count) { this.item = item; this.count = count; }
  total() { return this.item.cents * this.count; }
  label() { return this.count + ' x ' + this.item.name; }
  revision() { return revision; }
}
`,
  'gift.js': `import { Line } from './line.js';
const revision = ${revision};
export class Gift extends Line {
  total() { return Math.round(super.total() * 0.9); }
  label() { return super.label() + ', wrapped'; }
  wrapping() { return revision; }
}
`,
  'price.js': `import { Line } from './line.js';
import { Gift } from './gift.js';
import { add, round } from './money.js';
const revision = ${revision};
export function toLine(item, index) { return item.gift ? new Gift(item, index + 1) : new Line(item, index + 1); }
export async function price(context) {
  context.lines = context.items.map(toLine);
  context.total = round(context.lines.map((line) => line.total()).reduce(add, 0) * (100 - context.session.discount) / 100);
  context.revisions += revision + context.lines[0].revision();
}
`,
  'money.js': `const revision = ${revision};
export function add(sum, cents) { return sum + cents; }
export function round(cents) { return Math.round(cents); }
export function show(cents) { return (cents / 100).toFixed(2) + ' EUR' + (revision ? '' : '!'); }
`,
  'render.js': `import { show } from './money.js';
const revision = ${revision};
export function row(line) { return '<li>' + line.label() + ': ' + show(line.total()) + '</li>'; }
export async function render(context) {
  context.body = '<h1>' + context.session.user + '</h1><ol>' + context.lines.map(row).join('') + '</ol><p>' + show(context.total) + '</p>';
  context.revisions += revision;
}
`,
  'chain.js': `import { parse } from './parse.js';
import { authenticate } from './authenticate.js';
import { load } from './catalog.js';
import { price } from './price.js';
import { render } from './render.js';
const revision = ${revision};
const chain = [parse, authenticate, load, price, render];
export async function answer(url) {
  const context = { url };
  for (const step of chain) await step(context);
  return { length: context.body.length, total: context.total, revisions: context.revisions + revision };
}
`,
  'requests.js': `import { reset } from 'relup';
const revision = ${revision};
const urls = Array.from({ length: 40 }, (_, index) => '/order?user=user%20' + index * 7 % 100 + Array.from({ length: 8 }, (_, item) => '&item=' + (index * 13 + item * 29) % 200).join(''));
const counter = reset({ next: revision * 0 });
export function nextUrl() { return urls[counter.next++ % urls.length]; }
export function nothing() {}
`,
});

/** How many values of `revisions` one request adds up. */
export const revisionsOfRequest = 7;

/**
 * Shape: `jobs` is a key of the table above; `entry` is appended to the entry. All modules but the entry carry `revision`.
 * The entry exports `work()`: one request as a job, a promise of { length, total, revisions }; `bare()`: a job of 40 awaits that does nothing
 * else; `hold()`: a pinned job that lives until `end()` and does requests by `work()`.
 */
export function writeShop(dir, { revision = 1, job = 'relup', entry = '' } = {}) {
  const src = join(dir, 'src');
  mkdirSync(src, { recursive: true });
  for (const [name, text] of Object.entries(modules(revision))) writeFileSync(join(src, name), text);
  writeFileSync(join(src, 'job.js'), jobs[job]);
  writeFileSync(join(src, 'main.js'), `import { job } from './job.js';
import { answer } from './chain.js';
import { nextUrl, nothing } from './requests.js';

const pinned = { mode: 'pinned', name: 'request' };
export function work() { return job(() => answer(nextUrl()), pinned); }

export function bare() {
  return job(async () => {
    for (let index = 0; index < 40; index++) await nothing();
    return 40;
  }, pinned);
}

export function hold() {
  let work;
  let end;
  const ended = job(() => {
    work = job.wrap(() => job(() => answer(nextUrl()), pinned));
    return new Promise((resolve) => { end = resolve; });
  }, { mode: 'pinned', name: 'held' });
  return { work, end: () => { end(); return ended; } };
}
${entry}`);
  return join(src, 'main.js');
}
