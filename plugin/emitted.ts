/**
 * The names that rewritten code of one module uses: those of runtime/names.ts, made different from every identifier of the module.
 */
import { names } from '../runtime/names.js';

export interface Emitted {
  /** What every name ends with: as many underscores as it takes, usually none. */
  readonly suffix: string;
  readonly exports: string;
  readonly context: string;
  readonly temporary: string;
  /** By request index. */
  request(index: number): string;
  /** Exports of a request as values; -1: the module's own. */
  values(index: number): string;
  /** By which the constructors of classes find their newest versions. */
  readonly cells: string;
  /** A class in its own body, by number. */
  self(index: number): string;
  /** A parameter of a constructor that takes its pattern apart later, by number; without one, the only parameter. */
  parameter(index?: number): string;
  /** State of a lowered `for await`, by number. */
  loop(index: number): string;
}

/** Everything that may be emitted, before the suffix. */
const pattern = /^(\$(?:[exthkp]|record|define|[aclhsp]?\d+(?:_\d+)?)?)(_*)$/;

/** Choose the names for a module. Shape: `used` are all identifiers that the module mentions. */
export function chooseNames(used: Iterable<string>): Emitted {
  const lengths = new Set<number>();
  for (const name of used) {
    if (name.charCodeAt(0) !== 36 /* $ */) continue;
    const match = pattern.exec(name);
    if (match) lengths.add((match[2] ?? '').length);
  }
  let suffix = '';
  while (lengths.has(suffix.length)) suffix += '_';
  return emittedNames(suffix);
}

export const emittedNames = (suffix: string): Emitted => ({
  suffix,
  exports: names.exports + suffix,
  context: names.context + suffix,
  temporary: names.temporary + suffix,
  request: (index) => names.request(index) + suffix,
  values: (index) => names.values(index) + suffix,
  cells: names.cells + suffix,
  self: (index) => names.self(index) + suffix,
  parameter: (index) => names.parameter(index) + suffix,
  loop: (index) => names.loop(index) + suffix,
});

/** ASCII identifiers only: others are quoted, which is always right. */
const identifier = /^[A-Za-z_$][\w$]*$/;

/** `table.name` or `table["a b"]` */
export const member = (object: string, name: string): string => (identifier.test(name) ? `${object}.${name}` : `${object}[${JSON.stringify(name)}]`);
/** A key of an object literal. */
export const key = (name: string): string => (identifier.test(name) ? name : JSON.stringify(name));
