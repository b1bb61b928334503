/** Up or down, over what the page has seen. */
import { historyOf } from './prices.js';

export function Trend({ sku }: { readonly sku: string }) {
  const points = historyOf(sku);
  const change = (points.at(-1)?.value ?? 0) - (points[0]?.value ?? 0);
  return <span className={change < 0 ? 'down' : 'up'} aria-hidden="true">{change < 0 ? '▾' : '▴'}</span>;
}
