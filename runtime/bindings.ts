/**
 * Which binding a name means: the resolution steps of ECMA-262 "Source Text Module Records" over records.
 * Reads records, changes nothing.
 */
import type { ColdBindings, ModuleRecord, Runtime, Version } from './record.js';

/** Where an export really lives. `name` null: the namespace of a hot module. */
export type Resolution = { readonly version: Version; readonly name: string | null } | { readonly cold: ColdBindings; readonly name: string | null };

/** The version that code being linked now has to see: while an upgrade is prepared, the pending one. */
export const visible = (record: ModuleRecord): Version => (record.runtime.preparing && record.pending) || record.current;

/** Run synchronous work that sees pending versions, or only current ones. */
export function seeing<T>(runtime: Runtime, preparing: boolean, run: () => T): T {
  const before = runtime.preparing;
  runtime.preparing = preparing;
  try {
    return run();
  } finally {
    runtime.preparing = before;
  }
}

/** The hot record or the cold bindings behind a request; 0 if the request only asks for evaluation. */
export function requestOf(version: Version, index: number): ModuleRecord | ColdBindings | 0 {
  const request = version.requests[index];
  return typeof request === 'function' ? (request as () => ModuleRecord)() : (request as ColdBindings | 0);
}

/** The version behind a hot request, or null. */
export function hotRequest(version: Version, index: number): Version | null {
  return typeof version.requests[index] === 'function' ? visible(requestOf(version, index) as ModuleRecord) : null;
}

/** 16.2.1.7.2.1 GetExportedNames */
export function exportedNames(version: Version, starSet = new Set<Version>()): Set<string> {
  const { link } = version;
  const names = ownNames(version);
  if (starSet.has(version)) return new Set();
  starSet.add(version);
  for (const [name] of link.i ?? []) names.add(name);
  for (const request of link.s ?? []) {
    const hot = hotRequest(version, request);
    for (const name of hot ? exportedNames(hot, starSet) : coldNames(version, request)) if (name !== 'default') names.add(name);
  }
  return names;
}

const coldNames = (version: Version, request: number): string[] => Object.keys(requestOf(version, request) as ColdBindings);

/** 16.2.1.7.2.2 ResolveExport. Null: not found, or a cycle; 'ambiguous': two stars disagree. */
export function resolveExport(version: Version, name: string, resolveSet: [Version, string][] = []): Resolution | null | 'ambiguous' {
  if (resolveSet.some((entry) => entry[0] === version && entry[1] === name)) return null;
  resolveSet.push([version, name]);
  const { link } = version;
  if (link.f?.includes(name) || link.l?.includes(name)) return { version, name };
  const indirect = link.i?.find((entry) => entry[0] === name);
  if (indirect) {
    const request = indirect[1];
    const imported = indirect[2];
    const hot = hotRequest(version, request);
    if (!hot) return { cold: requestOf(version, request) as ColdBindings, name: imported };
    return imported === null ? { version: hot, name: null } : resolveExport(hot, imported, resolveSet);
  }
  if (name === 'default') return null;
  let star: Resolution | null = null;
  for (let index = 0; index < (link.s?.length ?? 0); index++) {
    const request = link.s?.[index] as number; // below the length
    const hot = hotRequest(version, request);
    let found: Resolution | null | 'ambiguous' = null;
    if (hot) found = resolveExport(hot, name, resolveSet);
    else if (coldNames(version, request).includes(name)) found = { cold: requestOf(version, request) as ColdBindings, name };
    if (found === 'ambiguous') return 'ambiguous';
    if (!found) continue;
    if (star && !isSame(star, found)) return 'ambiguous';
    star ??= found;
  }
  return star;
}

export const isSame = (a: Resolution, b: Resolution): boolean => a.name === b.name && homeOf(a) === homeOf(b);

const homeOf = (found: { readonly version?: Version; readonly cold?: ColdBindings }): unknown => found.version ?? found.cold;

/** The names of a namespace object: those that resolve (16.2.1.10 GetModuleNamespace). */
export function namespaceNames(version: Version): string[] {
  return [...exportedNames(version)].filter((name) => {
    const found = resolveExport(version, name);
    return found !== null && found !== 'ambiguous';
  });
}

export const ownNames = ({ link }: Version): Set<string> => new Set([...(link.f ?? []), ...(link.l ?? [])]);
