/** Sends an event to all who listen to its topic. */
import { subscribers } from './subscriptions.js';

export function publish(topic: string, event: object): void {
  const text = JSON.stringify({ topic, ...event });
  for (const socket of subscribers(topic)) socket.send(text);
}
