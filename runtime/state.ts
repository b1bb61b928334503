/**
 * State roots: objects that stay the same across versions. This file makes and finds them while a body runs;
 * changing their contents is migrate.ts's.
 */
import type { Declaration, Root, StateOptions, Thunks, Version } from './record.js';

/**
 * Declare a root: the live one if the module has it, under this key or the one it was renamed from, a new one otherwise.
 *
 * Changes: the record's roots, if the key is new.
 */
export function declareState(version: Version, key: string, init: Declaration['init'], options: StateOptions): object {
  const { roots } = version.record;
  const taken = new Set([...version.states.values()].map(({ root }) => root));
  // A key may be new to a module that gives its old root another name.
  const known = [key, options.renamedFrom].map((name) => roots.get(name as string)).find((root) => root && !taken.has(root));
  const root = known ?? createRoot(init, options);
  version.states.set(key, { key, init, options, root });
  // A pending version registers its new roots at commit, so that a refused one leaves none behind.
  if (version.live) roots.set(key, root);
  return root.value;
}

function createRoot(init: Thunks | (() => unknown), options: StateOptions): Root {
  const value = typeof init === 'function' ? init() : Object.fromEntries(Object.entries(init).map(([name, thunk]) => [name, thunk()]));
  if (typeof value !== 'object' || value === null) throw new TypeError('state() takes an object');
  return { value, version: options.version ?? 1, dropped: [] };
}

/** What hides private data is made once for all versions of a module. */
export function keepHidden<T>({ record }: Version, key: string, make: () => T): T {
  if (!record.hidden.has(key)) record.hidden.set(key, make());
  return record.hidden.get(key) as T; // set under this key, which names its kind
}
