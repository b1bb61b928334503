/** A single bag has to be taken off a pallet by hand. */
import { PriceRule } from './price-rule.js';
import type { PricedLine } from './priced-line.js';

export class SampleSurcharge extends PriceRule {
  readonly name = 'single bag';

  protected override adjust(line: PricedLine): number {
    return line.bags === 1 ? 1_500 : 0;
  }
}
