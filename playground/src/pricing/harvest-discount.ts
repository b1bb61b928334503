/** Coffee of an earlier harvest costs less. */
import { Discount } from './discount.js';
import type { PricedLine } from './priced-line.js';

const currentHarvest = 2026;

export class HarvestDiscount extends Discount {
  readonly name = 'harvest';

  protected override rate(line: PricedLine): number {
    return line.product.cropYear < currentHarvest ? 500 : 0;
  }
}
