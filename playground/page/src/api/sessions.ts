/** Signing in over HTTP. */
import { request } from './request.js';
import type { Customer, Session } from './types.js';

export const openSession = (customer: Customer): Promise<Session> => request('POST', '/sessions', customer);
