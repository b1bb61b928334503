/** Orders what lies in the cart. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { placeOrder } from '../api/orders.js';
import { noteOrder } from '../orders/order-book.js';

export function OrderButton() {
  const client = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => placeOrder(),
    onSuccess: order => {
      noteOrder(order);
      void client.invalidateQueries({ queryKey: ['cart'] });
    },
  });
  return (
    <>
      <button className="main" disabled={isPending} onClick={() => mutate()}>Order</button>
      {error && <p role="alert">{error.message}</p>}
    </>
  );
}
