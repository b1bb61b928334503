/**
 * The link check of a build: an import of what nobody exports fails it, unless only import() leads there and the bundler can
 * let that import() reject when it runs, as in an engine.
 */
import type { PluginContext } from 'rollup';
import { checkLinks, type Linked } from './manifest.js';
import { graphBelow, type HotModule, type Session } from './session.js';

/** Changes: `session.broken`. Errors: MISSING_EXPORT. */
export function checkBuild(session: Session, context: PluginContext, current: readonly HotModule[]): void {
  const byId = new Map(current.map(module => [module.id, module]));
  const needed = graphBelow(session, [...session.facadeTargets.values()].map(target => target.id));
  checkLinks(Object.fromEntries(current.map(module => [module.id, linkedOf(module)])), (id, problem) => {
    const module = byId.get(id) as HotModule; // checkLinks was given these ids
    // Rolldown has no hook that could reject one import(): there, as in the bundler itself, the build fails.
    if (needed.has(module.resolvedId) || 'rolldownVersion' in context.meta) throw problem;
    if (!session.broken.has(module.resolvedId)) context.warn({ code: problem.code, message: problem.message });
    session.broken.set(module.resolvedId, problem.reason);
  });
}

/** The hook `renderDynamicImport`: what only import() reaches may lack an export, and nothing of it is evaluated then. */
export function rejectBroken(session: Session, target: string | null): { left: string; right: string } | null {
  if (session.broken.size === 0 || target === null) return null;
  const reason = [...graphBelow(session, [target])].map(id => session.broken.get(id)).find(each => each !== undefined);
  return reason === undefined ? null : { left: `Promise.reject(new SyntaxError(${JSON.stringify(reason)}), `, right: ')' };
}

/** A module as the link check looks at it. */
export function linkedOf({ outline, targets, names }: HotModule): Linked {
  return {
    requests: targets,
    names,
    exports: outline.exports,
    indirect: outline.indirect,
    stars: outline.stars,
    lines: outline.requests.map(request => request.line),
  };
}
