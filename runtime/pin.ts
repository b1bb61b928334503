/**
 * Pinning: what new bodies see while they load. Everything here is taken back before running code runs again, also when a
 * body was stopped for its time (docs/decisions/0003).
 */
import { shownValue, slotsOf, valueOf, type Slot } from './expose.js';
import { restoreAll, type Journal } from './journal.js';
import { seeing } from './bindings.js';
import { constantOf } from './link.js';
import type { PendingOverlay } from './overlay.js';
import { writeProperty } from './properties.js';
import type { Table } from './protocol.js';
import type { Runtime, Version } from './record.js';
import { commitSlot, commitValue, isInitialised, keepFast } from './table.js';
import { makerOf } from './values.js';

/**
 * Show the values of pending versions in the tables of those that they replace for as long as new bodies run, so that
 * what a new body calls through unchanged modules does not bake old values in. Everything is back before anybody else runs.
 */
export function pinVersions(runtime: Runtime, versions: readonly Version[], overlay: PendingOverlay, limitMs: number): { pinned: <T>(run: () => T) => T; restore: () => unknown } {
  const slots = slotsOf(runtime, versions.filter((version) => version.record.pending === version));
  const made = new Set(versions);
  const byVersion = new Map<Version, Slot[]>();
  /** What is not of a pending version has its value from the start. */
  const settled: Slot[] = [];
  for (const slot of slots) {
    if (!('version' in slot.found) || !made.has(slot.found.version)) {
      settled.push(slot);
      continue;
    }
    const of = byVersion.get(slot.found.version);
    if (of) of.push(slot);
    else byVersion.set(slot.found.version, [slot]);
  }
  let depth = 0;
  const shown: Journal = [];
  const enter = (): void => {
    if (depth++ > 0) return;
    // First: it has to see what running versions have in their tables.
    overlay.enter();
    showMoved(slots, shown);
    showPending(settled, shown);
    for (const version of versions) showPending(byVersion.get(version) ?? [], shown);
  };
  const restore = (): unknown => {
    overlay.leave();
    return restoreAll(shown);
  };
  const leave = (): void => {
    if (--depth === 0) restore();
  };
  for (const version of versions) {
    version.pin = (run) => {
      enter();
      try {
        // The first stretch is limited as a whole; what goes on after an await is on its own.
        return seeing(runtime, true, depth === 1 && runtime.host.limit ? () => runtime.host.limit?.(limitMs, run) as ReturnType<typeof run> : run);
      } finally {
        if (depth > 1) showPending(byVersion.get(version) ?? [], shown);
        leave();
      }
    };
  }
  const pinned = <T>(run: () => T): T => {
    enter();
    try {
      return seeing(runtime, true, run);
    } finally {
      leave();
    }
  };
  return { pinned, restore };
}

/**
 * A value table keeps the handle that it has given out. Where another module's function is behind a name now, it has to ask again, and forget
 * afterwards what it was told.
 */
function showMoved(slots: readonly Slot[], shown: Journal): void {
  const touched = new Set<object>();
  keepFast(touched, shown);
  for (const { record, table, name, found } of slots) {
    const values = record.runtime.values.get(table);
    if (!values || ('version' in found && found.version.record === record)) continue;
    const makers = Object.getPrototypeOf(values) as Table;
    const maker = Object.getOwnPropertyDescriptor(makers, name) ?? makerOf(record, table, values, name);
    for (const [object, descriptor] of [[values, undefined], [makers, maker]] as const) {
      const before = Object.getOwnPropertyDescriptor(object, name);
      shown.push(() => writeProperty(object, name, before));
      writeProperty(object, name, descriptor);
      touched.add(object);
    }
  }
}

function showPending(slots: readonly Slot[], shown: Journal): void {
  const touched = new Set<object>();
  // Only once they are as before: what runs until then runs once.
  keepFast(touched, shown);
  for (const slot of slots) {
    const { table, name, found, facade } = slot;
    const constant = constantOf(found);
    const { version, name: target } = found as { version: Version; name: string };
    if (!constant && !isInitialised(version.table, target)) continue;
    const value = constant ? constant.get() : facade ? shownValue(slot) : valueOf(version, target);
    const descriptor = Object.getOwnPropertyDescriptor(table, name);
    if (facade || descriptor?.writable) commitValue(table, name, value, shown);
    else {
      commitSlot(table, name, { value, writable: true }, shown);
      touched.add(table);
    }
  }
}
