/** From what lies in the queue to an object that can run. */
import { ConfirmOrder } from './confirm-order.js';
import type { Job } from './job.js';
import { PackOrder } from './pack-order.js';
import type { QueuedJob } from './queue.js';
import { ShipOrder } from './ship-order.js';

export function createJob({ kind, payload }: QueuedJob): Job {
  switch (kind) {
    case 'confirm-order': return new ConfirmOrder(payload);
    case 'pack-order': return new PackOrder(payload);
    case 'ship-order': return new ShipOrder(payload);
  }
}
