/** Turns a customer's cart into an order: priced, reserved, written and queued in one transaction. */
import { cartLines, emptyCart } from '../carts/carts.js';
import type { Customer } from '../customers/customer.js';
import { transaction } from '../database/connection.js';
import { Conflict } from '../problem.js';
import { enqueue } from '../jobs/queue.js';
import { publish } from '../live/publish.js';
import { audit } from '../operations/audit.js';
import { quote } from '../pricing/quote.js';
import { reserve } from '../stock/stock.js';
import { nextOrderNumber, returnOrderNumber } from './order-numbers.js';
import { insertOrder } from './orders.js';
import type { Order } from './order.js';

export function placeOrder(customer: Customer): Order {
  const lines = cartLines(customer.id);
  if (lines.length === 0) throw new Conflict('The cart is empty.');
  const number = nextOrderNumber();
  try {
    const order = transaction(() => {
      const accepted = quote(lines, customer);
      reserve(lines);
      enqueue('confirm-order', { order: number });
      return insertOrder(number, accepted);
    });
    emptyCart(customer.id);
    audit(customer.id, `placed order ${number}`);
    publish(`orders:${customer.id}`, { number, status: order.status });
    return order;
  } catch (error) {
    returnOrderNumber(number);
    throw error;
  }
}
