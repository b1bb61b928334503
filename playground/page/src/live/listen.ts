/** Listen to a topic until the answered function is called. */
import { send } from './connection.js';
import { addListener, removeListener, type Listener } from './topics.js';

export function listen(topic: string, listener: Listener): () => void {
  if (addListener(topic, listener)) send({ subscribe: topic });
  return () => removeListener(topic, listener);
}
