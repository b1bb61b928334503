/**
 * The build: wires the transform, facades, artifacts and the store to the hooks of Rollup and of bundlers with its hooks.
 *
 * Holds what one build knows of its modules and nothing of how they are rewritten. Must never let a proxy chunk out:
 * all files but those of the store are what they would be without artifacts.
 */
import { readFileSync } from 'node:fs';
import { isAbsolute, relative, resolve as resolvePath } from 'node:path';
import type {
  NormalizedOutputOptions, OutputBundle, OutputChunk, OutputOptions, LoadResult, PluginContext, ResolvedId, TransformPluginContext, TransformResult,
} from 'rollup';
import { RelupError } from '../runtime/errors.js';
import type { ColdEntry, Link, Manifest, ModuleEntry } from '../runtime/protocol.js';
import { planReleases } from '../runtime/plan.js';
import { createResolver } from '../runtime/resolve.js';
import { checkLinkNames, finishArtifact, finishMap, type RenderedMap } from './artifacts.js';
import { BuildCache } from './cache.js';
import { chainMaps } from './maps.js';
import { facadeIdOf, facadeTarget, virtualPrefix, writeFacade } from './facade.js';
import { checkLinks, collectCold, hashOf, type Facts, type Linked } from './manifest.js';
import { isHotModule, moduleIdOf, type CheckedOptions } from './options.js';
import { outlineModule, type Outline } from './outline.js';
import { forgetPackages, isPath, ownFiles, packageNameOf, versionOf } from './packages.js';
import { rewriteModule, type Resolution, type SourceMap } from './rewrite.js';
import { checkWritable, writeRelease, type NewArtifact } from './store.js';

/** What the bundler around decides. Filled by `rollup.ts` and `vite.ts`. */
export interface Surroundings {
  readonly root: string;
  readonly app: string;
  readonly target: 'node' | 'browser';
  /** Expressions that the bundler replaces, for dropping dead branches. */
  readonly define: Readonly<Record<string, string>>;
  /** `import.meta.env` is replaced only after the transform. */
  readonly keepMetaEnv: boolean;
  readonly sourcemap: boolean;
  /** What is rewritten is what chunks get: no one renders them anew, so artifacts need no proxies. */
  readonly direct: boolean;
  /** Nobody changed the sources before, so a source map of the rewrite leads to them. */
  readonly untouched: boolean;
  /** All that shapes the bytes of an artifact besides its text: versions, minifier, target, base, defines. */
  readonly shape: string;
  /** A worker's build: no store of its own. */
  readonly worker: boolean;
  readonly log: (message: string) => void;
}

/** A hot module of this build. */
interface HotModule {
  readonly id: string;
  readonly resolvedId: string;
  readonly outline: OutlineFacts;
  /** As `Link.r`. */
  readonly targets: readonly string[];
  /** As `Link.n`. */
  readonly names: readonly (readonly string[])[];
  /** Resolved id by request index; null where it is cold. */
  readonly hotRequests: readonly (string | null)[];
  readonly dynamicTargets: readonly string[];
  readonly link: Link;
  readonly cacheKey: string;
  readonly made: Made;
  /** Whether it holds placeholders of files, which become addresses only when chunks are rendered. */
  readonly addresses: boolean;
}

type OutlineFacts = Omit<Outline, 'body'>;

/** What the transform made of a module, as the cache keeps it. */
interface Made {
  readonly outline: OutlineFacts;
  /** Requests and dynamic imports; where they lead elsewhere, the code is another. */
  readonly resolutions: string;
  readonly bundleCode: string;
  readonly bundleMap: SourceMap | null;
  readonly artifactCode: string;
  readonly link: Link;
  /** Null while the bundler renders its proxy. */
  artifact: (NewArtifact & { readonly stamp: string; readonly size: number }) | null;
}

interface Proxy {
  readonly fileName: string;
  readonly code: string;
  readonly map: string | null;
}

const runtimeId = `${virtualPrefix}runtime`;
/** Without the usual zero: Rollup leaves modules that have it out of source maps. */
const artifactPrefix = 'relup:artifact:';
const runtimeChunk = 'relup';

/** Text that bundlers replace when they render chunks. */
const placeholder = /__VITE_|ROLL(?:UP|DOWN)_FILE_URL_/;
/** Written with dots, they are properties of `import.meta`, which the rewrite would make its own. */
const fileAddress = /\bimport\.meta\.(?=ROLL(?:UP|DOWN)_FILE_URL_)/g;
const standIn = /\bimport_meta_(?=ROLL(?:UP|DOWN)_FILE_URL_)/g;

export function createBuild(options: CheckedOptions, surroundings: () => Surroundings) {
  const own = ownFiles();
  const runtimeFile = options.runtimeFile ?? own.bundled;
  let around: Surroundings;
  let modules = new Map<string, HotModule>();
  let resolutions = new Map<string, Map<string, ResolvedId>>();
  let packages = new Map<string, Pick<ColdEntry, 'version' | 'external'>>();
  /** In-root cold modules by key, whose version is their content. */
  let coldFiles = new Map<string, string>();
  /** How the modules behind facades were resolved, by module id. */
  let facadeTargets = new Map<string, ResolvedId>();
  let entries = new Set<string>();
  let proxies = new Map<string, Proxy>();
  let proxyOf = new Map<string, string>();
  let cache: BuildCache<Made>;
  /** Maps of artifacts that this build made, by resolved id. */
  let artifactMaps = new Map<string, string>();
  let storeFolder: string | null = null;
  /** Where proxies lie: in the store's place, so that addresses relative to them are right for the artifacts. */
  let proxyFolder = 'relup/modules/';

  const isHot = (resolvedId: string): boolean => isHotModule(resolvedId, around.root, options) && !resolvedId.startsWith(`${own.folder}/`);
  const idOf = (resolvedId: string): string => moduleIdOf(resolvedId, around.root);

  /** Sets the stage for one build. `outputFolder` is null while it is not known (plain Rollup learns it late). */
  function begin(outputFolder: string | null): void {
    around = surroundings();
    modules = new Map();
    resolutions = new Map();
    packages = new Map();
    coldFiles = new Map();
    facadeTargets = new Map();
    entries = new Set();
    proxies = new Map();
    proxyOf = new Map();
    artifactMaps = new Map();
    forgetPackages();
    storeFolder = around.worker || options.store === false ? null
      : options.store !== null ? resolvePath(around.root, options.store)
      : outputFolder === null ? null : resolvePath(outputFolder, 'relup');
    const inside = storeFolder === null || outputFolder === null ? 'relup' : relative(outputFolder, storeFolder).replaceAll('\\', '/');
    proxyFolder = inside.startsWith('..') || isAbsolute(inside) ? 'relup/modules/' : `${inside}/modules/`;
    cache = new BuildCache(around.root, `${around.app} ${around.worker}`, `${own.version} ${process.version}`);
    if (storeFolder !== null) checkWritable(storeFolder);
  }

  // -- resolving

  async function resolveId(this: PluginContext, source: string, importer: string | undefined, details: ResolveDetails) {
    if (source === 'relup:runtime') return runtimeId;
    if (source.startsWith(virtualPrefix) || source.startsWith(artifactPrefix)) return source;
    const ownEntry = Object.hasOwn(own.entries, source) ? own.entries[source] : undefined;
    if (ownEntry !== undefined) return ownEntry;
    if (importer?.startsWith(own.folder)) {
      return source.startsWith('.') && resolvePath(importer, '..', source) === own.main ? runtimeId : null;
    }
    if (importer === undefined) {
      if (!details.isEntry) return null;
    } else if (importer.startsWith(virtualPrefix)) {
      const target = facadeTargets.get(facadeTarget(importer) ?? '');
      return target && source === target.id ? target : resolutions.get(importer)?.get(source) ?? null;
    } else if (isHot(importer)) {
      return resolutions.get(importer)?.get(source) ?? null;
    } else if (importer.includes('/node_modules/') && options.include.length === 0 && isPath(source)) {
      // Packages do not import the application by path, and asking for each of their files costs time.
      return null;
    }
    const resolved = await this.resolve(source, importer, { ...details, skipSelf: true });
    if (!resolved || resolved.external || !isHot(resolved.id)) return resolved;
    if (details.isEntry || importer?.split('?')[0]?.endsWith('.html')) entries.add(idOf(resolved.id));
    facadeTargets.set(idOf(resolved.id), resolved);
    return { ...resolved, id: facadeIdOf(idOf(resolved.id)), moduleSideEffects: details.isEntry ? true : resolved.moduleSideEffects };
  }

  /** Where a request of a hot module leads. Remembered, so that the bundler's own question is answered at once. */
  async function resolveRequest(context: TransformPluginContext, specifier: string, importer: string, attributes: Readonly<Record<string, string>>): Promise<Resolution> {
    if (specifier === 'relup' || specifier.startsWith('relup/')) return { hot: false, target: specifier, specifier };
    const resolved = await context.resolve(specifier, importer, { skipSelf: true, attributes: { ...attributes } });
    let known = resolutions.get(importer);
    if (!known) resolutions.set(importer, known = new Map());
    if (resolved && !resolved.external && isHot(resolved.id)) {
      known.set(resolved.id, resolved);
      known.set(specifier, resolved);
      return { hot: true, target: idOf(resolved.id), specifier: resolved.id };
    }
    if (resolved) known.set(specifier, resolved);
    const key = coldKeyOf(specifier, resolved);
    if (!packages.has(key)) {
      const external = resolved ? Boolean(resolved.external) : packageNameOf(specifier) !== null;
      packages.set(key, { version: versionOf(specifier, resolved?.id ?? null, importer), external });
      if (resolved && !external && packages.get(key)?.version === null) coldFiles.set(key, resolved.id);
    }
    return { hot: false, target: key, specifier };
  }

  /** Packages by their specifier, files by their path from the root: a key must not depend on the importer. */
  function coldKeyOf(specifier: string, resolved: ResolvedId | null): string {
    if (!resolved || resolved.external && !isPath(specifier)) return specifier;
    if (isAbsolute(resolved.id) && (isPath(specifier) || !resolved.id.includes('/node_modules/'))) return idOf(resolved.id);
    return specifier;
  }

  // -- modules

  async function transform(this: TransformPluginContext, text: string, resolvedId: string): Promise<TransformResult> {
    if (!isHot(resolvedId)) return null;
    const id = idOf(resolvedId);
    const addresses = placeholder.test(text);
    const cacheKey = hashOf(`${around.shape}\0${id}\0${text}`);
    const known = cache.get(cacheKey);
    const outline = known?.outline ?? outlineOf(text, id, addresses);
    const [requests, dynamicRequests] = await Promise.all([
      Promise.all(outline.requests.map(request => resolveRequest(this, request.specifier, resolvedId, request.attributes))),
      Promise.all(outline.dynamic.map(request => resolveRequest(this, request.specifier, resolvedId, request.attributes))),
    ]);
    const resolutions = JSON.stringify([requests, dynamicRequests]);
    const isKnown = known?.resolutions === resolutions;
    const made = isKnown ? known : rewrite(this, text, resolvedId, 'body' in outline ? outline as Outline : outlineOf(text, id, addresses), { requests, dynamicRequests, resolutions });
    if (!isKnown && !addresses) cache.set(cacheKey, made);
    modules.set(resolvedId, {
      id, resolvedId, outline, cacheKey, made, addresses,
      link: made.link,
      targets: made.link.r ?? [],
      names: made.link.n ?? [],
      hotRequests: requests.map(({ hot, specifier }) => hot ? specifier : null),
      dynamicTargets: dynamicRequests.map(({ hot, target }) => hot ? target : `cold:${target}`),
    });
    if (!made.artifact) {
      if (around.direct && !addresses) made.artifact = directArtifact(id, resolvedId, made);
      else emitProxy(this, resolvedId, made);
    }
    return {
      code: made.bundleCode,
      map: made.bundleMap ? { ...made.bundleMap, sourcesContent: [text] } : null,
      ...(outline.sideEffectFree && { moduleSideEffects: false }),
    } as TransformResult;
  }

  /** A same-length stand-in hides what bundlers replace where chunks are rendered, so that the rewrite leaves it alone. */
  function outlineOf(text: string, id: string, addresses: boolean): Outline {
    return outlineModule(addresses ? text.replace(fileAddress, 'import_meta_') : text, { id, define: around.define, keepMetaEnv: around.keepMetaEnv });
  }

  function rewrite(
    context: TransformPluginContext, text: string, resolvedId: string, outline: Outline,
    found: { readonly requests: readonly Resolution[]; readonly dynamicRequests: readonly Resolution[]; readonly resolutions: string },
  ): Made {
    const addresses = placeholder.test(text);
    const dynamic: Record<string, Resolution> = {};
    outline.dynamic.forEach((request, index) => {
      const resolution = found.dynamicRequests[index];
      if (resolution) dynamic[request.specifier] = resolution;
    });
    const source = addresses ? text.replace(fileAddress, 'import_meta_') : text;
    const { bundle, artifact, link } = rewriteModule(source, outline, { id: idOf(resolvedId), requests: found.requests, dynamic, sourceFile: resolvedId });
    const restore = (code: string): string => addresses ? code.replace(standIn, 'import.meta.') : code;
    if (around.sourcemap) {
      const map = around.untouched ? JSON.stringify(artifact.map) : chainMaps(artifact.map, context.getCombinedSourcemap());
      artifactMaps.set(resolvedId, map);
    }
    const { body: _, ...facts } = outline;
    return {
      outline: facts, resolutions: found.resolutions, link, artifact: null,
      bundleCode: restore(bundle.code),
      bundleMap: around.sourcemap ? { ...bundle.map, sourcesContent: [] } : null,
      artifactCode: restore(artifact.code),
    };
  }

  /** The artifact itself, where rendering would change nothing. */
  function directArtifact(id: string, resolvedId: string, made: Made): Made['artifact'] {
    const { code, stamp, size, lineShift } = finishArtifact(id, made.artifactCode, false);
    const map = artifactMaps.get(resolvedId);
    if (map === undefined) return { code, stamp, size, map: null };
    const place = storeFolder ?? resolvePath(around.root, 'dist/relup');
    return { code, stamp, size, map: finishMap(JSON.parse(map) as RenderedMap, stamp, lineShift, source => relative(resolvePath(place, 'modules'), source).replaceAll('\\', '/')) };
  }

  /**
   * A chunk that no one imports and that imports nothing, so that defines, minifying and addresses of files are the bundler's
   * own. Its id says nothing of the module: plugins for other languages would take it for theirs.
   */
  function emitProxy(context: TransformPluginContext, resolvedId: string, { artifactCode }: Made): void {
    const before = proxyOf.get(resolvedId);
    const number = before ?? String(proxies.size);
    const fileName = `${proxyFolder}proxy-${number}.js`;
    proxies.set(number, { fileName, code: artifactCode, map: artifactMaps.get(resolvedId) ?? null });
    proxyOf.set(resolvedId, number);
    context.emitFile({ type: 'chunk', id: `${artifactPrefix}${number}`, fileName });
  }

  async function load(this: PluginContext, id: string): Promise<LoadResult> {
    if (id === runtimeId) return { code: readRuntime(runtimeFile), moduleSideEffects: false };
    if (id.startsWith(artifactPrefix)) {
      const proxy = proxies.get(id.slice(artifactPrefix.length));
      return proxy ? { code: proxy.code, map: proxy.map ?? { mappings: '' }, moduleSideEffects: true } : null;
    }
    const target = facadeTargets.get(facadeTarget(id) ?? '');
    return target ? { code: await loadFacade(this, id, target.id), map: { mappings: '' } } : null;
  }

  async function loadFacade(context: PluginContext, facadeId: string, target: string): Promise<string> {
    const graph = await loadGraph(context, target);
    const start = modules.get(target);
    if (!start) throw new RelupError('PARSE', idOf(target), `"${idOf(target)}" was not transformed.`, 'Report this: another plugin answers for the module.');
    const { exportNames } = createResolver(Object.fromEntries([...graph.values()].map(module => [module.id, linkedOf(module)])));
    return writeFacade({
      specifier: target,
      exportNames: exportNames(start.id),
      coldStars: coldStarsBelow(start, facadeId),
      awaits: [...graph.values()].some(module => module.outline.async),
    });
  }

  /** Every hot module below one, loaded and transformed. */
  async function loadGraph(context: PluginContext, target: string): Promise<Map<string, HotModule>> {
    const graph = new Map<string, HotModule>();
    const seen = new Set<string>();
    const visit = async (resolvedId: string): Promise<void> => {
      if (seen.has(resolvedId)) return;
      seen.add(resolvedId);
      if (!modules.has(resolvedId)) await context.load({ id: resolvedId });
      const module = modules.get(resolvedId);
      if (!module) return;
      graph.set(resolvedId, module);
      await Promise.all(module.hotRequests.map(request => request === null ? undefined : visit(request)));
    };
    await visit(target);
    return graph;
  }

  /** `export *` of cold modules, over any number of hot ones: only the bundler knows their names. */
  function coldStarsBelow(start: HotModule, facadeId: string): string[] {
    const stars: string[] = [];
    const seen = new Set<HotModule>();
    const visit = (module: HotModule): void => {
      if (seen.has(module)) return;
      seen.add(module);
      for (const index of module.outline.stars) {
        const next = module.hotRequests[index];
        const specifier = module.outline.requests[index]?.specifier;
        if (next === null && specifier !== undefined) {
          const resolved = resolutions.get(module.resolvedId)?.get(specifier);
          const name = resolved && !resolved.external ? resolved.id : specifier;
          let known = resolutions.get(facadeId);
          if (!known) resolutions.set(facadeId, known = new Map());
          if (resolved) known.set(name, resolved);
          stars.push(name);
        } else if (next) {
          const below = modules.get(next);
          if (below) visit(below);
        }
      }
    };
    visit(start);
    return stars;
  }

  function linkedOf(module: HotModule): Linked {
    const { outline } = module;
    return {
      requests: module.targets,
      names: module.names,
      exports: outline.exports,
      indirect: outline.indirect,
      stars: outline.stars,
      lines: outline.requests.map(request => request.line),
    };
  }

  /** The hot modules that this build's graph still has; in a watching build some may be left over. */
  function currentModules(context: PluginContext): HotModule[] {
    const present = new Set(context.getModuleIds());
    return [...modules.values()].filter(module => present.has(module.resolvedId));
  }

  function buildEnd(this: PluginContext, error?: Error): void {
    if (error) return;
    checkLinks(Object.fromEntries(currentModules(this).map(module => [module.id, linkedOf(module)])));
  }

  // -- chunks

  /** The runtime is a chunk of its own, and no grouping of the user's may take in a proxy. */
  function outputOptions(this: PluginContext | { readonly meta: object }, output: OutputOptions & RolldownOutput): OutputOptions {
    const changed: OutputOptions & RolldownOutput = { ...output };
    if (output.inlineDynamicImports || output.codeSplitting === false) return output;
    const grouping = typeof output.codeSplitting === 'object' ? 'codeSplitting' : output.advancedChunks ? 'advancedChunks' : null;
    const chunks = output.manualChunks;
    if (grouping) {
      const given = output[grouping] as RolldownGroups;
      changed[grouping] = { ...given, groups: [runtimeGroup, ...(given.groups ?? []).map(withoutProxies)] };
    } else if ('rolldownVersion' in this.meta) {
      // Its `manualChunks` lets a group take in what it imports, even where that has a group of its own.
      delete changed.manualChunks;
      const name = chunks as ((id: string, context: unknown) => string | null | undefined) | undefined;
      const given: RolldownGroup[] = name ? [{ name: (id: string, context: unknown) => isOwnChunk(id) ? null : name(id, context) ?? null }] : [];
      changed.codeSplitting = { groups: [runtimeGroup, ...given] };
    } else if (typeof chunks === 'function') {
      changed.manualChunks = (id, meta) => id === runtimeId ? runtimeChunk : id.startsWith(artifactPrefix) ? undefined : chunks(id, meta);
    } else if (chunks) {
      changed.manualChunks = { ...chunks, [runtimeChunk]: [runtimeId] };
    } else {
      changed.manualChunks = id => id === runtimeId ? runtimeChunk : undefined;
    }
    return changed;
  }

  function renderStart(output: { format: string; inlineDynamicImports?: boolean; codeSplitting?: unknown; preserveModules?: boolean }): void {
    const wrong = output.format !== 'es' && output.format !== 'esm' && output.format !== 'module' && output.format !== 'cjs' ? `format "${output.format}"`
      : output.inlineDynamicImports ? 'inlineDynamicImports'
      : output.codeSplitting === false ? 'codeSplitting: false'
      : null;
    if (wrong === null || modules.size === 0) return;
    throw new RelupError('OPTION', '', `An output with ${wrong} cannot be upgraded: it has one file, and patches need the runtime in its own.`,
      around.worker ? 'Set worker.format to "es", or leave relup out of worker.plugins.' : 'Write ES modules with more than one chunk, or leave relup out of this build.');
  }

  function generateBundle(this: PluginContext, output: NormalizedOutputOptions, bundle: OutputBundle): void {
    const folder = output.dir ?? around.root;
    const isModuleFormat = output.format === 'es';
    let checked = false;
    for (const [resolvedId, number] of proxyOf) {
      const proxy = proxies.get(number) as Proxy;
      const chunk = bundle[proxy.fileName];
      const module = modules.get(resolvedId);
      if (chunk?.type === 'chunk' && module && isModuleFormat) {
        const { code, stamp, size, lineShift } = finishArtifact(module.id, chunk.code, module.addresses);
        if (!checked && Object.keys(module.link).length > 0) {
          checkLinkNames(module.id, code, module.link);
          checked = true;
        }
        const map = mapOf(chunk, bundle);
        module.made.artifact = { code, stamp, size, map: map ? storeMap(map, stamp, lineShift, resolvePath(folder, proxy.fileName, '..')) : null };
      }
      delete bundle[proxy.fileName];
      delete bundle[`${proxy.fileName}.map`];
    }
    for (const file of Object.values(bundle)) {
      if (file.type !== 'chunk' || file.facadeModuleId === null) continue;
      const target = facadeTargets.get(facadeTarget(file.facadeModuleId) ?? '');
      // Manifests and other plugins know the entry by its own name.
      if (target) file.facadeModuleId = target.id;
    }
  }

  /** Sources relative to the artifact; bundlers give them relative to the proxy. */
  function storeMap(map: RenderedMap, stamp: string, lineShift: number, proxyPlace: string): string {
    const artifactPlace = storeFolder === null ? proxyPlace : resolvePath(storeFolder, 'modules');
    const place = (source: string): string => /^[\w-]+:/.test(source) || source.startsWith('\0') ? source
      : relative(artifactPlace, resolvePath(proxyPlace, source)).replaceAll('\\', '/');
    return finishMap(map, stamp, lineShift, place);
  }

  function writeBundle(this: PluginContext, output: NormalizedOutputOptions, bundle: OutputBundle): void {
    if (around.worker || options.store === false || output.format !== 'es' || modules.size === 0) return;
    const folder = storeFolder ?? resolvePath(output.dir ?? '.', 'relup');
    const { facts, artifacts } = collectFacts(this, bundle, Boolean(output.sourcemap));
    const entryChunks: Record<string, string> = {};
    for (const file of Object.values(bundle)) {
      if (file.type === 'chunk' && file.isEntry) entryChunks[file.fileName] = hashOf(file.code);
    }
    const started = performance.now();
    const { manifest, isNew, previous, artifactsWritten } = writeRelease(folder, {
      facts, entryChunks, artifacts, keep: options.keep,
    });
    cache.write();
    around.log(describe(manifest, isNew, previous, artifactsWritten, performance.now() - started));
  }

  function collectFacts(context: PluginContext, bundle: OutputBundle, withMaps: boolean): { facts: Facts; artifacts: Map<string, NewArtifact> } {
    const entriesById: Record<string, ModuleEntry> = {};
    const artifacts = new Map<string, NewArtifact>();
    for (const module of currentModules(context)) {
      const { artifact } = module.made;
      if (!artifact) {
        throw new RelupError('ARTIFACT_MISSING', module.id, `The bundler gave no artifact for "${module.id}".`, 'Build again; if it stays, report it with the name of the bundler.');
      }
      artifacts.set(artifact.stamp, { code: artifact.code, map: withMaps ? artifact.map : null });
      entriesById[module.id] = entryOf(module, artifact);
    }
    for (const [key, resolvedId] of coldFiles) {
      const code = /\.(?:css|scss|sass|less|styl|stylus|pcss|postcss|sss)(?:\?|$)/.test(resolvedId) ? null : context.getModuleInfo(resolvedId)?.code;
      packages.set(key, { external: false, version: code ? `sha256:${hashOf(code).slice(0, 16)}` : null });
    }
    const files: Record<'chunks' | 'styles' | 'assets' | 'workers', Record<string, string>> = { chunks: {}, styles: {}, assets: {}, workers: {} };
    for (const file of Object.values(bundle)) {
      if (file.fileName.endsWith('.map')) continue;
      const content = file.type === 'chunk' ? file.code : file.source;
      // Pages and lists of files change whenever a name in them does; that says nothing new.
      const kind = file.type === 'chunk' || /\.html$|^\.vite\/|manifest\.json$/.test(file.fileName) ? 'chunks'
        : file.fileName.endsWith('.css') ? 'styles'
        : /\.[cm]?js$/.test(file.fileName) ? 'workers'
        : 'assets';
      files[kind][file.fileName] = hashOf(content);
    }
    const facts: Facts = {
      app: around.app,
      ...(options.release !== null && { label: options.release }),
      target: around.target,
      entries: [...entries].filter(id => Object.hasOwn(entriesById, id)),
      modules: entriesById,
      cold: collectCold(entriesById, packages),
      ...files,
      drop: options.drop,
      ...((options.onStale !== 'refuse' || options.allow.length > 0) && { policy: { onStale: options.onStale, allow: options.allow } }),
    };
    return { facts, artifacts };
  }

  function entryOf({ outline, targets, names, dynamicTargets }: HotModule, { stamp, size }: { readonly stamp: string; readonly size: number }): ModuleEntry {
    return {
      stamp,
      size,
      requests: targets,
      names,
      exports: outline.exports,
      indirect: outline.indirect,
      stars: outline.stars,
      dynamic: dynamicTargets,
      async: outline.async,
      loads: outline.loads,
      loadLines: outline.loadLines,
      reaches: outline.reaches,
      states: outline.states,
      effects: outline.effects,
      undeclared: outline.undeclared,
      stateAtLoad: outline.stateAtLoad,
      hook: outline.hook,
    };
  }

  /** The runtime's `import(name, options)` is meant to stay what it is. */
  function onLog(_level: string, log: { readonly id?: string | undefined }): boolean | void {
    if (log.id === runtimeId) return false;
  }

  /** Bundlers in other languages need not ask for what does not match. */
  const loadFilter = { id: [/^\0relup:/, /^relup:/] };

  return { loadFilter, onLog, begin, resolveId, transform, load, buildEnd, outputOptions, renderStart, generateBundle, writeBundle };
}

/** Rolldown gives maps only as files. */
function mapOf(chunk: OutputChunk, bundle: OutputBundle): RenderedMap | null {
  if (chunk.map) return chunk.map as RenderedMap;
  const file = bundle[`${chunk.fileName}.map`];
  return file?.type === 'asset' ? JSON.parse(String(file.source)) as RenderedMap : null;
}

function describe(manifest: Manifest, isNew: boolean, previous: Manifest | null, written: number, storeMs: number): string {
  const count = Object.keys(manifest.modules).length;
  const name = `release #${manifest.number} ${manifest.release}`;
  if (!isNew) return `${name} is unchanged, ${count} modules`;
  const tail = `${count} modules, ${written} new artifacts, store written in ${Math.round(storeMs)} ms`;
  if (!previous) return `${name}, ${tail}`;
  const plan = planReleases(previous, manifest);
  const why = plan.refusals.length > 0 ? ` (${[...new Set(plan.refusals.map(refusal => refusal.code))].join(', ')})` : '';
  return `${name}, ${tail}; from #${previous.number}: ${plan.way}${why}`;
}

function readRuntime(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new RelupError('NOT_BUILT', 'dist/runtime.js', 'The runtime of relup is not there.', 'Run "npm run build" in the package of relup, or install it again.', cause);
  }
}

interface ResolveDetails {
  readonly isEntry: boolean;
  readonly attributes?: Record<string, string>;
}

interface RolldownGroup {
  readonly name: unknown;
  readonly test?: string | RegExp | ((id: string) => boolean | undefined | void);
  readonly priority?: number;
}

interface RolldownGroups {
  readonly groups?: readonly RolldownGroup[];
}

/** What rolldown adds to the options of an output. */
interface RolldownOutput {
  codeSplitting?: boolean | RolldownGroups;
  advancedChunks?: RolldownGroups;
}

const runtimeGroup: RolldownGroup = { name: runtimeChunk, test: /^\0relup:runtime$/, priority: 1_000_000 };

function isOwnChunk(id: string): boolean {
  return id === runtimeId || id.startsWith(artifactPrefix);
}

function withoutProxies(group: RolldownGroup): RolldownGroup {
  const { test } = group;
  const matches = (id: string): boolean => test === undefined ? true
    : typeof test === 'function' ? Boolean(test(id))
    : typeof test === 'string' ? id.includes(test)
    : test.test(id);
  return { ...group, test: id => !isOwnChunk(id) && matches(id) };
}
