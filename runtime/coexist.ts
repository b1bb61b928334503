/**
 * Two releases at a time. While jobs pinned to an older release live, what a commit changes is not overwritten: the property becomes an
 * accessor that answers by the job that asks. When the last old job has ended it is plain data again, and fast. Must never be in
 * the way while no old job lives.
 */
import type { Journal } from './journal.js';
import { heritage, isSameProperty, writeProperty } from './properties.js';
import type { Callable, Handle, Runtime } from './record.js';
import { makeFast } from './table.js';

/** What jobs saw that may see no more commits than `until`. */
interface Step {
  readonly until: number;
  readonly descriptor: PropertyDescriptor | undefined;
  /** It is the binding of the version that owns the table. */
  readonly isOwn: boolean;
}

interface Split {
  steps: Step[];
  /** What everybody else sees. */
  last: PropertyDescriptor | undefined;
  /** Written by closures of one version only: its binding is what old jobs see. */
  readonly isTable: boolean;
  /** Everybody else sees it too: the version came back. */
  isOwn: boolean;
  /** Also told when it is plain again. */
  readonly settled: ((value: unknown) => void) | undefined;
}

export interface Coexistence {
  /** Whether jobs live that must not see the commit to come. */
  isNeeded(): boolean;
  write(object: object, key: PropertyKey, descriptor: PropertyDescriptor | undefined, journal: Journal, isTable?: boolean, settled?: Split['settled'], isOwn?: boolean): void;
  /** A property as all but jobs of older releases see it: never the accessor that tells them apart. */
  shown(object: object, key: PropertyKey): PropertyDescriptor | undefined;
  /** Let a handle call what the job that calls it may see. */
  writeTarget(handle: Handle, target: Callable, journal: Journal): void;
  /** Give tables that were written their speed back. */
  finish(): void;
  /** Turn back what no job needs any more. */
  settle(): void;
}

/** Make the coexistence of a runtime's releases. Nothing is split until a commit needs it. */
export function createCoexistence(runtime: Runtime): Coexistence {
  const splits = new Map<object, Map<PropertyKey, Split>>();
  const holders = new Map<Handle, { target: Callable }>();
  const written = new Set<object>();

  const pick = ({ steps, last }: Split): PropertyDescriptor | undefined => {
    const horizon = runtime.jobs?.horizon() ?? Infinity;
    if (horizon !== Infinity) for (const { until, descriptor } of steps) if (horizon <= until) return descriptor;
    return last;
  };

  const define = (object: object, key: PropertyKey, split: Split): void => {
    const enumerable = (split.last ?? split.steps.at(-1)?.descriptor)?.enumerable ?? true;
    Object.defineProperty(object, key, {
      enumerable,
      configurable: true,
      get(this: object) {
        const found = pick(split);
        if (!found) return Reflect.get(Object.getPrototypeOf(object) as object, key, this) as unknown;
        return found.get ? Reflect.apply(found.get, this, []) as unknown : found.value as unknown;
      },
      set(this: object, value: unknown) {
        if (this !== object && !split.isTable) return void Object.defineProperty(this, key, { value, writable: true, enumerable: true, configurable: true });
        // The version that owns a table goes on writing it, in whatever context: its own jobs see that, and the last setter decides who else does.
        const { steps, last, isOwn, isTable } = split;
        const own = new Set([...steps.filter((step) => step.isOwn).map(({ descriptor }) => descriptor), isOwn ? last : undefined]);
        for (const found of new Set(isTable ? [...own, steps.at(-1)?.descriptor, last] : [pick(split)])) {
          if (found?.set) Reflect.apply(found.set, this, [value]);
          else if (found && 'value' in found && (!isTable || own.has(found))) found.value = value;
        }
      },
    });
  };

  const settleOne = (object: object, key: PropertyKey, split: Split): void => {
    writeProperty(object, key, split.last);
    split.settled?.(split.last?.value);
    written.add(object);
  };

  const coexistence: Coexistence = {
    isNeeded() {
      coexistence.settle();
      return (runtime.jobs?.oldest() ?? Infinity) !== Infinity;
    },
    write(object, key, descriptor, journal, isTable = false, settled, isOwn = false) {
      const known = splits.get(object)?.get(key);
      const before = known ? known.last : Object.getOwnPropertyDescriptor(object, key);
      if (key === heritage) {
        const parent = Object.getPrototypeOf(object) as object | null;
        journal.push(() => void Object.setPrototypeOf(object, parent));
        return writeProperty(object, key, descriptor);
      }
      if (isSameProperty(before, descriptor)) return;
      written.add(object);
      if (known) {
        const { steps, last, isOwn: wasOwn } = known;
        journal.push(() => Object.assign(known, { steps, last, isOwn: wasOwn }));
        if (steps.at(-1)?.until !== runtime.commits) known.steps = [...steps, { until: runtime.commits, descriptor: last && { ...last }, isOwn: wasOwn }];
        Object.assign(known, { last: descriptor, isOwn });
        return;
      }
      const split: Split = { steps: [{ until: runtime.commits, descriptor: before && { ...before }, isOwn: isTable }], last: descriptor, isTable, isOwn, settled };
      const keys = splits.get(object) ?? new Map<PropertyKey, Split>();
      splits.set(object, keys);
      journal.push(() => {
        keys.delete(key);
        writeProperty(object, key, before);
        makeFast(object as never);
      });
      keys.set(key, split);
      define(object, key, split);
    },
    shown(object, key) {
      const split = splits.get(object)?.get(key);
      return split ? split.last && { ...split.last } : Object.getOwnPropertyDescriptor(object, key);
    },
    writeTarget(handle, target, journal) {
      let holder = holders.get(handle);
      if (!holder) {
        const before = handle.target;
        const made = (holder = { target: before });
        holders.set(handle, made);
        journal.push(() => {
          holders.delete(handle);
          handle.target = before;
        });
        handle.target = function (this: unknown) {
          return new.target ? Reflect.construct(made.target, arguments, new.target) : Reflect.apply(made.target, this, arguments);
        };
      }
      coexistence.write(holder, 'target', { value: target, writable: true, enumerable: true, configurable: true }, journal, false, (value) => {
        handle.target = value as Callable;
        holders.delete(handle);
      });
    },
    finish() {
      for (const object of written) makeFast(object as never);
      written.clear();
    },
    settle() {
      const oldest = runtime.jobs?.oldest() ?? Infinity;
      for (const [object, keys] of splits) {
        for (const [key, split] of keys) {
          split.steps = split.steps.filter(({ until }) => until >= oldest);
          if (split.steps.length) continue;
          keys.delete(key);
          settleOne(object, key, split);
        }
        if (!keys.size) splits.delete(object);
      }
      coexistence.finish();
    },
  };
  return coexistence;
}
