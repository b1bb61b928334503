/**
 * What a peer of a dev server gets: the plan from what it runs to what there is, with the entries and artifacts that it takes.
 * Pure but for the graph that it reads.
 */
import type { DevArtifact, DevPatch, Skeleton, Stamps } from '../runtime/dev-protocol.js';
import { planReleases, type Known } from '../runtime/plan.js';
import { format, type Manifest, type ModuleEntry, type Plan, type Refusal } from '../runtime/protocol.js';
import type { DevGraph, Change } from './dev-graph.js';

/** How plans of an environment decide. */
export interface DevPolicy {
  readonly onStale: 'refuse' | 'reevaluate';
  readonly allow: readonly string[];
  readonly drop: readonly string[];
}

/** Code that is sent with a patch; what is more is asked for. Characters. */
export const sentAlong = 1 << 20;

const manifest = ({ cold }: DevGraph, number: number, modules: Record<string, ModuleEntry>, entries: readonly string[], drop: readonly string[]): Manifest => ({
  format, app: 'dev', release: `dev-${number}`, number, target: 'node', entries, modules, cold, chunks: {}, styles: {}, assets: {}, workers: {}, drop,
});

/** The plan and its entries, before it is known what is sent along. */
export type Planned = Pick<DevPatch, 'plan' | 'before' | 'after'>;

/** From the last revision to this one, for all that is known. */
export function planChange(graph: DevGraph, { after, removed }: Change, policy: DevPolicy): Planned {
  const differing = new Set([...Object.keys(after), ...removed]);
  const incomplete = graph.incomplete((id) => Object.hasOwn(after, id));
  if (incomplete.size === 0) return planBetween(graph, graph.then, graph.now, differing, policy, { differing, count: graph.published.size, importersOf: (id) => graph.importersOf(id) });
  // A page that loads right now: what it runs in the end, it says itself.
  const without = (entries: Record<string, ModuleEntry>): Record<string, ModuleEntry> => Object.fromEntries(Object.entries(entries).filter(([id]) => !incomplete.has(id)));
  return planBetween(graph, without(graph.then), without(graph.now), differing, policy);
}

/** From what one peer runs to what there is. Null if it runs that. */
export function planForPeer(graph: DevGraph, stamps: Stamps, policy: DevPolicy): Planned | null {
  const then: Record<string, ModuleEntry> = {};
  const now: Record<string, ModuleEntry> = {};
  const differing = new Set<string>();
  for (const [id, stamp] of Object.entries(stamps)) {
    const { entry } = graph.published.get(id) ?? {};
    const facts = graph.factsOf(id, stamp);
    if (facts) then[id] = facts;
    // It was loaded since the last revision, which waits for something that does not compile: nobody goes back for that.
    const isAhead = entry !== undefined && entry.stamp !== stamp && graph.latest(id)?.entry.stamp === stamp;
    if (isAhead && facts) now[id] = facts;
    else if (entry) now[id] = entry;
    if (entry?.stamp !== stamp && !isAhead) differing.add(id);
  }
  if (differing.size === 0) return null;
  // What changed modules request may be new to the peer.
  for (const id of graph.below([...differing])) now[id] ??= graph.published.get(id)?.entry as ModuleEntry; // below() answers published ones
  return planBetween(graph, then, now, differing, policy);
}

/** Versions of a peer of which nothing is known, so that no plan can be made for it. */
export const strangersOf = (graph: DevGraph, stamps: Stamps): string[] => Object.entries(stamps).flatMap(([id, stamp]) => (graph.factsOf(id, stamp) ? [] : [id]));

function planBetween(graph: DevGraph, then: Record<string, ModuleEntry>, now: Record<string, ModuleEntry>, differing: ReadonlySet<string>, { onStale, allow, drop }: DevPolicy, known?: Known): Planned {
  // What exports something is used by somebody out there (a server's own code, a page's inline script), and runs nothing by itself.
  const entries = graph.roots().filter((id) => now[id] && now[id].exports.length + now[id].indirect.length + now[id].stars.length === 0);
  const plan = whileEditing(planReleases(manifest(graph, graph.revision - 1, then, entries, []), manifest(graph, graph.revision, now, entries, drop), { onStale, allow, oneWay: true, ...(known && { known }) }), then, now);
  const named = new Set([...Object.keys(plan.modules), ...differing]);
  return { plan, before: pick(then, named), after: pick(now, named) };
}

/**
 * A plan as it is said to somebody who edits.
 *
 * State that an upgrade silently begins anew is no reason to refuse then, but it is said. Who goes on to hold what of a module that
 * accepts itself is that module's care: every component is held by the one around it. An entry that changed only a fresh start runs.
 */
function whileEditing(plan: Plan, then: Record<string, ModuleEntry>, now: Record<string, ModuleEntry>): Plan {
  const warnings: Refusal[] = [];
  for (const id of Object.keys(plan.modules)) {
    const [old, next] = [then[id], now[id]];
    if (!old || !next || next.hot) continue;
    for (const { what, line } of new Map([...old.undeclared, ...next.undeclared].map((finding) => [finding.what, finding])).values()) {
      warnings.push({ code: 'STATE_UNDECLARED', place: `${id}:${line}`, reason: `Functions of "${id}" change "${what}"; its new version begins with its own copy.`, hint: `Declare it to keep it: const ${what} = state(...), or say with reset(...) that it begins anew.` });
    }
  }
  const notes = plan.notes.filter(({ code }) => code !== 'STALE');
  const entries = new Set(plan.refusals.flatMap(({ code, place }) => (code === 'ENTRY_CHANGED' ? [moduleOf(place)] : [])));
  const refusals = plan.refusals.flatMap((each): Refusal[] => {
    if (!entries.has(moduleOf(each.place))) return [each];
    if (each.code !== 'ENTRY_CHANGED') return each.code === 'EFFECT_AT_LOAD' ? [] : [each];
    return [{ ...each, hint: `Load the page or start the server again to run it; until then, or until it is as it was, nothing that is saved is taken. What is edited often, keep in a module that the entry imports.` }];
  });
  return { ...plan, refusals, notes: [...notes, ...warnings] };
}

const moduleOf = (place: string): string => place.replace(/:\d+$/, '');

function pick(entries: Record<string, ModuleEntry>, ids: ReadonlySet<string>): Record<string, ModuleEntry> {
  const picked: Record<string, ModuleEntry> = {};
  for (const id of ids) {
    const entry = entries[id];
    if (entry) picked[id] = entry;
  }
  return picked;
}

/** Some modules and all below them, as much of them as loading takes. */
export function skeletons(graph: DevGraph, ids: readonly string[]): Record<string, Skeleton> {
  const found: Record<string, Skeleton> = {};
  for (const id of graph.below(ids)) {
    const { stamp, requests, dynamic, async } = graph.published.get(id)?.entry as ModuleEntry; // below() answers published ones
    found[id] = { stamp, requests, dynamic, async };
  }
  return found;
}

/** Those of the artifacts that are sent with a patch: all, or none if they are large together. */
export const sendable = (artifacts: readonly DevArtifact[]): readonly DevArtifact[] =>
  artifacts.reduce((sum, { code }) => sum + code.length, 0) > sentAlong ? [] : artifacts;
