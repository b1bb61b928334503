/**
 * Rendered proxy chunk -> artifact file: a classic script that registers one module and imports nothing.
 * Pure; which modules need a proxy is decided in modules.ts.
 */
import { runInNewContext, Script } from 'node:vm';
import { RelupError } from '../runtime/errors.js';
import { names } from '../runtime/names.js';
import type { Link } from '../runtime/protocol.js';
import { hashOf } from './manifest.js';

export interface FinishedArtifact {
  readonly code: string;
  readonly stamp: string;
  readonly size: number;
  /** Lines that the text has more (or, negative, fewer) in front of its code than the rendered one. */
  readonly lineShift: number;
}

/** One line, so that a source map only has to be moved down by one. */
const head = '"use strict";\n';

/**
 * The final text of an artifact.
 *
 * Shape:  `addresses` says that the module holds placeholders of files. `renderChunk` of bundlers writes `import.meta.url`
 *         for those; a classic script has none, so it becomes a property of the register function, the one name that
 *         minifiers leave alone: the artifact's own URL. (Proxies lie where artifacts do.)
 * Errors: UNSUPPORTED_SYNTAX if the bundler put in an import (a helper of a lowered syntax).
 */
export function finishArtifact(id: string, rendered: string, addresses: boolean): FinishedArtifact {
  // Rolldown marks where a module begins, with the proxy's number, and ends a chunk without exports by an empty export.
  const start = /^(?:\s*\/\/(?:#region| relup:artifact:)[^\n]*\n)*\s*/.exec(rendered)?.[0] ?? '';
  let body = rendered.slice(start.length)
    .replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '')
    .replace(/\s*(?:\/\/#endregion)?\s*(?:export\s*\{\s*\};?)?\s*$/, '');
  if (addresses) body = body.replaceAll('import.meta.url', `${names.register}.base`);
  // Helpers that a minifier put in front must not become globals of the page.
  const isWrapped = !startsWithCall(body);
  if (isWrapped) body = `(() => {\n${body}\n})();`;
  const code = `${head}${body}\n`;
  if (/\b(?:im|ex)port\b/.test(body)) checkScript(id, code);
  const lineShift = (isWrapped ? 2 : 1) - (start.split('\n').length - 1);
  return { code, stamp: hashOf(code), size: Buffer.byteLength(code), lineShift };
}

function startsWithCall(body: string): boolean {
  return body.startsWith(`${names.register}(`);
}

function checkScript(id: string, code: string): void {
  try {
    new Script(code);
  } catch (cause) {
    const found = /^import\b[^;\n]*/m.exec(code)?.[0].slice(0, 80) ?? 'import.meta';
    throw new RelupError('UNSUPPORTED_SYNTAX', id, `The bundler put "${found}" into the artifact, which has to do without imports.`,
      'Raise the build target, so that no syntax of the module needs a shared helper.', cause);
  }
}

/**
 * Plugin and runtime know the parts of a link by their names, so a minifier that renames properties breaks every module.
 *
 * Errors: PROPERTY_MANGLING, by running the registration (never the factory) of one artifact.
 */
export function checkLinkNames(id: string, code: string, expected: Link): void {
  let found: unknown[] = [];
  runInNewContext(code, { [names.register]: (...parts: unknown[]) => { found = parts; } });
  const link = found[1] as Record<string, unknown> | undefined;
  const lacking = Object.keys(expected).find(key => link?.[key] === undefined);
  if (found[0] === id && lacking === undefined) return;
  throw new RelupError('PROPERTY_MANGLING', id, `The minifier renamed "${lacking ?? names.register}" of the artifact.`,
    'Switch off the mangling of properties (esbuild mangleProps, terser mangle.properties).');
}

/** A source map as bundlers give it. */
export interface RenderedMap {
  readonly version: number;
  readonly sources: readonly (string | null)[];
  readonly sourcesContent?: readonly (string | null)[] | undefined;
  readonly names: readonly string[];
  readonly mappings: string;
}

/** The map of the finished text; `place` turns a source of the proxy into one that is right from the store. */
export function finishMap(map: RenderedMap, stamp: string, lineShift: number, place: (source: string) => string): string {
  return JSON.stringify({
    version: 3,
    file: `${stamp}.js`,
    sources: map.sources.map(source => source === null ? null : place(source)),
    ...(map.sourcesContent && { sourcesContent: map.sourcesContent }),
    names: map.names,
    mappings: lineShift >= 0 ? ';'.repeat(lineShift) + map.mappings : map.mappings.slice(-lineShift),
  });
}
