/** One order. */
import type { Order } from '../api/types.js';
import { money } from '../format/money.js';
import { timeOfDay } from '../format/time.js';
import { StatusBar } from './status-bar.js';

export function OrderRow({ order }: { readonly order: Order }) {
  return <tr><td>{order.number}</td><td>{timeOfDay(order.placedAt)}</td><td><StatusBar status={order.status} /></td><td className="number">{money(order.total)}</td></tr>;
}
