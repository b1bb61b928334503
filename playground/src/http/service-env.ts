/** What a request carries through the middleware. */
import type { Context, Next } from 'hono';
import type { Customer } from '../customers/customer.js';

export interface Service {
  Variables: {
    /** Set by `authenticate`. */
    customer: Customer;
    /** Requests of this session so far. */
    requests: number;
  };
}

export type Call = Context<Service>;
export type { Next };
