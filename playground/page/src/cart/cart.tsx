/** What lies in the cart, what it costs, and the order of it. */
import { Waiting } from '../layout/waiting.js';
import { CartLine } from './cart-line.js';
import { OrderButton } from './order-button.js';
import { QuoteTotal } from './quote-total.js';
import { useCart } from './use-cart.js';

export function Cart() {
  const { lines, isWaiting } = useCart();
  return (
    <aside className="cart">
      <h2>Cart</h2>
      {isWaiting ? <Waiting /> : lines.length === 0 ? <p>Nothing yet.</p> : (
        <>
          {lines.map(line => <CartLine key={line.sku} line={line} />)}
          <QuoteTotal lines={lines} />
          <OrderButton />
        </>
      )}
    </aside>
  );
}
