/** A price that moves. */
import { money } from '../format/money.js';
import { Trend } from './trend.js';
import { usePrice } from './prices.js';

export function Price({ sku, fallback }: { readonly sku: string; readonly fallback: number }) {
  const price = usePrice(sku) ?? fallback;
  return <span className="price"><Trend sku={sku} />{money(price)}</span>;
}
