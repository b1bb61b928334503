/**
 * Linking: which binding a name means, and giving a version its factory's parameters.
 * Step names are those of ECMA-262 "Source Text Module Records". Reads records, writes tables only through table.ts.
 */
import { createNamespace } from './namespace.js';
import type { ColdBindings, ModuleRecord, Runtime, Version } from './record.js';
import { writeConstant, writeHoisted, writeReexport } from './table.js';
import type { Table } from './protocol.js';

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

/** The namespace object of a module: the same one for as long as its exported names stay. */
export function namespaceOf(record: ModuleRecord): object {
  const { commits } = record.runtime;
  const pending = visible(record) !== record.current;
  if (record.namespace?.commits === commits && !pending) return record.namespace.object;
  const version = visible(record);
  instantiate(version);
  const names = namespaceNames(version).sort();
  // The last own key is @@toStringTag.
  if (record.namespace && String(Reflect.ownKeys(record.namespace.object).slice(0, -1)) === String(names)) {
    if (!pending) record.namespace.commits = commits;
    return record.namespace.object;
  }
  const object = createNamespace(names, () => visible(record).table);
  // What a pending version shows may never come: it is remembered once it is current.
  if (!pending) record.namespace = { object, commits };
  return object;
}

/**
 * Link a version and all that it requests: re-exports are shown in tables, factories get their parameters and
 * run their first step, which brings hoisted functions into the tables. Cycles see each other's tables.
 * That every import exists was checked before: by the build for a bundle, by prepare.ts for artifacts.
 */
export function instantiate(version: Version): void {
  if (version.status !== 'defined') return;
  version.status = 'linked';
  const parameters: unknown[] = version.requests.map((_, index) => {
    const hot = hotRequest(version, index);
    if (!hot) return requestOf(version, index);
    instantiate(hot);
    hot.shared = true;
    return hot.table;
  });
  if (version.link.i || version.link.s) showReexports(version, version.table);
  version.body = version.factory.call(undefined, version.table, version.record.runtime.createContext(version), ...parameters);
  version.body.next();
  writeHoisted(version);
}

/** Show every re-exported binding of a version in its table. */
function showReexports(version: Version, table: Table): void {
  const own = ownNames(version);
  for (const name of exportedNames(version)) {
    if (own.has(name)) continue;
    const found = resolveExport(version, name);
    if (!found || found === 'ambiguous') continue;
    const constant = constantOf(found);
    if (constant) writeConstant(table, name, constant);
    else if ('version' in found && found.name !== null) writeReexport(table, name, found.version, found.name);
  }
}

export const ownNames = ({ link }: Version): Set<string> => new Set([...(link.f ?? []), ...(link.l ?? [])]);

/** What a resolution that is no binding of a hot module stands for: a namespace, or something of a cold module. */
export function constantOf(found: Resolution): { get: () => unknown } | null {
  if ('cold' in found) {
    const { cold, name } = found;
    return { get: () => (name === null ? cold : cold[name]) };
  }
  const { version, name } = found;
  return name === null ? { get: () => namespaceOf(version.record) } : null;
}
