/** Moves the market ten times a second. */
import { effect } from 'relup';
import { tick } from './tick.js';

effect(() => {
  const timer = setInterval(() => tick(), 100);
  return () => clearInterval(timer);
});
