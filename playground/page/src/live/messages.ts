/** What the service says over the socket. */
import { listenersOf } from './topics.js';

export function deliver(text: string): void {
  const event = JSON.parse(text) as Readonly<Record<string, unknown>>;
  if (typeof event['topic'] !== 'string') return;
  for (const listener of listenersOf(event['topic'])) listener(event);
}
