/**
 * The peer of a dev server: a page, a worker or a server that runs what the dev server transforms, and is upgraded at every
 * save. It knows by stamps what it runs; patches come one after the other, and whoever has missed one asks with its stamps.
 * Which modules are to be upgraded, and how, the server's plan says.
 */
import { attach } from './attach.js';
import type { Answers, DevArtifact, DevPatch, DevProblem, DevReport, Register, Request, Stamps } from './dev-protocol.js';
import { entryOf, releaseOf } from './dev-manifest.js';
import { devEvents } from './dev-protocol.js';
import { evaluateInTurn, makeRecords, type ColdTurns } from './dev-load.js';
import { RelupError } from './errors.js';
import { loadModule, type Follower } from './follower.js';
import { emit } from './hub.js';
import { createLate } from './late.js';
import { bare } from './patch.js';
import { bundledBindings, isLoaded, type LoadedArtifact, type Target } from './prepare.js';
import type { Artifact, Manifest, ModuleEntry, Refusal } from './protocol.js';
import type { ColdBindings, ModuleRecord, Runtime } from './record.js';
import { createUpgrader, type UpgradeResult } from './upgrade.js';

/** Named events to and from the dev server. */
export interface Channel {
  send(event: string, data: unknown): void;
  on(event: string, listener: (data: never) => unknown): void;
}

/** What differs between a page, a worker and a server. */
export interface DevHost {
  /** Evaluate the text of an artifact. Errors: whatever the text throws. */
  run(artifact: DevArtifact): LoadedArtifact;
  /** Import a cold module, by its key in manifests. */
  importCold(key: string): Promise<unknown>;
  /** Settles when the first load is over, however it ended. */
  readonly loaded: Promise<unknown>;
  /** Modules whose first load failed before any of it ran, by id. */
  failed?(): readonly string[];
  /** Something was refused or does not compile; what ran before runs on. */
  show(problem: DevProblem): void;
  /** The reason to show anything is gone. */
  clear(): void;
  /** Nothing but a fresh start helps. */
  reload(reason: string): void;
}

export interface DevOptions {
  /** Of the server that the first modules came from. */
  readonly session: string;
  /** `import.meta.env` as that server has it. */
  readonly env: Readonly<Record<string, unknown>>;
  /** Hash of what shapes modules besides their text and the environment. */
  readonly config: string;
}

export interface DevPeer {
  /** The record of a module, loaded with all below it and evaluated. Errors: what a body throws. */
  serve(id: string): Promise<ModuleRecord>;
  /** Talk to the server by another channel from now on; asks at once what was missed. */
  connect(channel: Channel): void;
}

/** Settles when nothing that awaits at its top level is under way any more; after 5 s in any case. */
export async function settled(runtime: Runtime): Promise<void> {
  const ends = runtime.host.now() + 5000;
  do await new Promise((resolve) => setTimeout(resolve));
  while ([...runtime.records.values()].some(({ current: { status } }) => status === 'evaluating' || status === 'waiting') && runtime.host.now() < ends);
}

/** What the code of an artifact registers while it runs. Errors: those of `run`, or that it registers something else. */
export function takeRegistered({ id, stamp, meta }: DevArtifact, run: (register: Register) => void): LoadedArtifact {
  let artifact: Artifact | undefined;
  run((registered, link, factory, dynamic) => void (artifact = { id: registered, link, factory, dynamic }));
  if (artifact?.id !== id) throw new Error(`The code of ${id} registers ${artifact ? artifact.id : 'nothing'}.`);
  return { ...artifact, stamp, meta };
}

const isEvaluated = (decision: string | undefined): boolean => decision !== undefined && decision !== 'removed';

/** Make the peer of a runtime. It upgrades nothing before the first load is over. */
export function createDevPeer(runtime: Runtime, host: DevHost, options: DevOptions): DevPeer {
  runtime.isServed = true;
  let { session } = options;
  /** The revision that this peer runs as a whole; null while it runs an older one, or does not know. */
  let revision: number | null = null;
  let channel: Channel | null = null;
  let asked = 0;
  const asking = new Map<number, { readonly request: Request; readonly resolve: (answer: never) => void; readonly reject: (error: Error) => void }>();
  const upgrader = createUpgrader(runtime, releaseOf(session, 'first', {}));

  const ask = <Type extends Request['type']>(request: Extract<Request, { type: Type }>): Promise<Answers[Type]> =>
    new Promise((resolve, reject) => {
      asking.set(++asked, { request, resolve, reject });
      channel?.send(devEvents.request, { number: asked, request });
    });

  /** The running manifest, with the modules that came by themselves. */
  const running = (): Manifest & { readonly modules: Record<string, ModuleEntry> } => {
    const manifest = upgrader.current() as Manifest & { readonly modules: Record<string, ModuleEntry> };
    for (const [id, record] of runtime.records) manifest.modules[id] ??= entryOf(record);
    return manifest;
  };

  const stamps = (): Stamps => Object.fromEntries([...runtime.records].flatMap(([id, { current }]) => (current.stamp === null ? [] : [[id, current.stamp]])));

  /** Learn what modules below some request that nobody here has heard of. */
  const learn = async (modules: Record<string, ModuleEntry>, ids: readonly string[]): Promise<void> => {
    const unknown = ids.filter((id) => !modules[id]);
    if (unknown.length === 0) return;
    for (const [id, skeleton] of Object.entries(await ask<'graph'>({ type: 'graph', ids: unknown }))) modules[id] ??= { ...bare, ...skeleton };
  };

  const load = (modules: Record<string, ModuleEntry>, sent: readonly DevArtifact[], env: DevPatch['env'] | null) => async (ids: readonly string[]): Promise<readonly LoadedArtifact[]> => {
    const found = new Map(sent.map((artifact) => [artifact.id, artifact]));
    const missing = ids.filter((id) => found.get(id)?.stamp !== modules[id]?.stamp);
    if (missing.length > 0) for (const artifact of await ask<'artifacts'>({ type: 'artifacts', ids: missing })) found.set(artifact.id, artifact);
    return ids.map((id) => {
      const artifact = found.get(id);
      if (!artifact) throw new RelupError('ARTIFACT_MISSING', id, `The dev server has no module ${id}.`, 'Save again. Nothing was changed.');
      // Saved again meanwhile: there is a newer patch on its way.
      if (modules[id]?.stamp !== artifact.stamp) throw new RelupError('BUSY', id, `${id} was saved again.`, 'Nothing was changed.');
      const loaded = host.run(artifact);
      const meta = runtime.records.get(id)?.current.meta ?? loaded.meta;
      return { ...loaded, meta: Object.assign(Object.create(null) as object, meta, { env: env ?? lastEnv }) };
    });
  };
  let lastEnv = options.env;

  const cold = new Map<string, ColdBindings>();
  const forward = (event: string): void => channel?.on(event, (data) => void emit(runtime, event, data));
  runtime.host = {
    ...runtime.host,
    listen: forward,
    send: (event, data) => channel?.send(event, data),
    async importKey(key, names) {
      const known = cold.get(key);
      if (known && names.every((name) => name !== '*' && name in known)) return known;
      // What modules of the first load hold is what they go on with.
      const held = known ? {} : bundledBindings(runtime, running(), `cold:${key}`);
      const found = names.length > 0 && names.every((name) => Object.hasOwn(held, name)) ? held : ((await host.importCold(key)) as ColdBindings);
      cold.set(key, found);
      return found;
    },
    // Who accepts what of a module is known to the server.
    async learnAbove(id) {
      const entries = await ask<'above'>({ type: 'above', id });
      const { modules } = running();
      for (const [each, entry] of Object.entries(entries)) if (modules[each]?.stamp === entry.stamp) modules[each] = entry;
    },
    async load(id) {
      for (;;) {
        const { modules } = running();
        await learn(modules, [id]);
        const record = await loadModule(runtime, upgrader, ({ modules: known }) => load(known as Record<string, ModuleEntry>, [], null), id);
        if (record) return record;
      }
    },
    // What the server sends is what there is, unless this peer has heard of a newer version.
    late(record) {
      const known = upgrader.current().modules[record.id];
      if (known && known.stamp !== record.current.stamp) return createLate(runtime, record);
      runtime.records.set(record.id, record);
      return record;
    },
  };

  const report = ({ outcome, pauseMs, refusals, plan }: UpgradeResult, to: number): void => {
    const told: DevReport = { to, outcome: outcome === 'committed' || outcome === 'none' ? outcome : 'refused', modules: Object.keys(plan?.modules ?? {}).length, pauseMs, refusals };
    channel?.send(devEvents.report, told);
  };

  const showRefusals = (refusals: readonly Refusal[], frames: DevPatch['frames']): void => {
    const [first] = refusals;
    if (!first) return;
    const frame = frames[first.place];
    host.show({
      message: refusals.map(({ code, place, reason, hint }) => `${code}: ${reason}${place ? ` (${place})` : ''}\n${hint}`).join('\n\n'),
      stack: 'The page runs on as it was. Save again to recover.',
      plugin: 'relup',
      id: first.place,
      ...(frame !== undefined && { frame }),
    });
  };

  /** Whether a patch has to do with anything that was loaded here. */
  const concerns = ({ plan }: DevPatch): boolean => Object.keys(plan.modules).some((id) => isLoaded(runtime.records.get(id)) || runtime.records.get(id)?.current.failure);

  /** Whether a first load failed of what a patch changes: nothing of it is loaded here. */
  const isMended = async ({ plan }: DevPatch): Promise<boolean> => {
    const failed = host.failed?.() ?? [];
    if (failed.length === 0) return false;
    const above = await Promise.all(Object.keys(plan.modules).map((id) => ask<'above'>({ type: 'above', id })));
    return above.some((entries) => Object.keys(entries).some((id) => failed.includes(id.split('?')[0] ?? '')));
  };

  /** What a refused plan speaks of may not even be loaded here. */
  const isOthers = ({ plan, from }: DevPatch): boolean => from !== null && plan.way !== 'inPlace' && plan.way !== 'none' && plan.refusals.some(({ place }) => !isLoaded(runtime.records.get(place.replace(/:\d+$/, ''))));

  const settle = (patch: DevPatch): void => {
    session = patch.session;
    revision = patch.to;
    lastEnv = patch.env;
  };

  /** Errors: none; what cannot be applied is shown and told. */
  const apply = async (patch: DevPatch): Promise<void> => {
    const { plan } = patch;
    if (plan.way === 'none') {
      settle(patch);
      return host.clear();
    }
    if (isOthers(patch)) return sync();
    if (plan.way !== 'inPlace') {
      revision = null;
      return showRefusals(plan.refusals, patch.frames);
    }
    const from = running();
    const modules: Record<string, ModuleEntry> = { ...from.modules, ...patch.after };
    for (const id of Object.keys(plan.modules)) if (plan.modules[id] === 'removed') delete modules[id];
    if (!concerns(patch)) {
      // Whoever loads one of them later gets it as it is now.
      for (const id of Object.keys(plan.modules)) {
        const entry = modules[id];
        if (entry) from.modules[id] = entry;
        else delete from.modules[id];
      }
      settle(patch);
      if (await isMended(patch)) host.clear();
      return report({ outcome: 'none', from: '', to: '', plan: null, refusals: [], pauseMs: null, migrationMs: null }, patch.to);
    }
    // What the server knows of the versions that run here. In place: a copy of all entries takes as long as the upgrade.
    for (const [id, entry] of Object.entries(patch.before)) if (from.modules[id]?.stamp === entry.stamp) from.modules[id] = entry;
    const to = releaseOf(patch.session, `${patch.to}-${++asked}`, modules, patch.cold);
    await learn(modules, Object.keys(plan.modules).filter((id) => isEvaluated(plan.modules[id])).flatMap((id) => modules[id]?.requests ?? []).filter((target) => !target.startsWith('cold:')));
    const target: Target = { from, to, plan, load: load(modules, patch.artifacts, patch.env) };
    const result = await upgrader.upgrade(target);
    if (result.outcome === 'committed') {
      settle(patch);
      host.clear();
    } else if (result.refusals[0]?.code === 'BUSY') return sync();
    else {
      revision = null;
      showRefusals(result.refusals, patch.frames);
    }
    report(result, patch.to);
  };

  /** Whether the server has said before that there is nothing newer. */
  let hasMet = false;

  /** Say what runs here, and go to what there is. */
  const sync = async (): Promise<void> => {
    const answer = await ask<'hello'>({ type: 'hello', session, config: options.config, stamps: stamps() });
    if ('reload' in answer) return host.reload(answer.reload);
    session = answer.session;
    if (answer.patch) return apply(answer.patch);
    revision = answer.revision;
    // Whatever a first load failed of is not mended by its being over.
    if (hasMet) host.clear();
    hasMet = true;
  };

  // One after the other; what comes while one is under way makes one more look of all of it.
  let working: Promise<void> = host.loaded.then(() => {}, () => {});
  /** First loads under way; a server's entry that never ends holds nothing up for long. */
  const serving = new Set<Promise<void>>();
  const served = (): Promise<unknown> => Promise.race([Promise.all(serving), new Promise((resolve) => serving.size > 0 && setTimeout(resolve, 5000))]);
  let waiting: DevPatch | 'sync' | null = null;
  const enqueue = (what: DevPatch | 'sync'): void => {
    if (waiting !== null) {
      waiting = 'sync';
      return;
    }
    waiting = what;
    working = working.then(async () => {
      await served();
      const next = waiting;
      waiting = null;
      if (next === null) return;
      if (next === 'sync' || next.session !== session || next.from !== revision) await sync();
      else await apply(next);
    }).catch((error: unknown) => console.error(error));
  };

  const follower: Follower = {
    upgrader,
    complete: async () => {},
    check: async () => null,
    upgrade: async () => ({ outcome: 'none', from: upgrader.current().release, to: upgrader.current().release, plan: null, refusals: [], pauseMs: null, migrationMs: null }),
    rollback: () => upgrader.rollback(),
    resume: () => follower.upgrade(),
    freeze: (pattern) => upgrader.freeze(pattern),
    thaw: (pattern) => upgrader.thaw(pattern),
    rejected: new Set(),
  };
  attach(runtime, follower);
  upgrader.subscribe((event) => {
    if (event.type === 'rolledBack') revision = null;
    // Callbacks that throw when they are given something new: nobody else would hear of it.
    if (event.type === 'error') console.error(event.error);
    if (event.type === 'invalidated' && event.accepted.length === 0) console.warn(`[relup] ${event.module} was invalidated${event.message === undefined ? '' : `: ${event.message}`}. Nobody above it can be evaluated again for that; importers have the new exports. Load the page again if that is not enough.`);
  });

  const turns: ColdTurns = new Map();
  let loading: Promise<unknown> = Promise.resolve();
  /** Make what is missing of a graph. One after the other: two may need the same module. */
  const loadGraph = (id: string): Promise<ColdTurns> => {
    const made = loading.then(async () => {
      // What failed is tried again: what it failed of may be mended.
      for (const [failed, { current }] of runtime.records) if (current.failure) runtime.records.delete(failed);
      const { modules } = running();
      for (const known of Object.keys(modules)) if (!runtime.records.has(known)) delete modules[known];
      await learn(modules, [id]);
      return makeRecords(runtime, await load(modules, [], null)(Object.keys(modules).filter((each) => !runtime.records.has(each))));
    });
    loading = made.catch(() => {});
    return made;
  };

  const serve = async (id: string): Promise<ModuleRecord> => {
    const known = runtime.records.get(id);
    if (!known || known.current.failure) for (const [version, cold] of await loadGraph(id)) turns.set(version, cold);
    const record = runtime.records.get(id) as ModuleRecord; // loaded now
    await evaluateInTurn(record.current, turns, host.importCold);
    for (const version of turns.keys()) if (version.status === 'evaluated') turns.delete(version);
    await record.done;
    return record;
  };

  return {
    serve(id) {
      const served = serve(id);
      const settled = served.then(() => {}, () => {}).finally(() => serving.delete(settled));
      serving.add(settled);
      return served;
    },
    connect(next) {
      channel = next;
      next.on(devEvents.answer, ({ number, answer, problem }: { number: number; answer: never; problem?: DevProblem }) => {
        if (problem) asking.get(number)?.reject(Object.assign(new Error(problem.message), problem));
        else asking.get(number)?.resolve(answer);
        asking.delete(number);
      });
      next.on(devEvents.patch, (patch: DevPatch) => enqueue(patch));
      next.on(devEvents.problem, (problem: DevProblem | null) => (problem ? host.show(problem) : host.clear()));
      for (const event of runtime.heard ?? []) forward(event);
      // What the channel before was asked and cannot answer any more.
      for (const [number, { request }] of asking) next.send(devEvents.request, { number, request });
      enqueue('sync');
    },
  };
}
