/** A line of a quote on its way through the rules. */
import type { Product } from '../catalogue/product.js';
import type { Customer } from '../customers/customer.js';

export interface PricedLine {
  readonly product: Product;
  readonly customer: Customer;
  readonly bags: number;
  /** Cents for a bag when the quote was made. */
  readonly spot: number;
  /** bags x spot, in cents. */
  readonly gross: number;
}

export interface Adjustment {
  readonly rule: string;
  /** Negative for a discount. */
  readonly cents: number;
}
