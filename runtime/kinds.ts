/**
 * What an export is for whoever keeps it: a function with a permanent handle, a class with a lineage, a
 * framework's component that an adapter keeps the same object, or any other value. Pure.
 */
import type { ClassEntry, Manifest, ModuleEntry } from './protocol.js';
import type { Resolved } from './resolve.js';

export type Kind = 'function' | 'class' | 'component' | 'value';

export function kindOf(entry: Pick<ModuleEntry, 'functions' | 'classes' | 'components'>, name: string): Kind {
  if (entry.functions.includes(name)) return 'function';
  if (entry.components?.includes(name)) return 'component';
  return classOf(entry, name) === null ? 'value' : 'class';
}

/** Key of the lineage behind an exported name, or null. */
export function classOf({ classes }: Pick<ModuleEntry, 'classes'>, name: string): string | null {
  for (const key in classes) {
    const found = classes[key] as ClassEntry; // the key is its own
    if (!found.twice && found.exports.includes(name)) return key;
  }
  return null;
}

/** The class of another release that continues a lineage, in either direction of a rename. */
export function successorClass(key: string, before: ModuleEntry['classes'], after: ModuleEntry['classes']): string | null {
  if (Object.hasOwn(after, key)) return key;
  for (const each in after) if (after[each]?.renamedFrom === key && !Object.hasOwn(before, each)) return each;
  const older = before[key]?.renamedFrom;
  return older !== undefined && Object.hasOwn(after, older) && !Object.hasOwn(before, older) ? older : null;
}

/** Whether whoever holds what a name stood for holds what it stands for now: the same handle, or the same lineage. */
export function isPermanent(from: Manifest, to: Manifest, before: Resolved, now: Resolved): boolean {
  if (before.kind !== 'found' || now.kind !== 'found' || before.id !== now.id || before.name !== now.name) return false;
  const old = from.modules[before.id];
  const next = to.modules[now.id];
  if (!old || !next) return false;
  const kind = kindOf(next, now.name);
  if (kind === 'value' || kindOf(old, before.name) !== kind) return false;
  return kind !== 'class' || successorClass(classOf(old, before.name) ?? '', old.classes, next.classes) === classOf(next, now.name);
}

/** Whether a name stands for a component in both releases: whatever was made of it, its adapter upgrades that. */
export function isComponent(from: Manifest, to: Manifest, before: Resolved, now: Resolved): boolean {
  return isPermanent(from, to, before, now) && now.kind === 'found' && kindOf(to.modules[now.id] as ModuleEntry, now.name) === 'component'; // isPermanent saw it
}
