/**
 * The price of a cart for a customer at this moment. One synchronous call from spot price to total,
 * so a quote never mixes two releases.
 */
import { productOf } from '../catalogue/products.js';
import type { Line } from '../carts/line.js';
import type { Customer } from '../customers/customer.js';
import { spotPrice } from '../market/market.js';
import { freight } from './freight.js';
import { sum } from './money.js';
import type { Adjustment, PricedLine } from './priced-line.js';
import { priceRules } from './rules.js';
import { tax } from './tax.js';
import { paymentTerms } from './terms.js';

export interface QuotedLine {
  readonly sku: string;
  readonly bags: number;
  readonly note: string | null;
  readonly spot: number;
  readonly adjustments: readonly Adjustment[];
  /** Cents after all adjustments. */
  readonly net: number;
}

export interface Quote {
  readonly customer: string;
  readonly lines: readonly QuotedLine[];
  /** All amounts in cents. */
  readonly goods: number;
  readonly freight: number;
  readonly tax: number;
  readonly total: number;
  readonly terms: string;
}

export function quote(lines: readonly Line[], customer: Customer): Quote {
  const quoted = lines.map(line => quoteLine(line, customer));
  const goods = sum(quoted.map(line => line.net));
  const carriage = freight(customer.country, sum(lines.map(line => line.bags)));
  const due = tax(customer.country, goods + carriage);
  return {
    customer: customer.id,
    lines: quoted,
    goods,
    freight: carriage,
    tax: due,
    total: goods + carriage + due,
    terms: paymentTerms(customer),
  };
}

function quoteLine({ sku, bags, note }: Line, customer: Customer): QuotedLine {
  const spot = spotPrice(sku);
  const line: PricedLine = { product: productOf(sku), customer, bags, spot, gross: bags * spot };
  const adjustments: Adjustment[] = [];
  let net = line.gross;
  for (const rule of priceRules()) {
    const adjustment = rule.apply(line, net);
    if (!adjustment) continue;
    adjustments.push(adjustment);
    net += adjustment.cents;
  }
  return { sku, bags, note, spot, adjustments, net };
}
