/** Consecutive order numbers. Counted in memory, so that two orders of one transaction never ask for the same. */
import { state } from 'relup';
import { lastOrderNumber } from './orders.js';

const numbers = state({ last: null as number | null });

export function nextOrderNumber(): number {
  numbers.last = (numbers.last ?? lastOrderNumber()) + 1;
  return numbers.last;
}

/** Gives the newest number back, because its transaction failed. */
export function returnOrderNumber(number: number): void {
  if (numbers.last === number) numbers.last = number - 1;
}
