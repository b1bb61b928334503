/** How the orders of this page go. Loaded when somebody looks. */
import { OrderRow } from './order-row.js';
import { useOrders } from './order-book.js';

export default function OrdersPage() {
  const orders = useOrders();
  if (orders.length === 0) return <main><p>No orders yet.</p></main>;
  return (
    <main>
      <table>
        <thead><tr><th>Order</th><th>Placed</th><th>Status</th><th className="number">Total</th></tr></thead>
        <tbody>{orders.map(order => <OrderRow key={order.number} order={order} />)}</tbody>
      </table>
    </main>
  );
}
