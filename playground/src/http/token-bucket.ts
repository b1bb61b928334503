/** One bucket of the rate limiter. Pure. */
export interface Bucket {
  tokens: number;
  /** When it was filled last, in milliseconds. */
  readonly at: number;
}

/** The bucket at `now`: full if it is new, otherwise with `limit` more tokens for every second that passed. */
export function refill(bucket: Bucket | undefined, limit: number, now: number): Bucket {
  if (!bucket) return { tokens: limit, at: now };
  return { tokens: Math.min(limit, bucket.tokens + ((now - bucket.at) / 1000) * limit), at: now };
}
