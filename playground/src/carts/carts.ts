/**
 * The open carts, by customer. They live in memory only: an upgrade has to keep them, a restart loses them.
 * Only this module knows how they are stored.
 */
import { state } from 'relup';
import type { Line } from './line.js';

/** SKU -> bags. */
type Cart = Record<string, number>;

const store = state({ carts: new Map<string, Cart>(), changes: 0 });

/** Lines of a customer's cart in the order in which they were added. */
export function cartLines(customer: string): Line[] {
  return Object.entries(store.carts.get(customer) ?? {}).map(([sku, bags]) => ({ sku, bags }));
}

/** Sets the bags of a lot; 0 removes the line. */
export function setLine(customer: string, sku: string, bags: number): void {
  const cart = store.carts.get(customer) ?? {};
  if (bags === 0) delete cart[sku];
  else cart[sku] = bags;
  store.carts.set(customer, cart);
  store.changes++;
}

export function emptyCart(customer: string): void {
  store.carts.delete(customer);
  store.changes++;
}

/** How many lines lie in all carts, and how often carts were changed since the process started. */
export function cartCounts(): { lines: number; changes: number } {
  const lines = [...store.carts.keys()].reduce((total, customer) => total + cartLines(customer).length, 0);
  return { lines, changes: store.changes };
}
