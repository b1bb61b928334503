/** Old customers pay less. */
import { Discount } from './discount.js';
import type { PricedLine } from './priced-line.js';

const rates = { none: 0, silver: 100, gold: 250 } as const;

export class LoyaltyDiscount extends Discount {
  readonly name = 'loyalty';

  protected override rate(line: PricedLine): number {
    return rates[line.customer.loyalty];
  }
}
