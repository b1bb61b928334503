/**
 * The build: wires the parts to the hooks of Rollup and of bundlers with its hooks. One session a build; the parts read and
 * fill it in the order of the hooks: resolve, transform, facades, chunks, proxies, facts, store.
 */
import { readFileSync } from 'node:fs';
import { resolve as resolvePath } from 'node:path';
import type { LoadResult, NormalizedOutputOptions, OutputBundle, OutputOptions, PluginContext, TransformPluginContext, TransformResult } from 'rollup';
import { RelupError } from '../runtime/errors.js';
import { checkOutput, finishChunk, isLazyAlone, keepApart, type RenderedText, type RolldownOutput } from './chunks.js';
import { builtText, markPage, storeUrl } from './built.js';
import { artifactPrefix, facadeTarget, followId, runtimeId } from './facade.js';
import { loadFacade } from './facades.js';
import { collectFacts, describeRelease } from './facts.js';
import { hintHanded } from './hints.js';
import { checkBuild, rejectBroken } from './links.js';
import { hashOf, nameRelease } from './manifest.js';
import { transformModule } from './modules.js';
import type { CheckedOptions } from './options.js';
import { forgetPackages, ownFiles } from './packages.js';
import { collectProxies } from './proxies.js';
import { findUnneeded } from './prune.js';
import { resolveImport, type ResolveDetails } from './resolving.js';
import { createSession, currentModules, type Session, type Surroundings } from './session.js';
import { collectSheets } from './sheets.js';
import { describeSigning } from './signing.js';
import { checkWritable, nextNumber, writeRelease } from './store.js';

export type { Surroundings } from './session.js';

export function createBuild(options: CheckedOptions, surroundings: () => Surroundings) {
  const own = ownFiles();
  let session: Session;

  /** Sets the stage for one build. `outputFolder` is null while it is not known (plain Rollup learns it late). */
  function begin(outputFolder: string | null): void {
    forgetPackages();
    session = createSession(options, own, surroundings(), outputFolder);
    if (session.storeFolder !== null) checkWritable(session.storeFolder);
  }

  function resolveId(this: PluginContext, source: string, importer: string | undefined, details: ResolveDetails) {
    return resolveImport(session, this, source, importer, details);
  }

  async function load(this: PluginContext, id: string): Promise<LoadResult> {
    if (id === runtimeId) return { code: readRuntime(options.runtimeFile ?? own.bundled), moduleSideEffects: false };
    if (id === own.built) return { code: builtText({ engine: session.engine?.stamp ?? null, store: storeUrl(session.around.base, session.storePlace), keys: session.signing.keys }), map: { mappings: '' } };
    if (id === followId) return { code: `import { follow } from 'relup/browser';\nfollow(${JSON.stringify(options.follow)});`, map: { mappings: '' }, moduleSideEffects: true };
    if (id.startsWith(artifactPrefix)) {
      const proxy = session.proxies.get(id.slice(artifactPrefix.length));
      return proxy ? { code: proxy.code, map: proxy.map ?? { mappings: '' }, moduleSideEffects: true } : null;
    }
    const target = session.facadeTargets.get(facadeTarget(id) ?? '');
    return target ? { code: await loadFacade(session, this, id, target.id), map: { mappings: '' } } : null;
  }

  async function transform(this: TransformPluginContext, text: string, resolvedId: string): Promise<TransformResult> {
    return session.isHot(resolvedId) ? transformModule(session, this, text, resolvedId) : null;
  }

  /** A watching Rollup would leave out the transform of unchanged modules, and a session begins with nothing. */
  function shouldTransformCachedModule({ id }: { readonly id: string }): boolean {
    return session.isHot(id);
  }

  function buildEnd(this: PluginContext, error?: Error): void {
    if (error) return;
    const current = currentModules(session, this);
    checkBuild(session, this, current);
    session.isRuntimeApart = isLazyAlone(session, this);
    hintHanded(session, this, current);
    const prunable = current.map(({ id, outline, targets, names, dynamicTargets }) => [id, { ...outline, requests: targets, names, dynamic: dynamicTargets }] as const);
    session.unneeded = findUnneeded(Object.fromEntries(prunable), session.facadeTargets.keys());
  }

  function outputOptions(this: PluginContext | { readonly meta: object }, output: OutputOptions & RolldownOutput): OutputOptions {
    return keepApart(output, 'rolldownVersion' in this.meta, () => session.isRuntimeApart);
  }

  function renderStart(output: { format: string; inlineDynamicImports?: boolean; codeSplitting?: unknown }): void {
    checkOutput(session, output);
  }

  function renderDynamicImport({ targetModuleId }: { readonly targetModuleId: string | null }): { left: string; right: string } | null {
    return rejectBroken(session, targetModuleId);
  }

  function renderChunk(code: string, { fileName }: { readonly fileName: string }, { sourcemap }: { readonly sourcemap: unknown }): RenderedText | null {
    return finishChunk(session, code, fileName, Boolean(sourcemap));
  }

  function generateBundle(this: PluginContext, output: NormalizedOutputOptions, bundle: OutputBundle): void {
    collectProxies(session, output, bundle);
    collectSheets(session, bundle);
    for (const file of Object.values(bundle)) {
      if (file.type !== 'chunk' || file.facadeModuleId === null) continue;
      const target = session.facadeTargets.get(facadeTarget(file.facadeModuleId) ?? '');
      // Manifests and other plugins know the entry by its own name.
      if (target) file.facadeModuleId = target.id;
    }
  }

  /** After everybody else: pages say of which release they are. */
  function finishPages(this: PluginContext, output: NormalizedOutputOptions, bundle: OutputBundle): void {
    if (!writesStore(output)) return;
    const { facts } = collectFacts(session, this, bundle, false);
    const { release } = nameRelease(facts);
    const number = nextNumber(storeOf(output), release);
    for (const file of Object.values(bundle)) if (file.type === 'asset' && file.fileName.endsWith('.html')) file.source = markPage(String(file.source), release, number);
  }

  const writesStore = (output: NormalizedOutputOptions): boolean => !session.around.worker && options.store !== false && output.format === 'es' && session.modules.size > 0;

  const storeOf = (output: NormalizedOutputOptions): string => session.storeFolder ?? resolvePath(output.dir ?? '.', 'relup');

  function writeBundle(this: PluginContext, output: NormalizedOutputOptions, bundle: OutputBundle): void {
    const { around, cache, signing } = session;
    if (!writesStore(output)) return;
    const folder = storeOf(output);
    const { facts, artifacts } = collectFacts(session, this, bundle, Boolean(output.sourcemap));
    const entryChunks: Record<string, string> = {};
    for (const file of Object.values(bundle)) {
      if (file.type === 'chunk' && file.isEntry) entryChunks[file.fileName] = hashOf(file.code);
    }
    const started = performance.now();
    const written = writeRelease(folder, { facts, entryChunks, artifacts, keep: options.keep, mandatory: options.mandatory, signing });
    cache.write();
    around.log(describeRelease(written, performance.now() - started) + describeSigning(signing));
  }

  /** The runtime's `import(name, options)` is meant to stay what it is. */
  function onLog(_level: string, log: { readonly id?: string | undefined }): boolean | void {
    if (log.id === runtimeId) return false;
  }

  /** Bundlers in other languages need not ask for what does not match. */
  const loadFilter = { id: [/^\0relup:/, /^relup:/, /\/built\.js$/] };

  return {
    loadFilter, onLog, begin, resolveId, transform, shouldTransformCachedModule, load, buildEnd, outputOptions, renderStart,
    renderDynamicImport, renderChunk, generateBundle, finishPages, writeBundle,
  };
}

function readRuntime(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new RelupError('NOT_BUILT', 'dist/runtime.js', 'The runtime of relup is not there.', 'Run "npm run build" in the package of relup, or install it again.', cause);
  }
}
