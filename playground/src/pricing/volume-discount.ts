/** Many bags of one lot cost less. */
import { Discount } from './discount.js';
import type { PricedLine } from './priced-line.js';
import { volumeRate } from './volume-tiers.js';

export class VolumeDiscount extends Discount {
  readonly name = 'volume';

  protected override rate(line: PricedLine): number {
    return volumeRate(line.bags);
  }
}
