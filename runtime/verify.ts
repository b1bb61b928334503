/**
 * Text from a store -> pointer or manifest, or an error that says what is wrong with it.
 *
 * Pure: reads nothing, hashes nothing (`identityText` is what a host hashes). Must never let a value of the wrong shape
 * through, because everything behind it trusts the types.
 */
import { RelupError } from './errors.js';
import { format, type Manifest, type ModuleEntry, type Pointer } from './protocol.js';

type Shape = (value: unknown) => string | null;

const text: Shape = value => typeof value === 'string' ? null : 'a string';
const count: Shape = value => typeof value === 'number' && Number.isInteger(value) && value >= 0 ? null : 'a whole number';
const flag: Shape = value => typeof value === 'boolean' ? null : 'a boolean';
const hash: Shape = value => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? null : 'a SHA-256 in hex';
const releaseName: Shape = value => typeof value === 'string' && /^[0-9a-f]{16}$/.test(value) ? null : '16 hex digits';
const publicKey: Shape = value => typeof value === 'string' && /^[A-Za-z0-9+/]{43}=$/.test(value) ? null : 'a public key';
const time: Shape = value => typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? null : 'a time';
const orNull = (shape: Shape): Shape => value => value === null ? null : shape(value);
const optional = (shape: Shape): Shape => value => value === undefined ? null : shape(value);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function list(shape: Shape): Shape {
  return value => {
    if (!Array.isArray(value)) return 'a list';
    for (const item of value) {
      const wanted = shape(item);
      if (wanted) return `a list of ${wanted}`;
    }
    return null;
  };
}

function dictionary(shape: Shape): Shape {
  return value => {
    if (!isRecord(value)) return 'an object';
    for (const key in value) {
      const wanted = shape(value[key]);
      if (wanted) return `${wanted} at "${key}"`;
    }
    return null;
  };
}

function object(fields: Readonly<Record<string, Shape>>): Shape {
  return value => {
    if (!isRecord(value)) return 'an object';
    for (const key in fields) {
      const wanted = (fields[key] as Shape)(value[key]);
      if (wanted) return `"${key}" to be ${wanted}`;
    }
    return null;
  };
}

const read: Shape = value => Array.isArray(value) && count(value[0]) === null && text(value[1]) === null && (value[2] === undefined || value[2] === 1) ? null : 'a read';
const call: Shape = value => Array.isArray(value) && count(value[0]) === null && text(value[1]) === null && count(value[2]) === null ? null : 'a call';
const indirect: Shape = value => Array.isArray(value) && text(value[0]) === null && count(value[1]) === null
  && orNull(text)(value[2]) === null ? null : 'an indirect export';
const finding = object({ line: count, what: text, why: optional(text), fix: optional(text), unknown: optional(count) });
const base: Shape = value => value === 'global' || Array.isArray(value) && count(value[0]) === null && text(value[1]) === null ? null : '"global" or a read';
const classEntry = object({
  line: count, exports: list(text), text, heritage: orNull(text), base: optional(base), fields: list(text), statics: dictionary(text), staticPrivates: optional(text),
  privates: list(text), privateOfOthers: optional(count), upgrade: flag, renamedFrom: optional(text), twice: optional(count),
});

const hotEntry = object({ self: optional(count), exports: optional(list(text)), deps: optional(list(text)), dispose: optional(count), prune: optional(count), decline: optional(count) });

const moduleEntry = object({
  stamp: hash, size: count, requests: list(text), names: list(list(text)), exports: list(text), indirect: list(indirect),
  stars: list(count), dynamic: list(text), async: flag, loads: list(read), loadLines: list(count),
  reaches: dictionary(list(read)), effects: list(finding), undeclared: list(finding), stateAtLoad: list(finding), hook: flag,
  pruned: optional(list(text)), hot: optional(hotEntry), workers: optional(dictionary(count)), functions: list(text), components: optional(list(text)), classes: dictionary(classEntry), captured: list(finding), calls: list(call), impure: dictionary(finding),
  states: list(object({
    key: text, version: orNull(count), renamedFrom: optional(text), up: orNull(list(count)), down: orNull(list(count)), line: count,
  })),
});

const manifest = object({
  app: text, release: releaseName, number: count, label: optional(text), entries: list(text), modules: dictionary(moduleEntry),
  target: value => value === 'node' || value === 'browser' ? null : '"node" or "browser"',
  cold: dictionary(object({ version: orNull(text), external: flag, names: list(text), style: optional(count) })),
  chunks: dictionary(hash), styles: dictionary(hash), assets: dictionary(hash), workers: dictionary(hash), drop: list(text), sheets: optional(dictionary(list(text))), engine: optional(hash),
  managed: optional(object({ include: list(text), exclude: list(text) })),
  policy: optional(object({ onStale: optional(text), allow: optional(list(text)) })),
  keys: optional(list(publicKey)),
});

const pointer = object({ app: text, release: releaseName, number: count, mandatory: optional(count), expires: optional(time), patches: optional(dictionary(hash)) });

/**
 * The manifest that `source` spells.
 *
 * Shape:  `place` names the file or URL in messages; `app` is the running application, if one runs.
 * Errors: MANIFEST (truncated, wrong shape), FORMAT_UNKNOWN, APP_MISMATCH.
 */
export function parseManifest(source: string, place: string, app?: string): Manifest {
  const value = parse(source, place);
  checkFormat(value, place);
  checkShape(manifest, value, place);
  const checked = value as unknown as Manifest;
  checkReferences(checked, place);
  checkApp(checked.app, app, place);
  return checked;
}

/** The pointer that `source` spells. Errors: as `parseManifest`. */
export function parsePointer(source: string, place: string, app?: string): Pointer {
  const value = parse(source, place);
  checkFormat(value, place);
  checkShape(pointer, value, place);
  const checked = value as unknown as Pointer;
  checkApp(checked.app, app, place);
  return checked;
}

/** What a release's name is the hash of: the manifest without `release` and `number`, keys sorted, no spaces. */
export function identityText(source: Omit<Manifest, 'release' | 'number'>): string {
  return canonicalText({ ...source, release: undefined, number: undefined });
}

/** JSON with sorted keys and without spaces: equal values have equal text. */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(item => canonicalText(item === undefined ? null : item)).join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const parts: string[] = [];
  for (const key of Object.keys(value).sort()) {
    if (value[key] !== undefined) parts.push(`${JSON.stringify(key)}:${canonicalText(value[key])}`);
  }
  return `{${parts.join(',')}}`;
}

function parse(source: string, place: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (cause) {
    throw new RelupError('MANIFEST', place, `The file is not JSON; it has ${source.length} characters and may be truncated.`,
      'Build the release again, or fetch it again. Nothing was changed.', cause);
  }
  if (!isRecord(value)) {
    throw new RelupError('MANIFEST', place, 'The file does not hold an object.', 'Build the release again. Nothing was changed.');
  }
  return value;
}

function checkFormat(value: Record<string, unknown>, place: string): void {
  if (value['format'] === format) return;
  throw new RelupError('FORMAT_UNKNOWN', place, `The file has format ${JSON.stringify(value['format']) ?? 'none'}, this runtime reads format ${format}.`,
    'Use the same version of relup for the build and for the running application. Nothing was changed.');
}

function checkShape(shape: Shape, value: unknown, place: string): void {
  const wanted = shape(value);
  if (wanted) throw new RelupError('MANIFEST', place, `The file has a wrong shape: expected ${wanted}.`, 'Build the release again. Nothing was changed.');
}

/** Indices must lie inside the lists they point into, and hot targets must exist. */
function checkReferences(checked: Manifest, place: string): void {
  const fail = (id: string, what: string): never => {
    throw new RelupError('MANIFEST', place, `The entry of "${id}" ${what}.`, 'Build the release again. Nothing was changed.');
  };
  for (const id in checked.modules) {
    // The key comes from the object itself.
    const entry = checked.modules[id] as ModuleEntry;
    const requests = entry.requests.length;
    if (entry.names.length !== requests) fail(id, `lists ${requests} requests but names for ${entry.names.length}`);
    if (entry.loads.length !== entry.loadLines.length) fail(id, 'has reads without lines');
    for (const target of entry.requests) {
      if (!target.startsWith('cold:') && !Object.hasOwn(checked.modules, target)) fail(id, `requests "${target}", which the release does not have`);
    }
    for (const index of [...entry.stars, ...entry.indirect.map(item => item[1]), ...entry.loads.map(item => item[0]), ...entry.calls.map(item => item[0])]) {
      if (index >= requests) fail(id, `points at request ${index} of ${requests}`);
    }
  }
}

function checkApp(found: string, running: string | undefined, place: string): void {
  if (running === undefined || found === running) return;
  throw new RelupError('APP_MISMATCH', place, `The release is of application "${found}", running is "${running}".`,
    'Follow the store of the running application, or give both builds the same option "app". Nothing was changed.');
}
