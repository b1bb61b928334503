/** One lot of the catalogue. */
import { memo } from 'react';
import type { Lot } from '../api/types.js';
import { AddButton } from '../cart/add-button.js';
import { Price } from '../market/price.js';
import { flagOf } from './flag.js';

export const LotRow = memo(function LotRow({ lot, onOpen }: { readonly lot: Lot; readonly onOpen: (sku: string) => void }) {
  return (
    <tr>
      <td><button className="link" onClick={() => onOpen(lot.sku)}>{lot.name}</button></td>
      <td>{flagOf(lot.origin)} {lot.origin}</td>
      <td>{lot.cropYear}</td>
      <td className="number"><Price sku={lot.sku} fallback={lot.spot} /></td>
      <td><AddButton sku={lot.sku} /></td>
    </tr>
  );
});
