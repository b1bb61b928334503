/** How far an order has come. */
import type { Status } from '../api/types.js';
import { steps } from './steps.js';

export function StatusBar({ status }: { readonly status: Status }) {
  return <><progress max={steps().length - 1} value={steps().indexOf(status)} aria-label="Progress" /> {status}</>;
}
