/** Checks a placed order and sends it to the warehouse. */
import type { Order } from '../orders/order.js';
import { OrderJob } from './job.js';
import { enqueue } from './queue.js';

export class ConfirmOrder extends OrderJob {
  readonly status = 'confirmed';

  protected override async work(order: Order): Promise<void> {
    enqueue('pack-order', { order: order.number }, 20);
  }
}
