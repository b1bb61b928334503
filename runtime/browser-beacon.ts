/**
 * What the operator of a site hears of upgrades in pages: a line of JSON for each that ended, sent so that it survives the page.
 */
import type { FollowEvent } from './browser-events.js';

/** The body of one beacon. */
export interface Beacon {
  readonly type: 'committed' | 'refused' | 'rolledBack' | 'problem';
  readonly from?: string;
  readonly to?: string;
  /** Codes of refusals, or of the problem. */
  readonly codes: readonly string[];
  readonly pauseMs?: number;
}

/** Pure. Null for what is not told. */
export function beaconOf(event: FollowEvent): Beacon | null {
  if (event.type === 'problem') return { type: 'problem', codes: [event.error.code] };
  if (event.type !== 'committed' && event.type !== 'refused' && event.type !== 'rolledBack') return null;
  const { from, to, refusals, pauseMs } = event.result;
  return { type: event.type, from, to, codes: refusals.map(({ code }) => code), ...(pauseMs !== null && { pauseMs: Math.round(pauseMs * 100) / 100 }) };
}

/** Send one. What the browser does not take is lost. */
export function sendBeacon(url: string, event: FollowEvent): void {
  const beacon = beaconOf(event);
  if (beacon) navigator.sendBeacon(url, JSON.stringify(beacon));
}
