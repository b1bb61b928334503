/** From what was thrown to what the client reads. Our own faults are logged and told without detail. */
import { audit } from '../operations/audit.js';
import { Problem } from '../problem.js';
import type { Call } from './service-env.js';

export function reportProblem(error: Error, c: Call): Response {
  if (error instanceof Problem) return c.json({ error: error.message }, error.status);
  audit('service', `${c.req.method} ${c.req.path}: ${error.message}`);
  return c.json({ error: 'Something went wrong on our side.' }, 500);
}

export function reportMissing(c: Call): Response {
  return c.json({ error: `There is nothing at ${c.req.path}.` }, 404);
}
