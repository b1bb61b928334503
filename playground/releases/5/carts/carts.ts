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
type SecondCart = Line[];

/** Version 3: the same, and when the cart was changed last. */
interface Cart {
  readonly lines: Line[];
  readonly changedAt: number;
}

const store = state({ carts: new Map<string, Cart>(), changes: 0 }, {
  version: 3,
  up: {
    2: ({ carts, changes }: { carts: Map<string, FirstCart>; changes: number }) => ({
      carts: new Map([...carts].map(([customer, cart]) => [customer, withoutNotes(cart)])),
      changes,
    }),
    3: ({ carts, changes }: { carts: Map<string, SecondCart>; changes: number }) => ({
      carts: new Map([...carts].map(([customer, lines]) => [customer, { lines, changedAt: 0 }])),
      changes,
    }),
  },
  down: {
    2: ({ carts, changes }: { carts: Map<string, Cart>; changes: number }) => ({
      carts: new Map([...carts].map(([customer, cart]) => [customer, cart.lines])),
      changes,
    }),
    1: ({ carts, changes }: { carts: Map<string, SecondCart>; changes: number }) => ({
      carts: new Map([...carts].map(([customer, lines]) => [customer, bagsBySku(lines)])),
      changes,
    }),
  },
});

/** Lines of a customer's cart in the order in which they were added. */
export function cartLines(customer: string): Line[] {
  return [...linesOf(customer)];
}

/** Sets the bags of a lot and keeps its note; 0 removes the line. */
export function setLine(customer: string, sku: string, bags: number): void {
  const lines = linesOf(customer);
  const note = lines.find(line => line.sku === sku)?.note ?? null;
  replaceLines(customer, withLine(lines, { sku, bags, note }));
}

/** Sets what the warehouse should know of a line. */
export function setNote(customer: string, sku: string, text: string): void {
  const lines = linesOf(customer);
  const line = lines.find(candidate => candidate.sku === sku);
  if (!line) throw new NotFound(`${sku} is not in the cart.`);
  replaceLines(customer, withLine(lines, { ...line, note: cleanNote(text) }));
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

function linesOf(customer: string): Line[] {
  return store.carts.get(customer)?.lines ?? [];
}

function replaceLines(customer: string, lines: Line[]): void {
  store.carts.set(customer, { lines, changedAt: Date.now() });
  store.changes++;
}

function withLine(lines: Line[], line: Line): Line[] {
  if (line.bags === 0) return lines.filter(({ sku }) => sku !== line.sku);
  if (!lines.some(({ sku }) => sku === line.sku)) return [...lines, line];
  return lines.map(other => (other.sku === line.sku ? line : other));
}

function withoutNotes(cart: FirstCart): SecondCart {
  return Object.entries(cart).map(([sku, bags]) => ({ sku, bags, note: null }));
}

function bagsBySku(lines: SecondCart): FirstCart {
  return Object.fromEntries(lines.map(({ sku, bags }) => [sku, bags]));
}
