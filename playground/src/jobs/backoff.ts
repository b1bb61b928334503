/** How long to wait before a failed job is tried again. Pure. */
export function backoff(attempts: number): number {
  return Math.min(60_000, 50 * 2 ** attempts);
}
