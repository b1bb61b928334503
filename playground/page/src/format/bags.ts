/** A number of bags. Pure. */
export function bags(count: number): string {
  return count === 1 ? '1 bag' : `${count.toLocaleString('en')} bags`;
}
