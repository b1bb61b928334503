/** Cents as people read them. Pure. */
export function money(cents: number): string {
  return (cents / 100).toLocaleString('en', { style: 'currency', currency: 'EUR' });
}
