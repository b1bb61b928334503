/**
 * The load, in a process of its own so that it measures the service and not itself. Started with `fork`:
 *
 *     -> { kind: 'start', port, customers, sockets, paceMs, seed }    <- { kind: 'started' }
 *     -> { kind: 'phase', name }
 *     -> { kind: 'stop' }                                             <- { kind: 'report', phases, ... }
 *
 * Sources of the numbers: statistics.js. What is right: oracle.js.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Customer } from './customer.js';
import { agent } from './http.js';
import { Statistics } from './statistics.js';
import { Subscriber } from './subscriber.js';

const countries = ['DE', 'ES', 'NO', 'NL', 'FR', 'CH', 'AT', 'IE'];
const loyalties = ['gold', 'silver', 'none'];
const wayOfAnOrder = 'placed confirmed packed shipped';

const statistics = new Statistics();
/** The newest release that any answer has proved so far. */
const horizon = { seen: 0 };
const stopped = new AbortController();
let customers = [];
let subscribers = [];
let working = [];

process.on('message', async message => {
  if (message.kind === 'start') await start(message);
  if (message.kind === 'phase') statistics.begin(message.name);
  if (message.kind === 'stop') await stop();
});

process.on('disconnect', () => process.exit(1));

async function start({ port, customers: count, sockets, paceMs, seed }) {
  statistics.begin('warm-up');
  customers = Array.from({ length: count }, (_, i) => new Customer({
    id: `roastery-${i}`, country: countries[i % countries.length], loyalty: loyalties[i % loyalties.length],
    seed: seed + i, port, statistics, horizon,
  }));
  subscribers = Array.from({ length: sockets }, (_, i) => new Subscriber({ port, customer: customers[i % count].id, statistics }));
  await Promise.all(subscribers.map(subscriber => subscriber.open()));
  working = customers.map(customer => customer.work(paceMs, stopped.signal));
  process.send({ kind: 'started' });
}

async function stop() {
  stopped.abort();
  await Promise.all(working);
  await ordersShipped();
  for (const subscriber of subscribers) subscriber.close();
  process.send({
    kind: 'report',
    phases: statistics.report(),
    customers: customers.length,
    orders: sum(customers.map(({ orders }) => orders.size)),
    cents: sum(customers.flatMap(({ orders }) => [...orders.values()])),
    cartLines: sum(customers.map(({ cartSize }) => cartSize)),
    cartChanges: sum(customers.map(({ changes }) => changes)),
    unfinished: unfinishedOrders(),
    connections: agent.opened,
  }, () => process.exit(0));
}

/** Background work goes on after the last request; waits for it, but not for ever. */
async function ordersShipped() {
  const limit = performance.now() + 3_000;
  while (unfinishedOrders().length > 0 && performance.now() < limit) await delay(50);
}

/** Orders of which a subscriber has not heard every status, in order. */
function unfinishedOrders() {
  return customers.flatMap(({ id, orders }) => {
    const heard = subscribers.find(({ customer }) => customer === id)?.statuses;
    if (!heard) return [];
    return [...orders.keys()]
      .filter(number => heard.get(number)?.join(' ') !== wayOfAnOrder)
      .map(number => `${number}: ${heard.get(number)?.join(' ') ?? 'nothing'}`);
  });
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
