/** Value added tax on green coffee by country, in basis points. Pure. */
import { share } from './money.js';

const rates: Readonly<Record<string, number>> = { DE: 700, NL: 900, AT: 1_000, FR: 550, ES: 1_000, IE: 0 };

/** Exports out of the union are free of tax. */
export function tax(country: string, cents: number): number {
  return share(cents, rates[country] ?? 0);
}
