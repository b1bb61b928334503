/**
 * The store on disk: reads what earlier builds left, writes a release atomically, drops what nothing refers to.
 *
 * Every file is written beside its place and renamed, and `latest.json` last: a reader sees the old release or the new one,
 * never a half. A failed write takes back the files that it made.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RelupError } from '../runtime/errors.js';
import { format, type Manifest, type Pointer } from '../runtime/protocol.js';
import { parseManifest, parsePointer } from '../runtime/verify.js';
import { hashOf, nameRelease, type Facts } from './manifest.js';
import { writePatch } from './patches.js';
import { signFile, type Signing } from './signing.js';

/** Entry chunk -> hash of its bytes -> release, newest last. A process finds out by it which release it runs. */
export type Boot = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface NewArtifact {
  readonly code: string;
  readonly map: string | null;
}

export interface ReleaseInput {
  readonly facts: Facts;
  /** All artifacts of the release, by stamp; the store may have them. */
  readonly artifacts: ReadonlyMap<string, NewArtifact>;
  /** Hashes of the entry chunks of this build, by file name. */
  readonly entryChunks: Readonly<Record<string, string>>;
  readonly keep: number;
  /** Older releases must not outlive this one. */
  readonly mandatory?: boolean;
  /** Who signs. The application's own keys are among `facts`. */
  readonly signing?: Pick<Signing, 'signers' | 'lastsMs'>;
}

export interface Written {
  readonly manifest: Manifest;
  /** False if the store already had this release as its latest. */
  readonly isNew: boolean;
  /** The release before, if there was one. */
  readonly previous: Manifest | null;
  readonly artifactsWritten: number;
}

/** What the file system has to do; a test hands in one that fails. */
export interface Disk {
  write(file: string, content: string): void;
  rename(from: string, to: string): void;
}

const disk: Disk = {
  write: (file, content) => writeFileSync(file, content),
  rename: renameSync,
};

/** The pointer of a store, or null if there is none. Errors: MANIFEST, FORMAT_UNKNOWN, STORE_READ. */
export function readLatest(folder: string): Pointer | null {
  const source = readText(join(folder, 'latest.json'));
  return source === null ? null : parsePointer(source, 'latest.json');
}

/** A release by its name. Errors: RELEASE_UNKNOWN, MANIFEST, FORMAT_UNKNOWN, STORE_READ. */
export function readRelease(folder: string, release: string): Manifest {
  const place = `releases/${release}.json`;
  const source = /^[\w-]+$/.test(release) ? readText(join(folder, place)) : null;
  if (source === null) {
    throw new RelupError('RELEASE_UNKNOWN', place, `The store has no release "${release}".`,
      `It has: ${listReleases(folder).join(', ') || 'none'}.`);
  }
  return parseManifest(source, place);
}

/** Names of the releases in a store. */
export function listReleases(folder: string): string[] {
  return list(join(folder, 'releases')).filter(file => file.endsWith('.json')).map(file => file.slice(0, -'.json'.length));
}

/**
 * Writes a release and makes it the latest.
 *
 * Changes: an identical build writes nothing new, but for signatures and the time at which they expire. Older releases than `keep` go, and artifacts only they used.
 * Errors:  STORE_WRITE, APP_MISMATCH; the store is then as it was before.
 */
export function writeRelease(folder: string, input: ReleaseInput, to: Disk = disk): Written {
  const { signers, lastsMs } = input.signing ?? { signers: [], lastsMs: null };
  const named = nameRelease(input.facts);
  const latest = readLatestLeniently(folder);
  if (latest && latest.app !== named.app) {
    throw new RelupError('APP_MISMATCH', 'latest.json', `The store holds releases of "${latest.app}", this build is "${named.app}".`,
      'Give each application and each target a store of its own (option "store"). Nothing was changed.');
  }
  const isNew = latest?.release !== named.release;
  const manifest: Manifest = { ...named, number: numberAfter(latest, named.release) };
  const previous = latest ? readReleaseLeniently(folder, latest.release) : null;

  const mandatory = input.mandatory ? manifest.number : latest?.mandatory;
  const made: string[] = [];
  let artifactsWritten = 0;
  try {
    make(join(folder, 'modules'));
    make(join(folder, 'releases'));
    const present = new Set(list(join(folder, 'modules')));
    for (const [stamp, { code, map }] of input.artifacts) {
      const file = join(folder, 'modules', `${stamp}.js`);
      // Equal code may have moved in its source.
      if (map !== null && readText(`${file}.map`) !== map) replace(`${file}.map`, map);
      if (present.has(`${stamp}.js`) && statSync(file).size === Buffer.byteLength(code)) continue;
      replace(file, code);
      made.push(file);
      artifactsWritten++;
    }
    const file = join(folder, 'releases', `${manifest.release}.json`);
    const text = signFile('manifest', JSON.stringify(manifest), signers);
    const before = readText(file);
    if (before !== text) replace(file, text);
    if (before === null) made.push(file);
    // Reading all manifests takes a while; without a new one nothing can have become too much.
    const kept = isNew ? keepReleases(folder, manifest, input.keep) : null;
    const alive = kept?.map(each => each.release) ?? listReleases(folder);
    replace(join(folder, 'boot.json'), JSON.stringify(nextBoot(readBoot(folder), input.entryChunks, manifest.release, new Set(alive))));
    const patches = kept ? writePatches(manifest, kept) : latest?.patches;
    const pointer: Pointer = {
      format, app: manifest.app, release: manifest.release, number: manifest.number, ...(mandatory !== undefined && { mandatory }),
      ...(lastsMs !== null && { expires: new Date(Date.now() + lastsMs).toISOString() }), ...(patches && { patches }),
    };
    const latestText = signFile('pointer', JSON.stringify(pointer), signers);
    if (isNew || readText(join(folder, 'latest.json')) !== latestText) replace(join(folder, 'latest.json'), latestText);
    if (kept) prune(folder, kept, Object.values(patches ?? {}));
  } catch (cause) {
    for (const file of made) rmSync(file, { force: true });
    if (cause instanceof RelupError) throw cause;
    throw writeError(folder, cause);
  }
  return { manifest, isNew, previous, artifactsWritten };

  /** From every older release that is kept, as far as there is a way. */
  function writePatches(latest: Manifest, kept: readonly Manifest[]): Pointer['patches'] {
    if (latest.target !== 'browser') return undefined;
    const written = kept.flatMap((from): [string, string][] => {
      const patch = from === latest ? null : writePatch(from, latest, input.artifacts);
      if (!patch) return [];
      const stamp = hashOf(patch.code);
      const file = join(folder, 'modules', `${stamp}.js`);
      if (patch.map !== null) replace(`${file}.map`, patch.map);
      if (readText(file) === null) {
        replace(file, patch.code);
        made.push(file);
      }
      return [[from.release, stamp]];
    });
    return written.length > 0 ? Object.fromEntries(written) : undefined;
  }

  function replace(file: string, content: string): void {
    const temporary = join(dirname(file), `.${process.pid}.tmp`);
    try {
      to.write(temporary, content);
      to.rename(temporary, file);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  }
}

/** The number that a release will have. Errors: STORE_READ. */
export const nextNumber = (folder: string, release: string): number => numberAfter(readLatestLeniently(folder), release);

const numberAfter = (latest: Pointer | null, release: string): number => (latest?.release === release ? latest.number : (latest?.number ?? 0) + 1);

/** Whether a store can be written at all, asked before a long build. Errors: STORE_WRITE. */
export function checkWritable(folder: string, to: Disk = disk): void {
  const probe = join(folder, `.${process.pid}.probe`);
  try {
    make(folder);
    to.write(probe, '');
    rmSync(probe, { force: true });
  } catch (cause) {
    throw writeError(folder, cause);
  }
}

function writeError(folder: string, cause: unknown): RelupError {
  const code = (cause as { code?: unknown } | null)?.code;
  const [reason, hint] = code === 'ENOSPC' ? ['the disk is full', 'Free some space and build again.']
    : code === 'EACCES' || code === 'EPERM' || code === 'EROFS' ? ['it may not be written', 'Allow this user to write there, or set the option "store".']
    : code === 'ENOTDIR' || code === 'EEXIST' ? ['a file is in the way', 'Remove it, or set the option "store".']
    : [cause instanceof Error ? cause.message : String(cause), 'Build again when the folder can be written.'];
  return new RelupError('STORE_WRITE', relativePlace(folder), `The store cannot be written: ${reason}.`, `${hint} The latest release there is unchanged.`, cause);
}

function relativePlace(folder: string): string {
  const here = process.cwd();
  return folder.startsWith(`${here}/`) ? folder.slice(here.length + 1) : folder;
}

/** Numbers of the releases to keep, newest first, with what they refer to. */
function keepReleases(folder: string, manifest: Manifest, keep: number): Manifest[] {
  const others = listReleases(folder)
    .filter(release => release !== manifest.release)
    .flatMap(release => readReleaseLeniently(folder, release) ?? [])
    .sort((left, right) => right.number - left.number);
  return [manifest, ...others].slice(0, keep);
}

function prune(folder: string, kept: readonly Manifest[], patches: readonly string[]): void {
  const releases = new Set(kept.map(manifest => `${manifest.release}.json`));
  const stamps = [...kept.flatMap(({ modules, engine }) => [...Object.values(modules).map(entry => entry.stamp), ...(engine === undefined ? [] : [engine])]), ...patches];
  const modules = new Set(stamps.map(stamp => `${stamp}.js`));
  for (const file of list(join(folder, 'releases'))) if (!releases.has(file)) rmSync(join(folder, 'releases', file), { force: true });
  for (const file of list(join(folder, 'modules'))) {
    if (!modules.has(file.replace(/\.map$/, ''))) rmSync(join(folder, 'modules', file), { force: true });
  }
}

export function readBoot(folder: string): Boot {
  try {
    const value = JSON.parse(readText(join(folder, 'boot.json')) ?? '{}') as unknown;
    return typeof value === 'object' && value !== null ? value as Boot : {};
  } catch {
    return {};
  }
}

/**
 * Two releases may have an entry of equal bytes (only a lazy chunk without a hash in its name changed): the newest has it then.
 * For a process that is right, because the files beside the entry are the newest build's as well.
 */
function nextBoot(before: Boot, entryChunks: Readonly<Record<string, string>>, release: string, alive: ReadonlySet<string>): Boot {
  const next: Record<string, Record<string, string>> = {};
  for (const file of new Set([...Object.keys(before), ...Object.keys(entryChunks)])) {
    const hashes = Object.entries(before[file] ?? {}).filter(([hash, name]) => alive.has(name) && hash !== entryChunks[file]);
    const hash = entryChunks[file];
    if (hash !== undefined) hashes.push([hash, release]);
    if (hashes.length > 0) next[file] = Object.fromEntries(hashes);
  }
  return next;
}

/** A damaged pointer must not stop a build, which replaces it; numbers then go on from the newest manifest. */
function readLatestLeniently(folder: string): Pointer | null {
  try {
    return readLatest(folder);
  } catch (error) {
    if (!(error instanceof RelupError) || error.code === 'STORE_READ') throw error;
    const manifests = listReleases(folder).flatMap(release => readReleaseLeniently(folder, release) ?? []);
    const newest = manifests.sort((left, right) => right.number - left.number)[0];
    // No release has this name, so the build counts as new and writes the pointer again.
    return newest ? { format, app: newest.app, release: '', number: newest.number } : null;
  }
}

function readReleaseLeniently(folder: string, release: string): Manifest | null {
  try {
    return readRelease(folder, release);
  } catch {
    return null;
  }
}

function make(folder: string): void {
  mkdirSync(folder, { recursive: true });
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as { code?: unknown }).code === 'ENOENT' || (cause as { code?: unknown }).code === 'ENOTDIR') return null;
    throw new RelupError('STORE_READ', file.slice(file.lastIndexOf('/') + 1), 'The file cannot be read.', 'Allow this user to read the store.', cause);
  }
}
