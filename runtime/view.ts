/**
 * The view of state that a migration gets: it reads and writes the live objects, and records how to take each write
 * back. Plain objects, arrays, Maps and Sets are followed to any depth; everything else (instances, functions,
 * sockets) is handed out as it is, and a write inside it is beyond the journal.
 */
import type { Journal } from './journal.js';

const raws = new WeakMap<object, object>();

/** The live object behind a view, at any depth of a plain structure that a migration returned. */
export function unwrap(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (raws.get(value) ?? value) : value;
}

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
};

/** Make a view; one journal sees every write below it. */
export function createView<T>(value: T, journal: Journal, views = new WeakMap<object, object>()): T {
  const view = (inner: unknown): unknown => {
    if (typeof inner !== 'object' || inner === null || raws.has(inner)) return inner;
    const known = views.get(inner);
    if (known) return known;
    const made = inner instanceof Map ? viewMap(inner, journal, view) : inner instanceof Set ? viewSet(inner, journal, view) : isPlain(inner) ? viewObject(inner, journal, view) : null;
    if (!made) return inner;
    views.set(inner, made);
    raws.set(made, inner);
    return made;
  };
  return view(value) as T;
}

type View = (value: unknown) => unknown;

/** Remember a property as it is now. */
function recordProperty(target: object, key: PropertyKey, journal: Journal): void {
  const before = Object.getOwnPropertyDescriptor(target, key);
  const length = Array.isArray(target) ? target.length : -1;
  journal.push(() => {
    if (before) Object.defineProperty(target, key, before);
    else Reflect.deleteProperty(target, key);
    if (length >= 0) (target as unknown[]).length = length;
  });
}

function viewObject(target: object, journal: Journal, view: View): object {
  return new Proxy(target, {
    get: (_, key) => view(Reflect.get(target, key)),
    getOwnPropertyDescriptor(_, key) {
      const descriptor = Reflect.getOwnPropertyDescriptor(target, key);
      // A frozen property must be reported as it is (invariant of Proxy).
      if (descriptor && 'value' in descriptor && descriptor.configurable) descriptor.value = view(descriptor.value);
      return descriptor;
    },
    set(_, key, value) {
      if (Array.isArray(target) && key === 'length') recordElements(target, journal);
      else recordProperty(target, key, journal);
      return Reflect.set(target, key, unwrap(value));
    },
    deleteProperty(_, key) {
      recordProperty(target, key, journal);
      return Reflect.deleteProperty(target, key);
    },
    defineProperty(_, key, descriptor) {
      recordProperty(target, key, journal);
      return Reflect.defineProperty(target, key, 'value' in descriptor ? { ...descriptor, value: unwrap(descriptor.value) } : descriptor);
    },
  });
}

/** Shortening an array loses elements that no property write names. */
function recordElements(target: unknown[], journal: Journal): void {
  const before = target.slice();
  journal.push(() => void target.splice(0, target.length, ...before));
}

function recordEntries(target: Map<unknown, unknown> | Set<unknown>, journal: Journal): void {
  const before = [...target] as never[];
  journal.push(() => {
    target.clear();
    for (const entry of before) {
      if (target instanceof Map) target.set(entry[0], entry[1]);
      else target.add(entry);
    }
  });
}

function viewMap(target: Map<unknown, unknown>, journal: Journal, view: View): object {
  const copy = (): Map<unknown, unknown> => new Map([...target].map(([key, value]) => [view(key), view(value)]));
  let recorded = false;
  const record = (): void => {
    // The order of entries cannot be restored one by one, so the first write remembers them all.
    if (!recorded) recordEntries(target, journal);
    recorded = true;
  };
  const methods: Record<PropertyKey, unknown> = {
    get: (key: unknown) => view(target.get(unwrap(key))),
    has: (key: unknown) => target.has(unwrap(key)),
    set: (key: unknown, value: unknown) => (record(), target.set(unwrap(key), unwrap(value)), view(target)),
    delete: (key: unknown) => (record(), target.delete(unwrap(key))),
    clear: () => (record(), target.clear()),
    forEach: (each: (value: unknown, key: unknown, map: unknown) => void) => copy().forEach((value, key) => each(value, key, view(target))),
    entries: () => copy().entries(),
    keys: () => copy().keys(),
    values: () => copy().values(),
    [Symbol.iterator]: () => copy()[Symbol.iterator](),
  };
  return viewCollection(target, methods);
}

function viewSet(target: Set<unknown>, journal: Journal, view: View): object {
  const copy = (): Set<unknown> => new Set([...target].map(view));
  let recorded = false;
  const record = (): void => {
    if (!recorded) recordEntries(target, journal);
    recorded = true;
  };
  const methods: Record<PropertyKey, unknown> = {
    has: (value: unknown) => target.has(unwrap(value)),
    add: (value: unknown) => (record(), target.add(unwrap(value)), view(target)),
    delete: (value: unknown) => (record(), target.delete(unwrap(value))),
    clear: () => (record(), target.clear()),
    forEach: (each: (value: unknown, same: unknown, set: unknown) => void) => copy().forEach((value) => each(value, value, view(target))),
    entries: () => copy().entries(),
    keys: () => copy().keys(),
    values: () => copy().values(),
    [Symbol.iterator]: () => copy()[Symbol.iterator](),
  };
  return viewCollection(target, methods);
}

function viewCollection(target: Map<unknown, unknown> | Set<unknown>, methods: Record<PropertyKey, unknown>): object {
  return new Proxy(target, {
    get: (_, key) => (Object.hasOwn(methods, key) ? methods[key] : key === 'size' ? target.size : Reflect.get(target, key)),
    set: () => false,
  });
}
