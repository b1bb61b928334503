/** Lots by a query, best first. */
import { useQuery } from '@tanstack/react-query';
import { fetchLots, searchLots } from '../api/catalogue.js';
import type { Lot } from '../api/types.js';
import { ranked } from './ranked.js';

export function useLots(query: string): { readonly lots: readonly Lot[]; readonly isWaiting: boolean } {
  const all = useQuery({ queryKey: ['lots'], queryFn: () => fetchLots() });
  const hits = useQuery({ queryKey: ['search', query], queryFn: () => searchLots(query), enabled: query !== '' });
  const lots = all.data ?? [];
  return { lots: query === '' ? lots : ranked(lots, hits.data ?? []), isWaiting: all.isPending };
}
