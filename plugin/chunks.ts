/**
 * How chunks are cut and what is done to their text: the runtime is a chunk of its own, no grouping of the user's may take in
 * a proxy, seals are broken, and what no module needs is left out.
 */
import MagicString from 'magic-string';
import type { ExistingRawSourceMap, OutputOptions } from 'rollup';
import { RelupError } from '../runtime/errors.js';
import { artifactPrefix, runtimeId } from './facade.js';
import { breakSeals } from './seal.js';
import type { Session } from './session.js';
import { replaceParts, trimText } from './trim.js';

const runtimeChunk = 'relup';

interface RolldownGroup {
  readonly name: unknown;
  readonly test?: string | RegExp | ((id: string) => boolean | undefined | void);
  readonly priority?: number;
}

interface RolldownGroups {
  readonly groups?: readonly RolldownGroup[];
}

/** What rolldown adds to the options of an output. */
export interface RolldownOutput {
  codeSplitting?: boolean | RolldownGroups;
  advancedChunks?: RolldownGroups;
}

const runtimeGroup: RolldownGroup = { name: runtimeChunk, test: /^\0relup:runtime$/, priority: 1_000_000 };

/** The hook `outputOptions`. */
export function separateRuntime(output: OutputOptions & RolldownOutput, isRolldown: boolean): OutputOptions {
  const changed: OutputOptions & RolldownOutput = { ...output };
  if (output.inlineDynamicImports || output.codeSplitting === false) return output;
  const grouping = typeof output.codeSplitting === 'object' ? 'codeSplitting' : output.advancedChunks ? 'advancedChunks' : null;
  const chunks = output.manualChunks;
  if (grouping) {
    const given = output[grouping] as RolldownGroups;
    changed[grouping] = { ...given, groups: [runtimeGroup, ...(given.groups ?? []).map(withoutProxies)] };
  } else if (isRolldown) {
    // Its `manualChunks` lets a group take in what it imports, even where that has a group of its own.
    delete changed.manualChunks;
    const name = chunks as ((id: string, context: unknown) => string | null | undefined) | undefined;
    const given: RolldownGroup[] = name ? [{ name: (id: string, context: unknown) => isOwnChunk(id) ? null : name(id, context) ?? null }] : [];
    changed.codeSplitting = { groups: [runtimeGroup, ...given] };
  } else if (typeof chunks === 'function') {
    changed.manualChunks = (id, meta) => id === runtimeId ? runtimeChunk : id.startsWith(artifactPrefix) ? undefined : chunks(id, meta);
  } else if (chunks) {
    changed.manualChunks = { ...chunks, [runtimeChunk]: [runtimeId] };
  } else {
    changed.manualChunks = id => id === runtimeId ? runtimeChunk : undefined;
  }
  return changed;
}

function isOwnChunk(id: string): boolean {
  return id === runtimeId || id.startsWith(artifactPrefix);
}

function withoutProxies(group: RolldownGroup): RolldownGroup {
  const { test } = group;
  const matches = (id: string): boolean => test === undefined ? true
    : typeof test === 'function' ? Boolean(test(id))
    : typeof test === 'string' ? id.includes(test)
    : test.test(id);
  return { ...group, test: id => !isOwnChunk(id) && matches(id) };
}

/** The hook `renderStart`. Errors: OPTION if the output has one file. */
export function checkOutput(session: Session, output: { format: string; inlineDynamicImports?: boolean; codeSplitting?: unknown }): void {
  const wrong = output.format !== 'es' && output.format !== 'esm' && output.format !== 'module' && output.format !== 'cjs' ? `format "${output.format}"`
    : output.inlineDynamicImports ? 'inlineDynamicImports'
    : output.codeSplitting === false ? 'codeSplitting: false'
    : null;
  if (wrong === null || session.modules.size === 0) return;
  throw new RelupError('OPTION', '', `An output with ${wrong} cannot be upgraded: it has one file, and patches need the runtime in its own.`,
    session.around.worker ? 'Set worker.format to "es", or leave relup out of worker.plugins.' : 'Write ES modules with more than one chunk, or leave relup out of this build.');
}

export interface RenderedText {
  readonly code: string;
  readonly map: ExistingRawSourceMap | null;
}

/** The hook `renderChunk`. Comes before minifiers, so that they drop what nothing mentions any more. Null: nothing changed. */
export function finishChunk({ modules, unneeded, proxyFolder }: Session, code: string, fileName: string, withMap: boolean): RenderedText | null {
  if (fileName.startsWith(proxyFolder)) return null;
  const factories = new Map<string, string>();
  for (const { id, made } of modules.values()) if (made.sealed) factories.set(id, typeof made.sealed === 'string' ? made.sealed : made.artifactCode.slice(...made.sealed));
  const seals = factories.size > 0 ? breakSeals(code, id => factories.get(id) ?? '') : [];
  const whole = replaceParts(code, seals);
  const parts = unneeded.size > 0 ? trimText(whole, unneeded) : [];
  if (seals.length === 0 && parts.length === 0) return null;
  if (!withMap) return { code: replaceParts(whole, parts), map: null };
  const string = new MagicString(whole);
  for (const { start, end, text } of parts) string.update(start, end, text);
  return { code: string.toString(), map: string.generateMap({ hires: 'boundary' }) as unknown as ExistingRawSourceMap };
}
