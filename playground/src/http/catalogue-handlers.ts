/** The catalogue over HTTP. */
import { productOf, products } from '../catalogue/products.js';
import { search } from '../catalogue/search.js';
import { spotPrice } from '../market/market.js';
import { bagsInStore } from '../stock/stock.js';
import type { Call } from './service-env.js';

export function listProducts(c: Call): Response {
  return c.json(products().map(product => ({ ...product, spot: spotPrice(product.sku) })));
}

export function showProduct(c: Call): Response {
  const product = productOf(c.req.param('sku') ?? '');
  return c.json({ ...product, spot: spotPrice(product.sku), bags: bagsInStore(product.sku) });
}

export function searchProducts(c: Call): Response {
  return c.json(search(c.req.query('q') ?? ''));
}
