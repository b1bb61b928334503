/**
 * ResolveExport of ECMA-262 over manifests: which module and binding an exported name stands for.
 *
 * Pure. Cycles of `export *` end, and a name that two stars give differently is ambiguous, as in an engine.
 */
import type { ModuleEntry } from './protocol.js';

/** What resolving needs of a module; a manifest's entries and the plugin's outlines both have it. */
export type Exporter = Pick<ModuleEntry, 'requests' | 'exports' | 'indirect' | 'stars'>;

export type Resolved =
  | { readonly kind: 'found'; readonly id: string; readonly name: string }
  | { readonly kind: 'namespace'; readonly id: string }
  /** It comes from a cold module, or may come from an `export *` of one. */
  | { readonly kind: 'cold'; readonly target: string; readonly name: string }
  | { readonly kind: 'ambiguous' }
  | { readonly kind: 'missing' };

const missing: Resolved = { kind: 'missing' };
const ambiguous: Resolved = { kind: 'ambiguous' };

/** A resolver over one set of modules; it remembers answers, so the set must not change. */
export function createResolver(modules: Readonly<Record<string, Exporter>>) {
  const locals = new Map<string, ReadonlySet<string>>();
  const answers = new Map<string, Map<string, Resolved>>();

  function localNames(id: string, entry: Exporter): ReadonlySet<string> {
    let found = locals.get(id);
    if (!found) locals.set(id, found = new Set(entry.exports));
    return found;
  }

  function resolve(target: string, name: string): Resolved {
    if (target.startsWith('cold:')) return { kind: 'cold', target, name };
    let known = answers.get(target);
    if (!known) answers.set(target, known = new Map());
    let answer = known.get(name);
    if (!answer) known.set(name, answer = search(target, name, new Set()));
    return answer;
  }

  /** `visited` makes cycles end: the answer of a second visit is "missing" (spec step 1). */
  function search(id: string, name: string, visited: Set<string>): Resolved {
    if (id.startsWith('cold:')) return { kind: 'cold', target: id, name };
    const entry = modules[id];
    const mark = `${id}\0${name}`;
    if (!entry || visited.has(mark)) return missing;
    visited.add(mark);
    if (localNames(id, entry).has(name)) return { kind: 'found', id, name };
    for (const [exported, request, imported] of entry.indirect) {
      if (exported !== name) continue;
      const target = entry.requests[request];
      if (target === undefined) return missing;
      if (imported === null) return target.startsWith('cold:') ? { kind: 'cold', target, name: '*' } : { kind: 'namespace', id: target };
      return search(target, imported, visited);
    }
    if (name === 'default') return missing;
    let found: Resolved = missing;
    let cold: Resolved = missing;
    for (const request of entry.stars) {
      const target = entry.requests[request];
      if (target === undefined) continue;
      const answer = search(target, name, visited);
      if (answer.kind === 'ambiguous') return ambiguous;
      if (answer.kind === 'missing') continue;
      // What a cold star holds is known only when it runs; a hot one that has the name wins here.
      if (answer.kind === 'cold' && target.startsWith('cold:')) cold = answer;
      else if (found.kind === 'missing') found = answer;
      else if (!isSame(found, answer)) return ambiguous;
    }
    return found.kind === 'missing' ? cold : found;
  }

  /** All names that a module exports, without the ambiguous ones; names of cold stars are not known here. */
  function exportNames(id: string): string[] {
    const names = new Set<string>();
    collect(id, names, new Set(), true);
    return [...names].filter(name => resolve(id, name).kind !== 'ambiguous').sort();
  }

  function collect(id: string, names: Set<string>, visited: Set<string>, own: boolean): void {
    const entry = modules[id];
    if (!entry || visited.has(id)) return;
    visited.add(id);
    for (const name of entry.exports) if (own || name !== 'default') names.add(name);
    for (const [name] of entry.indirect) if (own || name !== 'default') names.add(name);
    for (const request of entry.stars) {
      const target = entry.requests[request];
      if (target !== undefined) collect(target, names, visited, false);
    }
  }

  return { resolve, exportNames };
}

export type Resolver = ReturnType<typeof createResolver>;

export function isSame(left: Resolved, right: Resolved): boolean {
  if (left.kind !== right.kind) return false;
  if (left.kind === 'found' && right.kind === 'found') return left.id === right.id && left.name === right.name;
  if (left.kind === 'namespace' && right.kind === 'namespace') return left.id === right.id;
  if (left.kind === 'cold' && right.kind === 'cold') return left.target === right.target && left.name === right.name;
  return true;
}
