/** The lots that a search finds, or all. */
import { Waiting } from '../layout/waiting.js';
import { LotRow } from './lot-row.js';
import { useLots } from './use-lots.js';

export function Lots({ query, onOpen }: { readonly query: string; readonly onOpen: (sku: string) => void }) {
  const { lots, isWaiting } = useLots(query);
  if (isWaiting) return <Waiting />;
  return (
    <table>
      <thead><tr><th>Lot</th><th>Origin</th><th>Crop</th><th className="number">A bag</th><th /></tr></thead>
      <tbody>{lots.map(lot => <LotRow key={lot.sku} lot={lot} onOpen={onOpen} />)}</tbody>
    </table>
  );
}
