/**
 * A store as a page reads it. Texts are checked by trust.ts and verify.ts, artifacts by the browser (browser-script.ts).
 */
import { persist, type RunScript, type TakeRegistered } from './browser-script.js';
import { RelupError } from './errors.js';
import type { Store } from './follower.js';
import { format } from './protocol.js';
import type { LoadedArtifact } from './prepare.js';
import { patchId, readPatch, type WrittenPatch } from './patch.js';
import type { Trust } from './trust.js';
import { parseManifest, parsePointer } from './verify.js';

export interface BrowserStoreOptions {
  /** Ends with a slash. */
  readonly url: URL;
  /** Of the running release; others are refused. Null while it is not known. */
  app(): string | null;
  readonly trust: Trust;
  /** The page's own. */
  readonly runScript: RunScript;
  readonly takeRegistered: TakeRegistered;
  /** How long fetching may take as a whole, in ms. */
  readonly limitMs: number;
  /** Files of one upgrade that are there, of how many. */
  progress(done: number, total: number): void;
  /** Something is wrong with the store that it can do without. */
  problem(error: RelupError): void;
}

export interface BrowserStore extends Store {
  /** The entry chunk that `isRun` knows, and the newest release that has it; null if there is none. Not signed. Errors: STORE_READ. */
  booted(isRun: (file: string) => boolean): Promise<readonly [file: string, release: string] | null>;
  /** Forget what was fetched for an upgrade that has ended. */
  forget(): void;
}

export function openStore({ url, app, trust, runScript, takeRegistered, limitMs, progress, problem }: BrowserStoreOptions): BrowserStore {
  /** By stamp. What an upgrade has fetched is not fetched again when it is tried again. */
  const fetched = new Map<string, Promise<LoadedArtifact>>();
  /** Stamps that were asked for before. */
  const asked = new Set<string>();
  let deadline = AbortSignal.timeout(limitMs);
  let done = 0;
  let total = 0;

  /** The time begins with the first request after a rest. */
  const begin = (): AbortSignal => {
    if (total === done && deadline.aborted) deadline = AbortSignal.timeout(limitMs);
    return deadline;
  };

  const text = async (place: string): Promise<string | null> => {
    deadline = AbortSignal.timeout(limitMs);
    const response = await ask(new URL(place, url), place, deadline);
    if (response.status === 404) return null;
    if (!response.ok) throw unreadable(place, `status ${response.status}`);
    return response.text().catch((cause: unknown) => {
      throw unreadable(place, String(cause), cause);
    });
  };

  /** Shape: `what` is said of it. Errors: ARTIFACT_MISSING, ARTIFACT_STAMP, STORE_READ, SCRIPT_BLOCKED. */
  const runArtifact = async (id: string, what: string, stamp: string, signal: AbortSignal): Promise<LoadedArtifact> => {
    const file = new URL(`modules/${stamp}.js`, url);
    let failure = unreadable(placeOf(file), 'nobody answers');
    const artifact = await persist(signal, async () => {
      const isRun = await runScript(file, stamp, signal, asked.has(stamp));
      asked.add(stamp);
      if (isRun) return takeRegistered(id) ?? { id: null };
      failure = await explain(file, what, stamp, signal);
      // What the server has for good is not asked for again.
      if (failure.code !== 'STORE_READ') throw failure;
      return null;
    });
    if (!artifact) throw failure;
    if (artifact.id === null) throw new RelupError('ARTIFACT_STAMP', placeOf(file), `${what} registers something else.`, 'Build the release again. Nothing was changed.');
    return { ...artifact, stamp };
  };

  /** One file of an upgrade. */
  const fetchArtifact = async (id: string, what: string, stamp: string): Promise<LoadedArtifact> => {
    total++;
    const signal = begin();
    try {
      const loaded = await runArtifact(id, what, stamp, signal);
      progress(++done, total);
      return loaded;
    } catch (error) {
      total--;
      fetched.delete(stamp);
      throw error;
    }
  };

  const artifact = (id: string, stamp: string, what = `The artifact of ${id}`): Promise<LoadedArtifact> => {
    const known = fetched.get(stamp);
    if (known) return known;
    const loading = fetchArtifact(id, what, stamp);
    fetched.set(stamp, loading);
    return loading;
  };

  return {
    trust,
    async latest() {
      const found = await text('latest.json');
      if (found === null) return null;
      await trust.check('pointer', found, 'latest.json');
      return trust.accept(parsePointer(found, 'latest.json', app() ?? undefined), 'latest.json');
    },
    async release(name) {
      const place = `releases/${name}.json`;
      const found = await text(place);
      if (found === null) throw new RelupError('RELEASE_UNKNOWN', place, `The store has no release "${name}".`, 'Keep the store between builds, or raise "keep". Nothing was changed.');
      await trust.check('manifest', found, place);
      const manifest = parseManifest(found, place, app() ?? undefined);
      if (manifest.release !== name) throw new RelupError('MANIFEST', place, `The manifest is of release "${manifest.release}".`, 'The file was changed: build the release again. Nothing was changed.');
      return manifest;
    },
    async patch(from, { release, patches }) {
      const script = patches && Object.hasOwn(patches, from) ? patches[from] : undefined;
      if (script === undefined) return null;
      try {
        const { factory } = await artifact(patchId, script, `The patch from ${from} to ${release}`);
        const patch = readPatch((factory as unknown as () => WrittenPatch)());
        // A newer build may mean something else by it; its manifests then say so.
        if (patch.from.format !== format || patch.from.release !== from || patch.to.release !== release) return null;
        for (const [id, { stamp }] of Object.entries(patch.to.modules)) {
          const brought = takeRegistered(id);
          if (brought) fetched.set(stamp, Promise.resolve({ ...brought, stamp }));
        }
        return { ...patch, script };
      } catch (error) {
        // Without it, both manifests and the artifacts tell the way.
        if (!(error instanceof RelupError) || !passedBy.includes(error.code)) throw error;
        problem(error);
        return null;
      }
    },
    artifact: (id, stamp) => artifact(id, stamp),
    before: async () => null,
    async booted(isRun) {
      const boot = JSON.parse((await text('boot.json')) ?? '{}') as Record<string, Record<string, string>>;
      for (const [file, releases] of Object.entries(boot)) {
        const release = isRun(file) && Object.values(releases).at(-1);
        if (release) return [file, release];
      }
      return null;
    },
    forget() {
      fetched.clear();
      done = total = 0;
    },
  };
}

/** What a missing or damaged patch is refused with. */
const passedBy: readonly string[] = ['ARTIFACT_MISSING', 'ARTIFACT_STAMP'];

const unreadable = (place: string, why: string, cause?: unknown): RelupError => new RelupError('STORE_READ', place, `The store cannot be read: ${why}.`, 'It is asked again later. Nothing was changed.', cause);

/** Ask, and again while the network or the server fails. Errors: STORE_READ. */
async function ask(url: URL, place: string, signal: AbortSignal): Promise<Response> {
  let last: unknown = 'nobody answers';
  const answer = await persist(signal, async () => {
    const response = await fetch(url, { cache: 'no-cache', signal }).catch((cause: unknown) => void (last = cause));
    if (!response || response.status < 500) return response ?? null;
    last = `status ${response.status}`;
    return null;
  });
  if (answer) return answer;
  throw unreadable(place, signal.aborted ? 'it took too long' : last instanceof Error ? last.message : String(last), last);
}

const placeOf = (url: URL): string => url.pathname.split('/').slice(-2).join('/');

/** Why a script did not run; it does not say itself. */
async function explain(url: URL, what: string, stamp: string, signal: AbortSignal): Promise<RelupError> {
  const place = placeOf(url);
  if (signal.aborted) return unreadable(place, 'it took too long');
  try {
    const response = await fetch(`${url.href}?why`, { cache: 'reload', signal });
    // Buckets that nobody may list answer 403 for what is not there.
    if (response.status === 404 || response.status === 403 || response.status === 410) return new RelupError('ARTIFACT_MISSING', place, `${what} is not in the store.`, 'Deploy the store with the release, or raise "keep". Nothing was changed.');
    if (!response.ok) return unreadable(place, `status ${response.status}`);
    const hash = await crypto.subtle?.digest('SHA-256', await response.arrayBuffer());
    const isWhole = !hash || [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('') === stamp;
    if (!isWhole) return new RelupError('ARTIFACT_STAMP', place, `${what} is not what its stamp says.`, 'The file was changed or cut short: build the release again. Nothing was changed.');
    return unreadable(place, 'the script did not run');
  } catch (cause) {
    return unreadable(place, signal.aborted ? 'it took too long' : String(cause), cause);
  }
}
