/** Puts ten more bags of a lot into the cart. */
import { useCart } from './use-cart.js';

export function AddButton({ sku }: { readonly sku: string }) {
  const { lines, change } = useCart();
  const bags = lines.find(line => line.sku === sku)?.bags ?? 0;
  return <button onClick={() => change({ sku, bags: bags + 10 })} aria-label={`Add ${sku}`}>+10</button>;
}
