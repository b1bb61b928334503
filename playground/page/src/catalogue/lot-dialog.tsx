/** All about one lot: its price over time, what is in store, and notes of one's own. */
import { useEffect, useRef } from 'react';
import { Chart } from '../market/chart.js';
import { LotFacts } from './lot-facts.js';
import { Notes } from './notes.js';

export function LotDialog({ sku, onClose }: { readonly sku: string; readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} onClose={onClose}>
      <LotFacts sku={sku} />
      <Chart sku={sku} />
      <Notes sku={sku} />
      <form method="dialog"><button>Close</button></form>
    </dialog>
  );
}
