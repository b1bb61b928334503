/** Pings every socket now and then, and closes those that have not answered the last ping. */
import { effect } from 'relup';
import { beginBeat } from './subscriptions.js';

effect(() => {
  const timer = setInterval(() => {
    const { silent, alive } = beginBeat();
    for (const socket of silent) socket.terminate();
    for (const socket of alive) socket.ping();
  }, 15_000);
  return () => clearInterval(timer);
});
