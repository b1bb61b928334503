/** What all rules have in common. A rule looks at one line and may adjust its price; it keeps nothing between lines. */
import type { Adjustment, PricedLine } from './priced-line.js';

export abstract class PriceRule {
  abstract readonly name: string;

  /** Cents to add to a line that stands at `amount`; 0 if the rule does not apply. */
  protected abstract adjust(line: PricedLine, amount: number): number;

  apply(line: PricedLine, amount: number): Adjustment | null {
    const cents = this.adjust(line, amount);
    return cents === 0 ? null : { rule: this.name, cents };
  }
}
