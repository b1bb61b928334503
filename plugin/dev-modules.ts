/**
 * The transform of one module for a dev server: text -> what the server sends in the module's place, and what a patch and a plan
 * have to know of it. Taken from the cache where the same text was rewritten before.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TransformPluginContext } from 'rollup';
import { RelupError } from '../runtime/errors.js';
import type { ModuleEntry } from '../runtime/protocol.js';
import type { DevCache } from './dev-cache.js';
import { entryOf } from './facts.js';
import { settleHot } from './hot.js';
import { amendEmitted } from './dev-emitted.js';
import { hashOf } from './manifest.js';
import { chainMaps } from './maps.js';
import { outlineModule, type Outline } from './outline.js';
import { drawFrame } from './parse.js';
import { resolveRequests, type Found, type Known } from './resolving.js';
import { rewriteModule, type Resolution, type Rewritten, type SourceMap } from './rewrite.js';
import type { OutlineFacts, Resolving } from './session.js';

/** What the transform made of a text, as the cache keeps it. */
export interface DevMade {
  /** As much of the outline as resolving what the module requests takes. */
  readonly outline: Pick<OutlineFacts, 'requests' | 'dynamic' | 'hot'>;
  readonly resolutions: string;
  readonly code: string;
  /** Of the code that a page gets. */
  readonly map: Pick<SourceMap, 'names' | 'mappings'> | null;
  readonly artifact: string;
  /** Of the artifact, where that is what comes first: on a server. */
  readonly ownMap: Pick<SourceMap, 'names' | 'mappings'> | null;
  readonly entry: ModuleEntry;
}

/** What the hook `transform` answers, and what stays known of it. */
export interface DevTransformed {
  readonly module: DevModule;
  readonly code: string;
  readonly map: SourceMap | null;
  readonly requests: OutlineFacts['requests'];
}

/** A module as the dev server knows it. */
export interface DevModule {
  readonly id: string;
  readonly entry: ModuleEntry;
  /** Text of the artifact, which lies in the cache while no patch needs it; undefined if it was lost there. */
  artifact(): string | undefined;
  readonly resolvedId: string;
  /** What relup was given: lines of findings are lines of it. */
  readonly text: string;
  /** Leads from an artifact to the sources; made only while patches are. */
  readonly artifactMap: string | null;
  /** Leads from `text` to the sources; likewise. */
  readonly sourceMap: object | null;
}

/** What transforming needs of one environment of the server. */
export interface DevSurroundings extends Resolving {
  readonly define: Readonly<Record<string, string>>;
  /** Source text of `import.meta.env`. */
  readonly env: string;
  readonly pure: readonly string[];
  /** All that shapes the code besides its text. */
  readonly shape: string;
  /** A page or worker: Vite replaces `process.env.NODE_ENV` in what it sends, but not in artifacts. */
  readonly client: boolean;
  isAsset(file: string): boolean;
  /** Paths that modules import in vain, by the module. */
  readonly missing: Map<string, readonly string[]>;
  readonly cache: DevCache<DevMade>;
}

/** Code by which components are refreshed, or a module accepts itself. */
const refreshing = /\bimport\.meta\.hot\b|\$Refresh(?:Reg|Sig)\$/;

/** Whether another plugin put that code in: what its runtime registers, it knows by identity (React, Vue, Svelte, Solid). */
function isRefreshed(text: string, resolvedId: string): boolean {
  if (!refreshing.test(text)) return false;
  try {
    return !refreshing.test(readFileSync(resolvedId.split('?')[0] ?? '', 'utf8'));
  } catch {
    return true;
  }
}

/** Shape: `mapped` also makes what a patch needs of source maps. Errors: those of outlineModule. */
export async function transformForDev(around: DevSurroundings, context: TransformPluginContext, given: string, resolvedId: string, mapped: boolean): Promise<DevTransformed> {
  const id = around.idOf(resolvedId);
  const text = amendEmitted(given);
  const raw = isRefreshed(text, resolvedId);
  const key = hashOf(`${around.shape}\0${raw}\0${id}\0${text}`);
  const known = around.cache.get(key);
  const read = (): Outline => outlineModule(text, { id, define: around.define, pure: around.pure, raw, nodeEnv: around.client });
  const fresh = known ? null : read();
  const outline = known?.outline ?? (fresh as Outline); // one of the two
  const { found, known: answers } = await resolveRequests(around, context, outline, resolvedId);
  checkFound(around, outline, found.requests, answers, resolvedId, text);
  const resolutions = JSON.stringify(found);
  const isKnown = known?.resolutions === resolutions && (!mapped || known.ownMap !== null);
  const whole = isKnown ? null : fresh ?? read();
  const rewritten = whole && rewrite(around, text, resolvedId, id, whole, found);
  const made = rewritten ? madeOf(around, rewritten, whole, resolutions, found) : (known as DevMade); // one of the two
  if (rewritten) around.cache.set(key, made);
  const combined = mapped ? context.getCombinedSourcemap() : null;
  const { entry, artifact, code, map } = made;
  const module: DevModule = {
    id, resolvedId, text, entry,
    artifact: mapped ? () => artifact : () => artifactIn(around.cache.get(key), entry),
    sourceMap: combined,
    artifactMap: combined && chainMaps({ version: 3, sources: [resolvedId], ...(made.ownMap ?? (rewritten as Rewritten).artifact.map) }, combined), // rewritten, where maps were asked for and not known
  };
  return { module, code, map: map && { version: 3, sources: [resolvedId], sourcesContent: [text], ...map }, requests: outline.requests };
}

/** Server code would hear of a file that is not there only when it runs. */
function checkFound({ idOf, missing }: DevSurroundings, { requests: outlined }: Pick<OutlineFacts, 'requests'>, requests: readonly Resolution[], answers: Known, importer: string, text: string): void {
  const lines = new Map<string, number>();
  requests.forEach(({ hot, specifier }, index) => {
    if (!hot && specifier.startsWith('.') && !answers.has(specifier)) lines.set(specifier, outlined[index]?.line ?? 1);
  });
  missing.delete(importer);
  if (lines.size > 0) missing.set(importer, [...lines.keys()].map((specifier) => join(dirname(importer), specifier)));
  for (const [specifier, line] of lines) {
    throw new RelupError('IMPORT_UNRESOLVED', `${idOf(importer)}:${line}`, `"${idOf(importer)}" imports "${specifier}", which cannot be found.\n${drawFrame(text, line, 0)}`, 'Restore the file, or import another one. Nothing was changed.');
  }
}

const mappingsOf = ({ names, mappings }: SourceMap): Pick<SourceMap, 'names' | 'mappings'> => ({ names, mappings });

/** The same text with other resolutions is another artifact. */
const artifactIn = (made: DevMade | undefined, { stamp }: ModuleEntry): string | undefined => (made?.entry.stamp === stamp ? made.artifact : undefined);

function rewrite(around: DevSurroundings, text: string, resolvedId: string, id: string, outline: Outline, { requests, dynamicRequests, acceptedRequests }: Found) {
  const dynamic: Record<string, Resolution> = {};
  outline.dynamic.forEach(({ specifier }, index) => {
    const resolution = dynamicRequests[index];
    if (resolution) dynamic[specifier] = resolution;
  });
  const accepted = Object.fromEntries(acceptedRequests.map((resolution, index) => [outline.hot?.deps[index]?.specifier ?? '', resolution]));
  const readsEnv = /\bimport\.meta\.env\b/.test(text);
  return rewriteModule(text, outline, {
    id, requests, dynamic, accepted, sourceFile: resolvedId,
    // What the environment says is part of what the module is.
    serving: { isStub: !around.client, stampOf: hashOf, env: readsEnv ? around.env : null, ending: readsEnv ? ` // env ${hashOf(around.env).slice(0, 16)}` : '' },
  });
}

function madeOf({ client }: DevSurroundings, { bundle, artifact, link }: Rewritten, { body: _, ...outline }: Outline, resolutions: string, { dynamicRequests, acceptedRequests }: Found): DevMade {
  const dynamicTargets = dynamicRequests.flatMap((each) => (each === null ? [] : each.hot ? each.target : `cold:${each.target}`));
  return {
    outline: { requests: outline.requests, dynamic: outline.dynamic, hot: outline.hot },
    resolutions,
    code: bundle.code,
    map: client ? mappingsOf(bundle.map) : null,
    ownMap: client ? null : mappingsOf(artifact.map),
    artifact: artifact.code,
    entry: entryOf({ outline, targets: link.r ?? [], names: link.n ?? [], dynamicTargets, hot: settleHot(outline.hot, acceptedRequests) }, { stamp: hashOf(artifact.code), size: artifact.code.length }),
  };
}

