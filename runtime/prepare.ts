/**
 * Prepare: everything of an upgrade that can fail, done off to the side. New versions are made, linked and evaluated
 * beside the running ones, migrations are tried and taken back. Running code sees nothing of it, but for what a new body itself does to the outside while it loads.
 */
import { createRecord, createVersion, type Making } from './core.js';
import { RelupError } from './errors.js';
import { abandon } from './evaluate.js';
import { ownValues, planValues, planWrites, slotsOf, type Slot } from './expose.js';
import { seeing } from './bindings.js';
import { tryMigrations, type Migration } from './migrate.js';
import { classFacts } from './class-facts.js';
import { evaluationOrder } from './order.js';
import { createOverlay, retargets, type PendingOverlay, type PropertyWrite, type Retarget } from './overlay.js';
import type { Artifact, Manifest, Plan, Table } from './protocol.js';
import { retire } from './retire.js';
import type { ColdBindings, FileSwap, ModuleRecord, Runtime, Version } from './record.js';
import { breathe, evaluateAll, evaluateLimitMs, type Settle } from './pending.js';
import type { PlainWrites } from './table.js';

/** An artifact that its host has checked against its stamp. */
export interface LoadedArtifact extends Artifact {
  readonly stamp: string;
  /** What `import.meta` is, if not that of the version before. */
  readonly meta?: object;
}

/** Where an upgrade goes, and how to get there. */
export interface Target {
  readonly from: Manifest;
  readonly to: Manifest;
  readonly plan: Plan;
  /** Stamp of the script that brought what it loads, where that is one: its name stands in stacks. */
  readonly script?: string;
  /** Fetch, verify and define artifacts of `to`. Errors: ARTIFACT_MISSING, ARTIFACT_STAMP, PARSE. */
  load(ids: readonly string[]): Promise<readonly LoadedArtifact[]>;
}

/** An upgrade that is ready to be committed. */
export interface Prepared {
  /** Places of the modules of the running release, for the order in which its effects stop; empty if none goes. */
  readonly order: ReadonlyMap<string, number>;
  readonly to: Manifest;
  /** Versions that become current, in dependency order. */
  readonly versions: readonly Version[];
  readonly added: readonly ModuleRecord[];
  readonly removed: readonly ModuleRecord[];
  readonly migrations: readonly Migration[];
  /** What tables and handles will show, as it was planned when `runtime.traces` was this. */
  readonly tables: Tables;
  readonly traces: number;
  /** What changes on classes and handles, which are the same objects for ever. */
  readonly properties: readonly PropertyWrite[];
  /** Files besides modules that change in the same turn. */
  readonly files?: FileSwap | null;
  /** Whether instances are brought to new layouts in the commit, as far as state leads to them. */
  readonly eager?: boolean;
}

/** What a commit writes to tables and handles. */
export interface Tables {
  /** Versions whose tables will show another's values, with their own. */
  readonly owns: readonly (readonly [Version, Table])[];
  readonly plain: readonly PlainWrites[];
  readonly special: readonly Slot[];
  readonly values: readonly PropertyWrite[];
  readonly targets: readonly Retarget[];
}

/**
 * Evaluate what is new of a release and check that it can be committed.
 *
 * Changes: `record.pending` of the records concerned, until `discard` or commit; nothing that running code sees.
 * Errors:  LINK, EVALUATE, EVALUATE_TIMEOUT, ASYNC_LOAD_MIXED, HOT_DECLINED, STATE_*, and those of `target.load`. All is discarded then.
 */
export async function prepare(runtime: Runtime, target: Target, report: (error: unknown) => void, limitMs = evaluateLimitMs, settle: Settle = null): Promise<Prepared> {
  checkAsyncLoads(target);
  const artifacts = await target.load(neededModules(runtime, target));
  await breathe(runtime);
  const added = new Map<string, ModuleRecord>();
  const made = await makeVersions(runtime, target, artifacts, added);
  const lazy = new Set(made.flatMap(({ record }) => importedAtLoad(runtime, target.to, record.id)));
  const overlay = createOverlay(made, classFacts(target.from, target.to), report);
  runtime.upcoming = added;
  runtime.overlay = overlay;
  try {
    checkDeclined(made);
    await evaluateAll(runtime, made, lazy, overlay, limitMs, settle);
    await breathe(runtime);
    return finishPreparing(runtime, target, made, [...added.values()], removedRecords(runtime, target.plan), overlay);
  } catch (error) {
    discard(made, report);
    throw error;
  } finally {
    delete runtime.upcoming;
    delete runtime.overlay;
  }
}

/** Check migrations and compute what the commit writes. Also the whole preparation of a rollback. */
export function finishPreparing(runtime: Runtime, { from, to }: Pick<Target, 'from' | 'to'>, versions: readonly Version[], added: readonly ModuleRecord[], removed: readonly ModuleRecord[], overlay: PendingOverlay): Prepared {
  const replacing = versions.filter((version) => version.record.pending === version);
  const migrations = replacing.flatMap(migrationsOf);
  tryMigrations(migrations, runtime.host);
  const properties = overlay.finish();
  // The order of a whole program takes as long as all else, and only modules that go ask for it.
  return { order: removed.length > 0 ? evaluationOrder(from) : new Map(), to, versions, added, removed, migrations, properties, tables: planTables(runtime, versions), traces: runtime.traces };
}

function planTables(runtime: Runtime, versions: readonly Version[]): Tables {
  const replacing = versions.filter((version) => version.record.pending === version);
  const owns = replacing.flatMap(({ record: { current } }) => {
    const own = ownValues(current);
    return own ? [[current, own] as const] : [];
  });
  return seeing(runtime, true, () => {
    const slots = slotsOf(runtime, replacing);
    return { owns, ...planWrites(slots), values: planValues(slots), targets: retargets(versions) };
  });
}

/** In the turn of the commit: running code may have gone on since it was prepared. */
export const upToDate = (runtime: Runtime, prepared: Prepared): Prepared =>
  (runtime.traces === prepared.traces ? prepared : { ...prepared, tables: planTables(runtime, prepared.versions) });

/** What a rollback brings back and takes away. */
export interface Returning {
  readonly returning: readonly Version[];
  /** Those of them that are copies, and have to be evaluated. */
  readonly anew: readonly Version[];
  readonly added: readonly ModuleRecord[];
  readonly removed: readonly ModuleRecord[];
  /** Properties of handles as they were. */
  readonly handles: readonly PropertyWrite[];
  /** What is done before any of them is evaluated; null if nobody has to hear of it. */
  readonly settle: Settle;
}

/**
 * Prepare a rollback: the versions that return bring their classes' code again; those that are made anew (restart.ts) are evaluated.
 *
 * Errors: STATE_*, CLASS_FROZEN, and those of bodies.
 */
export async function prepareRollback(runtime: Runtime, { from, to }: Pick<Target, 'from' | 'to'>, { returning, anew, added, removed, handles, settle }: Returning, report: (error: unknown) => void, limitMs = evaluateLimitMs): Promise<Prepared> {
  const overlay = createOverlay(returning, classFacts(from, to), report);
  overlay.enter();
  try {
    for (const version of returning) for (const [key, found] of version.classes) overlay.adopt(version, key, found);
  } finally {
    overlay.leave();
  }
  if (settle || anew.length > 0) {
    runtime.overlay = overlay;
    try {
      await evaluateAll(runtime, anew, new Set(), overlay, limitMs, settle, returning);
    } finally {
      delete runtime.overlay;
    }
  }
  const prepared = finishPreparing(runtime, { from, to }, returning, added, removed, overlay);
  return { ...prepared, properties: [...prepared.properties, ...handles] };
}

/** Forget pending versions. Their `onRetire` hooks run at once: nothing replaced them, nothing ever saw them. */
export function discard(versions: readonly Version[], report: (error: unknown) => void): void {
  for (const version of versions) {
    if (version.record.pending === version) version.record.pending = null;
    abandon(version);
  }
  retire(versions, { from: null, to: null }, report);
}

/** Modules whose artifacts an upgrade needs: changed ones that are loaded, and what those request that is not. */
function neededModules(runtime: Runtime, { plan, to }: Target): string[] {
  const replaced = Object.keys(plan.modules).filter((id) => isReplaced(plan, id) && isLoaded(runtime.records.get(id)));
  const needed = withMissingRequests(runtime, to, replaced);
  return withMissingRequests(runtime, to, [...needed, ...needed.flatMap((id) => importedAtLoad(runtime, to, id))]);
}

/** Whether a plan gives a module that runs a new body. */
function isReplaced({ modules }: Plan, id: string): boolean {
  const decision = modules[id];
  return decision === 'changed' || decision === 'stale' || decision === 'refreshed';
}

/** What a body that awaits may import() while it loads: made with the upgrade, run only if it is imported. */
function importedAtLoad(runtime: Runtime, to: Manifest, id: string): string[] {
  const entry = to.modules[id];
  return entry?.async ? entry.dynamic.filter((target) => to.modules[target] && !isLoaded(runtime.records.get(target))) : [];
}

/** A chunk may define modules that nobody has imported yet. */
export const isLoaded = (record: ModuleRecord | undefined): boolean => record !== undefined && record.current.status !== 'defined' && !record.current.failure;

/** Some modules and all below them that the runtime does not have, dependencies first. */
export function withMissingRequests(runtime: Runtime, to: Manifest, ids: readonly string[]): string[] {
  const needed = new Set<string>();
  const visit = (id: string): void => {
    if (needed.has(id)) return;
    needed.add(id);
    for (const request of to.modules[id]?.requests ?? []) if (!request.startsWith('cold:') && !runtime.records.has(request)) visit(request);
  };
  ids.forEach(visit);
  if (needed.size < 2) return [...needed];
  const order = evaluationOrder(to);
  return [...needed].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
}

/**
 * Pending values are shown only during synchronous stretches. What an unchanged function does after an `await` of its
 * own would see the old ones, so a changed module that awaits at top level must not call such functions.
 */
function checkAsyncLoads({ plan, to }: Target): void {
  const leadsToChange = (id: string, seen: Set<string>): boolean => {
    if (isReplaced(plan, id)) return true;
    if (seen.has(id)) return false;
    seen.add(id);
    return (to.modules[id]?.requests ?? []).some((next) => leadsToChange(next, seen));
  };
  for (const id of Object.keys(plan.modules)) {
    const entry = to.modules[id];
    if (!entry?.async || !isReplaced(plan, id)) continue;
    entry.loads.forEach(([request, name], index) => {
      const through = entry.requests[request] as string;
      if (!to.modules[through] || isReplaced(plan, through) || plan.modules[through] === 'added' || !leadsToChange(through, new Set())) return;
      throw new RelupError('ASYNC_LOAD_MIXED', `${id}:${entry.loadLines[index] ?? 1}`, `${id} awaits at top level and reads "${name}" of the unchanged ${through}, which leads to changed modules.`, 'Move the call into a function, or change both releases in two steps. Nothing was changed.');
    });
  }
}

/** Make versions of artifacts: pending ones of known modules, first ones of others, whose records go to `added`. */
export async function makeVersions(runtime: Runtime, target: Pick<Target, 'from' | 'to'>, artifacts: readonly LoadedArtifact[], added: Map<string, ModuleRecord>, fresh = false): Promise<Version[]> {
  const cold = await coldBindings(runtime, target, artifacts);
  const recordOf = (id: string): ModuleRecord => (runtime.records.get(id) ?? added.get(id)) as ModuleRecord; // neededModules is closed under requests
  return artifacts.map((artifact) => {
    // Another import may have brought it while cold modules came: the caller then starts over.
    const known = fresh ? undefined : runtime.records.get(artifact.id);
    const requests = (artifact.link.r ?? []).map((request) => (request.startsWith('cold:') ? (cold.get(request) ?? 0) : () => recordOf(request)));
    const making: Making = { ...artifact, requests, meta: artifact.meta ?? known?.current.meta ?? Object.assign(Object.create(null), { url: runtime.url }) };
    if (known) return (known.pending = createVersion(known, making));
    const record = createRecord(runtime, artifact.id, making);
    added.set(artifact.id, record);
    return record.current;
  });
}

/** The bindings of cold modules: those that the bundle holds, or what the host imports. */
async function coldBindings(runtime: Runtime, { from, to }: Pick<Target, 'from' | 'to'>, artifacts: readonly LoadedArtifact[]): Promise<Map<string, ColdBindings>> {
  const found = new Map<string, ColdBindings>();
  for (const { id, link } of artifacts) {
    for (const [index, request] of (link.r ?? []).entries()) {
      if (!request.startsWith('cold:')) continue;
      const key = request.slice('cold:'.length);
      const external = to.cold[key]?.external ?? true;
      const bindings = found.get(request) ?? (external ? await importExternal(runtime, key, id, link.n?.[index] ?? []) : bundledBindings(runtime, from, request));
      found.set(request, bindings);
      // Natively a SyntaxError when the module is linked.
      const lacking = link.n?.[index]?.find((name) => name !== '*' && !(name in bindings));
      if (lacking !== undefined) throw new RelupError('COLD_MISSING', id, `${id} imports "${lacking}" of "${key}", which does not export it.`, 'Import another name, or update the package and restart. Nothing was changed.');
    }
  }
  return found;
}

async function importExternal({ host }: Runtime, key: string, importer: string, names: readonly string[]): Promise<ColdBindings> {
  try {
    return (await (host.importKey ? host.importKey(key, names) : host.importCold(key))) as ColdBindings;
  } catch (cause) {
    throw new RelupError('COLD_MISSING', importer, `${importer} imports "${key}", which cannot be loaded: ${String(cause)}`, 'Install the package where the application runs. Nothing was changed.', cause);
  }
}

/** All that modules of the running bundle hold of a cold module, as one object of live getters. */
export function bundledBindings(runtime: Runtime, from: Pick<Manifest, 'modules'>, request: string): ColdBindings {
  const bindings: Record<string, unknown> = {};
  for (const [id, entry] of Object.entries(from.modules)) {
    const version = runtime.records.get(id)?.current;
    entry.requests.forEach((target, index) => {
      const held = target === request && version?.requests[index];
      if (!held || typeof held === 'function') return;
      for (const name of Object.keys(held)) Object.defineProperty(bindings, name, { enumerable: true, configurable: true, get: () => held[name] });
    });
  }
  return bindings;
}

function migrationsOf(version: Version): Migration[] {
  const module = version.record.id;
  const declared = [...version.record.current.states.values()];
  return [...version.states.values()].map((to) => ({ module, root: to.root, from: declared.find(({ root }) => root === to.root) ?? null, to }));
}

/** Records that go: of removed modules, and of changed ones that were never loaded and will come as artifacts. */
function removedRecords(runtime: Runtime, plan: Plan): ModuleRecord[] {
  // What failed is tried again, as on a fresh start: what it failed of may be mended.
  return [...runtime.records.values()].filter((record) => record.current.failure || plan.modules[record.id] === 'removed' || (plan.modules[record.id] && !isLoaded(record)));
}

/** What the plan could not know: `hot.decline()` of an object that the text handed about. */
function checkDeclined(versions: readonly Version[]): void {
  const declined = versions.find(({ record: { pending, current } }) => pending && current.hot?.declined);
  if (declined) throw new RelupError('HOT_DECLINED', declined.record.id, `${declined.record.id} changes, and the running version declines to be replaced.`, 'Restart the application for this release. Nothing was changed.');
}
