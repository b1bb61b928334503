/**
 * Addresses of files in the code of modules: bundlers write placeholders, which become names of files only when chunks are rendered.
 * Pure.
 */
import type { Use } from './scope.js';
import { endOf, lineOf, startOf } from './tree.js';
import type { Walk } from './walk.js';

/** Text that bundlers replace when they render chunks. */
const placeholder = /__VITE_|ROLL(?:UP|DOWN)_FILE_URL_/;
/** Written with dots, they are properties of `import.meta`, which the rewrite would make its own. */
const property = /\bimport\.meta\.ROLL(?:UP|DOWN)_FILE_URL_[\w$]+/g;
const standIn = /\bimport_meta_file_(\d+)_*/g;

/** Where a module names a file. */
export interface Address {
  /** Place in the list of those that were hidden. */
  readonly index: number;
  /** 0 inside of an effect, which is begun anew with a release whose file has another name. */
  readonly line: number;
}

export const hasAddresses = (text: string): boolean => placeholder.test(text);

/**
 * Same-length stand-ins hide what bundlers replace, so that the rewrite leaves it alone. They are numbered: a bundler's own names for files
 * differ from build to build, and what is known of a module must not.
 */
export function hideAddresses(text: string): { readonly text: string; readonly hidden: readonly string[] } {
  const hidden: string[] = [];
  return { hidden, text: text.replace(property, (found) => `import_meta_file_${hidden.push(found) - 1}`.padEnd(found.length, '_')) };
}

export const restoreAddresses = (code: string, hidden: readonly string[]): string => code.replace(standIn, (found, index: string) => hidden[Number(index)] ?? found);

/** By which the bundler knows a file. */
export const referenceOf = (address: string): string => address.slice(address.indexOf('_FILE_URL_') + '_FILE_URL_'.length);

/** Shape: `globals` are uses of names that the module does not declare, of a text whose addresses are hidden. */
export function listAddresses({ authors }: Walk, globals: readonly Use[]): Address[] {
  const effects = authors.filter(({ api }) => api === 'effect');
  return globals.flatMap(({ name, node }) => {
    const index = /^import_meta_file_(\d+)_*$/.exec(name)?.[1];
    if (index === undefined) return [];
    const isInEffect = effects.some(({ call }) => startOf(call) <= startOf(node) && endOf(node) <= endOf(call));
    return [{ index: Number(index), line: isInEffect ? 0 : lineOf(node) }];
  });
}
