/**
 * Facts of all modules of a build -> the exported functions that its bundle can do without, because nothing mentions them.
 *
 * Artifacts stay whole. A release that needs such a function of a bundle without it replaces the whole module (see
 * `compareModules` in runtime/plan.ts), so only modules qualify that can be evaluated a second time with nobody noticing.
 * Pure. Must never leave out what a name, a namespace, cold code or an import call could reach.
 */
import type { ModuleEntry, Read } from '../runtime/protocol.js';
import { createResolver } from '../runtime/resolve.js';
import type { Needs } from './needs.js';

export type Prunable = Pick<ModuleEntry, 'requests' | 'names' | 'exports' | 'indirect' | 'stars' | 'dynamic' | 'loads' | 'reaches'> & {
  readonly needs: Needs;
};

/**
 * Shape: `roots` are modules whose every export is needed: entries, and what cold code imports. Answers sorted names by id.
 */
export function findUnneeded(modules: Readonly<Record<string, Prunable>>, roots: Iterable<string>): Map<string, readonly string[]> {
  const resolver = createResolver(modules);
  const needed = new Set<string>();
  const whole = new Set<string>();
  const queue: (() => void)[] = [];

  const needReads = (id: string, reads: readonly Read[]): void => {
    for (const [request, name] of reads) {
      const target = request < 0 ? id : modules[id]?.requests[request];
      if (target !== undefined) queue.push(() => need(target, name));
    }
  };
  const need = (target: string, name: string): void => {
    if (!modules[target]) return;
    if (name === '*') return needAll(target);
    const found = resolver.resolve(target, name);
    if (found.kind === 'found') needOwn(found.id, found.name);
    else if (found.kind === 'namespace') needAll(found.id);
    // Without one of the two, an ambiguous name would be there.
    else if (found.kind === 'ambiguous') needAll(target);
  };
  const needOwn = (id: string, name: string): void => {
    const mark = `${id}\0${name}`;
    if (needed.has(mark)) return;
    needed.add(mark);
    const functions = modules[id]?.needs.functions;
    if (functions && Object.hasOwn(functions, name)) needReads(id, functions[name] as readonly Read[]);
  };
  const needAll = (id: string): void => {
    const module = modules[id];
    if (!module || whole.has(id)) return;
    whole.add(id);
    for (const name of module.exports) needOwn(id, name);
    for (const [name] of module.indirect) queue.push(() => need(id, name));
    for (const request of module.stars) queue.push(() => needAll(module.requests[request] ?? ''));
  };

  const atLoad = readAtLoad(modules, resolver);
  for (const id of [...roots, ...atLoad]) needAll(id);
  for (const id in modules) {
    const { needs, dynamic } = modules[id] as Prunable;
    needReads(id, needs.always);
    dynamic.forEach(needAll);
  }
  for (let next = queue.pop(); next; next = queue.pop()) next();

  const unneeded = new Map<string, readonly string[]>();
  for (const id in modules) {
    const names = Object.keys((modules[id] as Prunable).needs.functions).filter(name => !needed.has(`${id}\0${name}`)).sort();
    if (names.length > 0) unneeded.set(id, names);
  }
  return unneeded;
}

/** Modules that others read while they load, directly or through calls: replacing one of them would make those stale. */
function readAtLoad(modules: Readonly<Record<string, Prunable>>, { resolve, exportNames }: ReturnType<typeof createResolver>): Set<string> {
  const read = new Set<string>();
  const seen = new Set<string>();
  const queue: [id: string, name: string][] = [];
  const addReads = (id: string, reads: readonly Read[] | undefined): void => {
    for (const [request, name] of reads ?? []) {
      const target = modules[id]?.requests[request];
      if (target !== undefined && modules[target]) queue.push([target, name]);
    }
  };
  for (const id in modules) addReads(id, modules[id]?.loads);
  for (let next = queue.pop(); next; next = queue.pop()) {
    const [target, name] = next;
    if (seen.has(`${target}\0${name}`)) continue;
    seen.add(`${target}\0${name}`);
    const found = name === '*' ? { kind: 'namespace', id: target } as const : resolve(target, name);
    if (found.kind === 'namespace') {
      read.add(found.id);
      for (const each of exportNames(found.id)) queue.push([found.id, each]);
    } else if (found.kind === 'found') {
      read.add(found.id);
      const reaches = modules[found.id]?.reaches ?? {};
      addReads(found.id, Object.hasOwn(reaches, found.name) ? reaches[found.name] : undefined);
    }
  }
  return read;
}
