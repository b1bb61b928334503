/** Signing in. A playground asks for no password: a new name is a new customer. */
import { addCustomer } from '../customers/customers.js';
import { openSession } from '../sessions/sessions.js';
import { choiceOf, readBody, textOf } from './body.js';
import type { Call } from './service-env.js';

export async function signIn(c: Call): Promise<Response> {
  const body = await readBody(c);
  const id = textOf(body, 'customer');
  const customer = addCustomer({
    id,
    name: id,
    country: textOf(body, 'country'),
    loyalty: choiceOf(body, 'loyalty', ['none', 'silver', 'gold']),
  });
  return c.json({ token: openSession(customer.id), customer }, 201);
}
