/** What the service answers. Amounts are cents. */

export interface Lot {
  readonly sku: string;
  readonly name: string;
  readonly origin: string;
  readonly cropYear: number;
  readonly basePrice: number;
  readonly description: string;
  readonly spot: number;
}

export interface Line {
  readonly sku: string;
  readonly bags: number;
}

export interface Adjustment {
  readonly rule: string;
  readonly cents: number;
}

export interface QuotedLine extends Line {
  readonly spot: number;
  readonly adjustments: readonly Adjustment[];
  readonly net: number;
}

export interface Quote {
  readonly lines: readonly QuotedLine[];
  readonly goods: number;
  readonly freight: number;
  readonly tax: number;
  readonly total: number;
  readonly terms: string;
}

export type Status = 'placed' | 'confirmed' | 'packed' | 'shipped';

export interface Order {
  readonly number: number;
  readonly status: Status;
  readonly total: number;
  readonly placedAt: number;
}

export interface Customer {
  readonly customer: string;
  readonly country: string;
  readonly loyalty: 'none' | 'silver' | 'gold';
}

export interface Session {
  readonly token: string;
  readonly customer: { readonly id: string; readonly country: string; readonly loyalty: string };
}
