/**
 * Following a store: from a pointer to a plan to an upgrade, the same for server and browser. Where bytes come from and
 * what wakes it is the host's; it decides only whether a release is worth trying.
 */
import { RelupError } from './errors.js';
import { planReleases } from './plan.js';
import { makeVersions, withMissingRequests, type LoadedArtifact, type Target } from './prepare.js';
import type { Manifest, Pointer } from './protocol.js';
import type { ModuleRecord, Runtime } from './record.js';
import { createUpgrader, type Upgrader, type UpgradeOptions, type UpgradeResult } from './upgrade.js';

/** What a host reads of a store. All results are verified. */
export interface Store {
  /** Null if there is no pointer yet. Errors: STORE_READ, MANIFEST, FORMAT_UNKNOWN, APP_MISMATCH. */
  latest(): Promise<Pointer | null>;
  /** Errors: RELEASE_UNKNOWN, MANIFEST, FORMAT_UNKNOWN, APP_MISMATCH. */
  release(name: string): Promise<Manifest>;
  /** Errors: ARTIFACT_MISSING, ARTIFACT_STAMP. */
  artifact(id: string, stamp: string): Promise<LoadedArtifact>;
  /** The release before a number, for a rollback after a confirm; null if the store has none. */
  before(number: number): Promise<Manifest | null>;
}

export interface Follower {
  readonly upgrader: Upgrader;
  /** Look at the pointer; upgrade if it names a release that is neither running nor known to be bad. */
  check(): Promise<UpgradeResult | null>;
  upgrade(release?: string): Promise<UpgradeResult>;
  rollback(): Promise<UpgradeResult>;
  /** Releases that are not tried again unless asked for by name. */
  readonly rejected: Set<string>;
}

/** Make the follower of a runtime that runs `manifest`. It does nothing until asked. */
export function createFollower(runtime: Runtime, manifest: Manifest, store: Store, options: UpgradeOptions): Follower {
  const upgrader = createUpgrader(runtime, manifest);
  const rejected = new Set<string>();
  let checking: Promise<UpgradeResult | null> | null = null;
  let again = false;

  const load = (to: Manifest) => (ids: readonly string[]): Promise<readonly LoadedArtifact[]> =>
    Promise.all(ids.map((id) => store.artifact(id, (to.modules[id] as { stamp: string }).stamp))); // ids come from `to`

  const go = async (to: Manifest, rollback: boolean): Promise<UpgradeResult> => {
    const from = upgrader.current();
    const target: Target = { from, to, plan: planReleases(from, to, { rollback }), load: load(to) };
    return upgrader.upgrade(target, rollback ? { ...(options.evaluateLimitMs === undefined ? {} : { evaluateLimitMs: options.evaluateLimitMs }) } : options);
  };

  const checkOnce = async (): Promise<UpgradeResult | null> => {
    const pointer = await store.latest();
    if (!pointer || pointer.release === upgrader.current().release || rejected.has(pointer.release)) return null;
    const to = await store.release(pointer.release);
    const result = await go(to, false);
    // A refused release is refused until there is another; one that had to wait is looked at again.
    if (result.outcome === 'refused' && result.refusals[0]?.code !== 'BUSY') rejected.add(to.release);
    return result;
  };

  upgrader.subscribe((event) => {
    if (event.type === 'rolledBack') rejected.add(event.result.from);
    if (event.type === 'rolledBack' || event.type === 'confirmed') void follower.check().catch(() => {});
  });

  const follower: Follower = {
    upgrader,
    rejected,
    check() {
      if (checking) {
        again = true;
        return checking;
      }
      checking = checkOnce().finally(() => {
        checking = null;
        if (again) {
          again = false;
          void follower.check().catch(() => {});
        }
      });
      return checking;
    },
    async upgrade(release) {
      const name = release ?? (await store.latest())?.release;
      if (name === undefined) throw new RelupError('RELEASE_UNKNOWN', 'latest.json', 'The store has no release.', 'Build one. Nothing was changed.');
      return go(await store.release(name), false);
    },
    async rollback() {
      if (upgrader.canRollBack()) return upgrader.rollback();
      const to = await store.before(upgrader.current().number);
      if (!to) return upgrader.rollback();
      const result = await go(to, true);
      if (result.outcome === 'committed') rejected.add(result.from);
      return result;
    },
  };

  runtime.host = {
    ...runtime.host,
    load: (id) => loadModule(runtime, upgrader, load, id),
  };
  return follower;
}

/** Bring a module that is part of the running release but that nobody needed so far, with what it requests. */
export async function loadModule(runtime: Runtime, upgrader: Upgrader, load: (to: Manifest) => Target['load'], id: string): Promise<ModuleRecord> {
  const to = upgrader.current();
  const artifacts = await load(to)(withMissingRequests(runtime, to, [id]));
  const added = new Map<string, ModuleRecord>();
  const versions = await makeVersions(runtime, { from: to, to }, artifacts.filter((artifact) => !runtime.records.has(artifact.id)), added);
  // An upgrade or another import may have come first while the artifacts were on their way.
  if (upgrader.current() !== to || versions.some(({ record }) => runtime.records.has(record.id))) return runtime.records.get(id) ?? loadModule(runtime, upgrader, load, id);
  for (const version of versions) version.live = true;
  for (const record of added.values()) runtime.records.set(record.id, record);
  return runtime.records.get(id) as ModuleRecord; // `id` is the first of the modules that were loaded
}
