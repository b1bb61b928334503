/**
 * Linking: giving a version its factory's parameters, and namespaces their objects.
 * Reads records, writes tables only through table.ts.
 */
import { exportedNames, hotRequest, namespaceNames, ownNames, requestOf, resolveExport, visible, type Resolution } from './bindings.js';
import { createNamespace } from './namespace.js';
import type { ModuleRecord, Version } from './record.js';
import { writeConstant, writeHoisted, writeReexport } from './table.js';
import type { Table } from './protocol.js';
import { handledName, valuesOf } from './values.js';

/** The namespace object of a module: the same one for as long as its exported names stay. */
export function namespaceOf(record: ModuleRecord): object {
  const { commits, jobs } = record.runtime;
  // What a pending version shows may never come; what a job of an older release sees is not for others.
  const passing = visible(record) !== record.current || (jobs?.horizon() ?? Infinity) < commits;
  if (record.namespace?.commits === commits && !passing) return record.namespace.object;
  const version = visible(record);
  instantiate(version);
  const names = namespaceNames(version).sort();
  // The last own key is @@toStringTag.
  let known = namespaces.get(record);
  if (!known) namespaces.set(record, (known = new Map()));
  const object = known.get(String(names))?.deref() ?? createNamespace(names, () => valuesOf(visible(record)));
  for (const [other, ref] of known) if (!ref.deref()) known.delete(other);
  known.set(String(names), new WeakRef(object));
  if (!passing) record.namespace = { object, commits };
  return object;
}

/**
 * What a module sees of itself by `import * as self from` its own file: what this version exports, also while it is pending and once
 * it is replaced, so that it can compare itself with what replaces it. Functions are what they are to everybody: permanent.
 */
export function ownNamespace(version: Version): object {
  return (version.self ??= createNamespace(namespaceNames(version), () => {
    const { own, link } = version;
    const values = valuesOf(version);
    if (!own) return values;
    const data = Object.entries(own).filter(([name]) => handledName(link, name) === undefined);
    return Object.setPrototypeOf(Object.fromEntries(data), values) as Table;
  }));
}

/** Namespace objects of a module by their names, for as long as anybody holds them: releases come back, and jobs see older ones. */
const namespaces = new WeakMap<ModuleRecord, Map<string, WeakRef<object>>>();

/**
 * Link a version and all that it requests: re-exports are shown in tables, factories get their parameters and
 * run their first step, which brings hoisted functions into the tables. Cycles see each other's tables.
 * That every import exists was checked before: by the build for a bundle, by prepare.ts for artifacts.
 */
export function instantiate(version: Version): void {
  if (version.status !== 'defined') return;
  version.status = 'linked';
  if (version.live) version.record.runtime.traces++;
  const parameters: unknown[] = version.requests.map((_, index) => {
    const hot = hotRequest(version, index);
    if (!hot) return requestOf(version, index);
    instantiate(hot);
    hot.shared = true;
    return hot.table;
  });
  for (const index of version.link.v ?? []) {
    const hot = index < 0 ? version : hotRequest(version, index);
    parameters.push(hot && valuesOf(hot));
  }
  if (version.link.c) parameters.push(version.cells);
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

/** What a resolution that is no binding of a hot module stands for: a namespace, or something of a cold module. */
export function constantOf(found: Resolution): { get: () => unknown } | null {
  if ('cold' in found) {
    const { cold, name } = found;
    return { get: () => (name === null ? cold : cold[name]) };
  }
  const { version, name } = found;
  return name === null ? { get: () => namespaceOf(version.record) } : null;
}
