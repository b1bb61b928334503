/**
 * Module namespace exotic objects (ECMA-262 10.4.6) over a table. Reads are live; the object never changes its keys,
 * so a release that adds or removes an export gives later code a new one.
 */
import type { Table } from './protocol.js';

/**
 * Make the namespace object for the exported names of a module.
 *
 * Shape: `names` in any order; `read` answers the table that is current when a property is read.
 */
export function createNamespace(names: readonly string[], read: () => Table): object {
  const keys = [...names].sort();
  const has = new Set<string | symbol>(keys);
  const target: Record<string | symbol, unknown> = Object.create(null);
  // The invariants of Proxy ask for real properties of the same kind; their values are never read.
  for (const key of keys) Object.defineProperty(target, key, { value: undefined, writable: true, enumerable: true, configurable: false });
  Object.defineProperty(target, Symbol.toStringTag, { value: 'Module' });
  Object.preventExtensions(target);
  return new Proxy(target, {
    get: (_, key) => (has.has(key) ? read()[key as string] : (target[key] as unknown)),
    getOwnPropertyDescriptor: (_, key) =>
      has.has(key)
        ? { value: read()[key as string], writable: true, enumerable: true, configurable: false }
        : Reflect.getOwnPropertyDescriptor(target, key),
    // 10.4.6.7: succeeds only if it would change nothing. The target's own property refuses all but value and writable.
    defineProperty: (_, key, descriptor) =>
      (!has.has(key) || (descriptor.writable !== false && (!('value' in descriptor) || Object.is(descriptor.value, read()[key as string])))) &&
      Reflect.defineProperty(target, key, descriptor),
    set: () => false,
  });
}
