/** Orders over HTTP. */
import { request } from './request.js';
import type { Order } from './types.js';

export const placeOrder = (): Promise<Order> => request('POST', '/my/orders', {});

export const fetchOrder = (number: number): Promise<Order> => request('GET', `/my/orders/${number}`);
