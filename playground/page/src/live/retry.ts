/** How long to wait before the socket is opened again. Pure. */
export function retryAfterMs(attempts: number): number {
  return Math.min(10_000, 250 * 2 ** attempts);
}
