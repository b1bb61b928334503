/**
 * Where a job was started, for those who ask why it still runs. Looking at the stack takes longer than all else that a job costs, so it
 * is done once for jobs of one name, keeps one frame and formats it only when asked.
 */

/** A frame not yet formatted; null where nothing is known. */
export type Site = { readonly stack?: string } | null;

/** Take the frame above `caller`. */
export function takeSite(caller: (...args: never[]) => unknown): Site {
  if (!Error.captureStackTrace) return new Error();
  const limit = Error.stackTraceLimit;
  const site = {};
  try {
    Error.stackTraceLimit = 1;
    Error.captureStackTrace(site, caller);
  } catch {
    // The application froze its built-ins.
    return null;
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit);
  }
  return site;
}

const known = new Map<string, Site>();
/** Names may be made up for each job. */
const most = 1000;

/** The site of jobs of a name; those without one are looked at each. */
export function siteOf(name: string, caller: (...args: never[]) => unknown): Site {
  if (!name) return takeSite(caller);
  let site = known.get(name);
  if (site === undefined) {
    site = takeSite(caller);
    if (known.size < most) known.set(name, site);
  }
  return site;
}

/** `function (file:line:column)`, as the platform writes it. Null if unknown. */
export function describeSite(site: Site): string | null {
  const line = String(site?.stack ?? '').split('\n').find((text) => /^\s+at |@/.test(text));
  return line?.replace(/^\s+at (?:async )?/, '').trim() ?? null;
}
