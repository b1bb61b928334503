/**
 * An application in memory: releases are maps of module sources, upgrades go through the real transform, plan and
 * runtime. Nothing on disk, no timers; what a step waits for is the upgrade itself.
 */
import { createHash } from 'node:crypto';
import vm from 'node:vm';
import { settleEffects, settleImpure } from '../plugin/effects.js';
import { settleHot } from '../plugin/hot.js';
import { nameRelease } from '../plugin/manifest.js';
import { outlineModule, type Outline } from '../plugin/outline.js';
import { writePatch } from '../plugin/patches.js';
import { rewriteModule, type Resolution } from '../plugin/rewrite.js';
import { createRecord, createRuntime } from '../runtime/core.js';
import { evaluate } from '../runtime/evaluate.js';
import { loadModule } from '../runtime/follower.js';
import { namespaceOf } from '../runtime/link.js';
import { planReleases, type PlanOptions } from '../runtime/plan.js';
import { patchId, readPatch, type WrittenPatch } from '../runtime/patch.js';
import type { LoadedArtifact, Target } from '../runtime/prepare.js';
import type { Artifact, Manifest, ModuleEntry, Plan } from '../runtime/protocol.js';
import type { Host, Runtime } from '../runtime/record.js';
import { createUpgrader, type UpgradeEvent, type Upgrader, type UpgradeOptions, type UpgradeResult } from '../runtime/upgrade.js';

export type Sources = Readonly<Record<string, string>>;

export interface Release {
  readonly manifest: Manifest;
  readonly artifacts: ReadonlyMap<string, { readonly code: string; readonly stamp: string; /** With the factory that a bundle has. */ readonly bundled: string }>;
}

/** What cold modules export, by specifier. */
export type Cold = Readonly<Record<string, Record<string, unknown>>>;

const resolveFrom = (importer: string, specifier: string): string => new URL(specifier, `file:///${importer}`).pathname.slice(1);

/** Build a release from sources. Ids are file names; './x.js' is relative to the importer; all else is cold. */
export function buildRelease(sources: Sources, { number = 1, entries = [Object.keys(sources)[0] as string], drop = [] }: { number?: number; entries?: readonly string[]; drop?: readonly string[] } = {}): Release {
  const artifacts = new Map<string, { code: string; stamp: string; bundled: string }>();
  const modules: Record<string, ModuleEntry> = {};
  const cold: Record<string, Manifest['cold'][string]> = {};
  for (const [id, text] of Object.entries(sources)) {
    const outline = outlineModule(text, { id });
    const resolve = (specifier: string): Resolution => {
      const hot = specifier.startsWith('.');
      if (!hot) cold[specifier] = { version: '1.0.0', external: true, names: [] };
      return { hot, target: hot ? resolveFrom(id, specifier) : specifier, specifier };
    };
    const requests = outline.requests.map(({ specifier }) => resolve(specifier));
    const dynamic = Object.fromEntries(outline.dynamic.map(({ specifier }) => [specifier, resolve(specifier)]));
    const deps = outline.hot?.deps.map(({ specifier }) => resolve(specifier)) ?? [];
    const accepted = Object.fromEntries(deps.map((resolution) => [resolution.specifier, resolution]));
    const { artifact, factories } = rewriteModule(text, outline, { id, requests, dynamic, accepted, sourceFile: id });
    const stamp = createHash('sha256').update(artifact.code).digest('hex');
    artifacts.set(id, { code: artifact.code, stamp, bundled: artifact.code.replace(factories.artifact, () => factories.bundle) });
    const hot = settleHot(outline.hot, deps);
    modules[id] = { ...entryOf(outline, requests, dynamic, stamp, artifact.code.length), ...(hot && { hot }) };
  }
  const named = nameRelease({ app: 'test', target: 'node', entries, modules, cold, chunks: {}, styles: {}, assets: {}, workers: {}, drop });
  return { manifest: { ...named, number }, artifacts };
}

const targetOf = ({ hot, target }: Resolution): string => (hot ? target : `cold:${target}`);

function entryOf(outline: Outline, requests: readonly Resolution[], dynamic: Readonly<Record<string, Resolution>>, stamp: string, size: number): ModuleEntry {
  const { exports, indirect, stars, async, loads, loadLines, reaches, states, undeclared, stateAtLoad, hook, functions, classes, captured, calls } = outline;
  const targets = requests.map(targetOf);
  return {
    stamp, size, exports, indirect, stars, async, loads, loadLines, reaches, states, undeclared, stateAtLoad, hook, functions, classes, captured, calls,
    effects: settleEffects(outline.effects, targets),
    impure: settleImpure(outline.impure, targets),
    requests: targets,
    names: outline.requests.map(({ names }) => names),
    dynamic: Object.values(dynamic).map(targetOf),
  };
}

/** What a script registers, by id. */
export function runScript(code: string, stamp: string): Map<string, Artifact> {
  const registered = new Map<string, Artifact>();
  const register = (id: string, link: Artifact['link'], factory: Artifact['factory'], dynamic: Artifact['dynamic']): void => void registered.set(id, { id, link, factory, dynamic });
  // `new Function`, not vm: jest's globals must be those of the test.
  new Function('__relup__', `"use strict";${code}\n//# sourceURL=${stamp}.js`)(register);
  return registered;
}

export function compileArtifact(code: string, stamp: string): LoadedArtifact {
  const [artifact] = runScript(code, stamp).values();
  return { ...(artifact as Artifact), stamp };
}

export interface Application {
  readonly runtime: Runtime;
  readonly upgrader: Upgrader;
  readonly events: UpgradeEvent[];
  /** Namespace object of a module. */
  module<T = Record<string, any>>(id: string): T;
  /** Plan and upgrade to other sources. */
  upgrade(sources: Sources, options?: UpgradeOptions & PlanOptions & { drop?: readonly string[] }): Promise<UpgradeResult>;
  go(release: Release, options?: UpgradeOptions & PlanOptions): Promise<UpgradeResult>;
  plan(sources: Sources, options?: PlanOptions & { drop?: readonly string[] }): Plan;
}

/** What node.ts does, from jest's realm: the script runs in the main one. */
export const limited = <T>(ms: number, run: () => T): T => {
  const realm = vm.runInThisContext('globalThis') as Record<string, unknown>;
  realm['limited'] = run;
  return vm.runInThisContext('limited()', { timeout: ms }) as T;
};

/** Boot the first release and evaluate its entry. `form`: of its modules; classes differ in the two. `patched`: upgrades go by patches, where there can be one. */
export async function boot(sources: Sources, { cold = {}, host = {}, entries, form = 'bundle', patched = false }: { cold?: Cold; host?: Partial<Host>; entries?: readonly string[]; form?: 'bundle' | 'artifact'; patched?: boolean } = {}): Promise<Application> {
  const first = buildRelease(sources, entries ? { entries } : {});
  const runtime = createRuntime({
    now: () => performance.now(),
    schedule: (task) => void setImmediate(task),
    importCold: async (specifier) => cold[specifier] ?? Promise.reject(new Error(`no cold module ${specifier}`)),
    ...host,
  });
  let release = first;
  let number = 1;
  const reachable = new Set<string>(first.manifest.entries);
  for (const id of reachable) for (const request of first.manifest.modules[id]?.requests ?? []) if (!request.startsWith('cold:')) reachable.add(request);
  for (const [id, { code, bundled, stamp }] of first.artifacts) {
    // What is only imported dynamically is a chunk that nobody has loaded.
    if (!reachable.has(id)) continue;
    const { link, factory, dynamic } = compileArtifact(form === 'bundle' ? bundled : code, stamp);
    const requests = (link.r ?? []).map((target) => (target.startsWith('cold:') ? (cold[target.slice(5)] ?? {}) : () => runtime.records.get(target) as never));
    runtime.records.set(id, createRecord(runtime, id, { link, factory, dynamic, requests, meta: { url: `file:///${id}` }, live: true }));
  }
  const upgrader = createUpgrader(runtime, first.manifest);
  const events: UpgradeEvent[] = [];
  upgrader.subscribe((event) => void events.push(event));
  for (const entry of first.manifest.entries) await evaluate((runtime.records.get(entry) as never as { current: never }).current);

  const loadArtifacts = (from: Release) => async (ids: readonly string[]) => ids.map((id) => {
    const { code, stamp } = from.artifacts.get(id) as { code: string; stamp: string }; // ids come from its manifest
    return compileArtifact(code, stamp);
  });
  /** What a store has: all of each release. */
  const whole = new Map([[first.manifest.release, first.manifest]]);
  const wholeOf = (manifest: Manifest): Manifest => whole.get(manifest.release) as Manifest;
  const complete = (): void => {
    for (const each of patched ? whole.values() : []) upgrader.learn(each);
  };
  runtime.host = {
    ...runtime.host,
    learnAbove: async () => complete(),
    async load(id) {
      for (;;) {
        complete();
        const record = await loadModule(runtime, upgrader, () => loadArtifacts(release), id);
        if (record) return record;
      }
    },
  };
  const go = async (next: Release, options: UpgradeOptions & PlanOptions = {}): Promise<UpgradeResult> => {
    const from = wholeOf(upgrader.current());
    whole.set(next.manifest.release, next.manifest);
    const { rollback, onStale, allow } = options;
    const patch = patched && !rollback ? takePatch(from, { ...next.manifest, policy: { ...(onStale && { onStale }), ...(allow && { allow }) } }, next) : null;
    if (!patch) complete();
    const result = await upgrader.upgrade(patch ?? { from, to: next.manifest, plan: planReleases(from, next.manifest, options), load: loadArtifacts(next) }, options);
    if (result.outcome === 'committed') release = next;
    return result;
  };
  const build = (next: Sources, drop?: readonly string[]): Release => buildRelease(next, { number: ++number, entries: release.manifest.entries, ...(drop && { drop }) });
  return {
    runtime,
    upgrader,
    events,
    module: (id) => namespaceOf(runtime.records.get(id) as never) as never,
    upgrade: (next, options = {}) => go(build(next, options.drop), options),
    go,
    plan: (next, options = {}) => planReleases(wholeOf(upgrader.current()), build(next, options.drop).manifest, options),
  };
}

/** What a page makes of the patch between two releases; null if there is none. */
function takePatch(from: Manifest, to: Manifest, { artifacts }: Release): Target | null {
  const texts = new Map([...artifacts.values()].map(({ code, stamp }) => [stamp, code]));
  const written = writePatch(from, to, new Map([...texts].map(([stamp, code]) => [stamp, { code: `"use strict";\n${code}\n`, map: null }])));
  if (!written) return null;
  const script = createHash('sha256').update(written.code).digest('hex');
  const registered = runScript(written.code, script);
  const patch = readPatch((registered.get(patchId) as unknown as { factory: () => WrittenPatch }).factory());
  return {
    ...patch, script,
    load: async (ids) => ids.map((id) => {
      const { stamp } = patch.to.modules[id] as ModuleEntry; // what is asked for is in the patch
      const brought = registered.get(id);
      return brought ? { ...brought, stamp } : compileArtifact(texts.get(stamp) as string, stamp);
    }),
  };
}
