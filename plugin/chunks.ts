/**
 * How chunks are cut and what is done to their text: no grouping of the user's may take in the runtime or a proxy, seals are broken, and
 * what no module needs is left out.
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

/**
 * The hook `outputOptions`. Bundlers left alone put the runtime where all that need it find it, in no cycle of chunks; where the user
 * groups modules, it gets a chunk of its own, and groups do not take in proxies.
 */
export function keepApart(output: OutputOptions & RolldownOutput, isRolldown: boolean): OutputOptions {
  const { codeSplitting, advancedChunks, manualChunks: chunks } = output;
  if (typeof codeSplitting === 'object') return { ...output, codeSplitting: withRuntime(codeSplitting) } as OutputOptions;
  if (advancedChunks) return { ...output, advancedChunks: withRuntime(advancedChunks) } as OutputOptions;
  if (!chunks) return output;
  if (isRolldown) {
    // Its `manualChunks` lets a group take in what it imports, even where that has a group of its own.
    const { manualChunks: _, ...others } = output;
    const name = chunks as (id: string, context: unknown) => string | null | undefined;
    return { ...others, codeSplitting: { groups: [runtimeGroup, { name: (id: string, context: unknown) => isOwnChunk(id) ? null : name(id, context) ?? null }] } } as OutputOptions;
  }
  if (typeof chunks === 'object') return { ...output, manualChunks: { ...chunks, [runtimeChunk]: [runtimeId] } };
  return { ...output, manualChunks: (id, meta) => id === runtimeId ? runtimeChunk : id.startsWith(artifactPrefix) ? undefined : chunks(id, meta) };
}

const withRuntime = ({ groups = [], ...options }: RolldownGroups): RolldownGroups => ({ ...options, groups: [runtimeGroup, ...groups.map(withoutProxies)] });

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
  throw new RelupError('OPTION', '', `An output with ${wrong} cannot be upgraded: it has one file, and modules get files of their own.`,
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
