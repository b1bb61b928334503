/** Ends sessions that nobody has used for an hour, and forgets their allowance. */
import { effect } from 'relup';
import { forgetIdleBuckets } from '../http/rate-limit.js';
import { endIdleSessions } from './sessions.js';

effect(() => {
  const timer = setInterval(() => {
    endIdleSessions(3_600_000);
    forgetIdleBuckets(60_000);
  }, 30_000);
  return () => clearInterval(timer);
});
