/** Who listens to which topic, and who is still there. */
import { state } from 'relup';
import type { WebSocket } from 'ws';

const subscriptions = state({
  topics: new Map<string, Set<WebSocket>>(),
  /** Sockets that have answered since the last heartbeat. */
  alive: new Map<WebSocket, boolean>(),
});

export function subscribe(socket: WebSocket, topic: string): void {
  const sockets = subscriptions.topics.get(topic);
  if (sockets) sockets.add(socket);
  else subscriptions.topics.set(topic, new Set([socket]));
}

export function unsubscribe(socket: WebSocket, topic: string): void {
  const sockets = subscriptions.topics.get(topic);
  sockets?.delete(socket);
  if (sockets?.size === 0) subscriptions.topics.delete(topic);
}

export function subscribers(topic: string): Iterable<WebSocket> {
  return subscriptions.topics.get(topic) ?? [];
}

export function noteAlive(socket: WebSocket): void {
  subscriptions.alive.set(socket, true);
}

/** Forgets a socket. */
export function drop(socket: WebSocket): void {
  subscriptions.alive.delete(socket);
  for (const topic of [...subscriptions.topics.keys()]) unsubscribe(socket, topic);
}

/** Sockets that have been silent for a whole beat; all others start a new one. */
export function beginBeat(): { silent: WebSocket[]; alive: WebSocket[] } {
  const silent: WebSocket[] = [];
  const alive: WebSocket[] = [];
  for (const [socket, answered] of subscriptions.alive) {
    (answered ? alive : silent).push(socket);
    subscriptions.alive.set(socket, false);
  }
  return { silent, alive };
}

export function socketCount(): number {
  return subscriptions.alive.size;
}
