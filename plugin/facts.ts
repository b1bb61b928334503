/**
 * What a finished build knows -> the facts of its manifest and its artifacts, and the line that is printed of it.
 * Reads the session and the output, changes neither.
 */
import { readFileSync } from 'node:fs';
import type { OutputBundle, PluginContext } from 'rollup';
import { RelupError } from '../runtime/errors.js';
import { planReleases } from '../runtime/plan.js';
import type { ColdEntry, ModuleEntry } from '../runtime/protocol.js';
import { referenceOf } from './addresses.js';
import { unmarkedPage } from './built.js';
import { settleEffects, settleImpure } from './effects.js';
import { collectCold, hashOf, type Facts } from './manifest.js';
import { isForeign, isStyle } from './options.js';
import { currentModules, type HotModule, type Session } from './session.js';
import { sheetsOf } from './sheets.js';
import type { NewArtifact, Written } from './store.js';

/** Errors: ARTIFACT_MISSING. */
export function collectFacts(session: Session, context: PluginContext, bundle: OutputBundle, withMaps: boolean): { facts: Facts; artifacts: Map<string, NewArtifact> } {
  const { options, around } = session;
  const files = hashFiles(bundle);
  const modules: Record<string, ModuleEntry> = {};
  const artifacts = new Map<string, NewArtifact>();
  for (const module of currentModules(session, context)) {
    const { artifact } = module.made;
    if (!artifact) {
      throw new RelupError('ARTIFACT_MISSING', module.id, `The bundler gave no artifact for "${module.id}".`, 'Build again; if it stays, report it with the name of the bundler.');
    }
    artifacts.set(artifact.stamp, { code: artifact.code, map: withMaps ? artifact.map : null });
    const workers = workersOf(context, module, files.workers);
    modules[module.id] = { ...entryOf(module, artifact, session.unneeded.get(module.id)), ...(workers && { workers }) };
  }
  if (session.engine) artifacts.set(session.engine.stamp, { code: session.engine.code, map: null });
  const facts: Facts = {
    app: around.app,
    ...(options.release !== null && { label: options.release }),
    target: around.target,
    entries: [...session.entries].filter(id => Object.hasOwn(modules, id)),
    modules,
    cold: collectCold(modules, packagesOf(session, context)),
    ...files,
    ...(session.sheets.size > 0 && around.target === 'browser' && { sheets: sheetsOf(session, files.styles) }),
    ...(session.engine && { engine: session.engine.stamp }),
    drop: options.drop,
    ...((options.include.length > 0 || options.exclude.length > 0) && { managed: { include: options.include.map(String), exclude: options.exclude.map(String) } }),
    ...(session.signing.keys.length > 0 && { keys: session.signing.keys }),
    ...((options.onStale !== 'refuse' || options.allow.length > 0) && { policy: { onStale: options.onStale, allow: options.allow } }),
  };
  return { facts, artifacts };
}

/** Cold packages; the version of a file is its content. */
function packagesOf({ packages, coldFiles }: Session, context: PluginContext): Map<string, Omit<ColdEntry, 'names'>> {
  const all = new Map<string, Omit<ColdEntry, 'names'>>(packages);
  for (const [key, resolvedId] of coldFiles) {
    if (isStyle(resolvedId)) {
      all.set(key, { external: false, version: null, style: 1 });
      continue;
    }
    const code = context.getModuleInfo(resolvedId)?.code;
    all.set(key, { external: false, version: code ? `sha256:${hashOf(code + (onlyNames(resolvedId, code) ? bytesOf(resolvedId) : '')).slice(0, 16)}` : null });
  }
  return all;
}

/** Whether code is the same whatever is in the file. What it says of a worker is no part of it: workers are files of their own. */
const onlyNames = (resolvedId: string, code: string): boolean =>
  isForeign(resolvedId) || (/__VITE_ASSET__|ROLLUP_FILE_URL_/.test(code) && !/[?&](?:worker|sharedworker)\b/.test(resolvedId));

function bytesOf(resolvedId: string): string {
  try {
    return readFileSync(resolvedId.split('?')[0] ?? '', 'latin1');
  } catch {
    // A virtual module.
    return '';
  }
}

/** Which of the workers' files a module names, and where it does so outside of effects. */
function workersOf(context: PluginContext, { outline: { addresses }, hidden }: HotModule, workers: Readonly<Record<string, string>>): Record<string, number> | null {
  const found: Record<string, number> = {};
  for (const { index, line } of addresses) {
    const file = context.getFileName(referenceOf(hidden[index] as string)); // it is of the same text
    if (workers[file] !== undefined) found[file] ||= line;
  }
  return Object.keys(found).length > 0 ? found : null;
}

function hashFiles(bundle: OutputBundle): Record<'chunks' | 'styles' | 'assets' | 'workers', Record<string, string>> {
  const files: Record<'chunks' | 'styles' | 'assets' | 'workers', Record<string, string>> = { chunks: {}, styles: {}, assets: {}, workers: {} };
  for (const file of Object.values(bundle)) {
    if (file.fileName.endsWith('.map')) continue;
    const content = file.type === 'chunk' ? file.code : file.fileName.endsWith('.html') ? unmarkedPage(String(file.source)) : file.source;
    // Pages and lists of files change whenever a name in them does; that says nothing new.
    const kind = file.type === 'chunk' || /\.html$|^\.vite\/|manifest\.json$/.test(file.fileName) ? 'chunks'
      : file.fileName.endsWith('.css') ? 'styles'
      : /\.[cm]?js$/.test(file.fileName) ? 'workers'
      : 'assets';
    files[kind][file.fileName] = hashOf(content);
  }
  return files;
}

/** A module's entry in a manifest. */
export function entryOf({ outline, targets, names, dynamicTargets, hot }: Pick<HotModule, 'outline' | 'targets' | 'names' | 'dynamicTargets' | 'hot'>, { stamp, size }: { readonly stamp: string; readonly size: number }, pruned?: readonly string[]): ModuleEntry {
  return {
    stamp,
    size,
    requests: targets,
    names,
    requestLines: outline.requests.map(({ line }) => line),
    exports: outline.exports,
    indirect: outline.indirect,
    stars: outline.stars,
    dynamic: dynamicTargets,
    async: outline.async,
    loads: outline.loads,
    loadLines: outline.loadLines,
    reaches: outline.reaches,
    states: outline.states,
    effects: settleEffects(outline.effects, targets),
    undeclared: outline.undeclared,
    stateAtLoad: outline.stateAtLoad,
    hook: outline.hook,
    functions: outline.functions,
    ...(outline.components && { components: outline.components }),
    classes: outline.classes,
    captured: outline.captured,
    calls: outline.calls,
    impure: settleImpure(outline.impure, targets),
    ...(pruned && { pruned }),
    ...(hot && { hot }),
  };
}

/** What the build says of the release that it wrote. */
export function describeRelease({ manifest, isNew, previous, artifactsWritten }: Written, storeMs: number): string {
  const count = Object.keys(manifest.modules).length;
  const name = `release #${manifest.number} ${manifest.release}`;
  if (!isNew) return `${name} is unchanged, ${count} modules`;
  const tail = `${count} modules, ${artifactsWritten} new artifacts, store written in ${Math.round(storeMs)} ms`;
  if (!previous) return `${name}, ${tail}`;
  const plan = planReleases(previous, manifest);
  const why = plan.refusals.length > 0 ? ` (${[...new Set(plan.refusals.map(refusal => refusal.code))].join(', ')})` : '';
  return `${name}, ${tail}; from #${previous.number}: ${plan.way}${why}`;
}
