/** Orders over HTTP. */
import { orderOf } from '../orders/orders.js';
import { placeOrder } from '../orders/place-order.js';
import { NotFound } from '../problem.js';
import type { Call } from './service-env.js';

export function createOrder(c: Call): Response {
  return c.json(placeOrder(c.get('customer')), 201);
}

export function showOrder(c: Call): Response {
  const order = orderOf(Number(c.req.param('number')));
  if (order.customer !== c.get('customer').id) throw new NotFound('That is not an order of yours.');
  return c.json(order);
}
