/**
 * Live instances of a class whose layout changed. Nobody knows them or how many there are, so each is brought to the newest layout when
 * its first method runs or its first new field is read, by the class's own `static upgrade(instance, change)`. One that cannot be
 * is quarantined with its error; the others go on.
 */
import { RelupError } from './errors.js';
import type { Touching } from './lineage.js';
import { snapshot, writeProperty } from './properties.js';
import type { Lineage, MadeClass, ModuleRecord, Population } from './record.js';

/** Instance fields of a class in two releases. */
export interface Layouts {
  readonly from: { readonly release: string; readonly fields: readonly string[] };
  readonly to: { readonly release: string; readonly fields: readonly string[] };
}

/** What `static upgrade` gets besides the instance. */
export interface LayoutChange {
  readonly from: string;
  readonly to: string;
  /** Fields that the instance lacks. Those that the hook does not set become undefined. */
  readonly added: readonly string[];
  /** Fields that the new layout does not have any more, with their values. They stay on the instance. */
  readonly discarded: Readonly<Record<string, unknown>>;
}

type UpgradeHook = (instance: object, change: LayoutChange) => unknown;

interface Migrating extends Population, Touching {
  /** Fields of earlier layouts that the newest does not have. */
  readonly discarded: readonly string[];
  readonly hook: UpgradeHook;
  readonly from: string;
}

/**
 * The population of a class after an upgrade; null if there is nothing to bring anywhere.
 *
 * Shape: `own` is `static upgrade` of the version that comes; `before` the population of the version that is replaced: its instances
 * may still be of a layout before that.
 */
export function populationOf(lineage: Lineage, own: unknown, before: Population | undefined, layouts: Layouts | null, report: (error: RelupError) => void): Migrating | null {
  const earlier = before as Migrating | undefined;
  const hook = typeof own === 'function' ? (own as UpgradeHook) : earlier?.hook;
  if (!hook || !layouts) return hook && earlier ? renew(lineage, earlier, hook, earlier.tracked, earlier.discarded, earlier.from, earlier.from, report) : null;
  const { from, to } = layouts;
  const tracked = [...new Set([...(earlier?.tracked ?? []), ...to.fields.filter((field) => !from.fields.includes(field))])].filter((field) => to.fields.includes(field));
  const discarded = [...new Set([...(earlier?.discarded ?? []), ...from.fields])].filter((field) => !to.fields.includes(field));
  // The hook of a replaced version fills in what it knows of; what is only too much is none of its business.
  if (!tracked.length && (!own || !discarded.length)) return null;
  return renew(lineage, earlier, hook, tracked, discarded, earlier?.from ?? from.release, to.release, report);
}

function renew(lineage: Lineage, earlier: Migrating | undefined, hook: UpgradeHook, tracked: readonly string[], discarded: readonly string[], from: string, to: string, report: (error: RelupError) => void): Migrating {
  /** Instances that need no look any more, although a field says otherwise. */
  const done = new WeakSet();
  const failed = new WeakMap<object, RelupError>();
  const built: object[] = [];
  let building = 0;
  const lacks = (instance: object): boolean => {
    for (const field of tracked) if (!Object.hasOwn(instance, field)) return true;
    return tracked.length === 0 && discarded.some((field) => Object.hasOwn(instance, field));
  };
  const prototype = lineage.first.prototype as object;
  const population: Migrating = {
    tracked, discarded, hook, from,
    migrated: 0,
    quarantined: earlier ? [...earlier.quarantined] : [],
    touch(instance) {
      if (typeof instance !== 'object' || instance === null || !lacks(instance) || done.has(instance)) return;
      // While one is being made, what cannot be told from it is left for the next touch.
      if (building > 0 && (built.length < building || built.includes(instance))) return;
      if (instance === prototype || !Object.prototype.isPrototypeOf.call(prototype, instance)) return;
      const known = failed.get(instance);
      if (known) throw known;
      migrate(instance);
    },
    building(instance, make) {
      building++;
      if (instance) built.push(instance);
      try {
        const object = make();
        if (lacks(object)) done.add(object);
        return object;
      } finally {
        building--;
        if (instance) built.pop();
      }
    },
  };
  const migrate = (instance: object): void => {
    const before = snapshot(instance);
    // The hook itself touches the instance.
    done.add(instance);
    try {
      const fields = instance as Record<string, unknown>;
      const change: LayoutChange = {
        from, to,
        added: tracked.filter((field) => !Object.hasOwn(instance, field)),
        discarded: Object.fromEntries(discarded.filter((field) => Object.hasOwn(instance, field)).map((field) => [field, fields[field]])),
      };
      const result = Reflect.apply(hook, lineage.first, [instance, change]) as unknown;
      if (typeof (result as { then?: unknown } | null)?.then === 'function') {
        Promise.resolve(result).catch(() => {});
        throw new TypeError('it is asynchronous');
      }
      for (const field of tracked) if (!Object.hasOwn(instance, field)) Object.defineProperty(instance, field, { value: undefined, writable: true, enumerable: true, configurable: true });
      population.migrated++;
    } catch (cause) {
      done.delete(instance);
      const now = snapshot(instance);
      for (const key of new Set([...now.keys(), ...before.keys()])) writeProperty(instance, key, before.get(key));
      const error = new RelupError('CLASS_UPGRADE', lineage.key, `static upgrade of ${lineage.key} threw for one instance: ${String(cause)}`, 'Mend the hook. This instance is quarantined as it was; others go on.', cause);
      failed.set(instance, error);
      population.quarantined.push({ error: cause, instance: new WeakRef(instance) });
      report(error);
      throw error;
    }
  };
  return population;
}

/** What is known of instances on their way, by module. */
export function* populations(records: Iterable<ModuleRecord>): Generator<{ module: string; key: string; population: Population }> {
  for (const { id, current } of records) for (const [key, { population }] of current.classes) if (population) yield { module: id, key, population };
}

/** Bring all instances to their layout that state roots lead to: for those who ask for it, at the cost of a walk. Failures are quarantined. */
export function migrateReachable(records: Iterable<ModuleRecord>): void {
  const all = [...records];
  const moving = all.flatMap(({ current, lineages }) => [...current.classes].flatMap(([key, { population }]) => {
    const lineage = lineages.get(key);
    return population && lineage ? [{ prototype: lineage.first.prototype as object, touch: (population as Migrating).touch }] : [];
  }));
  if (!moving.length) return;
  const seen = new Set<object>();
  const queue: unknown[] = all.flatMap(({ roots }) => [...roots.values()].map(({ value }) => value));
  for (let value = queue.pop(); value !== undefined || queue.length; value = queue.pop()) {
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    for (const { prototype, touch } of moving) {
      if (!Object.prototype.isPrototypeOf.call(prototype, value)) continue;
      try {
        touch(value);
      } catch {
        // Reported and quarantined.
      }
    }
    if (value instanceof Map) queue.push(...value.keys(), ...value.values());
    else if (value instanceof Set) queue.push(...value);
    for (const descriptor of Object.values(Object.getOwnPropertyDescriptors(value))) if ('value' in descriptor) queue.push(descriptor.value);
  }
}

/** Make a population known to the version that is to become current. */
export function writePopulation(made: MadeClass, population: Population | null): void {
  if (population) made.population = population;
}
