/** Lots in the order in which a search ranks them. Pure. */
import type { Lot } from '../api/types.js';

export function ranked(lots: readonly Lot[], hits: readonly { readonly sku: string }[]): readonly Lot[] {
  const bySku = new Map(lots.map(lot => [lot.sku, lot]));
  return hits.flatMap(({ sku }) => bySku.get(sku) ?? []);
}
