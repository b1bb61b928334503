/**
 * A store as a Node process reads it: a directory or a URL. Everything is checked before it is handed on: signatures and age by
 * trust.ts, shapes by verify.ts, artifacts by their stamp on the very bytes that are compiled.
 */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { RelupError } from './errors.js';
import type { Store } from './follower.js';
import type { LoadedArtifact } from './prepare.js';
import type { Artifact, Manifest } from './protocol.js';
import { createTrust, type Trust } from './trust.js';
import { parseManifest, parsePointer } from './verify.js';

export interface NodeStore extends Store {
  readonly trust: Trust;
  /** Ends with a slash. */
  readonly url: URL;
  /** Path of a store that is a directory, else null. */
  readonly directory: string | null;
}

/** Open a store that `keys` sign, if there are any. Nothing is read yet; releases of another application than `app` are refused once it is known. */
export function openStore(url: URL, keys: readonly string[]): NodeStore & { app: string | undefined } {
  const trust = createTrust(keys);
  const directory = url.protocol === 'file:' ? fileURLToPath(url) : null;
  const store = {
    trust,
    url,
    directory,
    app: undefined as string | undefined,
    async latest() {
      const text = await readText(new URL('latest.json', url), 'latest.json');
      if (text === null) return null;
      await trust.check('pointer', text, 'latest.json');
      return trust.accept(parsePointer(text, 'latest.json', store.app), 'latest.json');
    },
    async release(name: string) {
      const place = `releases/${name}.json`;
      const text = /^[0-9a-f]+$/.test(name) ? await readText(new URL(place, url), place) : null;
      if (text === null) throw new RelupError('RELEASE_UNKNOWN', place, `The store has no release "${name}".`, 'Build it again, or name another. Nothing was changed.');
      await trust.check('manifest', text, place);
      const manifest = parseManifest(text, place, store.app);
      if (manifest.release !== name) throw new RelupError('MANIFEST', place, `The manifest is of release "${manifest.release}".`, 'The file was changed: build the release again. Nothing was changed.');
      return manifest;
    },
    async artifact(id: string, stamp: string): Promise<LoadedArtifact> {
      const place = `modules/${stamp}.js`;
      const file = new URL(place, url);
      const text = await readText(file, place);
      if (text === null) throw new RelupError('ARTIFACT_MISSING', place, `The artifact of ${id} is not in the store.`, 'Build the release again, or raise "keep". Nothing was changed.');
      if (createHash('sha256').update(text).digest('hex') !== stamp) throw new RelupError('ARTIFACT_STAMP', place, `The artifact of ${id} is not what its stamp says.`, 'The file was changed or cut short: build the release again. Nothing was changed.');
      return { ...compileArtifact(id, text, directory === null ? file.href : fileURLToPath(file), file.href), stamp };
    },
    before: async (number: number) => (directory === null ? null : newestBefore(store, directory, number)),
  };
  return store;
}

async function newestBefore(store: Store, directory: string, number: number): Promise<Manifest | null> {
  // A build that was killed leaves temporary files.
  const names = readdirSync(`${directory}releases`).filter((file) => /^[0-9a-f]+\.json$/.test(file)).map((file) => basename(file, '.json'));
  // One that nobody signed, for example from before there were keys, is no release to go back to.
  const unlessUnsigned = (error: unknown): Manifest[] => {
    if (error instanceof RelupError && error.code === 'SIGNATURE') return [];
    throw error;
  };
  const manifests = await Promise.all(names.map((name) => store.release(name).then((manifest) => [manifest], unlessUnsigned)));
  return manifests.flat().filter((manifest) => manifest.number < number).sort((a, b) => b.number - a.number)[0] ?? null;
}

async function readText(url: URL, place: string): Promise<string | null> {
  try {
    if (url.protocol === 'file:') return await readFile(url, 'utf8');
    const response = await fetch(url, { cache: 'no-cache' });
    if (response.status === 404) return null;
    if (!response.ok) throw new Error(`status ${response.status}`);
    return await response.text();
  } catch (cause) {
    if ((cause as { code?: unknown }).code === 'ENOENT') return null;
    throw new RelupError('STORE_READ', place, `The store cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`, 'Check that it is there and readable. Nothing was changed.', cause);
  }
}

/**
 * Evaluate the checked text of an artifact through `vm`: it registers its module and touches nothing else. Frames carry
 * the file's name and with it the stamp.
 *
 * With `--enable-source-maps` Node maps frames of `eval` code by name, but not those of `vm`; an empty script of the same
 * name that only announces the map makes it map ours too, and keeps versions collectable (docs/decisions/0002).
 */
function compileArtifact(id: string, text: string, file: string, base: string): Artifact {
  const map = /^\/\/# sourceMappingURL=(\S+)\s*$/m.exec(text)?.[1] ?? `${basename(file)}.map`;
  if (process.sourceMapsEnabled) (0, eval)(`//# sourceURL=${file}\n//# sourceMappingURL=${map}`);
  let artifact: Artifact | undefined;
  const register = (registered: string, link: Artifact['link'], factory: Artifact['factory'], dynamic: Artifact['dynamic']): void => {
    artifact = { id: registered, link, factory, dynamic };
  };
  // Addresses of assets are relative to the artifact; minified code knows it by no other name.
  register.base = base;
  vm.compileFunction(`"use strict";${text}`, ['__relup__'], { filename: file })(register);
  if (artifact?.id !== id) throw new RelupError('ARTIFACT_STAMP', basename(file), `The artifact of ${id} registers ${artifact ? artifact.id : 'nothing'}.`, 'Build the release again. Nothing was changed.');
  return artifact;
}

/**
 * The manifest of the release that a process runs, found by the hash of its entry file.
 *
 * Errors: NOT_BUILT if the store does not know the file.
 */
export async function findRunningRelease(store: NodeStore, entry: string | null): Promise<Manifest> {
  const boot = JSON.parse((await readText(new URL('boot.json', store.url), 'boot.json')) ?? '{}') as Record<string, Record<string, string>>;
  const bytes = entry?.startsWith('file:') ? await readFile(new URL(entry)) : null;
  const hash = bytes && createHash('sha256').update(bytes).digest('hex');
  for (const [file, releases] of Object.entries(boot)) {
    const release = hash && entry?.split(/[?#]/)[0]?.endsWith(`/${file}`) ? releases[hash] : undefined;
    const manifest = release === undefined ? null : await store.release(release);
    // Nobody signs boot.json. If it could name any release, plans would begin at one that does not run, and mix two.
    if (manifest?.chunks[file] === hash) return manifest;
  }
  throw new RelupError('NOT_BUILT', entry ? basename(entry) : '', 'The store does not know the entry file that this process runs.', 'Build with the plugin relup() and start what it built. Nothing was changed.');
}
