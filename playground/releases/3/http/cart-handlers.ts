/** A customer's cart over HTTP. A body is read first; all that follows happens in one turn. */
import { cartLines, setLine, setNote } from '../carts/carts.js';
import { productOf } from '../catalogue/products.js';
import { quote } from '../pricing/quote.js';
import { countOf, readBody, textOf } from './body.js';
import type { Call } from './service-env.js';

export function showCart(c: Call): Response {
  return c.json({ lines: cartLines(c.get('customer').id) });
}

export async function changeLine(c: Call): Promise<Response> {
  const body = await readBody(c);
  const { sku } = productOf(c.req.param('sku') ?? '');
  setLine(c.get('customer').id, sku, countOf(body, 'bags'));
  return showCart(c);
}

export async function noteLine(c: Call): Promise<Response> {
  const body = await readBody(c);
  setNote(c.get('customer').id, c.req.param('sku') ?? '', textOf(body, 'note'));
  return showCart(c);
}

export function showQuote(c: Call): Response {
  const customer = c.get('customer');
  return c.json(quote(cartLines(customer.id), customer));
}
