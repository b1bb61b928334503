/** Lets only requests of a session pass: `Authorization: Bearer <token>`. */
import { customerOf } from '../customers/customers.js';
import { useSession } from '../sessions/sessions.js';
import { Unauthorised } from '../problem.js';
import type { Call, Next } from './service-env.js';

export async function authenticate(c: Call, next: Next): Promise<void> {
  const token = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1];
  if (!token) throw new Unauthorised('Sign in first: POST /sessions.');
  const { customer, requests } = useSession(token);
  c.set('customer', customerOf(customer));
  c.set('requests', requests);
  c.header('x-session-requests', String(requests));
  await next();
}
