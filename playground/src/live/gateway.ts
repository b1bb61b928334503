/**
 * WebSockets: takes connections over from the HTTP server and hands every message on.
 * Its listeners live as long as a connection does, so they only call imports.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { receive } from './commands.js';
import { drop, noteAlive } from './subscriptions.js';

export function createGateway(): WebSocketServer {
  const gateway = new WebSocketServer({ noServer: true, maxPayload: 16_384 });
  gateway.on('connection', (socket: WebSocket) => {
    noteAlive(socket);
    socket.on('message', data => receive(socket, data.toString()));
    socket.on('pong', () => noteAlive(socket));
    socket.on('close', () => drop(socket));
  });
  return gateway;
}

export function acceptUpgrade(gateway: WebSocketServer, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  if (request.url !== '/live') {
    socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
    return;
  }
  gateway.handleUpgrade(request, socket, head, client => gateway.emit('connection', client, request));
}

export function closeGateway(gateway: WebSocketServer): void {
  for (const client of gateway.clients) client.close(1001, 'The service stops.');
  gateway.close();
}
