/** Packs a confirmed order and hands it to the carrier. */
import type { Order } from '../orders/order.js';
import { OrderJob } from './job.js';
import { enqueue } from './queue.js';

export class PackOrder extends OrderJob {
  readonly status = 'packed';

  protected override async work(order: Order): Promise<void> {
    enqueue('ship-order', { order: order.number }, 20);
  }
}
