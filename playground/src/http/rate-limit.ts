/** Token buckets: a customer may be fast for a moment, but not for long. */
import { state } from 'relup';
import { rateLimit } from '../config.js';
import { TooManyRequests } from '../problem.js';
import type { Call, Next } from './service-env.js';
import { refill, type Bucket } from './token-bucket.js';

const limiter = state({ buckets: new Map<string, Bucket>(), refused: 0 });

export async function limitRate(c: Call, next: Next): Promise<void> {
  const customer = c.get('customer').id;
  const limit = rateLimit();
  const bucket = refill(limiter.buckets.get(customer), limit, performance.now());
  limiter.buckets.set(customer, bucket);
  if (bucket.tokens < 1) {
    limiter.refused++;
    throw new TooManyRequests(`At most ${limit} requests a second.`);
  }
  bucket.tokens--;
  await next();
}

export function forgetIdleBuckets(idleMs: number): void {
  const oldest = performance.now() - idleMs;
  for (const [customer, bucket] of limiter.buckets) {
    if (bucket.at < oldest) limiter.buckets.delete(customer);
  }
}

export function refusedRequests(): number {
  return limiter.refused;
}
