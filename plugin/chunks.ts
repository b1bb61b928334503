/**
 * How chunks are cut and what is done to their text: no grouping of the user's may take in the runtime or a proxy, seals are broken, and
 * what no module needs is left out.
 */
import MagicString from 'magic-string';
import type { ExistingRawSourceMap, OutputOptions, PluginContext } from 'rollup';
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
 * The hook `outputOptions`. Bundlers left alone put the runtime where all that need it find it, in no cycle of chunks, and without a
 * request of its own. It gets a chunk where the user groups modules (groups do not take in proxies either), or if `isWanted` says so
 * once all modules are known.
 */
export function keepApart(output: OutputOptions & RolldownOutput, isRolldown: boolean, isWanted: () => boolean): OutputOptions {
  const { codeSplitting, advancedChunks, manualChunks: chunks } = output;
  if (output.inlineDynamicImports || codeSplitting === false) return output;
  if (typeof codeSplitting === 'object') return { ...output, codeSplitting: withRuntime(codeSplitting) } as OutputOptions;
  if (advancedChunks) return { ...output, advancedChunks: withRuntime(advancedChunks) } as OutputOptions;
  if (isRolldown) {
    // Rolldown says itself that it takes no object.
    if (typeof chunks === 'object') return output;
    const { manualChunks: _, ...others } = output;
    // Its `manualChunks` lets a group take in what it imports, even where that has a group of its own.
    const groups: RolldownGroup[] = chunks ? [runtimeGroup, { name: (id: string, context: never) => isOwnChunk(id) ? null : chunks(id, context) ?? null }]
      : [{ ...runtimeGroup, test: id => id === runtimeId && isWanted() }];
    return { ...others, codeSplitting: { groups } } as OutputOptions;
  }
  if (typeof chunks === 'object') return { ...output, manualChunks: { ...chunks, [runtimeChunk]: [runtimeId] } };
  const chunkOf: typeof chunks = (id, meta) => {
    if (id === runtimeId) return chunks || isWanted() ? runtimeChunk : undefined;
    return isOwnChunk(id) ? undefined : chunks?.(id, meta);
  };
  return { ...output, manualChunks: chunkOf };
}

/**
 * Whether a lazy chunk has nothing of what is loaded at first, but for the runtime. It would import the entry for that: have another name
 * with every release, and start the application once more where the entry was loaded by another address (`main.js?v=2`).
 */
export function isLazyAlone({ isHot }: Session, context: Pick<PluginContext, 'getModuleIds' | 'getModuleInfo'>): boolean {
  const infos = [...context.getModuleIds()].flatMap(id => context.getModuleInfo(id) ?? []);
  const first = closure(context, infos.filter(({ isEntry, id }) => isEntry && !isOwnChunk(id)).map(({ id }) => id), () => false);
  return infos.flatMap(({ dynamicallyImportedIds }) => dynamicallyImportedIds).some(target => {
    if (first.has(target)) return false;
    let shares = false;
    const below = closure(context, [target], id => shares ||= first.has(id));
    return !shares && [...below].some(isHot);
  });
}

/** Modules that importing some of them loads, without the runtime. Stops where told to. */
function closure(context: Pick<PluginContext, 'getModuleInfo'>, roots: readonly string[], isEnough: (id: string) => boolean): Set<string> {
  const found = new Set(roots);
  for (const id of found) {
    if (isEnough(id)) break;
    for (const imported of context.getModuleInfo(id)?.importedIds ?? []) if (imported !== runtimeId) found.add(imported);
  }
  return found;
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
