/**
 * One customer: does one thing after the other at a steady pace, remembers everything that it did, and compares every
 * answer with that. After an upgrade the service must still know all of it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { send } from './http.js';
import { lots, releasesOfCart, releasesOfQuote, searches } from './oracle.js';

const sizes = [1, 4, 12, 30, 60];

export class Customer {
  /** Acknowledged orders by number: their total in cents. */
  orders = new Map();
  /** Changes of the cart that were acknowledged in this session. */
  changes = 0;
  #cart = new Map();
  #token;
  /** Requests of the session that were answered; null if an answer got lost and nobody knows. */
  #requests = 0;
  #random;

  constructor({ id, country, loyalty, seed, port, statistics, horizon }) {
    Object.assign(this, { id, country, loyalty, port, statistics, horizon });
    this.#random = randomNumbers(seed);
  }

  get cartSize() {
    return this.#cart.size;
  }

  /** Works until `signal` aborts, one step every `paceMs`. */
  async work(paceMs, signal) {
    await delay(this.#random() * paceMs);
    let next = performance.now();
    while (!signal.aborted) {
      await this.#step();
      next = Math.max(next + paceMs, performance.now());
      await delay(next - performance.now());
    }
  }

  async #step() {
    if (this.#token === undefined) return this.#signIn();
    const chance = this.#random();
    if (chance < 0.3) return this.#changeLine();
    if (chance < 0.4) return this.#noteLine();
    if (chance < 0.5) return this.#showCart();
    if (chance < 0.8) return this.#showQuote();
    if (chance < 0.87) return this.#placeOrder();
    if (chance < 0.94) return this.#showOrder();
    return this.#search();
  }

  async #signIn() {
    const { id, country, loyalty } = this;
    const answer = await this.#ask('POST', '/sessions', { body: { customer: id, country, loyalty }, expected: 201 });
    if (!answer) return;
    this.#token = answer.body.token;
    this.#requests = 0;
    this.changes = 0;
    this.#cart.clear();
  }

  async #changeLine() {
    const sku = this.#pick(Object.keys(lots));
    const bags = this.#random() < 0.15 ? 0 : this.#pick(sizes);
    const answer = await this.#ask('PUT', `/my/cart/${sku}`, { body: { bags } });
    if (!answer) return;
    this.changes++;
    if (bags === 0) this.#cart.delete(sku);
    else this.#cart.set(sku, { bags, note: this.#cart.get(sku)?.note ?? null });
    this.#checkCart(answer);
  }

  /** Only from the third release on: before, nobody offers notes. */
  async #noteLine() {
    const sku = this.#pick([...this.#cart.keys()]);
    if (this.horizon.seen < 3 || sku === undefined) return this.#showCart();
    const note = `pallet ${Math.floor(this.#random() * 1000)}`;
    const answer = await this.#ask('PUT', `/my/cart/${sku}/note`, { body: { note } });
    if (!answer) return;
    this.changes++;
    this.#cart.get(sku).note = note;
    this.#checkCart(answer);
  }

  async #showCart() {
    const answer = await this.#ask('GET', '/my/cart');
    if (answer) this.#checkCart(answer);
  }

  async #showQuote() {
    const answer = await this.#ask('GET', '/my/quote');
    if (answer) this.#checkRelease(answer, releasesOfQuote(answer.body, this, this.#cart), 'quote');
  }

  async #placeOrder() {
    if (this.#cart.size === 0) return this.#changeLine();
    const answer = await this.#ask('POST', '/my/orders', { expected: 201 });
    if (!answer) return;
    const { number, total, quote } = answer.body;
    this.#checkRelease(answer, releasesOfQuote(quote, this, this.#cart), 'order');
    if (this.orders.has(number)) this.#fail(answer.phase, 'order number given twice', number);
    this.orders.set(number, total);
    this.#cart.clear();
    this.changes++;
  }

  async #showOrder() {
    const number = this.#pick([...this.orders.keys()]);
    if (number === undefined) return this.#showQuote();
    const answer = await this.#ask('GET', `/my/orders/${number}`);
    if (answer && answer.body.total !== this.orders.get(number)) this.#fail(answer.phase, 'wrong order', JSON.stringify(answer.body));
  }

  async #search() {
    const [query, skus] = this.#pick(searches);
    const answer = await this.#ask('GET', `/search?q=${encodeURIComponent(query)}`);
    if (!answer) return;
    const best = answer.body.filter(hit => hit.score === query.split(' ').length).map(hit => hit.sku);
    if (best.join() !== skus.join()) this.#fail(answer.phase, 'wrong search', `${query}: ${best}`);
  }

  #checkCart(answer) {
    this.#checkRelease(answer, releasesOfCart(answer.body.lines, this.#cart), 'cart');
  }

  /** No answer may be of no release at all, nor of an older one than was seen before its request began. */
  #checkRelease({ phase, seenBefore, body }, possible, what) {
    const newest = possible.at(-1);
    if (newest === undefined) {
      this.#fail(phase, `wrong ${what}`, `${JSON.stringify(body)} for ${JSON.stringify([...this.#cart])}`);
    } else if (newest < seenBefore) {
      this.#fail(phase, `${what} of an older release`, `${newest} after ${seenBefore}`);
    } else {
      // What several releases would answer proves only the oldest of them.
      this.horizon.seen = Math.max(this.horizon.seen, possible[0]);
    }
  }

  /** Answers nothing if the request failed; it is counted then. */
  async #ask(method, path, { body, expected = 200 } = {}) {
    const { statistics } = this;
    const phase = statistics.phase;
    const seenBefore = this.horizon.seen;
    const kind = `${method} ${path.replace(/[?].*|\d+$|[A-Z]{2}-[A-Z]{3}/g, '*')}`;
    const began = performance.now();
    let answer;
    try {
      answer = await send(this.port, method, path, { token: this.#token, body });
    } catch (error) {
      this.#requests = null;
      statistics.failed(phase, error.code ?? 'no answer', `${kind}: ${error.message}`);
      await delay(10);
      return undefined;
    }
    statistics.answered(phase, performance.now() - began);
    if (path.startsWith('/my/')) this.#checkSession(phase, answer);
    if (answer.status === expected) return { ...answer, phase, seenBefore };
    this.#fail(phase, `${answer.status} ${kind}`, JSON.stringify(answer.body));
    if (answer.status === 401) this.#token = undefined;
    return undefined;
  }

  /** The service counts the requests of a session: it has to arrive at the same number. */
  #checkSession(phase, { status, headers }) {
    if (status === 401) return;
    const counted = Number(headers['x-session-requests']);
    if (this.#requests !== null && counted !== this.#requests + 1) {
      this.#fail(phase, 'session forgot requests', `${counted} instead of ${this.#requests + 1}`);
    }
    this.#requests = counted;
  }

  #fail(phase, reason, detail) {
    this.statistics.failed(phase, reason, `${this.id}: ${detail}`);
  }

  #pick(values) {
    return values[Math.floor(this.#random() * values.length)];
  }
}

/** Reproducible numbers in [0, 1): mulberry32. */
function randomNumbers(seed) {
  let value = seed;
  return () => {
    value = (value + 0x6d2b79f5) | 0;
    let mixed = Math.imul(value ^ (value >>> 15), 1 | value);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
