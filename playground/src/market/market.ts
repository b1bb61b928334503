/** Spot prices, and how many steps the market has made since it opened. */
import { state } from 'relup';
import type { Product } from '../catalogue/product.js';
import { NotFound } from '../problem.js';
import { walk } from './walk.js';

interface Listing {
  readonly base: number;
  price: number;
}

const market = state({ listings: new Map<string, Listing>(), step: 0, movedAt: 0 });

export interface Tick {
  /** Grows by one with every tick, across releases. */
  readonly step: number;
  readonly prices: Readonly<Record<string, number>>;
}

export function openMarket(products: readonly Product[]): void {
  for (const { sku, basePrice } of products) market.listings.set(sku, { base: basePrice, price: basePrice });
  market.movedAt = Date.now();
}

export function moveMarket(): Tick {
  market.step++;
  market.movedAt = Date.now();
  for (const [sku, listing] of market.listings) listing.price = walk(listing.price, listing.base, sku, market.step);
  return { step: market.step, prices: prices() };
}

export function prices(): Record<string, number> {
  return Object.fromEntries([...market.listings].map(([sku, listing]) => [sku, listing.price]));
}

/** Cents for a bag, now. */
export function spotPrice(sku: string): number {
  const listing = market.listings.get(sku);
  if (!listing) throw new NotFound(`${sku} is not listed.`);
  return listing.price;
}

export function marketStep(): number {
  return market.step;
}

/** When the market moved last, in milliseconds since 1970. */
export function marketMovedAt(): number {
  return market.movedAt;
}
