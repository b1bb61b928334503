/**
 * When a page looks for a release: by time, when it is seen, awake or on line again, when the server says so. It decides nothing else.
 */
export interface WatchOptions {
  /** Mean time between looks, in ms; 0 only looks when something else says so. */
  readonly pollMs: number;
  /** URL of server-sent events: each is a reason to look. */
  readonly events?: string | undefined;
  /** Answers whether the server could be asked. */
  look(): Promise<boolean>;
}

export interface LookWatch {
  /** Somebody looked: the next look can wait. */
  looked(): void;
  /** ms since anybody looked. */
  age(): number;
  close(): void;
}

/** A look that something woke is not taken sooner after another one, in ms. */
const soonest = 1000;
/** Looks that fail are taken up to so many times more rarely. */
const rarest = 16;
/** Clients that are told at once do not all ask at once: each waits up to so long, in ms. */
const spread = 500;

/** Look from now on, first after `pollMs`. */
export function watchForLooks({ pollMs, events, look }: WatchOptions): LookWatch {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let rarer = 1;
  let last = performance.now();
  const age = (): number => performance.now() - last;

  const plan = (): void => {
    clearTimeout(timer);
    if (pollMs > 0) timer = setTimeout(take, pollMs * rarer * (0.75 + Math.random() / 2));
  };
  const take = async (): Promise<void> => {
    last = performance.now();
    rarer = (await look()) ? 1 : Math.min(rarer * 2, rarest);
    plan();
  };
  const wake = (): void => {
    if (age() > soonest) void take();
  };
  const seen = (): void => {
    if (document.visibilityState === 'visible') wake();
  };
  // A page that comes back from the back/forward cache may have slept for days.
  const shown = ({ persisted }: PageTransitionEvent): void => {
    if (persisted) wake();
  };
  const ended = new AbortController();
  const until = { signal: ended.signal };
  document.addEventListener('visibilitychange', seen, until);
  // The browser had frozen it.
  document.addEventListener('resume', wake, until);
  addEventListener('online', wake, until);
  addEventListener('pageshow', shown, until);
  const source = events === undefined ? null : new EventSource(events);
  source?.addEventListener('message', () => setTimeout(take, Math.random() * spread));
  plan();
  return {
    looked() {
      last = performance.now();
      rarer = 1;
      plan();
    },
    age,
    close() {
      clearTimeout(timer);
      ended.abort();
      source?.close();
    },
  };
}
