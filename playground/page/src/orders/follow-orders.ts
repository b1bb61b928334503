/** Hears how orders go: once somebody is signed in, by the name of the customer. */
import { effect } from 'relup';
import type { Status } from '../api/types.js';
import { listen } from '../live/listen.js';
import { currentCustomer } from '../session/session.js';
import { noteStatus } from './order-book.js';

effect(() => {
  let following = '';
  let stop = (): void => {};
  const timer = setInterval(() => {
    const customer = currentCustomer() ?? '';
    if (customer === following) return;
    stop();
    following = customer;
    stop = customer === '' ? () => {} : listen(`orders:${customer}`, ({ number, status }) => noteStatus(number as number, status as Status));
  }, 250);
  return () => {
    clearInterval(timer);
    stop();
  };
});
