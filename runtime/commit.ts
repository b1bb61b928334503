/**
 * Commit: one synchronous turn in which a prepared upgrade takes effect, or nothing does. Every live change is
 * journaled before it is made. The order is state, tables, effects, hooks; see ARCHITECTURE.md.
 */
import { RelupError } from './errors.js';
import { isReassigned, shownValue, valueOf, type Slot } from './expose.js';
import { migrateReachable } from './instances.js';
import { restoreAll, type Journal } from './journal.js';
import { seeing } from './bindings.js';
import { constantOf } from './link.js';
import { commitMigration } from './migrate.js';
import type { PropertyWrite, Retarget } from './overlay.js';
import type { Prepared } from './prepare.js';
import { heritage, writeProperty } from './properties.js';
import type { Table } from './protocol.js';
import type { Effect, Runtime, Version } from './record.js';
import { commitPlain, commitSlot, commitValue, isInitialised, keepFast, mirrorInto, restorePlain, subscribe, watchedSlot } from './table.js';

/** What a commit did, and what was not finished when it ended. */
export interface Committed {
  /** Time that the event loop stood still, in ms. */
  readonly pauseMs: number;
  /** Part of it that went into migrations, in ms. */
  readonly migrationMs: number;
  /** Promises that `onUpgrade` hooks returned: they belong to probation. */
  readonly pendingHooks: readonly Promise<unknown>[];
  /** What was written to handles, as it was before. */
  readonly handles: readonly PropertyWrite[];
}

/**
 * Make a prepared upgrade current.
 *
 * Changes: state roots, tables, effects, records. All of it, or after a throw nothing.
 * Errors:  those of migrations, EFFECT, HOOK; `suppressed` errors of the way back are attached to the cause.
 */
export function commit(runtime: Runtime, prepared: Prepared, change: { from: string | null; to: string | null }): Committed {
  const { host } = runtime;
  const journal: Journal = [];
  const started = host.now();
  let migrated = started;
  const pendingHooks: Promise<unknown>[] = [];
  let handles: PropertyWrite[] = [];
  const changed = new Set([...prepared.versions.map(({ record }) => record.id), ...prepared.removed.map(({ id }) => id)]);
  const settle = (): void => {
    for (const each of runtime.settling ?? []) {
      const failure = each(changed);
      if (failure) throw new RelupError('COMPONENT', failure.module, `A component of ${failure.module} threw when it was upgraded: ${String(failure.error)}`, 'Mend the component. Everything was taken back.', failure.error);
    }
  };
  try {
    let isSettled = false;
    // First, so that it is undone last: when all is as it was.
    journal.push(() => void (isSettled && settle()));
    for (const migration of prepared.migrations) commitMigration(migration, host, journal, true);
    commitRoots(prepared, journal);
    migrated = host.now();
    const writing = createWriting(runtime, journal);
    seeing(runtime, true, () => commitTables(prepared, writing, journal));
    handles = commitIdentities(runtime, prepared, writing);
    const replaced = commitRecords(runtime, prepared, writing, journal);
    writing.finish();
    commitFiles(prepared, journal);
    for (const version of [...replaced].reverse()) for (const effect of [...version.effects].reverse()) stopEffect(version, effect, journal);
    for (const version of prepared.versions) for (const effect of version.effects) startEffect(version, effect, journal);
    runUpgradeHooks(prepared, change, pendingHooks);
    isSettled = true;
    settle();
    // Last: it throws nothing, and what it does to instances is not taken back.
    if (prepared.eager) migrateReachable(runtime.records.values());
  } catch (error) {
    const suppressed = restoreAll(journal);
    if (suppressed.length) throw wayBackFailed(error, suppressed);
    throw error;
  }
  return { pauseMs: host.now() - started, migrationMs: migrated - started, pendingHooks, handles };
}

/** Before effects, which may measure what the page looks like. */
function commitFiles({ files }: Prepared, journal: Journal): void {
  if (!files) return;
  journal.push(() => files.restore());
  files.commit();
}

/** The code and place of what went wrong first, without the claim that all was taken back. */
function wayBackFailed(error: unknown, suppressed: unknown[]): RelupError {
  const { code = 'EFFECT', place = '', reason = String(error) } = error instanceof RelupError ? error : {};
  return new RelupError(code, place, `${reason} Taking it back failed too: ${suppressed.map(String).join('; ')}`, 'Restart the process: effects of the old release may not be running.', new AggregateError([error, ...suppressed]));
}

/** Register the roots that new versions declare under their keys; a renamed root leaves its old key. */
function commitRoots({ versions }: Prepared, journal: Journal): void {
  for (const { record, states } of versions) {
    if (!states.size && !record.roots.size) continue;
    const before = [...record.roots];
    journal.push(() => {
      record.roots.clear();
      for (const [key, root] of before) record.roots.set(key, root);
    });
    for (const { key, root } of states.values()) {
      for (const [other, known] of record.roots) if (known === root && other !== key) record.roots.delete(other);
      record.roots.set(key, root);
    }
  }
}

/** How one commit writes what others hold: plainly, or for those that may see it. */
interface Writing {
  readonly isShared: boolean;
  property(object: object, key: PropertyKey, descriptor: PropertyDescriptor | undefined, isTable?: boolean, isOwn?: boolean): void;
  target(retarget: Retarget): void;
  finish(): void;
}

function createWriting(runtime: Runtime, journal: Journal): Writing {
  const { coexistence } = runtime;
  if (coexistence?.isNeeded()) {
    return {
      isShared: true,
      property: (object, key, descriptor, isTable, isOwn) => coexistence.write(object, key, descriptor, journal, isTable, undefined, isOwn),
      target: ({ handle, target }) => coexistence.writeTarget(handle, target, journal),
      finish: () => coexistence.finish(),
    };
  }
  const touched = new Set<object>();
  return {
    isShared: false,
    property(object, key, descriptor, isTable) {
      touched.add(object);
      if (isTable) return commitSlot(object as Table, key as string, descriptor ?? {}, journal);
      const before = snapshotOf(object, key);
      journal.push(() => writeProperty(object, key, before));
      writeProperty(object, key, descriptor);
    },
    target({ handle, target }) {
      const before = handle.target;
      journal.push(() => (handle.target = before));
      handle.target = target;
    },
    finish: keepFast(touched, journal),
  };
}

/** New code for what is the same object in all releases: classes, and the functions that handles stand for. Answers what handles had. */
function commitIdentities({ coexistence }: Runtime, { properties: own, tables: { values, targets } }: Prepared, writing: Writing): PropertyWrite[] {
  const properties = [...own, ...values];
  const handles = properties.filter(({ isHandle }) => isHandle).map((write) => ({ ...write, descriptor: coexistence && write.key !== heritage ? coexistence.shown(write.object, write.key) : snapshotOf(write.object, write.key) }));
  for (const { object, key, descriptor } of properties) writing.property(object, key, descriptor);
  for (const retarget of targets) {
    writing.target(retarget);
    const { value } = retarget.handle;
    for (const look of ['name', 'length'] as const) if (value[look] !== retarget.target[look]) writing.property(value, look, { value: retarget.target[look], configurable: true });
    writing.property(value, heritage, { value: Object.getPrototypeOf(retarget.target) as unknown });
  }
  return handles;
}

function commitTables({ versions, tables: { owns, plain, special } }: Prepared, writing: Writing, journal: Journal): void {
  journal.push(() => {
    for (const [version] of owns) version.own = null;
  });
  for (const [version, own] of owns) {
    // What is assigned again may have been since it was prepared.
    for (const name of version.link.w ?? []) if (isInitialised(version.table, name)) own[name] = version.table[name];
    version.own = own;
  }
  const atOnce = writing.isShared ? plain.filter(({ facade }) => facade) : plain;
  journal.push(() => restorePlain(atOnce));
  commitPlain(atOnce);
  if (writing.isShared) {
    for (const { table, names, values, facade } of plain) {
      if (!facade) names.forEach((name, index) => writing.property(table, name, { value: values[index], writable: true, enumerable: true, configurable: true }, true));
    }
  }
  if (!special.length) return;
  const owners = new Map(versions.map(({ record }) => [record.current.table, record.current]));
  for (const slot of special) commitSpecial(slot, owners.get(slot.table) ?? null, writing, journal);
}

/** A slot that is more than a value: it follows a binding that may be assigned again, or stands for a constant. */
function commitSpecial(slot: Slot, owner: Version | null, writing: Writing, journal: Journal): void {
  const { table, name, found, facade } = slot;
  const constant = constantOf(found);
  if (facade) {
    const { version, name: target } = found as { version: Version; name: string };
    commitValue(table, name, constant ? constant.get() : shownValue(slot), journal);
    if (!constant) journal.push(subscribe(version, target, mirrorInto(table, name)));
    return;
  }
  const { version, name: target } = found as { version: Version; name: string };
  const value = constant ? undefined : valueOf(version, target);
  // Its own table, given back to it by a rollback: from here on it writes there itself.
  if (!constant && table === version.table) {
    // Beside jobs the slot looks watched to whoever subscribes, so it has to be.
    return writing.property(table, name, writing.isShared ? watchedSlot(version.mirrors, target, value) : { value, writable: true, enumerable: true, configurable: true }, true, true);
  }
  // Who assigns nothing any more must not be kept alive by its table, which importers hold.
  const kept = owner && (owner.status !== 'evaluated' || isReassigned(owner, name)) ? versionOfTable(owner, table) : null;
  const record = constant || !isReassigned(version, target) ? null : version.record;
  writing.property(
    table,
    name,
    {
      enumerable: true,
      configurable: true,
      get: constant ? () => constant.get() : record ? () => record.current.table[target] : () => value,
      // Code of the replaced version goes on assigning its own binding, which nobody sees until a rollback.
      set: (late: unknown) => void (kept?.own && (kept.own[name] = late)),
    },
    true,
  );
}

/** What a property of an object is now. */
const snapshotOf = (object: object, key: PropertyKey): PropertyDescriptor | undefined =>
  key === heritage ? { value: Object.getPrototypeOf(object) as unknown } : Object.getOwnPropertyDescriptor(object, key);

const versionOfTable = (version: Version, table: object): Version | null => (version.table === table ? version : null);

/** Swap versions and records. Answers the versions that are replaced, in dependency order. */
function commitRecords(runtime: Runtime, { order, versions, added, removed }: Prepared, writing: Writing, journal: Journal): Version[] {
  const replaced: Version[] = [];
  const before = versions.map(({ record: { current, pending, older }, own, live }) => ({ current, pending, older, own, live }));
  journal.push(() => {
    versions.forEach((version, index) => {
      const { own, live, ...slots } = before[index] as (typeof before)[number]; // one for each version
      Object.assign(version, { own, live });
      Object.assign(version.record, slots);
    });
    for (const record of added) runtime.records.delete(record.id);
    for (const record of removed) runtime.records.set(record.id, record);
    runtime.commits++;
  });
  for (const version of versions) {
    version.live = true;
    commitLineages(version, journal);
    if (version.record.pending !== version) continue;
    const old = commitVersion(version, writing);
    replaced.push(old);
    commitSilence(old, journal);
  }
  for (const record of added) runtime.records.set(record.id, record);
  for (const record of removed) {
    runtime.records.delete(record.id);
    replaced.push(record.current);
  }
  runtime.commits++;
  return removed.length ? replaced.sort((a, b) => (order.get(a.record.id) ?? 0) - (order.get(b.record.id) ?? 0)) : replaced;
}

/** Classes that no version made before begin their lineage; a renamed one goes on under its new key. */
function commitLineages({ record: { lineages, runtime }, classes, cells }: Version, journal: Journal): void {
  for (const [key, { made, flags }] of classes) {
    if (lineages.has(key)) continue;
    const renamed = Object.hasOwn(made, 'renamedFrom') ? lineages.get(String(made['renamedFrom'])) : undefined;
    const continued = renamed && !classes.has(renamed.key) ? renamed : null;
    journal.push(() => lineages.delete(key));
    lineages.set(key, continued ?? { key, first: made, flags, cells: cells as Record<string, unknown>, adoption: runtime.adoption });
  }
}

/** What showed the bindings of a replaced version shows another's now: late writes of its closures reach nobody. */
function commitSilence({ mirrors }: Version, journal: Journal): void {
  if (!mirrors.size) return;
  const before = [...mirrors];
  journal.push(() => {
    for (const [name, shown] of before) mirrors.set(name, shown);
  });
  mirrors.clear();
}

/** Make a pending version the current one of its record. Answers the one that it replaces. */
function commitVersion(version: Version, writing: Writing): Version {
  const { record } = version;
  const { current } = record;
  if (current.shared || record.older.length) {
    record.older = record.older.filter((ref) => ref.deref() && ref.deref() !== version.table);
    if (current.shared) record.older.push(new WeakRef(current.table));
  }
  if (writing.isShared) writing.property(record, 'current', { value: version, writable: true, enumerable: true, configurable: true });
  else record.current = version;
  record.pending = null;
  version.own = null;
  return current;
}

/** Stop an effect. If it is needed again, it is started anew. */
function stopEffect(version: Version, effect: Effect, journal: Journal): void {
  if (!effect.running) return;
  try {
    checkStop(effect.stop);
  } catch (error) {
    throw effectError(version, 'stop', error);
  }
  journal.push(() => {
    if (effect.running) return;
    effect.stop = effect.start();
    effect.running = true;
  });
  const { stop } = effect;
  effect.running = false;
  effect.stop = undefined;
  try {
    callStop(stop);
  } catch (error) {
    throw effectError(version, 'stop', error);
  }
}

function startEffect(version: Version, effect: Effect, journal: Journal): void {
  if (effect.running) return;
  journal.push(() => {
    const { running, stop } = effect;
    effect.running = false;
    effect.stop = undefined;
    if (running) callStop(stop);
  });
  try {
    effect.stop = effect.start();
    effect.running = true;
    checkStop(effect.stop);
  } catch (error) {
    throw effectError(version, 'start', error);
  }
}

const dispose: symbol | undefined = Symbol.dispose;

/** What an effect returns: a function, a disposable, or nothing. */
function checkStop(stop: unknown): void {
  if (stop === undefined || typeof stop === 'function') return;
  if (typeof (stop as { then?: unknown } | null)?.then === 'function') {
    // It is refused either way; a rejection must not become an unhandled one.
    Promise.resolve(stop).catch(() => {});
    throw new TypeError('it is asynchronous; start synchronously and return what stops it');
  }
  if (dispose === undefined || typeof (stop as Record<symbol, unknown> | null)?.[dispose] !== 'function') throw new TypeError('it returned neither a function nor a disposable');
}

function callStop(stop: unknown): void {
  if (typeof stop === 'function') stop();
  else if (dispose !== undefined) (stop as Record<symbol, (() => void) | undefined> | undefined)?.[dispose]?.();
}

function effectError(version: Version, what: 'start' | 'stop', error: unknown): RelupError {
  return new RelupError('EFFECT', version.record.id, `An effect of ${version.record.id} threw on ${what}: ${String(error)}`, 'Mend the effect. Everything was taken back.', error);
}

function runUpgradeHooks({ versions }: Prepared, change: { from: string | null; to: string | null }, pending: Promise<unknown>[]): void {
  for (const { record, upgradeHooks } of versions) {
    for (const hook of upgradeHooks) {
      let result: unknown;
      try {
        result = hook(change);
      } catch (error) {
        throw new RelupError('HOOK', record.id, `onUpgrade of ${record.id} threw: ${String(error)}`, 'Mend the hook. Everything was taken back.', error);
      }
      if (typeof (result as { then?: unknown } | null)?.then === 'function') pending.push(Promise.resolve(result));
    }
  }
}
