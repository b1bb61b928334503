/**
 * What exports are as values. A handled function is its handle: one permanent function that calls whatever version is current,
 * so that a saved reference, a listener or a timer becomes new code without anybody registering again. Everything else is
 * what the table shows. Must never make a handle that nobody asked for.
 */
import { exportedNames, ownNames, resolveExport, visible, type Resolution } from './bindings.js';
import type { Table } from './protocol.js';
import type { Callable, Handle, ModuleRecord, Version } from './record.js';
import { makePrototypesFast } from './table.js';

const { create, defineProperty, getPrototypeOf, hasOwn, setPrototypeOf } = Object;
const { apply, construct } = Reflect;

/** The canonical name under which a version's export is handled, if it is. */
export function handledName(link: Version['link'], name: string): string | undefined {
  for (const each of link.h ?? []) {
    if (each === name) return name;
    if (each[0] === name && typeof each !== 'string') return each[1];
  }
  return undefined;
}

/** The handled function behind a resolution. */
export function handledOf(found: Resolution | null | 'ambiguous'): { readonly version: Version; readonly name: string } | null {
  if (!found || found === 'ambiguous' || !('version' in found) || found.name === null) return null;
  const name = handledName(found.version.link, found.name);
  return name === undefined ? null : { version: found.version, name };
}

/**
 * The value table of a version. It inherits from the table what is no function, so it is as live as the table; handles are its own
 * properties, put there by the accessors in between when they are first read.
 */
export function valuesOf(version: Version): Table {
  return (version.values ??= createValues(version));
}

function createValues(version: Version): Table {
  const { record, table, link } = version;
  const makers: Table = create(table);
  const values: Table = create(makers);
  const define = (name: string): object => defineProperty(makers, name, makerOf(record, table, values, name));
  for (const each of link.h ?? []) define(typeof each === 'string' ? each : each[0]);
  if (link.i || link.s) {
    const own = ownNames(version);
    for (const name of exportedNames(version)) if (!own.has(name) && handledOf(resolveExport(version, name))) define(name);
  }
  record.runtime.values.set(table, values);
  // The table is read directly, too.
  makePrototypesFast(values);
  return values;
}

/** Reading `name` for the first time makes the handle, and the value table keeps it. */
export function makerOf(record: ModuleRecord, table: Table, values: Table, name: string): PropertyDescriptor {
  return {
    configurable: true,
    get() {
      // Throws while the export is in its dead zone.
      const raw = table[name] as Callable;
      const found = handledOf(resolveExport(visible(record), name));
      if (!found || typeof raw !== 'function') return raw;
      const handle = handleOf(found.version, found.name, raw);
      defineProperty(values, name, { value: handle.value, writable: true, enumerable: true, configurable: true });
      return handle.value;
    },
  };
}

/** Names under which a version exports a handled function, the canonical one first. */
function aliasesOf({ link }: Version, canonical: string): string[] {
  return [canonical, ...(link.h ?? []).flatMap((each) => (typeof each !== 'string' && each[1] === canonical ? [each[0]] : []))];
}

/** The handled function of a version that a handle stands for: releases add and drop aliases, and two names of one function may part. */
export function standsFor({ link }: Version, { names }: Handle): string | undefined {
  for (const name of names) {
    const found = handledName(link, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The handle of a handled function, if somebody asked for it under any of its names, in whatever release. */
export function knownHandle(version: Version, canonical: string): Handle | undefined {
  for (const name of aliasesOf(version, canonical)) {
    const handle = version.record.handles.get(name);
    if (handle && standsFor(version, handle) === canonical) return handle;
  }
  return undefined;
}

function handleOf(version: Version, name: string, raw: Callable): Handle {
  const { record } = version;
  const handle = knownHandle(version, name) ?? createHandle(raw);
  for (const alias of aliasesOf(version, name)) {
    const other = record.handles.get(alias);
    // It stands for another function now, that had this name, too.
    if (other && standsFor(version, other) === name) continue;
    record.handles.set(alias, handle);
    record.runtime.traces++;
    if (!handle.names.includes(alias)) handle.names.push(alias);
  }
  if (!version.live) record.runtime.overlay?.touch(handle, version, name);
  return handle;
}

/**
 * Make the handle of a function: a function of the same shape (with or without `prototype`) that hands everything on. Not a Proxy: V8
 * calls those ten times slower. It is never `async` itself: that would settle later than the function does.
 */
export function createHandle(raw: Callable): Handle {
  let target = raw;
  const value: Callable = hasOwn(raw, 'prototype')
    ? function (this: unknown) {
        return new.target ? construct(target, arguments, new.target) : apply(target, this, arguments);
      }
    : {
        _(this: unknown) {
          return apply(target, this, arguments as unknown as never[]);
        },
      }._;
  writeLook(value, raw);
  if (hasOwn(raw, 'prototype')) {
    const { prototype } = raw as unknown as { prototype: { constructor?: unknown } };
    Object.assign(value, { prototype });
    if (prototype && hasOwn(prototype, 'constructor')) defineProperty(prototype, 'constructor', { value });
  }
  return {
    value,
    names: [],
    get target() {
      return target;
    },
    set target(next) {
      target = next;
    },
  };
}

/** Whether a handle may call it: it is a function and no class, whose `prototype` nobody can assign. */
export const isCallable = (value: unknown): value is Callable => typeof value === 'function' && Object.getOwnPropertyDescriptor(value, 'prototype')?.writable !== false;

/** `name`, `length` and kind (async, generator) of a handle are those of its function. */
export function writeLook(value: Callable, raw: Callable): void {
  for (const key of ['name', 'length'] as const) defineProperty(value, key, { value: raw[key], configurable: true });
  if (getPrototypeOf(value) !== getPrototypeOf(raw)) setPrototypeOf(value, getPrototypeOf(raw));
}
