/** Writes the audit trail four times a second. */
import { effect } from 'relup';
import { flushAudit } from './audit.js';

effect(() => {
  const timer = setInterval(() => flushAudit(), 250);
  return () => clearInterval(timer);
});
