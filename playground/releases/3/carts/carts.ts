/**
 * The open carts, by customer. They live in memory only: an upgrade has to keep them, a restart loses them.
 * Only this module knows how they are stored.
 */
import { state } from 'relup';
import { NotFound } from '../problem.js';
import type { Line } from './line.js';
import { cleanNote } from './note.js';

/** Version 1: SKU -> bags. Its order was the order of an object's keys. */
type FirstCart = Record<string, number>;

/** Version 2: lines in the order in which they were added. */
type Cart = Line[];

const store = state({ carts: new Map<string, Cart>(), changes: 0 }, {
  version: 2,
  up: {
    2: ({ carts, changes }: { carts: Map<string, FirstCart>; changes: number }) => ({
      carts: new Map([...carts].map(([customer, cart]) => [customer, withoutNotes(cart)])),
      changes,
    }),
  },
  down: {
    1: ({ carts, changes }: { carts: Map<string, Cart>; changes: number }) => ({
      carts: new Map([...carts].map(([customer, cart]) => [customer, bagsBySku(cart)])),
      changes,
    }),
  },
});

/** Lines of a customer's cart in the order in which they were added. */
export function cartLines(customer: string): Line[] {
  return [...(store.carts.get(customer) ?? [])];
}

/** Sets the bags of a lot and keeps its note; 0 removes the line. */
export function setLine(customer: string, sku: string, bags: number): void {
  const cart = store.carts.get(customer) ?? [];
  const note = cart.find(line => line.sku === sku)?.note ?? null;
  store.carts.set(customer, withLine(cart, { sku, bags, note }));
  store.changes++;
}

/** Sets what the warehouse should know of a line. */
export function setNote(customer: string, sku: string, text: string): void {
  const cart = store.carts.get(customer) ?? [];
  const line = cart.find(candidate => candidate.sku === sku);
  if (!line) throw new NotFound(`${sku} is not in the cart.`);
  store.carts.set(customer, withLine(cart, { ...line, note: cleanNote(text) }));
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

function withLine(cart: Cart, line: Line): Cart {
  if (line.bags === 0) return cart.filter(({ sku }) => sku !== line.sku);
  if (!cart.some(({ sku }) => sku === line.sku)) return [...cart, line];
  return cart.map(other => (other.sku === line.sku ? line : other));
}

function withoutNotes(cart: FirstCart): Cart {
  return Object.entries(cart).map(([sku, bags]) => ({ sku, bags, note: null }));
}

function bagsBySku(cart: Cart): FirstCart {
  return Object.fromEntries(cart.map(({ sku, bags }) => [sku, bags]));
}
