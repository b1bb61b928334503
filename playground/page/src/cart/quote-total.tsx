/** What the cart costs now. The market moves, so it is asked again every second. */
import { useQuery } from '@tanstack/react-query';
import { fetchQuote } from '../api/cart.js';
import type { Line } from '../api/types.js';
import { Amount } from './amount.js';
import { saved } from './saved.js';

export function QuoteTotal({ lines }: { readonly lines: readonly Line[] }) {
  const { data: quote } = useQuery({ queryKey: ['quote', lines], queryFn: () => fetchQuote(), refetchInterval: 1_000 });
  if (!quote) return null;
  return (
    <dl>
      <Amount label="Goods" cents={quote.goods} />
      <Amount label="Saved" cents={saved(quote)} />
      <Amount label="Freight" cents={quote.freight} />
      <Amount label="Tax" cents={quote.tax} />
      <Amount label="Total" cents={quote.total} isMain />
      <p>{quote.terms}</p>
    </dl>
  );
}
