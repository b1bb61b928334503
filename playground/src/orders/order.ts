/** An order and the way it goes. */
import type { Quote } from '../pricing/quote.js';

export type Status = 'placed' | 'confirmed' | 'packed' | 'shipped';

export interface Order {
  readonly number: number;
  readonly customer: string;
  readonly status: Status;
  /** Cents. */
  readonly total: number;
  /** The quote that was accepted; the market's later moves do not matter. */
  readonly quote: Quote;
  readonly placedAt: number;
}
