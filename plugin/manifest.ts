/**
 * Facts of a build -> manifest, and the names that content gets. Pure; must never depend on time, machine or order.
 */
import { createHash } from 'node:crypto';
import { RelupError } from '../runtime/errors.js';
import { format, type ColdEntry, type Manifest, type ModuleEntry } from '../runtime/protocol.js';
import { createResolver } from '../runtime/resolve.js';
import { identityText } from '../runtime/verify.js';

/** A manifest that the store has not numbered yet. */
export type Facts = Omit<Manifest, 'release' | 'number' | 'format'>;

export function hashOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Facts with their order fixed and their name computed. */
export function nameRelease(facts: Facts): Omit<Manifest, 'number'> {
  const sorted: Omit<Manifest, 'release' | 'number'> = {
    ...facts,
    format,
    entries: [...facts.entries].sort(),
    modules: sortKeys(facts.modules),
    cold: sortKeys(facts.cold),
    chunks: sortKeys(facts.chunks),
    styles: sortKeys(facts.styles),
    assets: sortKeys(facts.assets),
    workers: sortKeys(facts.workers),
    drop: [...facts.drop].sort(),
  };
  return { ...sorted, release: hashOf(identityText(sorted)).slice(0, 16) };
}

function sortKeys<Value>(source: Readonly<Record<string, Value>>): Record<string, Value> {
  // Keys are ids and file names, so no order but the alphabet's means anything.
  return Object.fromEntries(Object.entries(source).sort(([left], [right]) => left < right ? -1 : 1));
}

/** A hot module that the link check looks at. */
export type Linked = Pick<ModuleEntry, 'requests' | 'names' | 'exports' | 'indirect' | 'stars'> & {
  readonly lines: readonly number[];
};

/**
 * Every import of a hot module names something that is exported, as an engine would demand.
 *
 * Errors: MISSING_EXPORT, at the first import that does not, or as `broken` is told of every one.
 */
export function checkLinks(modules: Readonly<Record<string, Linked>>, broken: (id: string, error: RelupError) => void = (_, error) => { throw error; }): void {
  const { resolve } = createResolver(modules);
  for (const id in modules) {
    const entry = modules[id] as Linked;
    entry.requests.forEach((target, index) => {
      if (target.startsWith('cold:')) return;
      for (const name of entry.names[index] ?? []) {
        if (name === '*') continue;
        const { kind } = resolve(target, name);
        if (kind !== 'missing' && kind !== 'ambiguous') continue;
        broken(id, new RelupError('MISSING_EXPORT', `${id}:${entry.lines[index] ?? 1}`,
          kind === 'missing' ? `"${target}" does not export "${name}" (a SyntaxError in an engine).` : `"${target}" exports "${name}" from two places (a SyntaxError in an engine).`,
          kind === 'missing' ? nearest(name, createResolver(modules).exportNames(target)) : `Export "${name}" by name where it is meant.`));
      }
    });
  }
}

function nearest(name: string, names: readonly string[]): string {
  const close = names.find(each => each.toLowerCase() === name.toLowerCase());
  if (close !== undefined) return `Import "${close}".`;
  if (names.length === 0) return 'The module exports nothing; export the name there.';
  return `Export it there, or import one of: ${names.slice(0, 8).map(each => `"${each}"`).join(', ')}.`;
}

/** Cold packages of all modules, with the names that the bundle holds of those that are not external. */
export function collectCold(
  modules: Readonly<Record<string, Pick<ModuleEntry, 'requests' | 'names'>>>,
  packages: ReadonlyMap<string, Omit<ColdEntry, 'names'>>,
): Record<string, ColdEntry> {
  const names = new Map<string, Set<string>>();
  for (const id in modules) {
    modules[id]?.requests.forEach((target, index) => {
      if (!target.startsWith('cold:')) return;
      const key = target.slice('cold:'.length);
      let set = names.get(key);
      if (!set) names.set(key, set = new Set());
      for (const name of modules[id]?.names[index] ?? []) set.add(name);
    });
  }
  const cold: Record<string, ColdEntry> = {};
  for (const [key, set] of names) {
    const found = packages.get(key) ?? { version: null, external: false };
    cold[key] = { ...found, names: found.external ? [] : [...set].sort() };
  }
  return cold;
}
