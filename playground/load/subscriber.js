/**
 * One WebSocket that stays open: hears every tick of the market (none missing, none twice) and what becomes of a
 * customer's orders. Connects again when it is cut off, and counts that.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';

export class Subscriber {
  /** Statuses by order number, as they came. */
  statuses = new Map();
  #socket;
  #step = null;
  #closing = false;

  constructor({ port, customer, statistics }) {
    Object.assign(this, { port, customer, statistics });
  }

  /** Resolves once both subscriptions are confirmed. */
  async open() {
    for (;;) {
      try {
        await this.#connect();
        return;
      } catch {
        await delay(20);
      }
    }
  }

  close() {
    this.#closing = true;
    this.#socket.close();
  }

  #connect() {
    const socket = new WebSocket(`ws://127.0.0.1:${this.port}/live`);
    this.#socket = socket;
    this.#step = null;
    return new Promise((resolve, reject) => {
      let confirmed = 0;
      socket.on('open', () => {
        socket.send(JSON.stringify({ subscribe: 'prices' }));
        socket.send(JSON.stringify({ subscribe: `orders:${this.customer}` }));
      });
      socket.on('message', data => {
        const event = JSON.parse(data.toString());
        if (event.subscribed && ++confirmed === 2) resolve();
        if (event.topic) this.#hear(event);
      });
      socket.on('error', reject);
      socket.on('close', () => {
        // Before both confirmations it is a failed attempt, and the caller tries again.
        if (confirmed < 2) return reject(new Error('closed'));
        if (this.#closing) return;
        this.statistics.phase.socketsLost++;
        void this.open();
      });
    });
  }

  #hear(event) {
    const { statistics } = this;
    if (event.topic === 'prices') {
      statistics.phase.ticks++;
      if (this.#step !== null && event.step !== this.#step + 1) {
        statistics.failed(statistics.phase, 'tick missing', `${event.step} after ${this.#step}`);
      }
      this.#step = event.step;
      return;
    }
    statistics.phase.events++;
    const statuses = this.statuses.get(event.number) ?? [];
    statuses.push(event.status);
    this.statuses.set(event.number, statuses);
  }
}
