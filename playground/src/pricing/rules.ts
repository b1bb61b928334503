/** Which rules apply, in this order. Made anew for every quote: an old instance would keep its old class. */
import { HarvestDiscount } from './harvest-discount.js';
import { LoyaltyDiscount } from './loyalty-discount.js';
import type { PriceRule } from './price-rule.js';
import { SampleSurcharge } from './sample-surcharge.js';
import { VolumeDiscount } from './volume-discount.js';

export function priceRules(): PriceRule[] {
  return [new VolumeDiscount(), new HarvestDiscount(), new LoyaltyDiscount(), new SampleSurcharge()];
}
