/** What the service answers: its own types, and what it makes of them in JSON. Amounts are cents. */
import type { Line } from '../../../src/carts/line.js';
import type { Product } from '../../../src/catalogue/product.js';
import type { Customer as Buyer } from '../../../src/customers/customer.js';
import type { Order as PlacedOrder, Status } from '../../../src/orders/order.js';
import type { Quote } from '../../../src/pricing/quote.js';

export type { Line, Quote, Status };

export interface Lot extends Product {
  readonly spot: number;
}

export type Order = Pick<PlacedOrder, 'number' | 'status' | 'total' | 'placedAt'>;

/** Who signs in. */
export interface Customer extends Pick<Buyer, 'country' | 'loyalty'> {
  readonly customer: string;
}

export interface Session {
  readonly token: string;
  readonly customer: Pick<Buyer, 'id' | 'country' | 'loyalty'>;
}
