/** The map of the service: which path leads to which function. */
import type { Hono } from 'hono';
import { effect } from 'relup';
import { authenticate } from './authenticate.js';
import { changeLine, noteLine, showCart, showQuote } from './cart-handlers.js';
import { listProducts, searchProducts, showProduct } from './catalogue-handlers.js';
import { observe } from './observe.js';
import { createOrder, showOrder } from './order-handlers.js';
import { servePage } from './page.js';
import { mount } from './router.js';
import { limitRate } from './rate-limit.js';
import { reportMissing, reportProblem } from './report-problem.js';
import type { Service } from './service-env.js';
import { signIn } from './session-handlers.js';
import { showHealth, showMetrics } from './status-handlers.js';

effect(() => mount(register));

function register(app: Hono<Service>): void {
  app.onError((error, c) => reportProblem(error, c));
  app.notFound(c => reportMissing(c));
  app.use('*', (c, next) => observe(c, next));

  app.get('/health', c => showHealth(c));
  app.get('/metrics', c => showMetrics(c));

  app.get('/products', c => listProducts(c));
  app.get('/products/:sku', c => showProduct(c));
  app.get('/search', c => searchProducts(c));
  app.post('/sessions', c => signIn(c));

  app.use('/my/*', (c, next) => authenticate(c, next));
  app.use('/my/*', (c, next) => limitRate(c, next));
  app.get('/my/cart', c => showCart(c));
  app.put('/my/cart/:sku', c => changeLine(c));
  app.put('/my/cart/:sku/note', c => noteLine(c));
  app.get('/my/quote', c => showQuote(c));
  app.post('/my/orders', c => createOrder(c));
  app.get('/my/orders/:number', c => showOrder(c));

  app.get('/*', (c, next) => servePage(c, next));
}
