/**
 * Taking a state root from one shape to another: which steps, running them, and putting the result into the root,
 * which stays the same object. Every write goes to a journal, so that dry run and undo are the same thing.
 */
import { RelupError, type Code } from './errors.js';
import { restoreAll, type Journal } from './journal.js';
import type { Declaration, Host, Root } from './record.js';
import { createView, unwrap, unwrapDeep } from './view.js';

type Step = (state: unknown) => unknown;

/** A root with what the replaced version and its successor say of it. */
export interface Migration {
  readonly module: string;
  readonly root: Root;
  readonly from: Declaration | null;
  readonly to: Declaration;
}

/** How long one migration may run, in ms, where the host can stop it. */
export const migrationLimitMs = 1000;

const versionOf = (declaration: Declaration): number => declaration.options.version ?? 1;

function refuse(code: Code, { module, to }: Migration, reason: string, hint: string, cause?: unknown): RelupError {
  return new RelupError(code, `${module}#${to.key}`, reason, `${hint} Nothing was changed.`, cause);
}

/**
 * The steps from the root's version to the declared one: `up[v]` for every version on the way, or `down[v]` of the
 * version that is being left.
 *
 * Errors: STATE_CHAIN (a step is missing), STATE_NO_DOWN (no way back).
 */
export function chainOf(migration: Migration): { readonly version: number; readonly step: Step }[] {
  const { root, from, to } = migration;
  const target = versionOf(to);
  const steps: { version: number; step: Step }[] = [];
  for (let version = root.version; version < target; ) {
    version++;
    const step = to.options.up?.[version] as Step | undefined;
    if (typeof step !== 'function') throw refuse('STATE_CHAIN', migration, `State "${to.key}" has version ${root.version}, the new code declares ${target}, and "up" has no step to ${version}.`, `Add up[${version}].`);
    steps.push({ version, step });
  }
  for (let version = root.version; version > target; ) {
    version--;
    const step = from?.options.down?.[version] as Step | undefined;
    if (typeof step !== 'function') throw refuse('STATE_NO_DOWN', migration, `State "${to.key}" has version ${root.version}, the other release declares ${target}, and "down" has no step to ${version}.`, `Give the release that raised the version down[${version}].`);
    steps.push({ version, step });
  }
  return steps;
}

/**
 * Bring a root into the shape that `to` declares.
 *
 * Changes: the root's contents, version and dropped fields, all journaled.
 * Errors:  STATE_MIGRATION (a step throws), STATE_ASYNC, STATE_SHAPE, STATE_TIMEOUT, and those of `chainOf`.
 */
export function commitMigration(migration: Migration, host: Host, journal: Journal, fill: boolean): void {
  const { root, to } = migration;
  const before = { version: root.version, dropped: root.dropped };
  journal.push(() => void Object.assign(root, before));
  root.dropped = [...root.dropped];
  if (typeof to.init !== 'function' && kindOf(root.value) !== 'an object') throw wrongShape(migration, root.version, {});
  if (!Object.isExtensible(root.value)) throw refuse('STATE_SHAPE', migration, `State "${to.key}" is frozen.`, 'Keep the root extensible: it is migrated in place.');
  for (const { version, step } of chainOf(migration)) {
    const result = runStep(migration, version, step, host, journal);
    commitContents(root, result, journal);
    root.version = version;
  }
  if (fill) commitFields(migration, journal);
}

function runStep(migration: Migration, version: number, step: Step, host: Host, journal: Journal): object {
  const { root, to } = migration;
  const run = (): unknown => step(createView(root.value, journal));
  let result: unknown;
  try {
    result = host.limit ? host.limit(migrationLimitMs, run) : run();
  } catch (error) {
    const timedOut = (error as { code?: string } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
    if (timedOut) throw refuse('STATE_TIMEOUT', migration, `The step of state "${to.key}" to version ${version} ran longer than ${migrationLimitMs} ms.`, 'Migrate lazily, or in smaller steps.', error);
    throw refuse('STATE_MIGRATION', migration, `The step of state "${to.key}" to version ${version} threw: ${String(error)}`, 'Mend the step; try it with `relup plan` and a test.', error);
  }
  if (typeof (result as { then?: unknown } | null)?.then === 'function') {
    // It is refused either way; a rejection must not become an unhandled one.
    Promise.resolve(result).catch(() => {});
    throw refuse('STATE_ASYNC', migration, `The step of state "${to.key}" to version ${version} is asynchronous.`, 'Commit is one synchronous turn: load what you need before, in the module body or in an effect.');
  }
  const fields = unwrap(result);
  if (kindOf(fields) !== kindOf(root.value)) throw wrongShape(migration, version, result);
  return fields as object;
}

function wrongShape(migration: Migration, version: number, result: unknown): RelupError {
  const { to, root } = migration;
  return refuse('STATE_SHAPE', migration, `The step of state "${to.key}" to version ${version} returned ${kindOf(result)}; the root is ${kindOf(root.value)}.`, 'Return the new fields of the root.');
}

function kindOf(value: unknown): string {
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  return Array.isArray(value) ? 'an array' : value instanceof Map ? 'a Map' : value instanceof Set ? 'a Set' : 'an object';
}

/** Put the contents of a migration's result into the root. */
function commitContents(root: Root, result: object, journal: Journal): void {
  if (result === root.value) return;
  const live = createView(root.value, journal);
  if (live instanceof Map || live instanceof Set) {
    const entries = [...(result as Iterable<never>)];
    live.clear();
    for (const entry of entries) {
      if (live instanceof Map) live.set(entry[0], entry[1]);
      else live.add(entry);
    }
  } else if (Array.isArray(live)) {
    const elements = [...(result as unknown[])];
    live.length = 0;
    for (const element of elements) live.push(element);
  } else {
    commitObject(root, live as Record<string, unknown>, result as Record<string, unknown>);
  }
}

/** Getters of dropped fields. */
const hidden = new WeakSet<object>();

function isDropped(value: object, name: string): boolean {
  const getter = Object.getOwnPropertyDescriptor(value, name)?.get;
  return getter !== undefined && hidden.has(getter);
}

/** A dropped field can be read, but is not listed; whoever assigns it makes a field of it again. */
function dropped(value: Record<string, unknown>, name: string): PropertyDescriptor {
  const last = value[name];
  const get = (): unknown => last;
  hidden.add(get);
  const set = (next: unknown): void => void Object.defineProperty(value, name, { value: next, enumerable: true, configurable: true, writable: true });
  return { get, set, enumerable: false, configurable: true };
}

/** Fields that the result does not have are hidden, not deleted: frames of the old version may still read them. */
function commitObject(root: Root, live: Record<string, unknown>, result: Record<string, unknown>): void {
  for (const name of Object.keys(root.value)) {
    if (Object.hasOwn(result, name)) continue;
    Object.defineProperty(live, name, dropped(root.value as Record<string, unknown>, name));
    root.dropped.push(name);
  }
  for (const name of Reflect.ownKeys(result) as string[]) {
    if (!Object.prototype.propertyIsEnumerable.call(result, name)) continue;
    Object.defineProperty(live, name, { value: unwrapDeep(result[name]), enumerable: true, configurable: true, writable: true });
  }
}

/** Fields that a new initialiser adds are filled by their thunks; what is there stays. */
function commitFields({ root, to }: Migration, journal: Journal): void {
  if (typeof to.init === 'function') return;
  const live = createView(root.value, journal) as Record<string, unknown>;
  for (const [name, thunk] of Object.entries(to.init)) {
    if (Object.hasOwn(root.value, name) && !isDropped(root.value, name)) continue;
    Object.defineProperty(live, name, { value: thunk(), enumerable: true, configurable: true, writable: true });
  }
}

/** Run all migrations and take them back in the same turn: what they would do to the state as it is now. */
export function tryMigrations(migrations: readonly Migration[], host: Host): void {
  const journal: Journal = [];
  try {
    for (const migration of migrations) commitMigration(migration, host, journal, false);
  } finally {
    restoreAll(journal);
  }
}

/** Delete the fields that migrations dropped: nobody old is left to read them. */
export function commitDropped(root: Root): void {
  for (const name of root.dropped) if (isDropped(root.value, name)) Reflect.deleteProperty(root.value, name);
  root.dropped = [];
}
