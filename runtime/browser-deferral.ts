/**
 * Reasons of the application not to commit now. It only counts them.
 */
export interface Deferral {
  /** Hold commits back until the answered function is called. */
  defer(): () => void;
  readonly isDeferred: boolean;
  /** Settles when nothing is deferred. */
  free(): Promise<void>;
}

export function createDeferral(): Deferral {
  const reasons = new Set<symbol>();
  let waiting: (() => void)[] = [];
  return {
    defer() {
      const reason = Symbol();
      reasons.add(reason);
      return () => {
        reasons.delete(reason);
        if (reasons.size > 0) return;
        for (const resolve of waiting) resolve();
        waiting = [];
      };
    },
    get isDeferred() {
      return reasons.size > 0;
    },
    free: () => (reasons.size > 0 ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve()),
  };
}
