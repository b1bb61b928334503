/** How much a line saves by its size. Pure. */

/** Basis points for so many bags of one lot. */
export function volumeRate(bags: number): number {
  if (bags >= 50) return 800;
  if (bags >= 25) return 500;
  if (bags >= 10) return 300;
  return 0;
}
