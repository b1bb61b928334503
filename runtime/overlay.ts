/**
 * Keeps what new bodies do to permanent objects away from running code. Handles, and the constructors and prototypes of lineages, are
 * the same objects for ever, and new bodies write to them while they load: methods, static data, `Cart.displayName`. Such an
 * object is watched: its changes are shown while pending code runs and taken back after each stretch, until the commit makes them.
 */
import { RelupError } from './errors.js';
import { valueOf } from './expose.js';
import { populationOf, writePopulation, type Layouts } from './instances.js';
import { codeOf, shownCode, writeClass, type StaticData } from './lineage.js';
import { isSameProperty, snapshot, writeProperty, type Properties } from './properties.js';
import type { Callable, Constructor, Handle, Lineage, Overlay, Version } from './record.js';
import { isInitialised } from './table.js';
import { isCallable, knownHandle, standsFor } from './values.js';

/** One property that a commit has to change. No descriptor: it goes. */
export interface PropertyWrite {
  readonly object: object;
  readonly key: PropertyKey;
  readonly descriptor: PropertyDescriptor | undefined;
  /** It is of a handle: what a body wrote is not written again when it returns. */
  readonly isHandle: boolean;
}

/** A handle and what it calls after the commit. */
export interface Retarget {
  readonly handle: Handle;
  readonly target: Callable;
}

/** What the manifests of both releases say of a class. */
export interface ClassFacts {
  statics(module: string, key: string): StaticData;
  layouts(module: string, key: string): Layouts | null;
}

export interface PendingOverlay extends Overlay {
  /** Show what pending versions did, for one stretch of their code. */
  enter(): void;
  /** Take it back, and remember it. */
  leave(): void;
  /** What the commit has to do. */
  finish(): PropertyWrite[];
}

interface Watched {
  /** What running code sees, as of the last time that pending code began to run. */
  base: Properties;
  readonly changes: Map<PropertyKey, PropertyDescriptor | undefined>;
  readonly isHandle: boolean;
}

/**
 * Make the overlay of one upgrade.
 *
 * Shape: `versions` may grow until the first `enter`.
 */
export function createOverlay(versions: readonly Version[], facts: ClassFacts, report: (error: RelupError) => void): PendingOverlay {
  const watched = new Map<object, Watched>();
  /** What handles call for running code, while pending code runs. */
  const targets = new Map<Handle, Callable>();
  /** Handled functions of running versions, from before pending ones stand in their tables. */
  const running = new Map<Version, ReadonlyMap<string, unknown>>();
  let isShown = false;

  const watch = (object: unknown, isHandle: boolean): void => {
    if (object !== null && (typeof object === 'object' || typeof object === 'function') && !watched.has(object)) watched.set(object, { base: snapshot(object), changes: new Map(), isHandle });
  };

  const show = (handle: Handle, version: Version, name: string, isNew: boolean): void => {
    if (targets.has(handle)) return;
    const known = isNew ? running.get(version.record.current)?.get(name) : undefined;
    const live = isCallable(known) ? known : handle.target;
    targets.set(handle, live);
    handle.target = createPendingTarget(version, name, live);
    if (!isCallable(known)) return;
    writeSharedPrototype(known, handle.value, version.table[name]);
    // Whoever reads it gets the handle everywhere else, too.
    const { prototype } = known as { prototype?: object };
    if (prototype && Object.hasOwn(prototype, 'constructor')) Object.defineProperty(prototype, 'constructor', { value: handle.value });
  };

  return {
    touch(handle, version, name) {
      show(handle, version, name, !targets.has(handle) && handle.target === version.table[name]);
      watch(handle.value, true);
      watch((handle.value as { prototype?: unknown }).prototype, true);
    },
    adopt(version, key, found) {
      const { record } = version;
      const lineage = lineageOf(version, key, found.made);
      const replaced = lineage && (record.current.classes.get(key) ?? record.current.classes.get(lineage.key) ?? [...record.current.classes.values()].find(({ made }) => made === lineage.first));
      if (!lineage) return found.made;
      for (const object of [lineage.first, lineage.first.prototype, lineage.cells]) watch(object, false);
      const code = codeOf(lineage, found, version, false);
      const population = populationOf(lineage, code.statics.get('upgrade')?.value, replaced?.population, facts.layouts(record.id, key), report);
      writePopulation(found, population);
      try {
        writeClass(lineage, replaced ? codeOf(lineage, replaced, record.current, true) : shownCode(lineage, record.runtime), code, facts.statics(record.id, key), population);
      } catch (cause) {
        throw new RelupError('CLASS_FROZEN', `${record.id}#${key}`, `The class ${key} cannot take new code: ${String(cause)}`, 'Do not freeze or seal a class or its prototype that is to be upgraded, or restart for this release. Nothing was changed.', cause);
      }
      return lineage.first;
    },
    enter() {
      isShown = true;
      for (const { record: { current } } of versions) if (!running.has(current)) running.set(current, handledFunctions(current));
      for (const [object, { changes }] of watched) {
        (watched.get(object) as Watched).base = snapshot(object);
        for (const [key, descriptor] of changes) writeProperty(object, key, descriptor);
      }
      for (const version of versions) for (const handle of new Set(version.record.handles.values())) show(handle, version, nameOf(version, handle), false);
    },
    leave() {
      if (!isShown) return;
      isShown = false;
      for (const [object, { base, changes }] of watched) {
        const now = snapshot(object);
        for (const key of new Set([...base.keys(), ...now.keys()])) {
          if (isSameProperty(base.get(key), now.get(key))) continue;
          changes.set(key, now.get(key));
          writeProperty(object, key, base.get(key));
        }
      }
      for (const [handle, live] of targets) handle.target = live;
      targets.clear();
    },
    finish() {
      const properties = [...watched].flatMap(([object, { changes, isHandle }]) => [...changes].map(([key, descriptor]) => ({ object, key, descriptor, isHandle })));
      return [...properties, ...versions.flatMap(sharePrototypes)];
    },
  };
}

/** What a handle calls for pending code: the pending function, once there is one. */
function createPendingTarget(version: Version, name: string, live: Callable): Callable {
  const pick = (): Callable => {
    const pending = isInitialised(version.table, name) ? version.table[name] : live;
    return isCallable(pending) ? pending : live;
  };
  return function (this: unknown) {
    return new.target ? Reflect.construct(pick(), arguments, new.target) : Reflect.apply(pick(), this, arguments);
  };
}

/** The export of a version that a handle stands for: a handled one, or whatever else has one of its names. */
function nameOf(version: Version, handle: Handle): string {
  return standsFor(version, handle) ?? handle.names.find((name) => isInitialised(version.own ?? version.table, name) && isCallable(valueOf(version, name))) ?? (handle.names[0] as string); // it was made for one
}

function handledFunctions(version: Version): Map<string, unknown> {
  const names = (version.link.h ?? []).map((each) => (typeof each === 'string' ? each : each[0]));
  return new Map(names.filter((name) => isInitialised(version.table, name)).map((name) => [name, valueOf(version, name)]));
}

/** `static renamedFrom = 'Old'` says whose lineage a class continues. */
function lineageOf({ record, classes }: Version, key: string, made: Constructor): Lineage | undefined {
  const { lineages } = record;
  const known = lineages.get(key);
  if (known) return known;
  const old = Object.hasOwn(made, 'renamedFrom') ? lineages.get(String(made['renamedFrom'])) : undefined;
  return old && !classes.has(old.key) ? old : undefined;
}

/** Instances of all versions of a function that constructs have one prototype. */
function sharePrototypes(version: Version): PropertyWrite[] {
  const { current } = version.record;
  return (version.link.h ?? []).flatMap((each) => {
    if (typeof each !== 'string') return [];
    const made = valueOf(version, each);
    const running = valueOf(current, each);
    const handle = knownHandle(version, each)?.value;
    const before = handle ?? running;
    if (typeof before !== 'function' || typeof made !== 'function') return [];
    writeSharedPrototype(before as Callable, made as Callable);
    const { prototype } = made as { prototype?: object };
    const constructor = prototype && Object.getOwnPropertyDescriptor(prototype, 'constructor');
    // The first version must not live on for it.
    return constructor && constructor.value === running && !handle ? [{ object: prototype, key: 'constructor', descriptor: { ...constructor, value: made as unknown }, isHandle: false }] : [];
  });
}

function writeSharedPrototype(from: Callable, ...to: unknown[]): void {
  const prototype = Object.getOwnPropertyDescriptor(from, 'prototype');
  if (!prototype) return;
  for (const other of to) if (typeof other === 'function' && Object.getOwnPropertyDescriptor(other, 'prototype')?.writable) (other as unknown as { prototype: unknown }).prototype = prototype.value;
}

/** What handles call once these versions are current. */
export const retargets = (versions: readonly Version[]): Retarget[] =>
  versions.flatMap((version) => [...new Set(version.record.handles.values())].flatMap((handle) => {
    const target = valueOf(version, nameOf(version, handle));
    // The handle of an export that is gone, or is a class now, keeps what it had.
    return isCallable(target) ? [{ handle, target }] : [];
  }));
