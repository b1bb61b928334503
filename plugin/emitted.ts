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
  /** State of a lowered `for await`, by number. */
  loop(index: number): string;
}

/** Everything that may be emitted, before the suffix. */
const pattern = /^(\$(?:e|x|t|record|define|[acl]?\d+(?:_\d+)?)?)(_*)$/;

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
  loop: (index) => names.loop(index) + suffix,
});

/** ASCII identifiers only: others are quoted, which is always right. */
const identifier = /^[A-Za-z_$][\w$]*$/;

/** `table.name` or `table["a b"]` */
export const member = (object: string, name: string): string => (identifier.test(name) ? `${object}.${name}` : `${object}[${JSON.stringify(name)}]`);
/** A key of an object literal. */
export const key = (name: string): string => (identifier.test(name) ? name : JSON.stringify(name));
