/** Reads the catalogue. */
import { all, one } from '../database/connection.js';
import { NotFound } from '../problem.js';
import type { Product } from './product.js';

export function products(): Product[] {
  return all<Product>('SELECT * FROM products ORDER BY sku');
}

export function productOf(sku: string): Product {
  const product = one<Product>('SELECT * FROM products WHERE sku = ?', sku);
  if (!product) throw new NotFound(`There is no lot ${sku}.`);
  return product;
}
