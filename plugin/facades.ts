/**
 * What a facade has to say of the hot modules below it: their export names, cold stars, and whether they await. Loads the
 * graph below through the bundler; the facade's text is facade.ts's.
 */
import type { PluginContext } from 'rollup';
import { RelupError } from '../runtime/errors.js';
import { createResolver } from '../runtime/resolve.js';
import { writeFacade } from './facade.js';
import { linkedOf } from './links.js';
import { knownOf } from './resolving.js';
import type { HotModule, Session } from './session.js';

/** Text of the facade of the module that `target` resolved to. Errors: PARSE. */
export async function loadFacade(session: Session, context: PluginContext, facadeId: string, target: string): Promise<string> {
  const graph = await loadGraph(session, context, target);
  const start = session.modules.get(target);
  if (!start) {
    const id = session.idOf(target);
    throw new RelupError('PARSE', id, `"${id}" was not transformed.`, 'Report this: another plugin answers for the module.');
  }
  const { exportNames } = createResolver(Object.fromEntries([...graph.values()].map(module => [module.id, linkedOf(module)])));
  return writeFacade({
    specifier: target,
    exportNames: exportNames(start.id),
    coldStars: coldStarsBelow(session, start, facadeId),
    awaits: [...graph.values()].some(module => module.outline.async),
    follows: session.options.follow !== null && session.around.target === 'browser' && !session.around.worker && session.entries.has(start.id),
  });
}

/** Every hot module below one, loaded and transformed. */
async function loadGraph({ modules }: Session, context: PluginContext, target: string): Promise<Map<string, HotModule>> {
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
function coldStarsBelow(session: Session, start: HotModule, facadeId: string): string[] {
  const stars: string[] = [];
  const seen = new Set<HotModule>();
  const visit = (module: HotModule): void => {
    if (seen.has(module)) return;
    seen.add(module);
    for (const index of module.outline.stars) {
      const next = module.hotRequests[index];
      const specifier = module.outline.requests[index]?.specifier;
      if (next === null && specifier !== undefined) {
        const resolved = session.resolutions.get(module.resolvedId)?.get(specifier);
        const name = resolved && !resolved.external ? resolved.id : specifier;
        if (resolved) knownOf(session, facadeId).set(name, resolved);
        stars.push(name);
      } else if (next) {
        const below = session.modules.get(next);
        if (below) visit(below);
      }
    }
  };
  visit(start);
  return stars;
}
