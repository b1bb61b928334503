/**
 * Which slots of which tables have to show which export once an upgrade is committed. Computed while the upgrade is
 * prepared, so that the commit only writes. Reads records and tables, changes neither.
 */
import { exportedNames, isSame, ownNames, resolveExport, seeing, type Resolution } from './bindings.js';
import { constantOf } from './link.js';
import type { Table } from './protocol.js';
import type { PropertyWrite } from './overlay.js';
import type { ModuleRecord, Runtime, Version } from './record.js';
import type { PlainWrites } from './table.js';
import { handledOf, knownHandle, makerOf } from './values.js';

/** One slot and what it shall show. */
export interface Slot {
  /** Whose export it is. */
  readonly record: ModuleRecord;
  readonly table: Table;
  readonly name: string;
  readonly found: Resolution;
  /** Slots of facades call setters and must not be redefined. */
  readonly facade: boolean;
  /** Somebody may still assign it: a closure of the replaced version, or the binding that it mirrored. */
  readonly guarded: boolean;
}

/** All slots that change when every pending version becomes current. */
export function slotsOf(runtime: Runtime, pending: readonly Version[]): Slot[] {
  const slots: Slot[] = [];
  for (const version of pending) addSlots(slots, version, () => true);
  for (const record of runtime.records.values()) {
    const { current, pending: next } = record;
    if (next || current.status === 'defined' || !(current.link.i || current.link.s)) continue;
    // An unchanged barrel: what it re-exports may have moved, or be new.
    const own = ownNames(current);
    addSlots(slots, current, (name, found, was) => !own.has(name) && !(isResolved(was) && isSame(found, was)));
  }
  return slots;
}

type Found = ReturnType<typeof resolveExport>;
const isResolved = (found: Found): found is Resolution => found !== null && found !== 'ambiguous';

function addSlots(slots: Slot[], version: Version, wanted: (name: string, found: Resolution, was: Found) => boolean): void {
  const { record } = version;
  const tables = tablesOf(version);
  const before = <T>(look: (current: Version) => T): T => seeing(record.runtime, false, () => look(record.current));
  const names = new Set([...exportedNames(version), ...before((current) => exportedNames(current))]);
  for (const name of names) {
    const now = resolveExport(version, name);
    const was = before((current) => resolveExport(current, name));
    // A name that is gone reads undefined through a namespace; imports of it are refused by the plan.
    const found: Resolution = isResolved(now) ? now : { cold: gone, name };
    if (!(isResolved(now) || isResolved(was)) || !wanted(name, found, was)) continue;
    const guarded = isResolved(was) && 'version' in was && was.name !== null && isReassigned(was.version, was.name);
    for (const table of tables) slots.push({ record, table, name, found, facade: false, guarded });
    for (const table of record.facades) if (Object.hasOwn(table, name)) slots.push({ record, table, name, found, facade: true, guarded });
  }
}

const gone = Object.freeze({});

/**
 * The tables that have to show a version: those that importers hold, and its own if it stays (a barrel), if another version's
 * values are in it, or if it was not told of anything while others were current (both: rollback).
 */
export function tablesOf(version: Version): Table[] {
  const { record, own, table, live, link } = version;
  const tables = new Set<Table>();
  if (record.current.shared || record.current === version) tables.add(record.current.table);
  for (const ref of record.older) {
    const older = ref.deref();
    if (older) tables.add(older);
  }
  if (live && (link.i || link.s)) tables.add(table);
  else if (!own && record.pending) tables.delete(table);
  return [...tables];
}

/** The values of a version that is about to be replaced, if its table will show others. */
export function ownValues(version: Version): Table | null {
  if (!version.shared) return null;
  const own: Table = {};
  for (const name of ownNames(version)) if (Object.hasOwn(version.table, name)) own[name] = version.table[name];
  return own;
}

/** The value that a binding has now, also while its table shows another version's. */
export const valueOf = (version: Version, name: string): unknown => (version.own ?? version.table)[name];

/** Whether a binding is assigned again after its declaration. */
export const isReassigned = (version: Version, name: string): boolean => version.link.w?.includes(name) ?? false;

/** What changes in value tables: another function may be behind a name, or no function any more. */
export function planValues(slots: readonly Slot[]): PropertyWrite[] {
  const writes: PropertyWrite[] = [];
  for (const { record, table, name, found } of slots) {
    const values = record.runtime.values.get(table);
    if (!values) continue;
    const handled = handledOf(found);
    const makers = Object.getPrototypeOf(values) as Table;
    if (handled && !Object.hasOwn(makers, name)) writes.push({ object: makers, key: name, descriptor: makerOf(record, table, values, name), isHandle: false });
    const shown = Object.getOwnPropertyDescriptor(values, name);
    // Without a property of its own the value table asks its maker again.
    if (shown && shown.value !== (handled && knownHandle(handled.version, handled.name)?.value)) writes.push({ object: values, key: name, descriptor: undefined, isHandle: false });
  }
  return writes;
}

/** What cold importers see of an export: a handled function's handle. */
export function shownValue({ found }: Slot): unknown {
  const { version, name: target } = found as { version: Version; name: string };
  const handled = handledOf(found);
  const value = valueOf(version, target);
  if (!handled || typeof value !== 'function') return value;
  return knownHandle(handled.version, handled.name)?.value ?? value;
}

/** Split slots into plain writes, grouped by table, and those that have to be redefined or subscribed. */
export function planWrites(slots: readonly Slot[]): { readonly plain: PlainWrites[]; readonly special: Slot[] } {
  const byTable = new Map<Table, PlainWrites>();
  const special: Slot[] = [];
  for (const slot of slots) {
    const { table, name, found } = slot;
    const binding = constantOf(found) ? null : (found as { version: Version; name: string });
    const descriptor = Object.getOwnPropertyDescriptor(table, name);
    if (!binding || isReassigned(binding.version, binding.name) || (slot.guarded && !slot.facade) || !(slot.facade || descriptor?.writable)) {
      special.push(slot);
      continue;
    }
    let writes = byTable.get(table);
    if (!writes) byTable.set(table, (writes = { table, names: [], values: [], before: [], facade: slot.facade }));
    writes.names.push(name);
    writes.values.push(slot.facade ? shownValue(slot) : valueOf(binding.version, binding.name));
    writes.before.push(table[name]);
  }
  return { plain: [...byTable.values()], special };
}
