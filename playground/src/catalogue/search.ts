/** Ranks lots for a query: the more of its terms a lot has, the higher; ties by SKU. */
import { lookUp } from './search-index.js';
import { tokens } from './tokens.js';

export interface Hit {
  readonly sku: string;
  readonly score: number;
}

export function search(query: string): Hit[] {
  const scores = new Map<string, number>();
  for (const token of tokens(query)) {
    for (const sku of lookUp(token)) scores.set(sku, (scores.get(sku) ?? 0) + 1);
  }
  return [...scores]
    .map(([sku, score]) => ({ sku, score }))
    .sort((a, b) => b.score - a.score || a.sku.localeCompare(b.sku));
}
