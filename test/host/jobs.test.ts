/**
 * Requests as jobs, in real servers: a request that was under way when a release was committed sees its own release to the end,
 * in every callback, while the next one is served by the new release.
 */
import { request, type ClientRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import WebSocket from 'ws';
import { Application, within, type Deployment, type Files, type Release, type Server } from './server.js';

const price = (text: string): Files => ({ 'src/price.js': `export const price = () => ${JSON.stringify(text)};` });

/** The same in all releases. What a request saw, it answers: at once, at every chunk of its body, at its end, after a timer. */
const servers = `
  import { createServer } from 'node:http';
  import express from 'express';
  import Fastify from 'fastify';
  import { Hono } from 'hono';
  import { serve } from '@hono/node-server';
  import { WebSocketServer } from 'ws';
  import { job } from 'relup';
  import { connect, fastify, hono, http, ws } from 'relup/jobs';
  import { price } from './price.js';

  export const closed = [];
  const listen = (server) => new Promise((settle) => server.listen(0, '127.0.0.1', () => settle(server.address().port)));
  const timer = () => new Promise((settle) => setTimeout(settle, 1));
  async function look(incoming, outgoing) {
    const seen = [price()];
    outgoing?.on('close', () => closed.push(price()));
    incoming.on('data', () => seen.push(price()));
    await new Promise((settle) => incoming.on('end', settle));
    seen.push(price());
    await timer();
    return [...seen, price()];
  }
  const plain = async (incoming, outgoing) => {
    if (incoming.url === '/throw') throw new Error('thrown by a handler');
    outgoing.end(JSON.stringify(await look(incoming, outgoing)));
  };
  function withExpress() {
    const app = express();
    app.use(connect());
    app.use(async (incoming, outgoing) => outgoing.json(await look(incoming, outgoing)));
    return listen(createServer(app));
  }
  async function withFastify() {
    const app = Fastify();
    await app.register(fastify);
    app.addContentTypeParser('*', (incoming, payload, done) => void look(payload).then((seen) => done(null, seen), done));
    app.post('/*', async ({ body }) => (await timer(), [...body, price()]));
    await app.listen({ port: 0, host: '127.0.0.1' });
    return app.server.address().port;
  }
  function withHono() {
    const app = new Hono();
    app.use(hono());
    app.post('/*', async (context) => {
      const seen = [price()];
      for await (const chunk of context.req.raw.body) seen.push(price());
      await timer();
      return context.json([...seen, price()]);
    });
    return new Promise((settle) => serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => settle(port)));
  }
  function withSockets() {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    let go;
    server.on('connection', (socket) => socket.on('message', ws(async function message(data) {
      const seen = [this === socket, price()];
      if (String(data) === 'go') go();
      else await new Promise((settle) => { go = settle; });
      await timer();
      socket.send(JSON.stringify([...seen, price()]));
    })));
    return new Promise((settle) => server.on('listening', () => settle(server.address().port)));
  }
  const app = express();
  app.use(connect(), async (incoming, outgoing) => outgoing.json(await look(incoming, outgoing)));
  const makers = {
    http: () => listen(createServer(http(plain))),
    drain: () => listen(createServer(http(plain, { mode: 'drain', name: 'drained' }))),
    nested: () => listen(createServer(http((incoming, outgoing) => app(incoming, outgoing)))),
    express: withExpress, fastify: withFastify, hono: withHono, ws: withSockets,
  };
  const ports = {};
  export const start = (name) => ports[name] ??= makers[name]();
  /** The server is made by a job that goes on: what arrives must not be taken for a part of it. */
  export const startInJob = (name) => ports[name] ??= new Promise((settle) => void job(async () => {
    settle(await makers[name]());
    await new Promise(() => {});
  }, { name: 'maker', mode: 'pinned' }));
`;

const app = `
  import { purge, versions } from 'relup/runtime';
  import { closed, start, startInJob } from './servers.js';
  import { price } from './price.js';
  export async function answer(path) {
    if (path.startsWith('/port/')) return start(path.slice(6));
    if (path.startsWith('/port-in-job/')) return startInJob(path.slice(13));
    if (path === '/jobs') return { jobs: versions().jobs, old: versions().old };
    if (path === '/closed') return closed.splice(0);
    if (path === '/purge') return purge({ graceMs: 50 });
    return price();
  }`;

let application: Application;
let second: Release;
let third: Release;

beforeAll(async () => {
  application = new Application({ 'src/app.js': app, 'src/servers.js': servers, ...price('one') }, { packages: ['express', 'fastify', 'hono', '@hono/node-server', 'ws'] });
  await application.build();
  second = await application.build(price('two'));
  third = await application.build(price('three'));
});
afterAll(() => application.close());

/** A request whose body is sent piece by piece. */
class Posting {
  readonly #request: ClientRequest;
  readonly answer: Promise<string>;

  constructor(port: number, path = '/orders?page=2') {
    this.#request = request({ port, host: '127.0.0.1', path, method: 'POST', headers: { 'content-type': 'text/csv' } });
    this.answer = new Promise((settle, reject) => {
      this.#request.on('error', reject);
      this.#request.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; }).on('end', () => settle(text));
      });
    });
    this.answer.catch(() => {});
  }

  send(text: string): void {
    this.#request.write(text);
  }

  abort(): void {
    this.#request.destroy();
  }

  async seen(): Promise<string[]> {
    this.#request.end('last');
    return [...new Set(JSON.parse(await within(this.answer, 'answer')) as string[])];
  }
}

interface Listed {
  readonly jobs: readonly { readonly name: string; readonly mode: string; readonly site: string | null }[];
  readonly old: readonly { readonly jobs: Listed['jobs'] }[];
}

/** Ask until the answer fits: jobs end when a socket is closed. */
async function listed(server: Server, fits: (listed: Listed) => boolean): Promise<Listed> {
  for (let count = 0; count < 200; count++) {
    const found = await server.ask<Listed>('/jobs');
    if (fits(found)) return found;
    await sleep(10);
  }
  throw new Error(`Jobs are ${JSON.stringify(await server.ask('/jobs'))}`);
}

const running = (found: Listed): number => found.jobs.length + found.old.flatMap(({ jobs }) => jobs).length;

async function serving(name: string, follow: object = {}, path = '/port/'): Promise<{ deployment: Deployment; server: Server; port: number }> {
  const deployment = application.deploy();
  const server = await deployment.start({ follow: { log: false, ...follow } });
  return { deployment, server, port: await server.ask<number>(`${path}${name}`) };
}

describe.each(['http', 'nested', 'express', 'fastify', 'hono'])('%s', (name) => {
  test('a request under way sees its own release in every callback, the next one the new release; both end', async () => {
    const { deployment, server, port } = await serving(name);
    const old = new Posting(port);
    old.send('first');
    const { jobs } = await listed(server, (found) => running(found) === 1);
    expect(jobs).toMatchObject([{ name: 'POST /orders', mode: 'pinned' }]);
    deployment.publish(second);
    await server.event('committed', second);
    old.send('second');
    expect(await new Posting(port).seen()).toEqual(['two']);
    expect((await server.ask<Listed>('/jobs')).old[0]?.jobs).toContainEqual(expect.objectContaining({ name: 'POST /orders' }));
    expect(await old.seen()).toEqual(['one']);
    await listed(server, (found) => running(found) === 0);
    expect(await new Posting(port).seen()).toEqual(['two']);
    if (name !== 'fastify' && name !== 'hono') expect(await server.ask('/closed')).toEqual(['two', 'one', 'two']);
  });

  test('a request whose client goes away has ended', async () => {
    const { server, port } = await serving(name);
    const old = new Posting(port);
    old.send('first');
    await listed(server, (found) => running(found) === 1);
    old.abort();
    await listed(server, (found) => running(found) === 0);
    expect(await server.ask()).toBe('one');
  });
});

test('ws: every message is a job of its own', async () => {
  const { deployment, server, port } = await serving('ws', {}, '/port-in-job/');
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  const received: unknown[] = [];
  const answers = new Promise<unknown[]>((settle) => socket.on('message', (data: Buffer) => received.push(JSON.parse(String(data))) === 2 && settle(received)));
  await new Promise((settle) => socket.on('open', settle));
  socket.send('wait');
  const { jobs } = await listed(server, (found) => running(found) === 2);
  expect(jobs).toMatchObject([{ name: 'maker' }, { name: 'message', mode: 'pinned', site: expect.stringContaining('main.js') }]);
  deployment.publish(second);
  await server.event('committed', second);
  socket.send('go');
  expect((await within(answers, 'answers')).map((answer) => JSON.stringify(answer)).sort()).toEqual(['[true,"one","one"]', '[true,"two","two"]']);
  await listed(server, (found) => running(found) === 1);
  socket.close();
});

test('what arrives at a server is no part of the job that made the server', async () => {
  const { deployment, server, port } = await serving('http', {}, '/port-in-job/');
  deployment.publish(second);
  await server.event('committed', second);
  expect(await new Posting(port).seen()).toEqual(['two']);
  const { old } = await listed(server, (found) => running(found) === 1);
  expect(old).toMatchObject([{ jobs: [{ name: 'maker', mode: 'pinned' }] }]);
});

test('what a handler rejects with is not swallowed', async () => {
  const { server, port } = await serving('http');
  new Posting(port, '/throw').send('x');
  expect(await within(server.exited, 'exit')).toBe(1);
  expect(server.stderr).toContain('thrown by a handler');
});

test('mode drain: an upgrade waits for requests, new ones wait for it, and one whose client went away meanwhile ends', async () => {
  const { deployment, server, port } = await serving('drain');
  const old = new Posting(port);
  old.send('first');
  await listed(server, (found) => running(found) === 1);
  deployment.publish(second);
  await server.event('waiting');
  const queued = new Posting(port);
  queued.send('first');
  const gone = new Posting(port);
  gone.send('first');
  await sleep(50);
  gone.abort();
  await sleep(50);
  expect(await old.seen()).toEqual(['one']);
  await server.event('committed', second);
  expect(await queued.seen()).toEqual(['two']);
  await listed(server, (found) => running(found) === 0);
});

test('JOBS_RUNNING: what waited in vain is tried again at the next look; "relup ctl" shows and purges', async () => {
  const { deployment, server, port } = await serving('http', { jobs: { waitMs: 20 } });
  const old = new Posting(port);
  old.send('first');
  await listed(server, (found) => running(found) === 1);
  deployment.publish(second);
  await server.event('confirmed', second);
  deployment.publish(third);
  expect(await server.refusal()).toMatchObject({ code: 'JOBS_RUNNING', reason: expect.stringContaining('POST /orders'), hint: expect.stringContaining('Nothing was changed') });
  const answer = (await deployment.ctl('versions')).answer.result as Listed;
  expect(answer.old[0]?.jobs).toMatchObject([{ name: 'POST /orders', mode: 'pinned' }]);
  expect(await deployment.ctl('purge', '--grace', '20')).toMatchObject({ code: 2, answer: { result: { outcome: 'refused', refusals: [{ code: 'JOBS_RUNNING' }] } } });
  expect(await old.seen()).toEqual(['one']);
  await listed(server, (found) => running(found) === 0);
  expect(await deployment.ctl('purge')).toMatchObject({ code: 0, answer: { result: { outcome: 'purged' } } });
  expect(await server.check()).toMatchObject({ outcome: 'committed', to: third.name });
});

test('OPTION: limits that make no sense end the start', async () => {
  await expect(serving('http', { jobs: { maxReleases: 1 } })).rejects.toThrow(/OPTION.*jobs\.maxReleases/s);
});
