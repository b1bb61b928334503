/** An inverted index of the catalogue, in memory: term -> SKUs. */
import { state } from 'relup';
import type { Product } from './product.js';
import { tokens } from './tokens.js';

const index = state({ postings: new Map<string, Set<string>>() });

export function indexProducts(products: readonly Product[]): void {
  index.postings.clear();
  for (const product of products) indexProduct(product);
}

export function indexProduct(product: Product): void {
  for (const token of tokens(`${product.name} ${product.origin} ${product.description}`)) {
    const skus = index.postings.get(token);
    if (skus) skus.add(product.sku);
    else index.postings.set(token, new Set([product.sku]));
  }
}

/** SKUs with a term that begins with `prefix`. */
export function lookUp(prefix: string): Set<string> {
  const found = new Set<string>();
  for (const [token, skus] of index.postings) {
    if (token.startsWith(prefix)) for (const sku of skus) found.add(sku);
  }
  return found;
}
