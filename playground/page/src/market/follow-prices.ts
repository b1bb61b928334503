/** Listens to the market. */
import { effect } from 'relup';
import { listen } from '../live/listen.js';
import { notePrices } from './prices.js';

effect(() => listen('prices', ({ prices }) => notePrices(prices as Readonly<Record<string, number>>, Math.floor(Date.now() / 1000))));
