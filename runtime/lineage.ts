/**
 * The lineage of a class: its first version is the class for ever, newer versions only give it their code. Here is what that code is
 * and how it is put on the permanent constructor and prototype. Must never be called but through an overlay (overlay.ts), which
 * keeps it away from running code until the commit.
 */
import { RelupError } from './errors.js';
import { heritage, snapshot, writeProperty, type Properties } from './properties.js';
import type { Callable, Constructor, Lineage, MadeClass, Runtime, Version } from './record.js';

type BrandTest = (object: object) => boolean;

/** The code of one version of a class. */
export interface ClassCode {
  readonly made: Constructor;
  readonly flags: number;
  /** Whether an object has this version's private names; null if it declares none. */
  readonly brand: BrandTest | null;
  /** Keys of what its body declared; null if that is not known. */
  readonly declared: MadeClass['declared'] | null;
  readonly statics: Properties;
  readonly members: Properties;
}

/** Names of static data of a class, by two manifests. */
export interface StaticData {
  /** What has no initialiser by name (computed names, static blocks) is set by the same text in both: it is kept, too. */
  readonly unchanged: boolean;
  /** Its private names are read of other objects, or are static, so that instances of two versions cannot meet: it stays as it is. */
  readonly fixed: boolean;
  /** Names that have an initialiser in the newer one. */
  readonly named: ReadonlySet<string>;
  readonly kept: ReadonlySet<string>;
  readonly dropped: ReadonlySet<string>;
}

/** What a version's methods may have to do first; see instances.ts. */
export interface Touching {
  readonly tracked: readonly string[];
  touch(instance: unknown): void;
  /** An instance is being made: it is not touched before it is there. */
  building<T extends object>(instance: object | null, make: () => T): T;
}

/** Code of the first versions, from before anything was put on them. */
const originals = new WeakMap<Lineage, ClassCode>();
/**
 * By lineage, which version's private names an object of a newer version has: an instance has those of its base, too. Keeps that
 * version's code alive for as long as it is needed.
 */
const owners = new WeakMap<Lineage, WeakMap<object, ClassCode>>();

/** The code that a version brought. `live`: it is what the lineage shows now. */
export function codeOf(lineage: Lineage, { made, flags, declared }: MadeClass, { cells, record: { runtime } }: Pick<Version, 'cells' | 'record'>, live: boolean): ClassCode {
  if (made === lineage.first) {
    const known = originals.get(lineage);
    if (known && !live) return known;
  }
  const brand = (cells?.[`$${lineage.key}`] as BrandTest | undefined) ?? null;
  const code: ClassCode = { made, flags, brand, declared: declared ?? null, statics: shownBy(runtime, made), members: shownBy(runtime, made.prototype as object) };
  if (made === lineage.first) originals.set(lineage, code);
  return code;
}

/** What an object has, while jobs of older releases may see something else. */
function shownBy({ coexistence }: Runtime, object: object): Properties {
  const properties = snapshot(object);
  if (!coexistence) return properties;
  for (const key of properties.keys()) {
    const descriptor = key === heritage ? properties.get(key) : coexistence.shown(object, key);
    if (descriptor) properties.set(key, descriptor);
    else properties.delete(key);
  }
  return properties;
}

/** What a lineage shows that no current version stands for: its class was gone for some releases. */
export function shownCode({ first, flags }: Lineage, runtime: Runtime): ClassCode {
  return { made: first, flags, brand: null, declared: null, statics: shownBy(runtime, first), members: shownBy(runtime, first.prototype as object) };
}

/** Properties of every function, and those that the lineage has for ever. */
const permanent = new Set<PropertyKey>(['prototype', 'constructor', 'arguments', 'caller', heritage]);

const isData = (descriptor: PropertyDescriptor): boolean => 'value' in descriptor && descriptor.enumerable === true;

/** Methods and accessors, which are never enumerable. */
const isDeclared = (descriptor: PropertyDescriptor): boolean => descriptor.enumerable === false;

/**
 * Put the code of a version on the permanent constructor and prototype.
 *
 * Shape:   `kept` are the names of static data whose initialiser is unchanged, for data is state; `dropped` those that are gone.
 * Changes: `lineage.first`, its prototype and its cells.
 * Errors:  TypeError if one of them was frozen.
 */
export function writeClass(lineage: Lineage, from: ClassCode, to: ClassCode, { unchanged, fixed, named, kept, dropped }: StaticData, touching: Touching | null): void {
  const { first, key, cells } = lineage;
  // The plan says so, and refuses to change the text of such a class.
  if (fixed) return;
  const prototype = first.prototype as object;
  // The first version is what everybody adds to: what its body did not declare is not the upgrade's to take away.
  const { declared } = from;
  for (const [name, descriptor] of from.statics) {
    if (!permanent.has(name) && !to.statics.has(name) && ((isDeclared(descriptor) && (declared?.statics.includes(name) ?? true)) || dropped.has(String(name)))) writeProperty(first, name, undefined);
  }
  for (const [name, descriptor] of to.statics) {
    // Data is state, functions are code.
    const isKept = isData(descriptor) && typeof descriptor.value !== 'function' && (kept.has(String(name)) || (unchanged && !named.has(String(name))));
    if (permanent.has(name) || (isKept && Object.hasOwn(first, name))) continue;
    writeProperty(first, name, isData(descriptor) ? { ...descriptor, value: settled(descriptor.value, to, prototype) } : descriptor);
  }
  for (const [name, descriptor] of from.members) {
    if (!permanent.has(name) && (declared?.members.includes(name) ?? isDeclared(descriptor)) && !to.members.has(name)) writeProperty(prototype, name, undefined);
  }
  for (const [name, { get }] of snapshot(prototype)) if (get && lateReads.has(get) && !to.members.has(name)) writeProperty(prototype, name, undefined);
  for (const name of touching?.tracked ?? []) if (!to.members.has(name)) writeProperty(prototype, name, lateField(name, touching as Touching));
  for (const [name, descriptor] of to.members) {
    // What others added to the first version comes back only where a newer one took its place.
    if (permanent.has(name) || !((to.declared?.members.includes(name) ?? isDeclared(descriptor)) || from.members.has(name))) continue;
    writeProperty(prototype, name, dispatching(lineage, to, name, descriptor, touching));
  }
  writeProperty(prototype, heritage, to.members.get(heritage));
  writeProperty(first, heritage, { value: parentOf(to, lineage) });
  writeProperty(cells, key, to.made === first ? undefined : { value: forwarding(lineage, to, touching), writable: true, enumerable: true, configurable: true });
}

/**
 * A static initialiser may have made instances by the version's own constructor: `static zero = new Vector()`,
 * `static all = [new Color('red')]`. They become instances of the class, as far as plain containers lead to them.
 */
function settled(value: unknown, { made }: ClassCode, prototype: object): unknown {
  if (made.prototype === prototype) return value;
  const seen = new Set<unknown>();
  const queue = [value];
  for (let each = queue.pop(); each !== undefined || queue.length; each = queue.pop()) {
    if (typeof each !== 'object' || each === null || seen.has(each)) continue;
    seen.add(each);
    const kind = Object.getPrototypeOf(each) as unknown;
    if (kind === made.prototype && Reflect.setPrototypeOf(each, prototype)) queue.push(...dataOf(each));
    else if (kind === Object.prototype || kind === null || Array.isArray(each)) queue.push(...dataOf(each));
    else if (each instanceof Map) queue.push(...each.keys(), ...each.values());
    else if (each instanceof Set) queue.push(...each);
  }
  return value;
}

const dataOf = (object: object): unknown[] => Object.values(Object.getOwnPropertyDescriptors(object)).flatMap((descriptor) => ('value' in descriptor ? [descriptor.value as unknown] : []));

/** In an artifact a class without heritage extends something internal (adopt.ts); the permanent one may come from a bundle. */
function parentOf({ statics }: ClassCode, { first, adoption: { base } }: Lineage): unknown {
  const parent = statics.get(heritage)?.value as unknown;
  return parent === base && Object.getPrototypeOf(first) !== base ? Function.prototype : parent;
}

/** What the constructor of the first version does once there is a newer one. */
function forwarding(lineage: Lineage, code: ClassCode, touching: Touching | null): (object: object | undefined, target: Constructor, args: ArrayLike<unknown>) => object {
  const { made } = code;
  const { adoption } = lineage;
  const takesObject = Object.getPrototypeOf(made) === adoption.base;
  // Fields and private names of the first version are on what its constructor allocated.
  const isClean = !(lineage.flags & 3);
  const make = (object: object | undefined, target: Constructor, args: ArrayLike<unknown>): object => {
    if (takesObject) {
      adoption.adopt(object && isClean ? object : (Object.create(target.prototype as object) as object));
      return Reflect.construct(made, args, target) as object;
    }
    return Reflect.construct(made, args, target) as object;
  };
  const owning = code.brand
    ? (object: object | undefined, target: Constructor, args: ArrayLike<unknown>): object => {
        const built = make(object, target, args);
        const known = owners.get(lineage) ?? new WeakMap<object, ClassCode>();
        owners.set(lineage, known.set(built, code));
        return built;
      }
    : make;
  if (!touching) return owning;
  return (object, target, args) => {
    const given = takesObject ? (object && isClean ? object : (Object.create(target.prototype as object) as object)) : null;
    return touching.building(given, () => owning(given ?? object, target, args));
  };
}

/** A member as the prototype gets it: by the private names of `this`, and after `this` was brought to the newest layout. */
function dispatching(lineage: Lineage, code: ClassCode, name: PropertyKey, descriptor: PropertyDescriptor, touching: Touching | null): PropertyDescriptor {
  const byBrand = code.brand !== null && [descriptor.value, descriptor.get, descriptor.set].some(mentionsPrivate);
  if (!byBrand && !touching) return descriptor;
  const wrap = (part: 'value' | 'get' | 'set'): Callable | undefined => {
    const own = descriptor[part] as Callable | undefined;
    if (typeof own !== 'function') return own;
    const wrapper = {
      _(this: unknown) {
        touching?.touch(this);
        const found = byBrand ? (memberOf(lineage, code, this, name)?.[part] as Callable | undefined) : own;
        if (found !== own && found && isForwarding(name, found)) return unforwarded(lineage, () => Reflect.apply(found, this, arguments));
        return Reflect.apply(found ?? refuse(lineage, name), this, arguments);
      },
    }._;
    for (const look of ['name', 'length'] as const) Object.defineProperty(wrapper, look, { value: own[look], configurable: true });
    return wrapper as Callable;
  };
  const { enumerable = false, configurable = true, writable = true } = descriptor;
  return 'value' in descriptor ? { value: wrap('value') ?? descriptor.value, writable, enumerable, configurable } : { get: wrap('get') as () => unknown, set: wrap('set') as (value: unknown) => void, enumerable, configurable };
}

/** Callbacks of custom elements that touch no private names ask for a newer version first, for the browser keeps what it got at `define`. */
const isForwarding = (name: PropertyKey, member: Callable): boolean => /Callback$/.test(String(name)) && !mentionsPrivate(member);

/** Run old code as it was before there was a newer version. */
function unforwarded<T>({ cells, key }: Lineage, run: () => T): T {
  const forward = cells[key];
  cells[key] = undefined;
  try {
    return run();
  } finally {
    cells[key] = forward;
  }
}

/** Whether a function may touch private names, by its text. `'#fff'` is none; anything doubtful counts. */
const mentionsPrivate = (member: unknown): boolean => typeof member === 'function' && /(?<!['"`])#[A-Za-z_$\\\u0080-\uffff]/.test(Function.prototype.toString.call(member));

/** The member of the version whose private names an object has; of the newest if it has none of any. */
function memberOf(lineage: Lineage, code: ClassCode, object: unknown, name: PropertyKey): PropertyDescriptor | undefined {
  if (typeof object !== 'object' || object === null || code.brand?.(object)) return code.members.get(name);
  const original = originals.get(lineage);
  const owner = owners.get(lineage)?.get(object) ?? (original && (!original.brand || original.brand(object)) ? original : code);
  return owner.members.get(name);
}

function refuse({ key }: Lineage, name: PropertyKey): never {
  throw new RelupError('CLASS_PRIVATE', key, `This instance of ${key} was made before "${String(name)}" was added, and does not have the private names that it may touch.`, 'Make it anew, or keep what new methods need in ordinary fields.');
}

/** Getters of late fields, which are of no version's own. */
const lateReads = new WeakSet<object>();

/** Reading a field that instances of older layouts lack brings them to the newest one. */
function lateField(name: string, touching: Touching): PropertyDescriptor {
  const get = function (this: object): unknown {
    touching.touch(this);
    return Object.hasOwn(this, name) ? (this as Record<string, unknown>)[name] : undefined;
  };
  lateReads.add(get);
  return {
    configurable: true,
    enumerable: false,
    get,
    set(this: object, value: unknown) {
      Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true });
    },
  };
}
