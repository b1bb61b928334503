/**
 * The dev server: wires its environments to Vite's hooks. What Vite does for other files, it goes on doing; of the modules that
 * relup manages it hears nothing, so that nothing bubbles and no page is loaded again for their sake.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve as resolvePath } from 'node:path';
import type { LoadResult, PluginContext, TransformPluginContext, TransformResult } from 'rollup';
import type { DevEnvironment, EnvironmentModuleNode, HotUpdateOptions, ResolvedConfig, ViteDevServer } from 'vite';
import { devEvents, type DevReport, type Request } from '../runtime/dev-protocol.js';
import { names } from '../runtime/names.js';
import { cacheFolder, DevCache } from './dev-cache.js';
import { serveEnvironment, type DevClient, type ServedEnvironment } from './dev-environment.js';
import type { DevMade, DevSurroundings } from './dev-modules.js';
import { protectFrames, releaseFrames } from './dev-stacks.js';
import { keyOf, offerInProcess, offerOf } from './dev-near.js';
import { envOf, peerText } from './dev-peer.js';
import { coldPrefix, runtimeId, virtualPrefix } from './facade.js';
import { tellOfQuickSaves } from './dev-watch.js';
import { hashOf } from './manifest.js';
import { isServedModule, servedIdOf, type CheckedOptions } from './options.js';
import { isPath, ownFiles } from './packages.js';
import { knownOf, type ResolveDetails } from './resolving.js';

/** The packed runtime with the peer of a page or a server: `relup:dev/browser.js`. */
const packedPrefix = `${virtualPrefix}dev/`;
/** Other files of relup's runtime, which share that runtime. */
const ownPrefix = `${virtualPrefix}own/`;
/** Entries of the cache that another version of these shapes wrote are not read. */
const cacheFormat = 2;

/** Vite looks for no imports in these, so that ours have to be addresses already. */
const unanalysed = /\.(?:map|json)(?:$|\?)/;

const runtimeUrl = (base: string): string => `${base}@id/__x00__${runtimeId.slice(1)}`;

interface Served extends ServedEnvironment {
  readonly around: DevSurroundings;
  /** What is imported for a cold key, and by whom. */
  readonly cold: Map<string, { readonly specifier: string; readonly importer: string }>;
}

export function createDev(options: CheckedOptions) {
  const own = ownFiles();
  let session = '';
  const served = new Map<string, Served>();
  let server: ViteDevServer | null = null;
  let config: ResolvedConfig;
  let caches: DevCache<DevMade> | null = null;
  let writing: NodeJS.Timeout | undefined;

  const log = (message: string, isProblem = false): void => {
    if (!message) return;
    const text = `[relup] ${message}`;
    if (isProblem) config.logger.error(text, { timestamp: true });
    else config.logger.info(text, { timestamp: true });
  };

  const cacheOf = (): DevCache<DevMade> =>
    (caches ??= new DevCache(options.cache && !config.optimizeDeps.force ? cacheFolder(config.root) : null, `${own.version} ${cacheFormat} ${process.version}`));

  /** What shapes modules besides their text and `import.meta.env`. */
  const configHash = (): string => hashOf(JSON.stringify([own.version, config.base, config.mode, config.define, config.resolve.alias, config.plugins.map(({ name }) => name), String(options.include), String(options.exclude)], (_, value: unknown) => (typeof value === 'function' || value instanceof RegExp ? String(value) : value))).slice(0, 16);

  const servedOf = (environment: DevEnvironment): Served => {
    const known = served.get(environment.name);
    if (known) return known;
    const client = environment.config.consumer === 'client';
    const env = envOf(config, !client);
    const define: Record<string, string> = { 'process.env.NODE_ENV': JSON.stringify(process.env['NODE_ENV'] || config.mode) };
    for (const [key, value] of Object.entries(env)) define[`import.meta.env.${key}`] = JSON.stringify(value) ?? 'undefined';
    const root = config.root;
    const around: DevSurroundings = {
      isHot: (resolvedId) => isServedModule(resolvedId, root, options) && !resolvedId.startsWith(`${own.folder}/`),
      idOf: (resolvedId) => servedIdOf(resolvedId, root),
      resolutions: new Map(), packages: new Map(), coldFiles: new Map(),
      define, client,
      env: JSON.stringify(env),
      pure: options.pure,
      shape: hashOf(JSON.stringify([own.version, environment.name, client, define, options.pure, root])),
      isAsset: (file) => config.assetsInclude(file), missing: new Map(),
      cache: cacheOf(),
    };
    const policy = { onStale: 'reevaluate', allow: [...options.allow, 'STATE_UNDECLARED'], drop: options.drop } as const;
    const made: Served = {
      ...serveEnvironment({ environment, around, policy, session, config: configHash(), root, base: config.base, env, log }),
      around, cold: new Map(),
    };
    served.set(environment.name, made);
    environment.hot.on(devEvents.request, ({ number, request }: { number: number; request: Request }, client: DevClient) => void made.request(client, number, request));
    environment.hot.on(devEvents.report, (report: DevReport) => made.report(report));
    const offered = offerOf(environment);
    if (offered) offerInProcess(keyOf(environment), offered);
    return made;
  };

  /** Whether the environment of a hook is one that is served and kept up to date. */
  const servedHere = (context: object): Served | null => {
    const { environment } = context as { readonly environment?: DevEnvironment };
    return server !== null && environment?.mode === 'dev' ? servedOf(environment) : null;
  };

  return {
    /** Without hot updates (a test runner, `server.hmr: false`) nothing is transformed. */
    configureServer(next: ViteDevServer): void {
      config = next.config;
      // A server that is started again may have the same plugins.
      session = randomUUID().slice(0, 8);
      served.clear();
      server = config.server.hmr === false ? null : next;
      if (!server) return;
      tellOfQuickSaves(next.watcher);
      const { ssrFixStacktrace } = next;
      next.ssrFixStacktrace = (error) => {
        for (const { maps, around } of served.values()) error.stack = protectFrames(maps.mend(error.stack ?? ''), around.isHot);
        ssrFixStacktrace(error);
        error.stack = releaseFrames(error.stack ?? '');
      };
      for (const environment of Object.values(next.environments)) {
        // Peers of a server before this one ask at once.
        servedOf(environment);
        const reload = environment.reloadModule.bind(environment);
        environment.reloadModule = async (node) => {
          const here = servedOf(environment);
          if (node.id !== null && here.around.isHot(node.id)) here.save(node.file ?? node.url, 'update', [node]);
          else await reload(node);
        };
      }
    },

    async resolveId(this: PluginContext, source: string, importer: string | undefined, details: ResolveDetails) {
      const here = servedHere(this);
      if (!here) return null;
      if (source === 'relup:runtime') return runtimeId;
      if (source.startsWith(virtualPrefix)) return source;
      if (source.startsWith('relup:dev/')) return `\0${source}`;
      if (source === 'relup/browser') return `${ownPrefix}browser-served.js`;
      const ownEntry = Object.hasOwn(own.entries, source) ? own.entries[source] : undefined;
      if (ownEntry !== undefined) return `${ownPrefix}${ownEntry.slice(own.folder.length + 1)}`;
      if (importer?.startsWith(ownPrefix) && source.startsWith('./')) return source === './main.js' ? runtimeId : `${ownPrefix}${source.slice(2)}`;
      if (importer?.startsWith(coldPrefix)) {
        const target = here.cold.get(decodeURIComponent(importer.slice(coldPrefix.length)));
        return target ? this.resolve(source, target.importer, { ...details, skipSelf: true }) : null;
      }
      // What is asked a second time is answered at once.
      return importer !== undefined && here.around.isHot(importer) ? here.around.resolutions.get(importer)?.get(source) ?? null : null;
    },

    load(this: PluginContext, id: string): LoadResult {
      const here = servedHere(this);
      if (!here) return null;
      if (id === runtimeId) return peerText(config, here.around.client, keyOf((this as unknown as { environment: DevEnvironment }).environment), session, configHash());
      for (const [prefix, folder] of [[packedPrefix, join(own.folder, '..', 'dev')], [ownPrefix, own.folder]] as const) {
        const name = id.startsWith(prefix) ? id.slice(prefix.length) : '';
        // Whoever asks the server for such an id gets no other files.
        if (/^[\w-]+\.js$/.test(name)) return { code: readFileSync(join(folder, name), 'utf8'), map: { mappings: '' } };
      }
      if (!id.startsWith(coldPrefix)) return null;
      const key = decodeURIComponent(id.slice(coldPrefix.length));
      return { code: `import * as all from ${JSON.stringify(here.cold.get(key)?.specifier ?? key)};\nexport default all;`, map: { mappings: '' } };
    },

    async transform(this: TransformPluginContext, text: string, resolvedId: string): Promise<TransformResult> {
      const here = servedHere(this);
      if (!here?.around.isHot(resolvedId)) return null;
      const { module: { entry }, code, map, requests } = await here.transform(this, text, resolvedId);
      const known = knownOf(here.around, resolvedId);
      entry.requests.forEach((target, index) => {
        const specifier = target.startsWith('cold:') ? requests[index]?.specifier : undefined;
        if (specifier !== undefined && !here.cold.has(target.slice('cold:'.length))) here.cold.set(target.slice('cold:'.length), { specifier: isPath(specifier) ? known.get(specifier)?.id ?? resolvePath(resolvedId, '..', specifier) : specifier, importer: resolvedId });
      });
      clearTimeout(writing);
      writing = setTimeout(() => caches?.write(), 1000).unref();
      return { code: here.around.client && unanalysed.test(resolvedId) ? code.replace(JSON.stringify(names.runtime), JSON.stringify(runtimeUrl(config.base))) : code, map };
    },

    hotUpdate(this: object, { type, file, modules }: HotUpdateOptions): EnvironmentModuleNode[] | undefined {
      const here = servedHere(this);
      if (!here) return undefined;
      const ours: EnvironmentModuleNode[] = [];
      const others: EnvironmentModuleNode[] = [];
      for (const node of modules) {
        if (node.id !== null && here.around.isHot(node.id)) ours.push(node);
        // A file that modules were made of: its importers are made again.
        else if (node.id === null || node.type === 'asset') {
          const importers = [...node.importers].filter(({ id }) => id !== null && here.around.isHot(id));
          ours.push(...importers);
          if (importers.length < node.importers.size || importers.length === 0) others.push(node);
        } else others.push(node);
      }
      // What a module asked for in vain may be there now.
      if (type === 'create') {
        for (const [importer, paths] of here.around.missing) {
          const node = paths.some((path) => file.startsWith(path)) && (this as { readonly environment: DevEnvironment }).environment.moduleGraph.getModuleById(importer);
          if (node && !ours.includes(node)) ours.push(node);
        }
      }
      if (ours.length === 0 && !(type === 'create' && here.isBroken())) return undefined;
      here.save(file, type, ours);
      return others;
    },

    /** The peer runs by itself, also where the page's own scripts cannot. */
    transformIndexHtml() {
      return server ? [{ tag: 'script', attrs: { type: 'module', src: runtimeUrl(config.base) }, injectTo: 'head-prepend' as const }] : [];
    },

    close(): void {
      clearTimeout(writing);
      caches?.write();
    },
  };
}
