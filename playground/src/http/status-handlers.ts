/** How the service is. */
import { checkHealth } from '../operations/health.js';
import { metrics } from '../operations/metrics-report.js';
import type { Call } from './service-env.js';

export function showHealth(c: Call): Response {
  const healthy = checkHealth();
  return c.json({ healthy }, healthy ? 200 : 503);
}

export function showMetrics(c: Call): Response {
  return c.json(metrics());
}
