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
const property = /\bimport\.meta\.(?=ROLL(?:UP|DOWN)_FILE_URL_)/g;
const standIn = /\bimport_meta_(?=ROLL(?:UP|DOWN)_FILE_URL_)/g;
const reference = /^import_meta_ROLL(?:UP|DOWN)_FILE_URL_(.+)$/;

/** Where a module names a file. */
export interface Address {
  /** By which the bundler knows the file. */
  readonly reference: string;
  /** 0 inside of an effect, which is begun anew with a release whose file has another name. */
  readonly line: number;
}

export const hasAddresses = (text: string): boolean => placeholder.test(text);

/** A same-length stand-in hides what bundlers replace, so that the rewrite leaves it alone. */
export const hideAddresses = (text: string): string => text.replace(property, 'import_meta_');

export const restoreAddresses = (code: string): string => code.replace(standIn, 'import.meta.');

/** Shape: `globals` are uses of names that the module does not declare, of a text whose addresses are hidden. */
export function listAddresses({ authors }: Walk, globals: readonly Use[]): Address[] {
  const effects = authors.filter(({ api }) => api === 'effect');
  return globals.flatMap(({ name, node }) => {
    const found = reference.exec(name)?.[1];
    if (found === undefined) return [];
    const isInEffect = effects.some(({ call }) => startOf(call) <= startOf(node) && endOf(node) <= endOf(call));
    return [{ reference: found, line: isInEffect ? 0 : lineOf(node) }];
  });
}
