/**
 * Waiting until the application has no reason left not to commit. The page keeps the reasons.
 */
export interface Deferral {
  readonly isDeferred: boolean;
  /** Settles when nothing is deferred. */
  free(): Promise<void>;
  /** A reason is gone. */
  freed(): void;
}

export function createDeferral(reasons: ReadonlySet<symbol>): Deferral {
  let waiting: (() => void)[] = [];
  return {
    get isDeferred() {
      return reasons.size > 0;
    },
    free: () => (reasons.size > 0 ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve()),
    freed() {
      if (reasons.size > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
  };
}
