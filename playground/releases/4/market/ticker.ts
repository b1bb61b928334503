/** Moves the market ten times a second. */
import { tick } from './tick.js';

let ticks = 0;

// Nothing stops this timer: a second release would tick beside the first, and `ticks` would be counted twice.
setInterval(() => {
  ticks++;
  tick();
}, 100);

export function tickCount(): number {
  return ticks;
}
