/** Bags in store. */
import { one, run } from '../database/connection.js';
import { Conflict } from '../problem.js';
import type { Line } from '../carts/line.js';

export function bagsInStore(sku: string): number {
  return one<{ bags: number }>('SELECT bags FROM stock WHERE sku = ?', sku)?.bags ?? 0;
}

/** Takes lines out of the store, all or none: call it inside a transaction. */
export function reserve(lines: readonly Line[]): void {
  for (const { sku, bags } of lines) {
    const left = bagsInStore(sku);
    if (left < bags) throw new Conflict(`Only ${left} bags of ${sku} are left.`);
    run('UPDATE stock SET bags = bags - ? WHERE sku = ?', bags, sku);
  }
}
