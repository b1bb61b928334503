/** A projection: what was shipped, by country. Kept by background work, read by the metrics page. */
import { state } from 'relup';

const projection = state({ orders: 0, cents: 0, byCountry: new Map<string, number>() });

export function recordRevenue(country: string, cents: number): void {
  projection.orders++;
  projection.cents += cents;
  projection.byCountry.set(country, (projection.byCountry.get(country) ?? 0) + cents);
}

export function revenue(): { orders: number; cents: number; byCountry: Record<string, number> } {
  return { orders: projection.orders, cents: projection.cents, byCountry: Object.fromEntries(projection.byCountry) };
}
