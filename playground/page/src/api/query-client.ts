/** The cache of what the service answered. */
import { QueryClient } from '@tanstack/react-query';
import { state } from 'relup';

const cache = state({ client: null as QueryClient | null });

export function queryClient(): QueryClient {
  return (cache.client ??= new QueryClient({ defaultOptions: { queries: { staleTime: 10_000 } } }));
}
