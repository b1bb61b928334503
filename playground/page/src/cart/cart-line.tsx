/** One line of the cart. */
import type { Line } from '../api/types.js';
import { useCart } from './use-cart.js';

export function CartLine({ line: { sku, bags } }: { readonly line: Line }) {
  const { change } = useCart();
  return (
    <p className="line">
      <span>{sku}</span>
      <input type="number" min={0} step={1} aria-label={`Bags of ${sku}`} value={bags} onChange={({ target }) => change({ sku, bags: Math.max(0, target.valueAsNumber || 0) })} />
    </p>
  );
}
