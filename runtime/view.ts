/**
 * The view of state that a migration gets: it reads and writes the live objects, and records how to take each write
 * back. Objects of any class, arrays, Maps and Sets are followed to any depth; of dates and typed arrays the journal keeps
 * the contents. Private fields cannot be reached through a view: a step that calls a method which needs them throws.
 */
import type { Journal } from './journal.js';

const raws = new WeakMap<object, object>();

/** The live object behind a view, at any depth of a plain structure that a migration returned. */
export function unwrap(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (raws.get(value) ?? value) : value;
}

/** A value without views, at any depth of what a migration made. What was live before holds none, and is not walked. */
export function unwrapDeep(value: unknown, live: (object: object) => boolean = () => false, seen = new Set<object>()): unknown {
  const raw = unwrap(value);
  if (raw !== value || typeof raw !== 'object' || raw === null || seen.has(raw)) return raw;
  seen.add(raw);
  const inner = (each: unknown): unknown => unwrapDeep(each, live, seen);
  if (raw instanceof Map) {
    const entries = [...raw].map(([key, each]) => [inner(key), inner(each)] as const);
    raw.clear();
    for (const [key, each] of entries) raw.set(key, each);
  } else if (raw instanceof Set) {
    const elements = [...raw].map(inner);
    raw.clear();
    for (const each of elements) raw.add(each);
  }
  for (const key of Reflect.ownKeys(raw)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(raw, key);
    if (!descriptor || !('value' in descriptor)) continue;
    const bare = inner(descriptor.value);
    if (bare !== descriptor.value) Reflect.defineProperty(raw, key, { ...descriptor, value: bare });
  }
  return raw;
}

/** Objects whose contents lie in internal slots, where no view can look. */
const isOpaque = (value: object): boolean => value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef || value instanceof RegExp || value instanceof ArrayBuffer;

/** Remember the contents of an object that is handed out as it is. */
function recordContents(value: object, journal: Journal): boolean {
  if (value instanceof Date) {
    const time = value.getTime();
    journal.push(() => void value.setTime(time));
    return true;
  }
  if (!ArrayBuffer.isView(value)) return false;
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  const before = bytes.slice();
  journal.push(() => bytes.set(before));
  return true;
}

/** Make a view; one journal sees every write below it. */
export function createView<T>(value: T, journal: Journal, views = new WeakMap<object, object>()): T {
  const view = (inner: unknown): unknown => {
    if (typeof inner !== 'object' || inner === null || raws.has(inner)) return inner;
    const known = views.get(inner);
    if (known) return known;
    const isHandedOut = isOpaque(inner) || recordContents(inner, journal);
    const made = isHandedOut ? inner : inner instanceof Map ? viewMap(inner, journal, view) : inner instanceof Set ? viewSet(inner, journal, view) : viewObject(inner, journal, view);
    views.set(inner, made);
    if (isHandedOut) return inner;
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

/** A deleted property that comes back would be the last: those behind it are defined anew. */
function recordOrder(target: object, key: PropertyKey, journal: Journal): void {
  const keys = Reflect.ownKeys(target);
  const behind = keys.slice(keys.indexOf(key as string | symbol) + 1);
  if (behind.length === keys.length) return;
  journal.push(() => {
    for (const each of behind) {
      const descriptor = Reflect.getOwnPropertyDescriptor(target, each);
      if (!descriptor?.configurable) continue;
      Reflect.deleteProperty(target, each);
      Object.defineProperty(target, each, descriptor);
    }
  });
}

function viewObject(target: object, journal: Journal, view: View): object {
  return new Proxy(target, {
    get(_, key, receiver) {
      const value: unknown = Reflect.get(target, key, receiver);
      const descriptor = Reflect.getOwnPropertyDescriptor(target, key);
      // A frozen property must be reported as it is (invariant of Proxy); what is below it stays beyond the journal.
      return descriptor && !descriptor.configurable && 'value' in descriptor && !descriptor.writable ? value : view(value);
    },
    getOwnPropertyDescriptor(_, key) {
      const descriptor = Reflect.getOwnPropertyDescriptor(target, key);
      // A frozen property must be reported as it is (invariant of Proxy).
      if (descriptor && 'value' in descriptor && descriptor.configurable) descriptor.value = view(descriptor.value);
      return descriptor;
    },
    set(_, key, value) {
      const descriptor = findDescriptor(target, key);
      if (descriptor?.set) {
        if (Object.hasOwn(target, key)) recordProperty(target, key, journal);
        return Reflect.set(target, key, value, view(target));
      }
      if (Array.isArray(target) && key === 'length') {
        if ((value as number) < target.length) recordElements(target, journal);
        else recordProperty(target, key, journal);
      } else recordProperty(target, key, journal);
      return Reflect.set(target, key, unwrapDeep(value));
    },
    deleteProperty(_, key) {
      recordOrder(target, key, journal);
      recordProperty(target, key, journal);
      return Reflect.deleteProperty(target, key);
    },
    defineProperty(_, key, descriptor) {
      recordProperty(target, key, journal);
      return Reflect.defineProperty(target, key, 'value' in descriptor ? { ...descriptor, value: unwrapDeep(descriptor.value) } : descriptor);
    },
  });
}

function findDescriptor(target: object | null, key: PropertyKey): PropertyDescriptor | undefined {
  for (let at = target; at; at = Object.getPrototypeOf(at) as object | null) {
    const found = Reflect.getOwnPropertyDescriptor(at, key);
    if (found) return found;
  }
  return undefined;
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
    set: (key: unknown, value: unknown) => (record(), target.set(unwrapDeep(key), unwrapDeep(value)), view(target)),
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
    add: (value: unknown) => (record(), target.add(unwrapDeep(value)), view(target)),
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
