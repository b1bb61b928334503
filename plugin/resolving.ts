/**
 * Where imports lead: to a hot module, to the facade of one (from cold code and entries), to the runtime, or wherever the
 * bundler says. Asks the bundler and remembers its answers; must never answer differently for the same question.
 */
import { isAbsolute, resolve as resolvePath } from 'node:path';
import type { PluginContext, ResolvedId, TransformPluginContext } from 'rollup';
import { artifactPrefix, facadeIdOf, facadeTarget, runtimeId, virtualPrefix } from './facade.js';
import type { DynamicOutline, RequestOutline } from './outline.js';
import { isPath, packageNameOf, versionOf } from './packages.js';
import type { Resolution } from './rewrite.js';
import type { OutlineFacts, Resolving, Session } from './session.js';

/** The bundler's answers to one importer, by specifier. */
export type Known = Map<string, ResolvedId>;

export interface ResolveDetails {
  readonly isEntry: boolean;
  readonly attributes?: Record<string, string>;
}

/** The hook `resolveId`. */
export async function resolveImport(session: Session, context: PluginContext, source: string, importer: string | undefined, details: ResolveDetails) {
  const { own, isHot, idOf, facadeTargets, resolutions } = session;
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
  } else if (importer.includes('/node_modules/') && session.options.include.length === 0 && isPath(source)) {
    // Packages do not import the application by path, and asking for each of their files costs time.
    return null;
  }
  const resolved = await context.resolve(source, importer, { ...details, skipSelf: true });
  if (!resolved || resolved.external || !isHot(resolved.id)) return resolved;
  const id = idOf(resolved.id);
  if (details.isEntry || importer?.split('?')[0]?.endsWith('.html')) session.entries.add(id);
  facadeTargets.set(id, resolved);
  return { ...resolved, id: facadeIdOf(id), moduleSideEffects: details.isEntry ? true : resolved.moduleSideEffects };
}

/** What the requests of a module turned out to be. */
export interface Found {
  readonly requests: readonly Resolution[];
  readonly dynamicRequests: readonly (Resolution | null)[];
  /** What `import.meta.hot` accepts. */
  readonly acceptedRequests: readonly Resolution[];
}

/**
 * Where all requests of a hot module lead. Remembered, so that the bundler's own questions are answered at once: as a whole, since a
 * dev server transforms a module that is saved again while it is still at it, and neither may see half of the other's answers.
 */
export async function resolveRequests(
  session: Resolving, context: Pick<TransformPluginContext, 'resolve' | 'warn'>, outline: Pick<OutlineFacts, 'requests' | 'dynamic' | 'hot'>, importer: string,
): Promise<{ readonly found: Found; readonly known: Known }> {
  const known: Known = new Map();
  const one = ({ specifier, attributes }: Pick<RequestOutline, 'specifier' | 'attributes'>): Promise<Resolution> => resolveRequest(session, context, known, specifier, importer, attributes);
  const [requests, dynamicRequests, acceptedRequests] = await Promise.all([
    Promise.all(outline.requests.map(one)),
    Promise.all(outline.dynamic.map((request) => resolveDynamic(session, context, known, request, importer))),
    Promise.all((outline.hot?.deps ?? []).map(one)),
  ]);
  session.resolutions.set(importer, known);
  return { found: { requests, dynamicRequests, acceptedRequests }, known };
}

/** Where a request leads; `known` is added to. */
async function resolveRequest(
  session: Resolving, context: Pick<TransformPluginContext, 'resolve'>, known: Known, specifier: string, importer: string, attributes: Readonly<Record<string, string>>,
): Promise<Resolution> {
  if (specifier === 'relup' || specifier.startsWith('relup/')) return { hot: false, target: specifier, specifier };
  const resolved = await context.resolve(specifier, importer, { skipSelf: true, attributes: { ...attributes } });
  if (resolved && !resolved.external && session.isHot(resolved.id)) {
    known.set(resolved.id, resolved);
    known.set(specifier, resolved);
    return { hot: true, target: session.idOf(resolved.id), specifier: resolved.id };
  }
  if (resolved) known.set(specifier, resolved);
  const key = coldKeyOf(session, specifier, resolved);
  if (!session.packages.has(key)) {
    const external = resolved ? Boolean(resolved.external) : packageNameOf(specifier) !== null;
    const version = versionOf(specifier, resolved?.id ?? null, importer);
    session.packages.set(key, { version, external });
    if (resolved && !external && version === null) session.coldFiles.set(key, resolved.id);
  }
  return { hot: false, target: key, specifier };
}

/** Null for a file that is not there: as in an engine, that is an error of the import() alone, so the host is asked at run time. */
async function resolveDynamic(session: Resolving, context: Pick<TransformPluginContext, 'resolve' | 'warn'>, known: Known, { specifier, attributes, line }: DynamicOutline, importer: string): Promise<Resolution | null> {
  const resolution = await resolveRequest(session, context, known, specifier, importer, attributes);
  if (resolution.hot || !isPath(specifier) || known.has(specifier)) return resolution;
  context.warn({ code: 'UNRESOLVED_IMPORT', message: `${session.idOf(importer)}:${line} imports "${specifier}", which cannot be found; import() will reject.` });
  return null;
}

/** Answers of the bundler to an importer, to be added to. */
export function knownOf({ resolutions }: Resolving, importer: string): Known {
  let known = resolutions.get(importer);
  if (!known) resolutions.set(importer, known = new Map());
  return known;
}

/** Packages by their specifier, files by their path from the root: a key must not depend on the importer. */
function coldKeyOf({ idOf }: Resolving, specifier: string, resolved: ResolvedId | null): string {
  if (!resolved || resolved.external && !isPath(specifier)) return specifier;
  if (isAbsolute(resolved.id) && (isPath(specifier) || !resolved.id.includes('/node_modules/'))) return idOf(resolved.id);
  return specifier;
}
