/** A piece of background work. It is read from the queue, runs once, and may be tried again if it throws. */
import { publish } from '../live/publish.js';
import { orderOf, setStatus } from '../orders/orders.js';
import type { Order, Status } from '../orders/order.js';

export abstract class Job {
  abstract run(): Promise<void>;
}

/** Work on one order that ends with a new status, which its customer hears of. */
export abstract class OrderJob extends Job {
  readonly #number: number;

  constructor({ order }: { readonly order: number }) {
    super();
    this.#number = order;
  }

  /** What the status stands for; runs before it is set. */
  protected abstract work(order: Order): Promise<void>;

  protected abstract readonly status: Status;

  override async run(): Promise<void> {
    const order = orderOf(this.#number);
    await this.work(order);
    setStatus(order.number, this.status);
    publish(`orders:${order.customer}`, { number: order.number, status: this.status });
  }
}
