/**
 * Which slots of which tables have to show which export once an upgrade is committed. Computed while the upgrade is
 * prepared, so that the commit only writes. Reads records and tables, changes neither.
 */
import { constantOf, exportedNames, ownNames, resolveExport, type Resolution } from './link.js';
import type { Table } from './protocol.js';
import type { ModuleRecord, Runtime, Version } from './record.js';
import type { PlainWrites } from './table.js';

/** One slot and what it shall show. */
export interface Slot {
  readonly table: Table;
  readonly name: string;
  readonly found: Resolution;
  /** Slots of facades call setters and must not be redefined. */
  readonly facade: boolean;
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
    addSlots(slots, current, (name, found) => !own.has(name) && (('version' in found && found.version.record.pending !== null) || !Object.hasOwn(current.table, name)));
  }
  return slots;
}

function addSlots(slots: Slot[], version: Version, wanted: (name: string, found: Resolution) => boolean): void {
  const tables = tablesOf(version);
  for (const name of exportedNames(version)) {
    const found = resolveExport(version, name);
    if (!found || found === 'ambiguous' || !wanted(name, found)) continue;
    for (const table of tables) slots.push({ table, name, found, facade: false });
    for (const table of version.record.facades) if (Object.hasOwn(table, name)) slots.push({ table, name, found, facade: true });
  }
}

/** The tables of a module that importers may hold. That of the version itself counts when it returns (rollback). */
export function tablesOf({ record, own, table }: Version): Table[] {
  const tables = new Set<Table>([record.current.table]);
  for (const ref of record.older) {
    const older = ref.deref();
    if (older) tables.add(older);
  }
  if (!own && record.pending) tables.delete(table);
  return [...tables];
}

/** The value that a binding has now, also while its table shows another version's. */
export const valueOf = (version: Version, name: string): unknown => (version.own ?? version.table)[name];

/** Whether a binding is assigned again after its declaration. */
export const isReassigned = (version: Version, name: string): boolean => version.link.w?.includes(name) ?? false;

/** Split slots into plain writes, grouped by table, and those that have to be redefined or subscribed. */
export function planWrites(slots: readonly Slot[]): { readonly plain: PlainWrites[]; readonly special: Slot[] } {
  const byTable = new Map<Table, PlainWrites>();
  const special: Slot[] = [];
  for (const slot of slots) {
    const { table, name, found } = slot;
    const binding = constantOf(found) ? null : (found as { version: Version; name: string });
    const descriptor = Object.getOwnPropertyDescriptor(table, name);
    if (!binding || isReassigned(binding.version, binding.name) || !(slot.facade || descriptor?.writable)) {
      special.push(slot);
      continue;
    }
    let writes = byTable.get(table);
    if (!writes) byTable.set(table, (writes = { table, names: [], values: [], before: [] }));
    writes.names.push(name);
    writes.values.push(valueOf(binding.version, binding.name));
    writes.before.push(table[name]);
  }
  return { plain: [...byTable.values()], special };
}

/** Records whose current version a set of pending ones replaces. */
export const recordsOf = (pending: readonly Version[]): ModuleRecord[] => pending.map((version) => version.record);
