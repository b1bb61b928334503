/**
 * What becomes of the classes of a module between two releases. A class is one for all releases, so what its instances lack, and what
 * an engine fixes when it makes an object, has to be settled before anything changes. Pure.
 */
import { classOf, successorClass } from './kinds.js';
import { quoted, refusal, type Findings, type Inputs } from './plan-inputs.js';
import type { ClassEntry, Manifest, ModuleEntry } from './protocol.js';
import type { Resolver } from './resolve.js';

type Classes = ModuleEntry['classes'];

/** Shape: `after` is undefined for a module that was removed. */
export function checkClasses(inputs: Inputs, id: string, before: ModuleEntry, after: ModuleEntry | undefined, findings: Findings): void {
  const next = after?.classes ?? {};
  const newcomers = Object.keys(next).filter(key => !Object.hasOwn(before.classes, key) && next[key]?.renamedFrom === undefined);
  for (const key in before.classes) {
    const old = before.classes[key] as ClassEntry; // the key is its own
    const successor = successorClass(key, before.classes, next);
    if (successor === null) checkVanished(inputs, id, key, after, newcomers, findings);
    else if (old.twice || next[successor]?.twice) checkTwice(id, successor, old, next, findings);
    else checkSuccessor(inputs, id, { key, entry: old }, { key: successor, entry: next[successor] as ClassEntry }, findings);
  }
}

interface Named {
  readonly key: string;
  readonly entry: ClassEntry;
}

function checkVanished(inputs: Inputs, id: string, key: string, after: ModuleEntry | undefined, newcomers: readonly string[], { refusals, notes }: Findings): void {
  if (after && newcomers.length > 0 && !inputs.rollback && !inputs.allow.has('CLASS_RENAMED')) {
    const line = after.classes[newcomers[0] as string]?.line ?? 1;
    refusals.push(refusal('CLASS_RENAMED', `${id}:${line}`, `The class "${key}" is gone from "${id}" and ${quoted(newcomers)} came; whether instances of the one shall become instances of the other is not known.`,
      `Say static renamedFrom = "${key}" in the class that continues it, or allow "CLASS_RENAMED" if none does.`));
    return;
  }
  const now = after?.functions.includes(key) ? `"${key}" of "${id}" is a function now` : `The class "${key}" of "${id}" is gone`;
  notes.push(refusal('CLASS_REMOVED', id, `${now}; instances of the class, and whoever kept it, stay what they are.`,
    'Keep the class for as long as there are instances, or let them go before.'));
}

function checkTwice(id: string, key: string, old: ClassEntry, next: Classes, { refusals, notes }: Findings): void {
  const line = next[key]?.twice;
  if (line === undefined) {
    notes.push(refusal('CLASS_TWICE', `${id}:${next[key]?.line ?? 1}`, `In the running release two classes of "${id}" are "${key}" (lines ${old.line} and ${old.twice ?? old.line}); their instances stay what they are.`,
      'From this release on the class can be upgraded.'));
  } else {
    refusals.push(refusal('CLASS_TWICE', `${id}:${line}`, `Two classes of "${id}" are "${key}" (lines ${next[key]?.line ?? 1} and ${line}), so instances cannot be told apart.`,
      'Give each class a name of its own.'));
  }
}

function checkSuccessor(inputs: Inputs, id: string, old: Named, next: Named, findings: Findings): void {
  const { refusals, notes, drain } = findings;
  const place = `${id}:${next.entry.line}`;
  const name = next.key;
  const added = next.entry.fields.filter(field => !old.entry.fields.includes(field));
  const removed = old.entry.fields.filter(field => !next.entry.fields.includes(field));
  if (added.length > 0 && !next.entry.upgrade && !inputs.allow.has('CLASS_LAYOUT')) {
    refusals.push(refusal('CLASS_LAYOUT', place, `Instances of "${name}" that live now lack ${quoted(added)}.`,
      `Add static upgrade(instance, { from, to, added, discarded }) { ${added.map(field => `instance.${field} = ...;`).join(' ')} } to the class.`));
  }
  if (added.length > 0 || removed.length > 0) {
    drain.push(refusal('CLASS_LAYOUT', place, `Instances of "${name}" ${[added.length > 0 && `get ${quoted(added)}`, removed.length > 0 && `lose ${quoted(removed)}`].filter(Boolean).join(' and ')}, and jobs on the old release expect the old layout.`,
      'Jobs pinned to the old release end first.'));
  }
  checkHeritage(inputs, id, old, next, findings);
  const isStatic = (next.entry.staticPrivates ?? old.entry.staticPrivates) !== undefined;
  if (old.entry.text === next.entry.text) {
    if (isStatic || next.entry.privateOfOthers !== undefined) {
      notes.push(refusal('CLASS_PRIVATE', place, `"${name}" is unchanged and keeps its code, with what it uses of this module: ${isStatic ? 'its static private names are bound to the constructor of the running release' : 'it reads private names of other objects than "this"'}.`,
        'Keep such data in a top-level variable, or under a Symbol() or in a WeakMap at the top level.'));
    }
    return;
  }
  if (isStatic) {
    refusals.push(refusal('CLASS_PRIVATE', place, `"${name}" changed, and it has static private names, which are bound to the constructor of the running release.`,
      'Keep such data in a top-level variable instead of a static private name.'));
  }
  const others = next.entry.privateOfOthers ?? old.entry.privateOfOthers;
  if (others !== undefined) {
    refusals.push(refusal('CLASS_PRIVATE', `${id}:${others}`, `"${name}" changed, and it reads private names of other objects than "this"; between instances of two releases that throws.`,
      'Read the other object through one of its own methods, or keep the data in a WeakMap at the top level.'));
  } else if (old.entry.privates.length > 0) {
    notes.push(refusal('CLASS_PRIVATE', place, `Instances of "${name}" made before keep the old code of what touches ${quoted(old.entry.privates.map(each => `#${each}`))}; all else of them is new.`,
      'Keep such data under a Symbol() or in a WeakMap at the top level, if old instances shall run new code there as well.'));
  }
}

function checkHeritage(inputs: Inputs, id: string, old: Named, next: Named, { refusals, drain }: Findings): void {
  const before = baseOf(inputs.from, inputs.resolvers.from, id, old.entry);
  const after = baseOf(inputs.to, inputs.resolvers.to, id, next.entry);
  if (isSameBase(inputs, before, after, old.entry, next.entry)) return;
  const place = `${id}:${next.entry.line}`;
  const words = (entry: ClassEntry): string => entry.heritage === null ? 'nothing' : `"${entry.heritage}"`;
  const reason = `"${next.key}" extended ${words(old.entry)} and now extends ${words(next.entry)}`;
  drain.push(refusal('CLASS_HERITAGE', place, `${reason}, and jobs on the old release expect the old base.`, 'Jobs pinned to the old release end first.'));
  // What a base gave besides is only more than the older code needs.
  if (inputs.rollback && next.entry.heritage === null) return;
  if (before.foreign || after.foreign) {
    refusals.push(refusal('CLASS_HERITAGE', place, `${reason}; what is not the application's own is made by the constructor once and for all.`,
      'Keep the base, or write the class under a new name and let the old one be.'));
  } else if (!next.entry.upgrade && !inputs.allow.has('CLASS_HERITAGE')) {
    refusals.push(refusal('CLASS_HERITAGE', place, `${reason}; instances that live now were made by the old base.`,
      'Add static upgrade(instance, { from, to, added, discarded }) to the class, which makes of them what the new base needs.'));
  }
}

/** What a class extends. `lineage`: a class of the application; `foreign`: a built-in, or something of a package. */
interface Base {
  readonly lineage: { readonly id: string; readonly key: string } | null;
  readonly foreign: boolean;
  /** Where an import leads. */
  readonly target: string;
}

function baseOf(manifest: Manifest, resolver: Resolver, id: string, { heritage, base }: ClassEntry): Base {
  const own: Base = { lineage: null, foreign: false, target: '' };
  const entry = manifest.modules[id];
  if (!entry || heritage === null) return own;
  if (base === 'global') return { ...own, foreign: true };
  if (base === undefined) return Object.hasOwn(entry.classes, heritage) ? { ...own, lineage: { id, key: heritage } } : own;
  const [request, name] = base;
  const target = entry.requests[request] ?? '';
  const found = resolver.resolve(target, name);
  if (found.kind === 'cold') return { ...own, foreign: true, target: `${found.target}#${found.name}` };
  if (found.kind !== 'found') return { ...own, target };
  const key = classOf(manifest.modules[found.id] ?? entry, found.name);
  return { lineage: key === null ? null : { id: found.id, key }, foreign: false, target: `${found.id}#${found.name}` };
}

function isSameBase({ from, to }: Inputs, before: Base, after: Base, old: ClassEntry, next: ClassEntry): boolean {
  if (before.lineage && after.lineage && isPlain(old) && isPlain(next)) {
    const { id, key } = before.lineage;
    return id === after.lineage.id && successorClass(key, from.modules[id]?.classes ?? {}, to.modules[id]?.classes ?? {}) === after.lineage.key;
  }
  return old.heritage === next.heritage && before.foreign === after.foreign && before.target === after.target;
}

/** The base is what the name says, not something made of it. */
const isPlain = ({ heritage }: ClassEntry): boolean => /^[\w$.]+$/.test(heritage ?? '');
