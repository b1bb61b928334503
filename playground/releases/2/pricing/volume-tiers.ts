/** How much a line saves by its size. Pure. */

/** Basis points for so many bags of one lot. */
export function volumeRate(bags: number): number {
  if (bags >= 50) return 1_000;
  if (bags >= 25) return 600;
  if (bags >= 10) return 300;
  return 0;
}
