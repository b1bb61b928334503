/**
 * Errors of components while a release is on probation. What new code throws while it renders is not given to React, which would
 * take the page down with its state: that rendering waits, with the page as it was, until the release is taken back.
 */
import { subscribe } from './attached.js';
import { runtime } from './main.js';

/** What React throws to wait for something: a promise, or its own mark for that (react.dev/errors/460 and 542). */
const waitingMark = /^Suspense Exception:|^Minified React error #(?:460|542);/;

function isWaiting(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  return typeof (error as { then?: unknown }).then === 'function' || waitingMark.test(String((error as { message?: unknown }).message));
}

/** Settles when the release on probation is taken back or stays. */
let leaving: { readonly left: Promise<void>; readonly leave: () => void } | null = null;
/** The release that could not be taken back. */
let stuck: string | null = null;
const seen = new WeakMap<object, boolean>();

/** What to throw instead of an error that a component threw while it rendered. Shape: `isFirst` if it ran before the commit without. */
export function contain(error: unknown, isFirst: boolean): unknown {
  return !isWaiting(error) && givesUp(error, isFirst) ? untilLeft() : error;
}

/** Report an error, once. Whether the running release is being taken back, for this or for another one. */
export function givesUp(error: unknown, isFirst: boolean): boolean {
  const upgrader = runtime.follower?.upgrader;
  if (!upgrader?.canRollBack() || stuck === upgrader.current().release) return false;
  if (leaving) return true;
  const isObject = typeof error === 'object' && error !== null;
  const known = isObject ? seen.get(error) : undefined;
  if (known !== undefined) return known;
  const answer = upgrader.judgeError(error, isFirst ? 'new' : undefined);
  if (isObject) seen.set(error, answer);
  return answer;
}

function untilLeft(): Promise<void> {
  if (leaving) return leaving.left;
  let leave = (): void => {};
  const left = new Promise<void>((resolve) => (leave = resolve));
  leaving = { left, leave };
  return left;
}

/** Begin to hear how probations end. */
export function watchProbations(): void {
  subscribe((event) => {
    // Whoever asks for another release meanwhile is refused as well, which says nothing of this one.
    const isStuck = event.type === 'refused' && event.result.refusals[0]?.code === 'PROBATION';
    if (event.type !== 'rolledBack' && event.type !== 'confirmed' && !isStuck) return;
    if (isStuck) stuck = event.result.from;
    leaving?.leave();
    leaving = null;
  });
}
