/** The customer's cart over HTTP. */
import { request } from './request.js';
import type { Line, Quote } from './types.js';

export const fetchCart = (): Promise<{ readonly lines: readonly Line[] }> => request('GET', '/my/cart');

export const changeLine = ({ sku, bags }: Line): Promise<{ readonly lines: readonly Line[] }> => request('PUT', `/my/cart/${sku}`, { bags });

export const fetchQuote = (): Promise<Quote> => request('GET', '/my/quote');
