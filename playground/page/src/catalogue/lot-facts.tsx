/** What the catalogue says of a lot. */
import { useQuery } from '@tanstack/react-query';
import { fetchLot } from '../api/catalogue.js';
import { bags } from '../format/bags.js';
import { Price } from '../market/price.js';

export function LotFacts({ sku }: { readonly sku: string }) {
  const { data: lot } = useQuery({ queryKey: ['lot', sku], queryFn: () => fetchLot(sku) });
  if (!lot) return <h2>{sku}</h2>;
  return (
    <>
      <h2>{lot.name}</h2>
      <p>{lot.origin}, crop of {lot.cropYear}: {lot.description}</p>
      <p><Price sku={sku} fallback={lot.spot} /> a bag, {bags(lot.bags)} in store</p>
    </>
  );
}
