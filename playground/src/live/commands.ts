/** What a client may say over its socket: `{"subscribe": "prices"}`, `{"unsubscribe": ...}`, `{"ping": 7}`. */
import type { WebSocket } from 'ws';
import { marketStep } from '../market/market.js';
import { subscribe, unsubscribe } from './subscriptions.js';

export function receive(socket: WebSocket, text: string): void {
  socket.send(JSON.stringify(reply(socket, parse(text))));
}

function reply(socket: WebSocket, command: Record<string, unknown> | null): object {
  if (typeof command?.['subscribe'] === 'string') {
    subscribe(socket, command['subscribe']);
    return { subscribed: command['subscribe'], step: marketStep() };
  }
  if (typeof command?.['unsubscribe'] === 'string') {
    unsubscribe(socket, command['unsubscribe']);
    return { unsubscribed: command['unsubscribe'] };
  }
  if (typeof command?.['ping'] === 'number') return { pong: command['ping'] };
  return { error: 'Say {"subscribe": topic}, {"unsubscribe": topic} or {"ping": number}.' };
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
