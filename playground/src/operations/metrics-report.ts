/** Everything that is counted, in one object. */
import { cartCounts } from '../carts/carts.js';
import { refusedRequests } from '../http/rate-limit.js';
import { queueLength } from '../jobs/queue.js';
import { workerCounts } from '../jobs/worker.js';
import { socketCount } from '../live/subscriptions.js';
import { marketStep } from '../market/market.js';
import { lastOrderNumber } from '../orders/orders.js';
import { revenue } from '../orders/revenue.js';
import { sessionCounts } from '../sessions/sessions.js';
import { auditCounts } from './audit.js';
import { answerCounts } from './metrics.js';

export function metrics(): object {
  return {
    process: process.pid,
    ...answerCounts(),
    refused: refusedRequests(),
    sessions: sessionCounts(),
    carts: cartCounts(),
    lastOrder: lastOrderNumber(),
    revenue: revenue(),
    jobs: { ...workerCounts(), queued: queueLength() },
    sockets: socketCount(),
    marketStep: marketStep(),
    audit: auditCounts(),
  };
}
