/** The catalogue over HTTP. */
import { request } from './request.js';
import type { Lot } from './types.js';

export const fetchLots = (): Promise<readonly Lot[]> => request('GET', '/products');

export const fetchLot = (sku: string): Promise<Lot & { readonly bags: number }> => request('GET', `/products/${sku}`);

export const searchLots = (query: string): Promise<readonly { readonly sku: string }[]> => request('GET', `/search?q=${encodeURIComponent(query)}`);
