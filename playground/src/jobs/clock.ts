/** Looks for background work fifty times a second. */
import { effect } from 'relup';
import { runDueJobs } from './worker.js';

effect(() => {
  const timer = setInterval(() => runDueJobs(), 20);
  return () => clearInterval(timer);
});
