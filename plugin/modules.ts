/**
 * The transform of one module: text -> its two forms, from the cache where the same text was rewritten before.
 * How a text is rewritten is not known here (outline.ts, rewrite.ts); this ties it to the bundler.
 */
import { relative, resolve as resolvePath } from 'node:path';
import type { TransformPluginContext, TransformResult } from 'rollup';
import { hasAddresses, hideAddresses, restoreAddresses } from './addresses.js';
import { finishArtifact, finishMap, type RenderedMap } from './artifacts.js';
import { settleHot } from './hot.js';
import { hashOf } from './manifest.js';
import { chainMaps } from './maps.js';
import { outlineModule, type Outline } from './outline.js';
import { emitProxy } from './proxies.js';
import { resolveRequests, type Found } from './resolving.js';
import { rewriteModule, type Resolution } from './rewrite.js';
import { canSeal, seal } from './seal.js';
import type { Made, Session } from './session.js';

/** A module as the bundler hands it over. */
interface Source {
  readonly text: string;
  readonly id: string;
  readonly resolvedId: string;
  /** Whether addresses of files come only when chunks are rendered. */
  readonly addresses: boolean;
  /** As the rewrite sees it, and what it does not see. */
  readonly shown: string;
  readonly hidden: readonly string[];
}

/** The hook `transform`, for a hot module. Errors: those of outlineModule. */
export async function transformModule(session: Session, context: TransformPluginContext, given: string, resolvedId: string): Promise<TransformResult> {
  const text = jsonAsModule(given, resolvedId);
  const { around, cache, modules } = session;
  const { text: shown, hidden } = hideAddresses(text);
  const source: Source = { text, resolvedId, id: session.idOf(resolvedId), addresses: hasAddresses(text), shown, hidden };
  const { id, addresses } = source;
  const cacheKey = hashOf(`${around.shape}\0${around.direct}\0${session.options.pure.join()}\0${id}\0${text}`);
  const known = cache.get(cacheKey);
  const outline = known?.outline ?? outlineOf(session, source);
  const { found } = await resolveRequests(session, context, outline, resolvedId);
  const { requests, dynamicRequests, acceptedRequests } = found;
  const resolutions = JSON.stringify(found);
  const isKnown = known?.resolutions === resolutions;
  const made = isKnown ? known
    : rewrite(session, context, source, 'body' in outline ? outline as Outline : outlineOf(session, source), found, resolutions);
  if (!isKnown && !addresses) cache.set(cacheKey, made);
  modules.set(resolvedId, {
    id, resolvedId, outline, made, addresses, hidden,
    link: made.link,
    targets: made.link.r ?? [],
    names: made.link.n ?? [],
    hotRequests: requests.map(({ hot, specifier }) => hot ? specifier : null),
    dynamicTargets: dynamicRequests.flatMap(each => each === null ? [] : each.hot ? each.target : `cold:${each.target}`),
    hot: settleHot(outline.hot, acceptedRequests),
  });
  if (!made.artifact) {
    if (around.direct && !addresses) made.artifact = directArtifact(session, source, made);
    else emitProxy(session, context, resolvedId, made);
  }
  return {
    code: made.bundleCode,
    map: made.bundleMap ? { ...made.bundleMap, sourcesContent: [text] } : null,
    ...(outline.sideEffectFree && { moduleSideEffects: false }),
  } as TransformResult;
}

/** The text of a JSON file that no plugin has compiled (plain Rollup has none for `with { type: 'json' }`). */
function jsonAsModule(text: string, resolvedId: string): string {
  if (!resolvedId.split('?')[0]?.endsWith('.json')) return text;
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  // `__proto__` is a key like any other in JSON only.
  return `export default ${text.includes('__proto__') ? `JSON.parse(${JSON.stringify(text)})` : text.trim()};`;
}

function outlineOf({ around, options }: Session, source: Source): Outline {
  return outlineModule(source.shown, { id: source.id, define: around.define, keepMetaEnv: around.keepMetaEnv, pure: options.pure });
}

function rewrite({ around, artifactMaps }: Session, context: TransformPluginContext, source: Source, outline: Outline, found: Found, resolutions: string): Made {
  const { id, resolvedId, addresses, hidden } = source;
  const dynamic: Record<string, Resolution> = {};
  outline.dynamic.forEach((request, index) => {
    const resolution = found.dynamicRequests[index];
    if (resolution) dynamic[request.specifier] = resolution;
  });
  const accepted = Object.fromEntries(found.acceptedRequests.map((resolution, index) => [outline.hot?.deps[index]?.specifier ?? '', resolution]));
  const { bundle, artifact, factories, link } = rewriteModule(source.shown, outline, { id, requests: found.requests, dynamic, accepted, sourceFile: resolvedId });
  const restore = (code: string): string => addresses ? restoreAddresses(code, hidden) : code;
  if (around.sourcemap) {
    artifactMaps.set(resolvedId, around.untouched ? JSON.stringify(artifact.map) : chainMaps(artifact.map, context.getCombinedSourcemap()));
  }
  const { body, ...facts } = outline;
  const isSealed = around.direct && !around.sourcemap && !addresses && canSeal(body.globals);
  const start = artifact.code.indexOf(factories.bundle);
  return {
    outline: facts, resolutions, link, artifact: null,
    bundleCode: isSealed ? bundle.code.replace(factories.bundle, () => seal(id, body.globals)) : restore(bundle.code),
    bundleMap: around.sourcemap ? { ...bundle.map, sourcesContent: [] } : null,
    artifactCode: restore(artifact.code),
    sealed: !isSealed ? null : start < 0 ? factories.bundle : [start, start + factories.bundle.length],
  };
}

/** The artifact itself, where rendering would change nothing. */
function directArtifact({ around, artifactMaps, storeFolder }: Session, { id, resolvedId }: Source, made: Made): Made['artifact'] {
  const { code, stamp, size, lineShift } = finishArtifact(id, made.artifactCode, false);
  const map = artifactMaps.get(resolvedId);
  if (map === undefined) return { code, stamp, size, map: null };
  const place = resolvePath(storeFolder ?? resolvePath(around.root, 'dist/relup'), 'modules');
  return { code, stamp, size, map: finishMap(JSON.parse(map) as RenderedMap, stamp, lineShift, file => relative(place, file).replaceAll('\\', '/')) };
}
