/** The socket to the service: opened as an effect, kept over upgrades, and opened again when it is lost. */
import { effect, state } from 'relup';
import { change, type Subject } from '../api/subject.js';
import { useSubject } from '../api/use-subject.js';
import { deliver } from './messages.js';
import { retryAfterMs } from './retry.js';
import { topics } from './topics.js';

const connection = state({ socket: null as WebSocket | null, attempts: 0, timer: 0 });
const online: Subject<boolean> = state({ value: false, watchers: new Set<() => void>() });

effect(() => {
  if (!connection.socket && !connection.timer) connect();
});

/** What the browser calls are closures that call exports, so that an upgrade reaches what lies behind them. */
export function connect(): void {
  connection.timer = 0;
  const socket = new WebSocket(new URL('/live', location.href.replace(/^http/, 'ws')));
  connection.socket = socket;
  socket.onopen = () => begin();
  socket.onmessage = ({ data }) => deliver(String(data));
  socket.onclose = () => retry();
}

export function begin(): void {
  connection.attempts = 0;
  change(online, true);
  for (const topic of topics()) send({ subscribe: topic });
}

export function retry(): void {
  change(online, false);
  connection.socket = null;
  connection.timer = window.setTimeout(() => connect(), retryAfterMs(connection.attempts++));
}

export function send(command: object): void {
  if (connection.socket?.readyState === WebSocket.OPEN) connection.socket.send(JSON.stringify(command));
}

export function useOnline(): boolean {
  return useSubject(online, value => value);
}
