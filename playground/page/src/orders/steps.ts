/** The way of an order. */
import type { Status } from '../api/types.js';

export function steps(): readonly Status[] {
  return ['placed', 'confirmed', 'packed', 'shipped'];
}
