/**
 * Starts the service: database, market, HTTP server, WebSocket gateway and the follower of releases.
 * What it hands to the outside are closures that call imports, so that an upgrade reaches all that lies behind them.
 * What it started is state: a new version of this very module finds the port open and every socket connected.
 */
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { effect, state } from 'relup';
import { follow, type Following } from 'relup/node';
import type { WebSocketServer } from 'ws';
import { products } from './catalogue/products.js';
import { indexProducts } from './catalogue/search-index.js';
import { dataFile, follows, hostname, port, probationMs } from './config.js';
import { closeDatabase, openDatabase } from './database/connection.js';
import { createSchema } from './database/schema.js';
import { seed } from './database/seed.js';
import { answer } from './http/router.js';
import { reclaimJobs } from './jobs/queue.js';
import { acceptUpgrade, closeGateway, createGateway } from './live/gateway.js';
import { openMarket } from './market/market.js';
import { flushAudit } from './operations/audit.js';
import { checkHealth } from './operations/health.js';
import { announce } from './operations/supervisor.js';
import { noteUpgrade } from './operations/upgrades.js';

const running = state({
  server: null as Server | null,
  gateway: null as WebSocketServer | null,
  following: null as Promise<Following> | null,
});

effect(() => start());

function start(): void {
  if (running.server) return;
  openDatabase(dataFile());
  createSchema();
  seed();
  reclaimJobs();
  indexProducts(products());
  openMarket(products());

  const gateway = createGateway();
  const server = serve(
    { fetch: request => answer(request), hostname: hostname(), port: port() },
    info => goLive(info.port),
  ) as Server;
  server.on('upgrade', (request, socket, head) => acceptUpgrade(gateway, request, socket, head));
  running.server = server;
  running.gateway = gateway;
}

/** From here on requests come in, and releases too. */
function goLive(port: number): void {
  announce({ kind: 'listening', port });
  if (!follows()) return;
  running.following = follow({
    onEvent: event => noteUpgrade(event),
    probation: { ms: probationMs(), health: () => checkHealth() },
  });
}

/** Says farewell to open sockets, lets running requests finish, and calls `done` when nothing is left. */
export function stop(done: () => void): void {
  const { server, gateway, following } = running;
  if (!server || !gateway) return done();
  running.server = running.gateway = running.following = null;
  void following?.then(follower => follower.close());
  closeGateway(gateway);
  // A kept-alive connection is closed as soon as it is idle.
  const idle = setInterval(() => server.closeIdleConnections(), 5);
  server.close(() => {
    clearInterval(idle);
    flushAudit();
    closeDatabase();
    done();
  });
}
