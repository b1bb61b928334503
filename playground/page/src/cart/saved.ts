/** What discounts take off. Pure. */
import type { Quote } from '../api/types.js';

export function saved({ lines }: Quote): number {
  return lines.flatMap(({ adjustments }) => adjustments).reduce((sum, { cents }) => sum + Math.min(0, cents), 0);
}
