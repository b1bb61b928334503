/**
 * One environment of a dev server: turns saves into revisions, and answers its peers. Everything that happens to modules between
 * two quiet moments is one revision; while anything does not compile there is none.
 */
import { basename, dirname, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TransformPluginContext } from 'rollup';
import type { DevEnvironment, EnvironmentModuleNode } from 'vite';
import { devEvents, type Answers, type DevArtifact, type DevPatch, type DevProblem, type DevReport, type Request } from '../runtime/dev-protocol.js';
import { DevGraph, type Change } from './dev-graph.js';
import { transformForDev, type DevModule, type DevSurroundings, type DevTransformed } from './dev-modules.js';
import { planChange, planForPeer, sendable, skeletons, strangersOf, type DevPolicy, type Planned } from './dev-patches.js';
import { ArtifactMaps } from './dev-stacks.js';
import { describePlanned, describeReport, drawFrames, problemOf } from './dev-report.js';
import { moduleUrlOf, servedModuleOf } from './options.js';

/** After the last of some saves, this long nothing happens before they are a revision. */
const quietMs = 10;
/** A file that does not compile may have been half written: it is looked at again after so long, so many times. */
const againMs = 120;
const againTimes = 3;

export interface DevServing {
  readonly environment: DevEnvironment;
  readonly around: DevSurroundings;
  readonly policy: DevPolicy;
  readonly session: string;
  readonly config: string;
  readonly root: string;
  readonly base: string;
  readonly env: Readonly<Record<string, unknown>>;
  log(message: string, isProblem?: boolean): void;
}

/** Whoever is connected. */
export interface DevClient {
  send(event: string, data: unknown): void;
}

export interface ServedEnvironment {
  transform(context: TransformPluginContext, text: string, resolvedId: string): Promise<DevTransformed>;
  /** A file was written, made or deleted; `nodes` are the modules that it concerns. */
  save(file: string, type: 'create' | 'update' | 'delete', nodes: readonly EnvironmentModuleNode[]): void;
  /** Maps of the artifacts that were sent to server code. */
  readonly maps: ArtifactMaps;
  /** Whether anything does not compile. */
  isBroken(): boolean;
  request(client: DevClient, number: number, request: Request): Promise<void>;
  report(report: DevReport): void;
}

export function serveEnvironment({ environment, around, policy, session, config, root, base, env, log }: DevServing): ServedEnvironment {
  const graph = new DevGraph();
  const maps = new ArtifactMaps();
  const { moduleGraph } = environment;
  /** Modules whose transform is for a patch. */
  const mapped = new Set<string>();
  const broken = new Map<string, DevProblem>();
  let pending = new Set<EnvironmentModuleNode>();
  let files = new Set<string>();
  let savedAt = 0;
  let lastEvent = 0;
  let working: Promise<void> | null = null;
  /** What peers were last told does not compile. */
  let shown: DevProblem | null = null;
  let looksAgain = 0;
  /** What was sent of the revisions that reports may still be about. */
  const sentAt = new Map<number, { readonly savedAt: number; readonly files: readonly string[] }>();

  const send = (event: string, data: unknown): void => environment.hot.send(event, data);

  const nodeOf = (resolvedId: string): EnvironmentModuleNode | undefined => moduleGraph.getModuleById(resolvedId);

  const transformNode = async (url: string, resolvedId: string): Promise<void> => {
    mapped.add(resolvedId);
    try {
      await environment.transformRequest(url);
    } finally {
      mapped.delete(resolvedId);
    }
  };

  /** Transform a module anew. What does not compile is remembered as broken. */
  const renew = async (node: EnvironmentModuleNode): Promise<void> => {
    const { id } = node;
    if (id === null) return;
    moduleGraph.invalidateModule(node);
    try {
      await transformNode(node.url, id);
      broken.delete(id);
    } catch (error) {
      // A file that is gone and that nobody asks for.
      if ((error as { code?: unknown }).code === 'ERR_LOAD_URL' && node.importers.size === 0) broken.delete(id);
      else broken.set(id, problemOf(error, root));
    }
  };

  const isKept = ({ resolvedId }: DevModule): boolean => [...(nodeOf(resolvedId)?.importers ?? [])].some(({ id }) => id === null || !around.isHot(id));

  const work = async (): Promise<void> => {
    for (;;) {
      const batch = new Set([...pending, ...[...broken.keys()].flatMap((id) => nodeOf(id) ?? [])]);
      pending = new Set();
      await Promise.all([...batch].map(renew));
      const quiet = quietMs - (performance.now() - lastEvent);
      if (pending.size === 0 && quiet > 0) await new Promise((resolve) => setTimeout(resolve, quiet));
      if (pending.size === 0) break;
    }
    const saved = [...files];
    files = new Set();
    const [problem] = broken.values();
    if (problem) {
      if (shown?.message !== problem.message) {
        log(`${problem.message}${problem.frame ? `\n${problem.frame}` : ''}`, true);
        send(devEvents.problem, problem);
      }
      shown = problem;
      if (looksAgain-- > 0) setTimeout(begin, againMs).unref();
      return;
    }
    const wasShowing = shown !== null;
    shown = null;
    const change = graph.advance(isKept);
    if (change) await publish(change, saved);
    else if (wasShowing || saved.length > 0) send(devEvents.problem, null);
  };

  const begin = (): void => {
    working ??= work().catch((error: unknown) => log(String(error instanceof Error ? error.stack : error), true)).finally(() => {
      working = null;
      if (pending.size > 0) begin();
    });
  };

  const publish = async (change: Change, saved: readonly string[]): Promise<void> => {
    const planned = planChange(graph, change, policy);
    const patch = await patchOf(planned, graph.revision - 1, saved);
    sentAt.set(graph.revision, { savedAt, files: saved });
    sentAt.delete(graph.revision - 100);
    log(describePlanned(patch, environment.name), patch.plan.way === 'refused');
    send(devEvents.patch, patch);
  };

  const patchOf = async ({ plan, before, after }: Planned, from: number | null, saved: readonly string[]): Promise<DevPatch> => {
    const isInPlace = plan.way === 'inPlace';
    const artifacts = isInPlace ? (await Promise.all(Object.keys(plan.modules).filter((id) => after[id] && plan.modules[id] !== 'added').map(artifactOf))).flat() : [];
    const places = isInPlace ? [] : plan.refusals.map(({ place }) => place);
    return {
      session, from, to: graph.revision, plan, before, after, cold: {}, env, files: saved,
      artifacts: sendable(artifacts),
      frames: drawFrames(await Promise.all(places.map(mappedAt)), root),
    };
  };

  /** The module of a place, with the map that leads from what relup was given to the sources. */
  const mappedAt = async (place: string): Promise<readonly [place: string, module: DevModule | undefined]> => [place, await withMaps(graph.latest(place.replace(/:\d+$/, '')))];

  /** A module with its maps, which are made only when somebody needs them; without, if it would be another version with them. */
  const withMaps = async <Module extends DevModule | undefined>(module: Module): Promise<Module | DevModule> => {
    if (!module || module.artifactMap !== null || graph.latest(module.id) !== module) return module;
    const node = nodeOf(module.resolvedId);
    if (node) moduleGraph.invalidateModule(node);
    await transformNode(node?.url ?? requestOf(module.resolvedId), module.resolvedId).catch(() => {});
    const made = graph.latest(module.id);
    return made?.entry.stamp === module.entry.stamp ? made : module;
  };

  /** What the server resolves to a module: where a page would ask for it, but for virtual ones, whose address only requests have. */
  const requestOf = (resolvedId: string): string => (resolvedId.startsWith('\0') ? resolvedId : moduleUrlOf(resolvedId, root));

  /** None where the text was lost: the peer says so. */
  const artifactOf = async (id: string): Promise<readonly DevArtifact[]> => {
    const module = await withMaps(graph.published.get(id) as DevModule); // asked for what the graph has
    const text = module.artifact();
    if (text === undefined) return [];
    const file = module.resolvedId.split('?')[0] ?? '';
    const isPath = file.startsWith('/') || /^[a-z]:/i.test(file);
    const url = `${base}${moduleUrlOf(module.resolvedId, root).slice(1)}`;
    const name = `${around.client ? url.split('?')[0] ?? '' : file}?relup=${module.entry.stamp.slice(0, 12)}`;
    const map = module.artifactMap === null ? null : placeSources(JSON.parse(module.artifactMap) as MapText, file, around.client);
    if (map && !around.client) maps.add(name, map);
    return [{
      id, stamp: module.entry.stamp,
      code: `"use strict";${text}${map ? `//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}\n` : ''}//# sourceURL=${name}\n`,
      meta: around.client ? { url } : isPath ? { url: pathToFileURL(file).href, filename: file, dirname: dirname(file) } : {},
    }];
  };

  /** Have all modules that a peer runs; after the server was started again it knows none. */
  const meet = async (ids: readonly string[], mustCompile = false): Promise<void> => {
    const queue = [...ids];
    const one = async (): Promise<void> => {
      for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
        await environment.transformRequest(requestOf(servedModuleOf(id, root))).catch((error: unknown) => {
          if (mustCompile) throw error;
        });
      }
    };
    await Promise.all(Array.from({ length: 8 }, one));
  };

  /** Have some modules and all that they request. Errors: what does not compile. */
  const meetBelow = async (ids: readonly string[]): Promise<void> => {
    const missing = (): string[] => [...new Set([...ids, ...[...graph.below(ids)].flatMap((id) => graph.published.get(id)?.entry.requests ?? [])])].filter((id) => !id.startsWith('cold:') && !graph.published.has(id));
    for (let unknown = missing(); unknown.length > 0; unknown = missing()) await meet(unknown, true);
  };

  const answer = async (request: Request): Promise<Answers[keyof Answers]> => {
    if (request.type === 'graph') {
      await meetBelow(request.ids);
      return skeletons(graph, request.ids);
    }
    if (request.type === 'artifacts') return (await Promise.all(request.ids.filter((id) => graph.published.has(id)).map(artifactOf))).flat();
    if (request.type === 'above') return graph.above(request.id);
    const { stamps } = request;
    if (request.config !== config) return { reload: 'the configuration of the dev server changed' };
    await meet(graph.unknownTo(stamps));
    for (const [id, stamp] of strangersOf(graph, stamps).map((each) => [each, stamps[each] as string] as const)) {
      for (const { entry } of around.cache.entries()) if (entry.stamp === stamp) graph.remember(id, entry);
    }
    const [stranger] = strangersOf(graph, stamps);
    if (stranger !== undefined) return { reload: `the dev server was started again and does not know the version of ${stranger} that runs` };
    if (working) await working;
    const planned = planForPeer(graph, stamps, policy);
    return { session, revision: graph.revision, patch: planned && (await patchOf(planned, null, [])) };
  };

  const served: ServedEnvironment = {
    maps,
    async transform(context, text, resolvedId) {
      const transformed = await transformForDev(around, context, text, resolvedId, !around.client || mapped.has(resolvedId));
      // Somebody else had it transformed before its save was seen: peers have to hear of it.
      if (graph.note(transformed.module) && !working) {
        lastEvent = savedAt = performance.now();
        begin();
      }
      return transformed;
    },
    save(file, type, nodes) {
      lastEvent = performance.now();
      looksAgain = againTimes;
      if (!working) savedAt = lastEvent;
      files.add(nameOf(file, root));
      for (const node of nodes) {
        if (type !== 'delete' || node.file !== file) pending.add(node);
        else for (const importer of node.importers) if (importer.id !== null && around.isHot(importer.id)) pending.add(importer);
        // Addresses of assets change with their content only by the time in them.
        if (around.isAsset(file)) node.lastHMRTimestamp = Date.now();
      }
      begin();
    },
    isBroken: () => broken.size > 0,
    async request(client, number, request) {
      const answered = await answer(request).then((value) => ({ answer: value }), (error: unknown) => ({ problem: problemOf(error, root) }));
      client.send(devEvents.answer, { number, ...answered });
    },
    report(report) {
      const sent = sentAt.get(report.to);
      const line = describeReport(report, environment.name, sent && { files: sent.files, totalMs: performance.now() - sent.savedAt });
      if (line !== null) log(line, report.outcome === 'refused');
    },
  };
  return served;
}

/** How people know a file, or a virtual module that has none. */
const nameOf = (file: string, root: string): string => (file.startsWith('\0') ? file.slice(1) : relative(root, file).replaceAll('\\', '/'));

interface MapText {
  sources: (string | null)[];
}

/** Beside the script in a page, whose debugger then shows them as one; absolute on a server. */
function placeSources(map: MapText, file: string, client: boolean): MapText {
  const place = (source: string): string => {
    const isSame = source === file || basename(source) === basename(file);
    if (client) return isSame ? basename(file) : relative(dirname(file), source).replaceAll('\\', '/');
    return isSame ? file : source;
  };
  return { ...map, sources: map.sources.map((source) => (source === null ? null : place(source))) };
}
