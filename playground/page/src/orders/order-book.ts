/** Orders of this page, newest first. */
import { state } from 'relup';
import { change, type Subject } from '../api/subject.js';
import type { Order, Status } from '../api/types.js';
import { useSubject } from '../api/use-subject.js';

const orders: Subject<readonly Order[]> = state({ value: [] as readonly Order[], watchers: new Set<() => void>() });

export function noteOrder(order: Order): void {
  change(orders, [order, ...orders.value]);
}

export function noteStatus(number: number, status: Status): void {
  change(orders, orders.value.map(order => (order.number === number ? { ...order, status } : order)));
}

export function useOrders(): readonly Order[] {
  return useSubject(orders, value => value);
}
