/**
 * The module that cold code and entries get in place of a hot one: real exports that the runtime keeps up to date.
 * Pure text; who gets a facade is decided in resolving.ts.
 */
import { names } from '../runtime/names.js';

export const virtualPrefix = '\0relup:';
export const runtimeId = `${virtualPrefix}runtime`;
/** Has pages follow their releases; entries import it. */
export const followId = `${virtualPrefix}follow`;
/** Of proxies. Without the usual zero: Rollup leaves modules that have it out of source maps. */
export const artifactPrefix = 'relup:artifact:';
/** Hands on a cold module as a whole, with Vite's interoperation with CommonJS. */
export const coldPrefix = `${virtualPrefix}cold:`;
const facadePrefix = `${virtualPrefix}facade:`;

/**
 * Id of the facade of a module, by that module's id.
 *
 * It ends in the module's own path, because bundlers name chunks after it, but always in `.js`, because plugins for other
 * languages go by the ending. The real ending comes first, so that the id can be read back. Rolldown prints ids into what it
 * does not minify, so no absolute path may be in it.
 */
export function facadeIdOf(moduleId: string): string {
  const mark = moduleId.indexOf('?');
  const path = mark < 0 ? moduleId : moduleId.slice(0, mark);
  const query = mark < 0 ? '' : moduleId.slice(mark);
  const ending = /\.[^./\\]*$/.exec(path)?.[0] ?? '';
  return `${facadePrefix}${encodeURIComponent(ending + query)}:${path.slice(0, path.length - ending.length)}.js`;
}

/** The module id behind a facade, or null if the id is not a facade's. */
export function facadeTarget(id: string): string | null {
  if (!id.startsWith(facadePrefix)) return null;
  const end = id.indexOf(':', facadePrefix.length);
  return id.slice(end + 1, -'.js'.length) + decodeURIComponent(id.slice(facadePrefix.length, end));
}

export interface FacadeFacts {
  /** What the module is imported by. */
  readonly specifier: string;
  readonly exportNames: readonly string[];
  /** Cold modules whose names an `export *` passes on. */
  readonly coldStars: readonly string[];
  /** Whether the module or something below it awaits at top level. */
  readonly awaits: boolean;
  /** Whether it is evaluated with what has a page follow its releases. */
  readonly follows: boolean;
}

/**
 * ```
 * export { a, b as default } from './module.js'   ->
 * import { $ as $module } from '/app/module.js';
 * let $0, $1;
 * $module().facade({ "a": value => { $0 = value; }, "default": value => { $1 = value; } }, import.meta.url);
 * export { $0 as "a", $1 as default };
 * ```
 */
export function writeFacade({ specifier, exportNames, coldStars, awaits, follows }: FacadeFacts): string {
  const locals = exportNames.map((_, index) => `$${index}`);
  const setters = exportNames.map((name, index) => `${JSON.stringify(name)}: value => { $${index} = value; }`);
  const exported = exportNames.map((name, index) => `$${index} as ${isIdentifier(name) ? name : JSON.stringify(name)}`);
  return [
    `import { ${names.accessor} as $module } from ${JSON.stringify(specifier)};`,
    ...coldStars.map(star => `export * from ${JSON.stringify(star)};`),
    follows ? `import ${JSON.stringify(followId)};` : '',
    locals.length > 0 ? `let ${locals.join(', ')};` : '',
    `$module().facade({ ${setters.join(', ')} }, import.meta.url);`,
    awaits ? 'await $module().done;' : '',
    `export { ${exported.join(', ')} };`,
  ].filter(Boolean).join('\n');
}

function isIdentifier(name: string): boolean {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(name);
}
