/**
 * What one build knows of its modules. Data only: who finds out what is in the files beside; build.ts makes a new one for
 * every build, so that nothing of the last one is left over in a watching build.
 */
import { readFileSync } from 'node:fs';
import { isAbsolute, relative, resolve as resolvePath } from 'node:path';
import type { ResolvedId } from 'rollup';
import type { ColdEntry, HotEntry, Link } from '../runtime/protocol.js';
import { RelupError } from '../runtime/errors.js';
import { BuildCache } from './cache.js';
import { hashOf } from './manifest.js';
import { isHotModule, moduleIdOf, type CheckedOptions } from './options.js';
import type { Outline } from './outline.js';
import type { OwnFiles } from './packages.js';
import type { SourceMap } from './rewrite.js';
import { readSigning, type Signing } from './signing.js';
import type { NewArtifact } from './store.js';

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
  /** URL at which the output is served, as Vite has it. */
  readonly base: string;
  /** A worker's build: no store of its own. */
  readonly worker: boolean;
  readonly log: (message: string) => void;
}

/** An outline without the edits: what stays known of a module once it is rewritten. */
export type OutlineFacts = Omit<Outline, 'body'>;

/** What the transform made of a module, as the cache keeps it. */
export interface Made {
  readonly outline: OutlineFacts;
  /** Requests and dynamic imports; where they lead elsewhere, the code is another. */
  readonly resolutions: string;
  readonly bundleCode: string;
  readonly bundleMap: SourceMap | null;
  readonly artifactCode: string;
  /** The factory, or where it stands in `artifactCode`, if the bundle's code holds only its seal. */
  readonly sealed: readonly [start: number, end: number] | string | null;
  readonly link: Link;
  /** Null while the bundler renders its proxy. */
  artifact: (NewArtifact & { readonly stamp: string; readonly size: number }) | null;
}

/** A hot module of this build. */
export interface HotModule {
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
  readonly hot: HotEntry | null;
  readonly link: Link;
  readonly made: Made;
  /** Whether it holds placeholders of files, which become addresses only when chunks are rendered. */
  readonly addresses: boolean;
  /** Those of them that were hidden from the outline. */
  readonly hidden: readonly string[];
}

/** A chunk that stands for an artifact while the bundler renders. */
export interface Proxy {
  readonly fileName: string;
  readonly code: string;
  readonly map: string | null;
}

export interface Session {
  readonly options: CheckedOptions;
  readonly own: OwnFiles;
  readonly around: Surroundings;
  readonly cache: BuildCache<Made>;
  /** Keys: of the application, and of who signs its releases. */
  readonly signing: Signing;
  /** Hot modules by resolved id. */
  readonly modules: Map<string, HotModule>;
  /** What specifiers of an importer were resolved to. */
  readonly resolutions: Map<string, Map<string, ResolvedId>>;
  readonly packages: Map<string, Pick<ColdEntry, 'version' | 'external'>>;
  /** In-root cold modules by key, whose version is their content. */
  readonly coldFiles: Map<string, string>;
  /** How the modules behind facades were resolved, by module id. */
  readonly facadeTargets: Map<string, ResolvedId>;
  /** Modules with a wrong import that only import() reaches, by resolved id, and what is wrong. */
  readonly broken: Map<string, string>;
  /** Ids of entry modules. */
  readonly entries: Set<string>;
  /** Proxies by number, and the numbers by resolved id. */
  readonly proxies: Map<string, Proxy>;
  readonly proxyOf: Map<string, string>;
  /** Maps of artifacts that this build made, by resolved id. */
  readonly artifactMaps: Map<string, string>;
  /** Sources of style sheets by their file; those of chunks without one by ''. */
  readonly sheets: Map<string, readonly string[]>;
  /** What pages load to be upgraded; null for code that runs elsewhere. */
  readonly engine: { readonly code: string; readonly stamp: string } | null;
  /** Where the store lies in the output. */
  readonly storePlace: string;
  /** Null if none is written, or while plain Rollup has not told the output folder. */
  readonly storeFolder: string | null;
  /** Where proxies lie: in the store's place, so that addresses relative to them are right for the artifacts. */
  readonly proxyFolder: string;
  /** Whether the runtime gets a chunk of its own although nobody groups modules. Written when all modules are known. */
  isRuntimeApart: boolean;
  /** Exported functions that no chunk needs to hold, by module id. Written when all modules are known. */
  unneeded: ReadonlyMap<string, readonly string[]>;
  isHot(resolvedId: string): boolean;
  idOf(resolvedId: string): string;
}

/** What remembers where requests lead. */
export type Resolving = Pick<Session, 'isHot' | 'idOf' | 'resolutions' | 'packages' | 'coldFiles'>;

/** Entries of the cache that another version of these shapes wrote are not read. */
const cacheFormat = 7;

/** Errors: KEY. Shape: `outputFolder` is null while it is not known (plain Rollup learns it late). */
export function createSession(options: CheckedOptions, own: OwnFiles, around: Surroundings, outputFolder: string | null): Session {
  const storeFolder = around.worker || options.store === false ? null
    : options.store !== null ? resolvePath(around.root, options.store)
    : outputFolder === null ? null : resolvePath(outputFolder, 'relup');
  const inside = storeFolder === null || outputFolder === null ? 'relup' : relative(outputFolder, storeFolder).replaceAll('\\', '/');
  return {
    options, own, around, storeFolder,
    storePlace: inside,
    engine: around.target === 'browser' && !around.worker && options.store !== false ? readEngine(own.engine) : null,
    sheets: new Map(),
    signing: readSigning(options, around.root),
    cache: new BuildCache(around.root, `${around.app} ${around.worker}`, `${own.version} ${cacheFormat} ${process.version}`),
    modules: new Map(), resolutions: new Map(), packages: new Map(), coldFiles: new Map(), facadeTargets: new Map(), broken: new Map(), entries: new Set(),
    proxies: new Map(), proxyOf: new Map(), artifactMaps: new Map(), unneeded: new Map(), isRuntimeApart: false,
    proxyFolder: inside.startsWith('..') || isAbsolute(inside) ? 'relup/modules/' : `${inside}/modules/`,
    isHot: resolvedId => isHotModule(resolvedId, around.root, options) && !resolvedId.startsWith(`${own.folder}/`),
    idOf: resolvedId => moduleIdOf(resolvedId, around.root),
  };
}

function readEngine(file: string): Session['engine'] {
  try {
    const code = readFileSync(file, 'utf8');
    return { code, stamp: hashOf(code) };
  } catch (cause) {
    throw new RelupError('NOT_BUILT', 'dist/engine.js', 'What upgrades pages is not there.', 'Run "npm run build" in the package of relup, or install it again.', cause);
  }
}

/** Hot modules that evaluating some of them evaluates. */
export function graphBelow({ modules }: Session, roots: readonly string[]): Set<string> {
  const seen = new Set(roots);
  for (const resolvedId of seen) for (const request of modules.get(resolvedId)?.hotRequests ?? []) if (request !== null) seen.add(request);
  return seen;
}

/** The hot modules that this build's graph still has; in a watching build some may be left over. */
export function currentModules(session: Session, context: { getModuleIds(): Iterable<string> }): HotModule[] {
  const present = new Set(context.getModuleIds());
  return [...session.modules.values()].filter(module => present.has(module.resolvedId));
}
