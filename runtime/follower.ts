/**
 * Following a store: from a pointer to a plan to an upgrade, the same for server and browser. Where bytes come from and
 * what wakes it is the host's; it decides only whether a release is worth trying.
 */
import { RelupError } from './errors.js';
import type { Pattern } from './frozen.js';
import { planReleases } from './plan.js';
import { makeVersions, withMissingRequests, type LoadedArtifact, type Target } from './prepare.js';
import type { Manifest, Patch, Pointer, Refusal } from './protocol.js';
import type { ModuleRecord, Runtime } from './record.js';
import type { Trust } from './trust.js';
import { createUpgrader, type Upgrader, type UpgradeEvent, type UpgradeOptions, type UpgradeResult } from './upgrade.js';

/** What a host reads of a store. All results are verified. */
export interface Store {
  /** What results are checked with; a store without it is not checked. */
  readonly trust?: Trust;
  /** Null if there is no pointer yet. Errors: STORE_READ, MANIFEST, FORMAT_UNKNOWN, APP_MISMATCH, and those of trust.ts. */
  latest(): Promise<Pointer | null>;
  /** Errors: RELEASE_UNKNOWN, MANIFEST, FORMAT_UNKNOWN, APP_MISMATCH, SIGNATURE. */
  release(name: string): Promise<Manifest>;
  /** The way that the build made from a release to the one that a pointer names; null if there is none. Errors: STORE_READ, SCRIPT_BLOCKED. */
  patch?(from: string, pointer: Pointer): Promise<(Patch & { readonly script: string }) | null>;
  /** Errors: ARTIFACT_MISSING, ARTIFACT_STAMP. */
  artifact(id: string, stamp: string): Promise<LoadedArtifact>;
  /** The release before a number, for a rollback after a confirm; null if the store has none. */
  before(number: number): Promise<Manifest | null>;
}

export interface Follower {
  readonly upgrader: Upgrader;
  /** Know all of the release that runs, where patches have told a part of it. Errors: those of `Store.release`. */
  complete(): Promise<void>;
  /** Look at the pointer; upgrade if it names a release that is neither running nor known to be bad. */
  check(): Promise<UpgradeResult | null>;
  upgrade(release?: string): Promise<UpgradeResult>;
  rollback(): Promise<UpgradeResult>;
  /** Go to the permanent release, be it newer or older than the one that booted. It has had its probation. */
  resume(release: string): Promise<UpgradeResult>;
  /** As the upgrader's. */
  freeze(pattern: Pattern): readonly string[];
  /** As the upgrader's; looks again for what was refused for its sake. */
  thaw(pattern: Pattern): boolean;
  /** Releases that are not tried again unless asked for by name. */
  readonly rejected: Set<string>;
}

/** Refusals that say something of the moment or of the store, not of the release: it is tried again at the next look. */
const passing: readonly (string | undefined)[] = ['BUSY', 'JOBS_RUNNING', 'STORE_READ', 'ARTIFACT_MISSING', 'ARTIFACT_STAMP', 'FILE_MISSING', 'DISMISSED', 'SUPERSEDED'];

/** The release that an event gives up: it was rolled back, on probation or after it was confirmed. Pure. */
export function releaseGivenUp(event: UpgradeEvent): string | null {
  if (event.type === 'rolledBack') return event.result.from;
  if (event.type !== 'committed' || !event.result.plan) return null;
  const { from, to } = event.result.plan;
  return to.number < from.number ? from.release : null;
}

/**
 * Make the follower of a runtime that runs `manifest`. It does nothing until asked.
 *
 * Shape: `onProblem` hears what goes wrong with a look that the follower takes of its own accord.
 */
export function createFollower(runtime: Runtime, manifest: Manifest, store: Store, options: UpgradeOptions, onProblem: (error: unknown) => void = () => {}): Follower {
  const upgrader = createUpgrader(runtime, manifest);
  const rejected = new Set<string>();
  /** Those of them that a frozen module keeps out. */
  const frozenOut = new Set<string>();
  /** Releases that a look has asked for and that have not ended. */
  const looked = new Set<string>();
  let looking: Promise<UpgradeResult | null> | null = null;
  let next: Promise<UpgradeResult | null> | null = null;

  const load = (to: Manifest) => (ids: readonly string[]): Promise<readonly LoadedArtifact[]> =>
    Promise.all(ids.map((id) => {
      const entry = to.modules[id];
      if (!entry) throw new RelupError('ARTIFACT_MISSING', id, `${id} is not part of what is known of release ${to.release}.`, 'Load the page again. Nothing was changed.');
      return store.artifact(id, entry.stamp);
    }));

  const { probation: _, ...unwatched } = options;
  const go = async (to: Manifest, rollback: boolean, how: UpgradeOptions): Promise<UpgradeResult> => {
    await follower.complete();
    const from = upgrader.current();
    const target: Target = { from, to, plan: planReleases(from, to, { rollback }), load: load(to) };
    return upgrader.upgrade(target, how);
  };

  /** To the release that a pointer names: by a patch from the one that runs, or else by both manifests. */
  const goLatest = async (pointer: Pointer, seen = (): void => {}): Promise<UpgradeResult> => {
    const { release: from, number } = upgrader.current();
    const patch = await store.patch?.(from, pointer);
    // Another release came, or went, meanwhile.
    if (upgrader.current().release !== from) return goLatest(pointer, seen);
    // A release that was built again has a higher number, and patches to what it replaced are of the lower one.
    if (patch && patch.from.number >= number) {
      seen();
      return upgrader.upgrade({ ...patch, load: load(patch.to) }, options);
    }
    await follower.complete();
    // What is known now of the running release may be newer than what the pointer names.
    store.trust?.accept(pointer, 'latest.json');
    const to = await store.release(pointer.release);
    seen();
    return go(to, false, options);
  };

  const checkOnce = async (): Promise<UpgradeResult | null> => {
    const pointer = await store.latest();
    if (!pointer || pointer.release === upgrader.current().release || rejected.has(pointer.release)) return null;
    // By events and not by the result: asked inside a job, an upgrade ends later.
    return goLatest(pointer, () => looked.add(pointer.release));
  };

  const seeRefusal = (release: string, refused: Refusal | undefined): void => {
    if (refused && !passing.includes(refused.code)) rejected.add(release);
    if (refused?.code === 'FROZEN') frozenOut.add(release);
    // Busy with a module, not with another release: running code loaded it meanwhile, and now it can be replaced.
    if (refused?.code === 'BUSY' && refused.place) follower.check().catch(onProblem);
  };

  store.trust?.adopt(manifest);
  upgrader.subscribe((event) => {
    if (event.type === 'committed' || event.type === 'rolledBack') store.trust?.adopt(upgrader.current());
    const givenUp = releaseGivenUp(event);
    if (givenUp !== null) rejected.add(givenUp);
    if ('result' in event && event.type !== 'scheduled' && looked.delete(event.release) && event.type === 'refused') seeRefusal(event.release, event.result.refusals[0]);
    // Whoever asked for a rejected release by name has forgiven it.
    if (event.type === 'committed' || event.type === 'rolledBack') rejected.delete(event.release);
    // A release that came meanwhile had to wait.
    if (event.type === 'rolledBack' || event.type === 'confirmed') follower.check().catch(onProblem);
  });

  const follower: Follower = {
    upgrader,
    rejected,
    freeze: (pattern) => upgrader.freeze(pattern),
    thaw(pattern) {
      const thawed = upgrader.thaw(pattern);
      for (const release of thawed ? frozenOut : []) rejected.delete(release);
      if (thawed && frozenOut.size) follower.check().catch(onProblem);
      if (thawed) frozenOut.clear();
      return thawed;
    },
    async complete() {
      while (upgrader.current().partial) {
        upgrader.learn(await store.release(upgrader.current().release));
        store.trust?.adopt(upgrader.current());
      }
    },
    check() {
      // A look that is under way may have read the pointer before it changed, so who asks now gets the one after it.
      if (looking) {
        return (next ??= looking.catch(() => {}).then(() => {
          next = null;
          return follower.check();
        }));
      }
      looking = checkOnce().finally(() => (looking = null));
      return looking;
    },
    async upgrade(release) {
      if (release !== undefined) return go(await store.release(release), false, options);
      const pointer = await store.latest();
      if (!pointer) throw new RelupError('RELEASE_UNKNOWN', 'latest.json', 'The store has no release.', 'Build one. Nothing was changed.');
      return goLatest(pointer);
    },
    async rollback() {
      if (upgrader.canRollBack()) return upgrader.rollback();
      const to = await store.before(upgrader.current().number);
      return to ? go(to, true, unwatched) : upgrader.rollback();
    },
    async resume(release) {
      const to = await store.release(release);
      return go(to, to.number < upgrader.current().number, unwatched);
    },
  };

  runtime.host = {
    ...runtime.host,
    learnAbove: () => follower.complete(),
    async load(id) {
      // Asked now: where no context follows an await, the job is not known any more behind one.
      const horizon = runtime.jobs?.horizon() ?? Infinity;
      for (;;) {
        const { partial, release } = upgrader.manifestAt(horizon);
        if (partial) upgrader.learn(await store.release(release));
        await follower.complete();
        const record = await loadModule(runtime, upgrader, load, id, horizon);
        if (record) return record;
      }
    },
  };
  return follower;
}

/** A job of an older release must not get new code by importing what nobody loaded in time. Errors: JOB_IMPORT. */
function checkJob(runtime: Runtime, upgrader: Upgrader, ids: readonly string[], horizon: number): void {
  if (horizon >= runtime.commits) return;
  const to = upgrader.current();
  const from = upgrader.manifestAt(horizon);
  const other = ids.find((id) => from.modules[id]?.stamp !== to.modules[id]?.stamp);
  if (other !== undefined) throw new RelupError('JOB_IMPORT', other, `A job pinned to release ${from.release} imports ${other}, which nobody loaded while that was running; release ${to.release} has another version of it.`, 'Import it before an upgrade can come between, for example when the module that needs it loads, or run the job live. Nothing was changed.');
}

/** Bring a module that is part of the running release but that nobody needed so far, with what it requests. Null: another release came meanwhile. */
export async function loadModule(runtime: Runtime, upgrader: Upgrader, load: (to: Manifest) => Target['load'], id: string, horizon = runtime.jobs?.horizon() ?? Infinity): Promise<ModuleRecord | null> {
  const to = upgrader.current();
  if (!to.modules[id]) throw new RelupError('EXPORT_REMOVED', id, `${id} is not part of the running release ${to.release} any more.`, 'Only code of an older release still imports it. Nothing was changed.');
  const missing = withMissingRequests(runtime, to, [id]);
  checkJob(runtime, upgrader, missing, horizon);
  const artifacts = await load(to)(missing);
  const added = new Map<string, ModuleRecord>();
  const fresh = artifacts.filter((artifact) => !runtime.records.has(artifact.id));
  const versions = await makeVersions(runtime, { from: to, to }, fresh, added, true);
  // An upgrade or another import may have come first while the artifacts were on their way.
  if (upgrader.current() !== to || versions.some(({ record }) => runtime.records.has(record.id))) return runtime.records.get(id) ?? null;
  for (const version of versions) version.live = true;
  for (const record of added.values()) runtime.records.set(record.id, record);
  return runtime.records.get(id) as ModuleRecord; // `id` is the first of the modules that were loaded
}
