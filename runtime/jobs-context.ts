/**
 * What carries the current job along with the code that runs for it: across awaits and timers where the platform can
 * (AsyncLocalStorage), else through the synchronous part only. Must never cost anything before the first job.
 */

/** Who runs now, as seen from running code. */
export interface Carrier<T> {
  get(): T | undefined;
  /** Run something for `value`, or for nobody. */
  run<R>(value: T | undefined, work: () => R): R;
  /** A function that runs later where it would run now. */
  keep(work: () => void): () => void;
}

/** The part of node:async_hooks that is used. */
interface AsyncHooks {
  readonly AsyncLocalStorage: {
    new <T>(): { getStore(): T | undefined; run<R>(store: T | undefined, work: () => R): R };
    bind?(work: () => void): () => void;
  };
}

interface Platform {
  readonly process?: { getBuiltinModule?(name: string): unknown };
}

/** Not by import: the same file runs in a browser. */
export function createCarrier<T>(platform = globalThis as unknown as Platform): Carrier<T> {
  const hooks = platform.process?.getBuiltinModule?.('node:async_hooks') as AsyncHooks | undefined;
  return hooks ? createAsyncCarrier(hooks) : createSyncCarrier();
}

function createAsyncCarrier<T>({ AsyncLocalStorage }: AsyncHooks): Carrier<T> {
  const storage = new AsyncLocalStorage<T>();
  return {
    get: () => storage.getStore(),
    run: (value, work) => storage.run(value, work),
    keep: (work) => AsyncLocalStorage.bind?.(work) ?? work,
  };
}

function createSyncCarrier<T>(): Carrier<T> {
  let current: T | undefined;
  const run = <R>(value: T | undefined, work: () => R): R => {
    const before = current;
    current = value;
    try {
      return work();
    } finally {
      current = before;
    }
  };
  return {
    get: () => current,
    run,
    // What queues has a job of its own, and there is no other context.
    keep: (work) => work,
  };
}
