/**
 * What `import.meta.hot` means for a plan: who accepts what, which modules are evaluated again for it, and what is not asked of
 * modules that take care of themselves. Pure; costs nothing without such modules, and is linear with them.
 *
 * The rules:
 * - It is the running text that counts. It has registered the callbacks, and it knows what it started. So the first release in
 *   which a module cleans up after itself is still refused for what the one before left behind.
 * - From every module with a new body the walk goes up the static imports of the new release. A module that accepts itself ends a
 *   path, an importer that accepts it as a dependency does, and so does one that imports only names that it accepts
 *   (`acceptExports`). An unchanged module that accepts itself is evaluated again (`refreshed`), what lies between is not.
 * - A path that nobody ends means nothing: tables are patched in place.
 * - A module is in charge of itself if it accepts itself or exports of its own, registers `dispose`, or is accepted by everybody who imports it (by one at
 *   least); one that goes, only if it registers `dispose` or `prune`. Undeclared state, being an entry, being stale, and effects at
 *   load of which nothing is known stand in nobody's way then. Effects that are known by name (a timer, a server) do, unless the
 *   module registers `dispose`: nothing else could stop them. What the new text starts is its own.
 * - Whoever accepts a change deals with it: its importers do not become stale by it (the plan notes what they go on to hold).
 */
import type { Known } from './plan-inputs.js';
import type { HotEntry, Manifest, ModuleEntry } from './protocol.js';

/** What a walk found. */
export interface Accepted {
  /** Sorted. */
  readonly pairs: readonly (readonly [boundary: string, accepted: string])[];
  /** Modules that end a path by accepting themselves. */
  readonly selves: ReadonlySet<string>;
}

export interface Acceptance {
  /** Whether a module takes care of its own replacement. */
  isInCharge(id: string): boolean;
  /** Whether it also stops what it started. */
  stops(id: string): boolean;
  /** Whether a module deals itself with a change of one of its exports. */
  endsAt(id: string, name: string): boolean;
  /** Whether an importer deals with changes of a module. */
  takes(importer: string, id: string): boolean;
  /** Who has to hear that these modules change. */
  walk(ids: Iterable<string>): Accepted;
}

/** Null if no running module says anything (which nobody looks for where importers are known). */
export function createAcceptance(from: Manifest, to: Manifest, known?: Known): Acceptance | null {
  if (!known && !usesHot(from)) return null;
  let importers: ReadonlyMap<string, readonly string[]> | null = null;
  const importersOf = (id: string): readonly string[] => (known ? [...known.importersOf(id)] : (importers ??= listImporters(to)).get(id) ?? []);
  const hotOf = (id: string): HotEntry | undefined => from.modules[id]?.hot;
  const takes = (importer: string, id: string): boolean => hotOf(importer)?.deps?.includes(id) ?? false;
  const stops = (id: string): boolean => hotOf(id)?.dispose === 1 || (!to.modules[id] && hotOf(id)?.prune === 1);
  return {
    takes, stops,
    isInCharge(id) {
      const hot = hotOf(id);
      if (!to.modules[id]) return stops(id);
      if (hot?.self || hot?.exports || hot?.dispose) return true;
      const all = importersOf(id);
      return all.length > 0 && all.every((importer) => takes(importer, id));
    },
    endsAt(id, name) {
      const hot = hotOf(id);
      return hot?.self === 1 || (hot?.exports?.includes(name) ?? false);
    },
    walk: (ids) => walkUp(to, hotOf, importersOf, ids),
  };
}

/** What a module that gives up what it accepted leads to: as `walk`, as if it did not accept itself. */
export function walkInvalidated(manifest: Manifest, id: string): Accepted {
  const importers = listImporters(manifest);
  return walkUp(manifest, (each) => (each === id ? undefined : manifest.modules[each]?.hot), (each) => importers.get(each) ?? [], [id]);
}

/** Whether a module that a release does not change may be evaluated again: nothing of it would run twice. */
export const mayRefresh = (entry: ModuleEntry | undefined): boolean =>
  entry !== undefined && !entry.hot?.decline && (entry.hot?.dispose === 1 || entry.effects.every(({ unknown }) => unknown)) && entry.stateAtLoad.length === 0;

function usesHot({ modules }: Manifest): boolean {
  for (const id in modules) if (modules[id]?.hot) return true;
  return false;
}

function listImporters({ modules }: Manifest): Map<string, string[]> {
  const importers = new Map<string, string[]>();
  for (const id in modules) {
    for (const target of new Set(modules[id]?.requests)) {
      const list = importers.get(target);
      if (list) list.push(id);
      else importers.set(target, [id]);
    }
  }
  return importers;
}

/** Every module is looked at once, however many paths lead to it. */
function walkUp({ modules }: Manifest, hotOf: (id: string) => HotEntry | undefined, importersOf: (id: string) => readonly string[], ids: Iterable<string>): Accepted {
  const pairs = new Map<string, readonly [string, string]>();
  const selves = new Set<string>();
  const seen = new Set<string>();
  const add = (boundary: string, accepted: string): void => void pairs.set(`${boundary}\0${accepted}`, [boundary, accepted]);
  const queue = [...ids].filter((id) => modules[id]);
  for (const id of queue) {
    if (seen.has(id)) continue;
    seen.add(id);
    const hot = hotOf(id);
    if (hot?.self || hot?.exports) {
      add(id, id);
      selves.add(id);
    }
    if (hot?.self) continue;
    for (const importer of importersOf(id)) {
      if (hotOf(importer)?.deps?.includes(id)) add(importer, id);
      else if (!(hot?.exports && importsOnly(modules, importer, id, hot.exports))) queue.push(importer);
    }
  }
  return { pairs: [...pairs.values()].sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1])), selves };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Whether all that an importer imports of a module is among some names. An import for the effect alone needs none. */
function importsOnly(modules: Manifest['modules'], importer: string, id: string, names: readonly string[]): boolean {
  const entry = modules[importer];
  if (!entry) return false;
  const accepted = new Set(names);
  let isBound = false;
  for (const [index, target] of entry.requests.entries()) {
    if (target !== id) continue;
    const imported = [...(entry.names[index] ?? []), ...entry.indirect.flatMap(([, request, name]) => (request === index ? [name ?? '*'] : []))];
    if (entry.stars.includes(index) || !imported.every((name) => accepted.has(name))) return false;
    isBound ||= imported.length > 0;
  }
  return isBound;
}
