/** One line of the cart. What is typed goes to the service when the field is left, or by Enter. */
import { useState, type KeyboardEvent } from 'react';
import type { Line } from '../api/types.js';
import { useCart } from './use-cart.js';

export function CartLine({ line: { sku, bags } }: { readonly line: Line }) {
  const { change } = useCart();
  const [typed, setTyped] = useState<string | null>(null);
  const send = (): void => {
    if (typed !== null) change({ sku, bags: Math.max(0, Math.floor(Number(typed)) || 0) });
    setTyped(null);
  };
  return (
    <p className="line">
      <span>{sku}</span>
      <input
        type="number" min={0} step={1} aria-label={`Bags of ${sku}`} value={typed ?? bags}
        onChange={({ target }) => setTyped(target.value)} onBlur={send} onKeyDown={({ key }: KeyboardEvent) => key === 'Enter' && send()}
      />
    </p>
  );
}
