/**
 * Which unchanged modules hold values that a changed one gave them while they loaded (design section 4).
 *
 * Pure. Sound by construction: a read that is not understood counts as a read of everything (the outline writes '*').
 * Must never look at one edge alone: what is called at load may read late what changed.
 */
import type { Acceptance } from './plan-accept.js';
import type { Manifest, ModuleEntry, Read } from './protocol.js';
import { isComponent, isPermanent } from './kinds.js';
import type { Known } from './plan-inputs.js';
import { isSame, type Resolver } from './resolve.js';

export interface Staleness {
  /** Line of the read that makes the module stale. */
  readonly line: number;
  /** From the module to the changed one, as `id` or `id#export`. */
  readonly chain: readonly string[];
}

interface Node {
  readonly id: string;
  readonly label: string;
  readonly held: boolean;
  /** Nodes and modules that read this one. */
  readonly readers: Node[];
  readonly loaders: { readonly id: string; readonly line: number }[];
  /** The node through which it became tainted. */
  cause: Node | null;
  tainted: boolean;
}

/**
 * The stale modules of `to`, given the ids that get a new body.
 *
 * Shape: `fresh` holds changed and added ids and the removed ones; the answer holds none of them. Modules that accept changes
 *        (`import.meta.hot`) keep them from those above.
 */
export function findStale(
  from: Manifest, to: Manifest, fresh: ReadonlySet<string>, resolvers: { readonly from: Resolver; readonly to: Resolver }, acceptance: Acceptance | null = null, known: Known | null = null,
): Map<string, Staleness> {
  const stale = new Map<string, Staleness>();
  const candidates = importersOf(to, fresh, known);
  const nodes = new Map<string, Node>();
  const byModule = new Map<string, Node[]>();
  const queue: Node[] = [];
  const explore: Node[] = [];

  /** `held`: nobody runs what is behind the name, so only its module counts. */
  const nodeOf = (id: string, name: string, held?: 1): Node => {
    const key = `${id}\0${name}${held ? '\0' : ''}`;
    let node = nodes.get(key);
    if (!node) {
      node = { id, label: name === '' ? id : `${id}#${name}`, held: held === 1, readers: [], loaders: [], cause: null, tainted: false };
      nodes.set(key, node);
      const siblings = byModule.get(id);
      if (siblings) siblings.push(node);
      else byModule.set(id, [node]);
      explore.push(node);
    }
    return node;
  };
  const taint = (node: Node, cause: Node | null): void => {
    if (node.tainted) return;
    node.tainted = true;
    node.cause = cause;
    queue.push(node);
  };

  const nameOf = (node: Node): string => node.label.slice(node.id.length + 1);
  const isEnd = (node: Node): boolean => acceptance?.endsAt(node.id, nameOf(node)) ?? false;

  /** Nodes that a read stands for; tainted at once if the name now stands for something else. */
  const targetsOf = (id: string, entry: ModuleEntry, [request, name, held]: Read): Node[] => {
    const target = entry.requests[request];
    if (target === undefined || target.startsWith('cold:') || acceptance?.takes(id, target)) return [];
    if (name !== '*') return targetOfName(target, name, held);
    const names = new Set([...resolvers.to.exportNames(target), ...(from.modules[target] ? resolvers.from.exportNames(target) : [])]);
    return [nodeOf(target, ''), ...[...names].flatMap(each => targetOfName(target, each))];
  };
  const targetOfName = (target: string, name: string, held?: 1): Node[] => {
    const now = resolvers.to.resolve(target, name);
    const before = resolvers.from.resolve(target, name);
    if (!isSame(before, now)) {
      const node = nodeOf(target, name);
      if (!isEnd(node)) taint(node, null);
      return [node];
    }
    // Whoever only keeps a function or class has the new one: they are the same for ever.
    if (held ? isPermanent(from, to, before, now) : isComponent(from, to, before, now)) return [];
    if (now.kind === 'found') return [nodeOf(now.id, now.name, held)];
    if (now.kind === 'namespace') return [nodeOf(now.id, ''), ...resolvers.to.exportNames(now.id).flatMap(each => targetOfName(now.id, each))];
    return [];
  };

  for (const id of candidates) {
    const entry = to.modules[id];
    if (!entry || fresh.has(id)) continue;
    entry.loads.forEach((each, index) => {
      for (const node of targetsOf(id, entry, each)) node.loaders.push({ id, line: entry.loadLines[index] ?? 1 });
    });
  }
  while (explore.length > 0) {
    // The loop's condition says that there is one.
    const node = explore.pop() as Node;
    if (isEnd(node)) continue;
    if (fresh.has(node.id)) {
      taint(node, null);
      continue;
    }
    // What cannot reach a fresh module cannot be tainted.
    const entry = candidates.has(node.id) && !node.held ? to.modules[node.id] : undefined;
    if (!entry) continue;
    const name = nameOf(node);
    const reads = Object.hasOwn(entry.reaches, name) ? entry.reaches[name] : undefined;
    for (const each of reads ?? []) for (const next of targetsOf(node.id, entry, each)) next.readers.push(node);
  }
  while (queue.length > 0) {
    const node = queue.shift() as Node;
    for (const reader of node.readers) taint(reader, node);
    for (const loader of node.loaders) {
      if (stale.has(loader.id)) continue;
      stale.set(loader.id, { line: loader.line, chain: chainOf(loader.id, node) });
      // A stale module gets a new body too, or should: whoever read it while loading is stale in turn.
      for (const sibling of byModule.get(loader.id) ?? []) if (!isEnd(sibling)) taint(sibling, null);
    }
  }
  return stale;
}

function chainOf(id: string, node: Node): string[] {
  const chain = [id];
  for (let each: Node | null = node; each; each = each.cause) chain.push(each.label);
  return chain;
}

/** Modules that reach one of `ids` over static imports. */
export function importersOf(manifest: Manifest, ids: ReadonlySet<string>, known: Known | null = null): Set<string> {
  const found = new Set<string>();
  const listed = known ? null : listImporters(manifest);
  const queue = [...ids];
  while (queue.length > 0) {
    const id = queue.pop() as string;
    for (const importer of known?.importersOf(id) ?? listed?.get(id) ?? []) {
      if (found.has(importer)) continue;
      found.add(importer);
      queue.push(importer);
    }
  }
  return found;
}

function listImporters(manifest: Manifest): Map<string, string[]> {
  const importers = new Map<string, string[]>();
  for (const id in manifest.modules) {
    for (const target of manifest.modules[id]?.requests ?? []) {
      const list = importers.get(target);
      if (list) list.push(id);
      else importers.set(target, [id]);
    }
  }
  return importers;
}
