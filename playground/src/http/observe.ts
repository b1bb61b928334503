/** Counts every answer and how long it took. */
import { recordAnswer } from '../operations/metrics.js';
import type { Call, Next } from './service-env.js';

export async function observe(c: Call, next: Next): Promise<void> {
  const began = performance.now();
  await next();
  recordAnswer(c.res.status, performance.now() - began);
}
