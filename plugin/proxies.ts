/**
 * Proxies: chunks that no one imports and that import nothing, so that defines, minifying and addresses of files in artifacts
 * are the bundler's own. Must never let one out: all files but those of the store are what they would be without.
 */
import { relative, resolve as resolvePath } from 'node:path';
import type { NormalizedOutputOptions, OutputBundle, OutputChunk, TransformPluginContext } from 'rollup';
import { checkLinkNames, finishArtifact, finishMap, type RenderedMap } from './artifacts.js';
import { artifactPrefix } from './facade.js';
import type { Made, Proxy, Session } from './session.js';

/** Its id says nothing of the module: plugins for other languages would take it for theirs. */
export function emitProxy({ proxies, proxyOf, proxyFolder, artifactMaps }: Session, context: TransformPluginContext, resolvedId: string, { artifactCode }: Made): void {
  const number = proxyOf.get(resolvedId) ?? String(proxies.size);
  const fileName = `${proxyFolder}proxy-${number}.js`;
  proxies.set(number, { fileName, code: artifactCode, map: artifactMaps.get(resolvedId) ?? null });
  proxyOf.set(resolvedId, number);
  context.emitFile({ type: 'chunk', id: `${artifactPrefix}${number}`, fileName });
}

/** Take the rendered proxies out of the output and make artifacts of them. Errors: UNSUPPORTED_SYNTAX, PROPERTY_MANGLING. */
export function collectProxies(session: Session, output: NormalizedOutputOptions, bundle: OutputBundle): void {
  const folder = output.dir ?? session.around.root;
  let checked = false;
  for (const [resolvedId, number] of session.proxyOf) {
    const proxy = session.proxies.get(number) as Proxy; // both maps are filled together
    const chunk = bundle[proxy.fileName];
    const module = session.modules.get(resolvedId);
    if (chunk?.type === 'chunk' && module && output.format === 'es') {
      const { code, stamp, size, lineShift } = finishArtifact(module.id, chunk.code, module.addresses);
      if (!checked && Object.keys(module.link).length > 0) {
        checkLinkNames(module.id, code, module.link);
        checked = true;
      }
      const map = mapOf(chunk, bundle);
      module.made.artifact = { code, stamp, size, map: map ? storeMap(session, map, stamp, lineShift, resolvePath(folder, proxy.fileName, '..')) : null };
    }
    delete bundle[proxy.fileName];
    delete bundle[`${proxy.fileName}.map`];
  }
}

/** Rolldown gives maps only as files. */
function mapOf(chunk: OutputChunk, bundle: OutputBundle): RenderedMap | null {
  if (chunk.map) return chunk.map as RenderedMap;
  const file = bundle[`${chunk.fileName}.map`];
  return file?.type === 'asset' ? JSON.parse(String(file.source)) as RenderedMap : null;
}

/** Sources relative to the artifact; bundlers give them relative to the proxy. */
function storeMap({ storeFolder }: Session, map: RenderedMap, stamp: string, lineShift: number, proxyPlace: string): string {
  const artifactPlace = storeFolder === null ? proxyPlace : resolvePath(storeFolder, 'modules');
  const place = (source: string): string => /^[\w-]+:/.test(source) || source.startsWith('\0') ? source
    : relative(artifactPlace, resolvePath(proxyPlace, source)).replaceAll('\\', '/');
  return finishMap(map, stamp, lineShift, place);
}
