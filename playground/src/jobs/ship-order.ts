/** Books the carrier, waits for its answer, and counts the revenue. */
import { setTimeout as delay } from 'node:timers/promises';
import { customerOf } from '../customers/customers.js';
import type { Order } from '../orders/order.js';
import { recordRevenue } from '../orders/revenue.js';
import { OrderJob } from './job.js';

export class ShipOrder extends OrderJob {
  readonly status = 'shipped';

  protected override async work(order: Order): Promise<void> {
    // The carrier takes its time. An upgrade may well fall into this wait.
    await delay(30);
    recordRevenue(customerOf(order.customer).country, order.total);
  }
}
