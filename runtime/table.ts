/**
 * Export tables: the only file that writes one.
 *
 * Importers hold a table for ever, so it has to stay a fast object: exports are plain data properties of an ordinary
 * object. What an uninitialised binding does (throw) lives on the table's prototype, where the first write shadows it.
 * An export of one module that shows in the table of another (re-exports, facades, tables of replaced versions) is
 * copied there; only bindings that are assigned again keep telling their mirrors.
 */
import type { Journal } from './journal.js';
import type { Link, Table } from './protocol.js';

/** Takes a new value of an export. Answers false once nobody can see it any more. */
export type Mirror = (value: unknown) => boolean;
export type Mirrors = Map<string, Set<Mirror>>;

/** What this file needs of a version. */
interface Exporting {
  readonly link: Link;
  readonly table: Table;
  readonly mirrors: Mirrors;
}

const { defineProperty, getOwnPropertyDescriptor, hasOwn } = Object;

/** Whether a binding has left its dead zone. */
export const isInitialised = (table: Table, name: string): boolean => hasOwn(table, name);

/** Make the table of a new version. Lexical exports are dead; hoisted ones come with the first step of the body. */
export function createTable(link: Link, mirrors: Mirrors): Table {
  if (!link.l && !link.i && !link.s) return {};
  const prototype = {};
  const table: Table = Object.create(prototype);
  for (const name of link.l ?? []) {
    writeDeadZone(prototype, name, (value) => {
      writeSlot(table, name, value);
      writeFirst(table, name, link, mirrors);
    });
  }
  return table;
}

/** Hoisted exports are in the table now: let those see them that were linked before, in a cycle. */
export function writeHoisted({ link, table, mirrors }: Exporting): void {
  for (const name of link.f ?? []) writeFirst(table, name, link, mirrors);
}

/** Only a binding that is assigned again keeps its mirrors. */
function writeFirst(table: Table, name: string, link: Link, mirrors: Mirrors): void {
  if (!mirrors.has(name)) return;
  if (link.w?.includes(name)) return writeWatched(table, name, mirrors);
  writeMirrors(mirrors, name, table[name]);
  mirrors.delete(name);
}

/** Reads of `name` throw until `initialise` has given the table a property of its own. */
function writeDeadZone(prototype: object, name: string, initialise: (value: unknown) => void): void {
  defineProperty(prototype, name, {
    configurable: true,
    get() {
      throw new ReferenceError(`Cannot access '${name}' before initialization`);
    },
    set: initialise,
  });
}

function writeSlot(table: Table, name: string, value: unknown): void {
  defineProperty(table, name, { value, writable: true, enumerable: true, configurable: true });
}

/** Hand the value of an export to everything that shows it. */
export function writeMirrors(mirrors: Mirrors, name: string, value: unknown): void {
  const shown = mirrors.get(name);
  if (shown) for (const mirror of shown) if (!mirror(value)) shown.delete(mirror);
}

/** Turn an initialised export into an accessor that tells its mirrors. */
function writeWatched(table: Table, name: string, mirrors: Mirrors): void {
  if (getOwnPropertyDescriptor(table, name)?.set) return;
  const value = table[name];
  defineProperty(table, name, watchedSlot(mirrors, name, value));
  makeFast(table);
  writeMirrors(mirrors, name, value);
}

/** A slot that tells its mirrors what is assigned to it. */
export function watchedSlot(mirrors: Mirrors, name: string, value: unknown): PropertyDescriptor {
  const cell = { value };
  return {
    enumerable: true,
    configurable: true,
    get: () => cell.value,
    set(next: unknown) {
      cell.value = next;
      writeMirrors(mirrors, name, next);
    },
  };
}

/** Let a mirror see an export: its present value if it has one, and every later one if it may be assigned again. */
export function subscribe(target: Exporting, name: string, mirror: Mirror): () => void {
  const { link, table, mirrors } = target;
  const live = isInitialised(table, name);
  const again = link.w?.includes(name);
  if (again || !live) {
    const shown = mirrors.get(name);
    if (shown) shown.add(mirror);
    else mirrors.set(name, new Set([mirror]));
  }
  if (live) {
    if (again) writeWatched(table, name, mirrors);
    mirror(table[name]);
  }
  return () => void mirrors.get(name)?.delete(mirror);
}

/** Show an export of `target` under another name in another table: what a re-export does. */
export function writeReexport(table: Table, as: string, target: Exporting, name: string): void {
  if (!isInitialised(table, as)) {
    // Without lexical or indirect exports there is no prototype of its own, but then there is nothing to re-export.
    writeDeadZone(Object.getPrototypeOf(table), as, (value) => writeSlot(table, as, value));
  }
  // Telling all mirrors the present value drops those of tables that are gone.
  if (target.mirrors.has(name) && isInitialised(target.table, name)) writeMirrors(target.mirrors, name, target.table[name]);
  subscribe(target, name, mirrorWeakly(new WeakRef(table), as));
}

/** Apart from everything that holds the table: closures of one function share what they capture. */
const mirrorWeakly =
  (ref: WeakRef<Table>, as: string): Mirror =>
  (value) => {
    const shown = ref.deref();
    if (shown) shown[as] = value;
    return shown !== undefined;
  };

/** Show what is no binding of a hot module: a namespace object, or something of a cold module. */
export function writeConstant(table: Table, name: string, { get }: { get: () => unknown }): void {
  defineProperty(table, name, { get, enumerable: true, configurable: true });
}

/**
 * Turning data into an accessor makes a dictionary of the table. V8 makes an object fast again when an inline cache
 * misses while it looks through it as a prototype (JSObject::MakePrototypesFast). test/runtime/table.test.ts asks `%HasFastProperties`.
 */
export function makeFast(table: Table): void {
  // A constructor of its own: V8 would take heirs made by Object.create for ones that it has seen.
  function Heir(): void {}
  Heir.prototype = table;
  makePrototypesFast(new (Heir as unknown as new () => Table)());
}

/** Make all prototypes of an object fast. V8 makes a dictionary of whatever becomes one. */
export function makePrototypesFast(object: Table): void {
  // A function gets inline caches after some turns, and loses them when it was not called for long.
  for (let turn = 0; turn < 20; turn++) look(object);
}

const look = (object: Table): unknown => object['-'];

/** Make the table that stands for a facade: writing an export calls its setter. */
export function createFacade(setters: Readonly<Record<string, (value: unknown) => void>>): Table {
  const table: Table = {};
  // No array is iterated here: the module's body has run and may have left Array.prototype in any state.
  for (const name in setters) {
    const set = setters[name] as (value: unknown) => void;
    let last: unknown;
    defineProperty(table, name, { enumerable: true, configurable: true, get: () => last, set: (value: unknown) => set((last = value)) });
  }
  return table;
}

/** Plain values for one table: what most of a commit is. `before` is what `names` held when it was prepared. */
export interface PlainWrites {
  readonly table: Table;
  readonly names: string[];
  readonly values: unknown[];
  readonly before: unknown[];
  /** Writing calls setters: it is a facade's. */
  readonly facade: boolean;
}

/** Write prepared values. Cannot throw: every slot is a writable data property (see expose.ts). */
export function commitPlain(writes: readonly PlainWrites[]): void {
  for (const { table, names, values } of writes) for (let index = 0; index < names.length; index++) table[names[index] as string] = values[index];
}

/** Take prepared values back. */
export function restorePlain(writes: readonly PlainWrites[]): void {
  for (const { table, names, before } of writes) for (let index = 0; index < names.length; index++) table[names[index] as string] = before[index];
}

/** Redefine one slot, remembering what it was. Its table has to be made fast afterwards; see `keepFast`. */
export function commitSlot(table: Table, name: string, descriptor: PropertyDescriptor, journal: Journal): void {
  const before = getOwnPropertyDescriptor(table, name);
  journal.push(() => {
    if (before) defineProperty(table, name, before);
    else Reflect.deleteProperty(table, name);
  });
  defineProperty(table, name, { enumerable: true, configurable: true, ...descriptor });
}

/**
 * Begin to redefine slots of several objects: each is made fast once, when all is written (by the answered function) and when all is
 * taken back. It costs more than the writes.
 */
export function keepFast(touched: ReadonlySet<object>, journal: Journal): () => void {
  const finish = (): void => {
    for (const object of touched) makeFast(object as Table);
  };
  journal.push(finish);
  return finish;
}

/** Assign one slot that takes assignments (a plain property, or a facade's), remembering what it held. */
export function commitValue(table: Table, name: string, value: unknown, journal: Journal): void {
  const before = table[name];
  journal.push(() => void (table[name] = before));
  table[name] = value;
}

/** A mirror that assigns one slot. */
export function mirrorInto(table: Table, name: string): Mirror {
  let known = mirrorsInto.get(table);
  if (!known) mirrorsInto.set(table, (known = new Map()));
  let mirror = known.get(name);
  if (!mirror) known.set(name, (mirror = (value) => ((table[name] = value), true)));
  return mirror;
}

/** One mirror a slot, so that going back and forth adds none. */
const mirrorsInto = new WeakMap<Table, Map<string, Mirror>>();
