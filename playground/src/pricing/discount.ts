/** A rule that takes a share off. Subclasses only say which share. */
import { share } from './money.js';
import { PriceRule } from './price-rule.js';
import type { PricedLine } from './priced-line.js';

export abstract class Discount extends PriceRule {
  /** Basis points off. */
  protected abstract rate(line: PricedLine): number;

  protected override adjust(line: PricedLine, amount: number): number {
    return 0 - share(amount, this.rate(line));
  }
}
