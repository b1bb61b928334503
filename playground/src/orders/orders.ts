/** Stores orders. */
import { one, run } from '../database/connection.js';
import { NotFound } from '../problem.js';
import type { Quote } from '../pricing/quote.js';
import type { Order, Status } from './order.js';

type Row = Omit<Order, 'quote'> & { readonly quote: string };

export function insertOrder(number: number, quote: Quote): Order {
  const order: Order = { number, customer: quote.customer, status: 'placed', total: quote.total, quote, placedAt: Date.now() };
  run(
    'INSERT INTO orders (number, customer, status, total, quote, placedAt) VALUES (?, ?, ?, ?, ?, ?)',
    number, order.customer, order.status, order.total, JSON.stringify(quote), order.placedAt,
  );
  return order;
}

export function orderOf(number: number): Order {
  const row = one<Row>('SELECT * FROM orders WHERE number = ?', number);
  if (!row) throw new NotFound(`There is no order ${number}.`);
  return { ...row, quote: JSON.parse(row.quote) as Quote };
}

export function setStatus(number: number, status: Status): void {
  run('UPDATE orders SET status = ? WHERE number = ?', status, number);
}

/** 0 if there is none. */
export function lastOrderNumber(): number {
  return one<{ last: number | null }>('SELECT max(number) AS last FROM orders')?.last ?? 0;
}
