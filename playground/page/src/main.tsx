/** The entry. It names what runs in the page and has no behaviour of its own. */
import './styles.css';
import './live/connection.js';
import './market/follow-prices.js';
import './orders/follow-orders.js';
import './start.js';
