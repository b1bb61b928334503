/** What the page listens to, and who hears of it. */
import { state } from 'relup';

export type Listener = (event: Readonly<Record<string, unknown>>) => void;

const listening = state({ byTopic: new Map<string, Set<Listener>>() });

export function topics(): Iterable<string> {
  return listening.byTopic.keys();
}

export function listenersOf(topic: string): Iterable<Listener> {
  return listening.byTopic.get(topic) ?? [];
}

/** Answers whether the topic is new. */
export function addListener(topic: string, listener: Listener): boolean {
  const known = listening.byTopic.get(topic);
  if (known) known.add(listener);
  else listening.byTopic.set(topic, new Set([listener]));
  return !known;
}

export function removeListener(topic: string, listener: Listener): void {
  listening.byTopic.get(topic)?.delete(listener);
}
