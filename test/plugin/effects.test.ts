/** What counts as an effect at top level, why, and what to write instead. */
import { describe, expect, test } from '@jest/globals';
import { settleEffects } from '../../plugin/effects.js';
import { outlineModule, type Outline } from '../../plugin/outline.js';
import { rewriteModule } from '../../plugin/rewrite.js';
import type { Finding } from '../../runtime/protocol.js';

const outline = (text: string, pure: readonly string[] = []): Outline => outlineModule(text, { id: 'src/a.js', pure });
/** As a build does: what begins with a dot is hot. */
const found = (text: string, pure?: readonly string[]): readonly Finding[] => {
  const made = outline(text, pure);
  return settleEffects(made.effects, made.requests.map(({ specifier }) => (specifier.startsWith('.') ? specifier : `cold:${specifier}`)));
};
const effects = (text: string, pure?: readonly string[]): string[] => found(text, pure).map(({ what }) => what);
const from = (specifier: string, names = '{ a, b }'): string => `import ${names} from '${specifier}';`;

describe('known by name', () => {
  test.each<[string, string]>([
    ["import { watch } from 'node:fs';", "watch('x')"], ["import * as fs from 'fs';", "fs.watch('x')"], ["import fs from 'fs';", "fs.watchFile('x', f)"], ["import { spawn } from 'child_process';", "spawn('ls')"], ["import { Worker } from 'node:worker_threads';", "new Worker('x')"], ["import chokidar from 'chokidar';", "chokidar.watch('x')"], ["import cron from 'node-cron';", "cron.schedule('* * * * *', f)"],
    ["import { CronJob } from 'cron';", "new CronJob('*', f)"], ["import { Queue } from 'bullmq';", "new Queue('x')"], ["import mongoose from 'mongoose';", "mongoose.connect('x')"], ["import knex from 'knex';", 'knex({})'], ["import { PrismaClient } from '@prisma/client';", 'new PrismaClient()'], ["import pg from 'pg';", 'new pg.Pool()'], ["import { createClient } from 'redis';", 'createClient()'], ["import Redis from 'ioredis';", 'new Redis()'],
    ["import { WebSocketServer } from 'ws';", 'new WebSocketServer({ port: 1 })'], ["import { Server } from 'socket.io';", 'new Server(80)'], ["import { serve } from '@hono/node-server';", 'serve(x)'], ["import pino from 'pino';", 'pino.transport({})'], ["import { createSocket } from 'node:dgram';", "createSocket('udp4')"], ["import process from 'node:process';", "process.on('exit', f)"],
    ['const server = f();', 'server.listen(80)'], ["import fastify from 'fastify'; const app = fastify();", 'app.listen({ port: 80 })'], ['', 'new MutationObserver(f).observe(x)'], ["const o = new IntersectionObserver(() => {});", 'o.observe(document.body)'], ['', "matchMedia('x').addEventListener('change', f)"], ['', "document.querySelector('a').addEventListener('click', f)"], ['', 'requestAnimationFrame(f)'], ['', "new BroadcastChannel('x')"], ['', "indexedDB.open('x')"], ['', "navigator.serviceWorker.register('x')"],
    ['', "history.pushState({}, '')"], ['', "localStorage.setItem('a', 1)"], ['', 'document.body.append(x)'], ['', 'queueMicrotask(f)'], ['', "fetch('/x', { method: 'POST' })"], ["import { effect } from '@preact/signals';", 'effect(f)'], ["import { createRoot } from 'react-dom/client';", 'createRoot(x)'], ["import { Counter } from 'prom-client';", 'new Counter({})'],
  ])('%s %s', (head, call) => {
    const all = found(`${head.replaceAll('f()', '{}')} ${call}`);
    expect(all.map(({ what }) => what)).toEqual([call]);
    expect(all[0]?.why).toMatch(/^[A-Z].*\.$/);
  });
  test('what other modules made is changed', () => {
    expect(effects("import { routes } from './routes.js'; routes.push(1); routes.x = 2; routes.get('/', f)")).toEqual(['routes.push(1)', "routes.get('/', f)", 'routes.x = 2']);
    expect(effects("import { routes } from './routes.js'; const x = routes.get(1); routes.map(f); routes()")).toEqual([]);
    expect(effects("import axios from 'axios'; axios.defaults.baseURL = 'x'")).toEqual(["axios.defaults.baseURL = 'x'"]);
    expect(effects("import { a } from './a.js'; Object.assign(a, {}); Object.assign({}, a)")).toEqual(['Object.assign(a, {})']);
  });
  test('what does nothing the second time is none', () => {
    expect(effects("if (!customElements.get('x-y')) customElements.define('x-y', class {})")).toEqual([]);
    expect(effects("import { PrismaClient } from '@prisma/client'; export const db = globalThis.db ??= new PrismaClient()")).toEqual([]);
  });
});

describe('unknown', () => {
  test.each<[string, string[]]>([
    [`${from('some')} a()`, ['a()']], [`${from('some')} const x = new b(1)`, ['new b(1)']], [`${from('some', 'a')} a.b.c()`, ['a.b.c()']], [`${from('some', '* as a')} a.b()`, ['a.b()']], [`${from('some', '{ css }')} const x = css\`a\``, ['css`a`']], ['unknown()', ['unknown()']], [`${from('some')} const x = a(b())`, ['a(b())']], [`${from('some')} const x = () => a()`, []], [`${from('some')} function f() { a() } f()`, ['a()']], [`${from('some')} const x = [1].map(() => a())`, ['a()']],
    [`${from('./hot.js')} a(); const x = new b()`, []], [`${from('some')} class K { x = a(); static y = b() }`, ['b()']], [`${from('some')} a.b; typeof a`, []], [`${from('some')} if (0) a()`, []], ["import { state } from 'relup'; import { open } from 'some'; const s = state({ db: open() })", []],
  ])('%s', (text, expected) => {
    expect(effects(text)).toEqual(expected);
  });
  test('it is marked, and pure() is the way out', () => {
    expect(found(`${from('some')}\nexport const x = a(1);`)).toEqual([{ line: 2, what: 'a(1)', why: 'Nothing is known of what "some" does in this call.', fix: 'export const x = pure(a(1));', unknown: 1 }]);
  });
  test('beside what is known in the same statement it is not worth a word', () => {
    expect(effects(`${from('some')} a(setInterval(f))`)).toEqual(['setInterval(f)']);
  });
});

test('what is handed to functions of other modules may be kept, and is not named', () => {
  const head = "import { wrap } from './wrap.js'; import { query } from 'some';";
  expect(effects(`${head} export const handler = wrap(async (req) => { setTimeout(f); await query(req) }); class Page { show() { setInterval(f) } } wrap(Page); wrap({ Page, run() { query() } }); wrap(class { show() { setInterval(f) } }); function late() { query() } wrap(late)`)).toEqual([]);
  expect(effects(`${head} export const all = [1].map(() => query()); function run(f) { f() } run(() => setInterval(f))`)).toEqual(['query()', 'setInterval(f)']);
});

describe('pure', () => {
  test.each([
    "import { Hono } from 'hono'; import { logger } from 'hono/logger'; const app = new Hono(); app.use(logger()); app.get('/', c => c.text('x')); export default app", "import express, { Router } from 'express'; const app = express(); app.use(express.json()); const r = Router(); r.get('/', (q, s) => s.end()); app.use('/x', r)",
    "import { z } from 'zod'; export const s = z.object({ a: z.string().min(1) }).strict()", "import { createContext, memo, lazy } from 'react'; export const C = createContext(null), M = memo(() => 1), L = lazy(() => import('./x.js'))", "import { ref, computed } from 'vue'; export const n = ref(0), d = computed(() => n.value)", "import { writable } from 'svelte/store'; export const s = writable(0)", "import _ from 'lodash'; export const x = _.range(3)", "import debounce from 'lodash/debounce'; export const f = debounce(() => {}, 1)", "import { of, map } from 'rxjs'; export const x = of(1).pipe(map(y => y))",
    "import path from 'node:path'; import { fileURLToPath } from 'url'; export const here = path.dirname(fileURLToPath(import.meta.url))", "import { createHash } from 'node:crypto'; export const h = createHash('sha256').update('x').digest('hex')", "import { readFileSync } from 'node:fs'; export const t = JSON.parse(readFileSync('x', 'utf8'))", "import { createServer } from 'node:http'; const server = createServer((q, s) => s.end()); server.on('upgrade', () => {})", "import mongoose from 'mongoose'; export const s = new mongoose.Schema({}); s.index({ a: 1 })", "import { nanoid } from 'nanoid'; export const id = nanoid()", "import { AsyncLocalStorage } from 'node:async_hooks'; export const als = new AsyncLocalStorage()", "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); export const p = require('./package.json')", "import * as THREE from 'three'; const s = new THREE.Scene(); s.add(new THREE.Mesh())",
    'const a = Object.keys({}), b = Math.max(1), c = new Map([[1, 2]]), d = new Intl.NumberFormat("de"), e = Symbol(), f = structuredClone({}), g = [3].sort(), h = new Date().toISOString(), i = String(1).padStart(2), j = new URL("http://x").pathname, k = Promise.resolve(), l = process.cwd(), m = console.log("x"), n = crypto.randomUUID(), o = performance.now(), p = Array.from({ length: 2 }, () => 1)', 'const el = document.createElement("a"); el.append("x"); el.addEventListener("click", () => {})', 'const x = window.matchMedia("x").matches, y = document.querySelector("a"), z = location.search.slice(1), w = localStorage.getItem("x")', 'const r = await fetch("/config.json"); const j = await r.json()', 'const make = () => ({ a: [] }); const x = make(); x.a.push(1)', 'class A { static { this.x = new Map() } } const a = new A(); a.run()', '(() => { const x = []; x.push(1) })()', 'if (import.meta.hot) import.meta.hot.accept()',
  ])('%s', (text) => {
    expect(effects(text)).toEqual([]);
  });

  test('by a comment, by pure(), by the option', () => {
    expect(effects(`${from('some')} const x = /*#__PURE__*/ a(), y = /* @__PURE__ */ new b()`)).toEqual([]);
    expect(effects(`import { pure } from 'relup'; ${from('some')} const x = pure(a(b(), [b()])); const y = pure(make()); function make() { return b() }`)).toEqual([]);
    expect(effects(`import { pure } from 'relup'; ${from('some')} const x = pure(1) + a()`)).toEqual(['a()']);
    expect(effects(`const pure = x => x; ${from('some')} const x = pure(a())`)).toEqual(['a()']);
    expect(effects(`${from('some')} a(); b()`, ['some'])).toEqual([]);
    expect(effects(`${from('some')} a(); b()`, ['some#a'])).toEqual(['b()']);
    expect(effects("import x, * as ns from 'some/deep'; x.make(); ns.other()", ['some/deep#make', 'some#other'])).toEqual([]);
    expect(effects("import { setInterval } from 'node:timers'; setInterval(f)", ['timers'])).toEqual([]);
  });

  test.each<[string, string]>([
    ["import { pure } from 'relup'; const x = pure(f(1));", 'const x = (f(1));'], ["import { pure } from 'relup';\nlet a = 1\npure(a)", 'let a = 1\n;(a)'], ["import { pure as p } from 'relup'; const x = p( /* y */ [1] );", 'const x = ( /* y */ [1] );'], ["import { pure } from 'relup'; const x = pure(1, 2), y = pure();", 'const x = (($t) => $t)(1, 2), y = (($t) => $t)();'], ["import { pure } from 'relup'; const o = { pure }, x = [1].map(pure);", 'const o = { pure: (($t) => $t) }, x = [1].map((($t) => $t));'],
  ])('pure() vanishes: %s', (text, expected) => {
    const made = outline(text);
    expect(made.requests).toEqual([]);
    expect(rewriteModule(text, made, { id: 'src/a.js', requests: [], dynamic: {}, sourceFile: 'src/a.js' }).artifact.code).toContain(expected);
  });
});

describe('what to write instead', () => {
  const fix = (text: string): string | undefined => found(text)[0]?.fix;
  test.each<[string, string]>([
    ['setInterval(tick, 1000);', 'effect(() => {\n  const started = setInterval(tick, 1000);\n  return () => clearInterval(started);\n});'],
    ['export const timer = setInterval(tick, 1000);', 'export let timer = reset(undefined);\neffect(() => {\n  timer = setInterval(tick, 1000);\n  return () => clearInterval(timer);\n});'],
    ["process.on('exit', bye);", "effect(() => {\n  process.on('exit', bye);\n  return () => process.off('exit', bye);\n});"],
    ["addEventListener('x', () => go(), { passive: true });", "effect(() => {\n  const listener = () => go();\n  addEventListener('x', listener, { passive: true });\n  return () => removeEventListener('x', listener, { passive: true });\n});"],
    ['const app = {}; app.listen(80);', 'effect(() => {\n  app.listen(80);\n  return () => app.close();\n});'],
    ['createServer(show).listen(80);', 'effect(() => {\n  const started = createServer(show).listen(80);\n  return () => started.close();\n});'],
    ["import pg from 'pg'; export const pool = new pg.Pool();", 'export const opened = state({ pool: new pg.Pool() });'],
    ["customElements.define('x-y', XY);", "if (!customElements.get('x-y')) customElements.define('x-y', XY);"],
    ['globalThis.config = 1;', 'effect(() => {\n  const before = globalThis.config;\n  globalThis.config = 1;\n  return () => { globalThis.config = before; };\n});'],
    ["import { install } from 'some'; install();", 'effect(() => {\n  install();\n  return () => { /* take it back here */ };\n});'],
  ])('%s', (text, expected) => {
    expect(fix(text)).toBe(expected);
  });
  test('what is written is no effect any more', () => {
    const texts = ['setInterval(tick, 1000);', 'export const timer = setInterval(tick, 1000);', "process.on('exit', bye);", 'createServer(show).listen(80);', "import pg from 'pg'; export const pool = new pg.Pool();", "customElements.define('x-y', XY);", 'globalThis.config = 1;', "import { install } from 'some'; install();", "import { make } from 'some'; const x = make();"];
    for (const text of texts) {
      const imports = text.match(/^import .*?;/)?.[0] ?? '';
      const rewritten = outline(`import { effect, state, reset, pure } from 'relup'; ${imports} ${fix(text)}`);
      expect([text, rewritten.effects, rewritten.undeclared]).toEqual([text, [], []]);
    }
  });
});

describe('values that entries hand away', () => {
  const handed = (text: string): (string | undefined)[] => outline(`import app from './app.js'; import * as ns from './ns.js'; import { serve } from 'x'; import http, { createServer } from 'node:http'; ${text}`).handed.map(({ fix }) => fix);
  test.each<[string, string[]]>([
    ['serve(app)', ['serve({ fetch: (...args) => app.fetch(...args) })']], ['serve({ fetch: app.fetch, port: 1 })', ['serve({ fetch: (...args) => app.fetch(...args), port: 1 })']], ['createServer(app).listen(1)', ['createServer((...args) => app(...args))']], ['http.createServer({}, ns.app)', ['http.createServer({}, (...args) => ns.app(...args))']], ["const s = createServer(); s.on('request', app.callback)", ["s.on('request', (...args) => app.callback(...args))"]],
    ['function start() { serve({ app }) } start()', ['serve({ app: (...args) => app(...args) })']], ['function late() { serve(app) }', []], ['console.log(app)', []], ['serve(x => app.fetch(x))', []],
  ])('%s', (text, expected) => {
    expect(handed(text)).toEqual(expected);
  });
});
