/**
 * What a factory can reach besides its imports: `import.meta`, `import()`, namespaces, and the author API.
 * One context a version; its members are the targets of rewritten code, so their names are fixed.
 */
import { requestOf } from './bindings.js';
import { defineClass } from './adopt.js';
import type { Hot } from './hot.js';
import { namespaceOf, ownNamespace } from './link.js';
import { importModule } from './load.js';
import type { Constructor, Declaration, Hook, ModuleRecord, StateOptions, Version } from './record.js';
import { declareState, keepHidden } from './state.js';

export interface Context {
  readonly meta: object;
  /** `import.meta.hot`, made when it is first read. */
  readonly hot: Hot;
  import(specifier: unknown, options?: unknown): Promise<unknown>;
  namespace(request: number): object;
  /** Assignment to an import: ECMA-262 9.1.1.5, imports are immutable bindings. */
  set constant(value: unknown);
  asyncIterator(iterable: unknown): unknown;
  /** What classes without heritage extend in artifacts; see adopt.ts. */
  readonly adopt: Constructor;
  class(key: string, made: Constructor, flags?: number): Constructor;
  keep<T>(key: string, make: () => T): T;
  state(key: string, init: Declaration['init'], options?: StateOptions): object;
  effect(start: () => unknown): void;
  onUpgrade(hook: Hook): void;
  onRetire(hook: Hook): void;
  reset<T>(value: T): T;
}

/** Make the context of a version. */
export function createContext(version: Version): Context {
  return {
    meta: version.meta,
    get hot() {
      return version.record.runtime.hotOf?.(version) as Hot; // whoever defines the module sees to it
    },
    import: (specifier, options) => importModule(version, specifier, options),
    namespace(request) {
      const record = requestOf(version, request) as ModuleRecord;
      return record === version.record ? ownNamespace(version) : namespaceOf(record);
    },
    set constant(_: unknown) {
      throw new TypeError('Assignment to constant variable.');
    },
    asyncIterator,
    adopt: version.record.runtime.adoption.base,
    class: (key, made, flags = 0) => defineClass(version, key, { made, flags }),
    keep: (key, make) => keepHidden(version, key, make),
    state: (key, init, options = {}) => declareState(version, key, init, options),
    effect(start) {
      const effect = { start, running: false, stop: undefined as unknown };
      version.effects.push(effect);
      // A version under preparation starts nothing: commit does.
      if (version.live) {
        effect.stop = start();
        effect.running = true;
      }
    },
    onUpgrade: (hook) => void version.upgradeHooks.push(hook),
    onRetire: (hook) => void version.retireHooks.push(hook),
    reset: (value) => value,
  };
}

/** 27.1.6 AsyncFromSyncIterator, job for job: an async generator would settle later than the engine does. */
const asyncFromSync = (iterator: Iterator<unknown>): AsyncIterator<unknown> => ({
  async next() {
    const { done = false, value } = iterator.next();
    return { done, value: await value };
  },
  return: async (value: unknown) => iterator.return?.(value) ?? { done: true, value },
});

/** 7.4.3 GetIterator(obj, async), for top-level `for await`. */
function asyncIterator(iterable: unknown): unknown {
  const source = iterable as { [Symbol.asyncIterator]?: () => unknown; [Symbol.iterator]: () => Iterator<unknown> };
  return source[Symbol.asyncIterator]?.() ?? asyncFromSync(source[Symbol.iterator]());
}
