/** The cart as the service has it, and how to change it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { changeLine, fetchCart } from '../api/cart.js';
import type { Line } from '../api/types.js';

export function useCart(): { readonly lines: readonly Line[]; readonly isWaiting: boolean; readonly change: (line: Line) => void } {
  const client = useQueryClient();
  const { data, isPending } = useQuery({ queryKey: ['cart'], queryFn: () => fetchCart() });
  const { mutate } = useMutation({
    mutationFn: (line: Line) => changeLine(line),
    onSuccess: cart => {
      client.setQueryData(['cart'], cart);
      void client.invalidateQueries({ queryKey: ['quote'] });
    },
  });
  return { lines: data?.lines ?? [], isWaiting: isPending, change: mutate };
}
