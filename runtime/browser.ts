/**
 * `relup/browser`: follow a store from a page. Artifacts run as classic scripts that register their module and are
 * removed again; the browser checks their bytes against the stamp (integrity). Thin so far: it polls, it does not prompt.
 */
import { attach, servedFollower } from './attach.js';
import { checkLimits } from './drain.js';
import { RelupError } from './errors.js';
import { createFollower } from './follower.js';
import { runtime } from './main.js';
import { names } from './names.js';
import type { LoadedArtifact } from './prepare.js';
import type { Artifact } from './protocol.js';
import type { UpgradeOptions, UpgradeResult } from './upgrade.js';
import { parseManifest, parsePointer } from './verify.js';

export { RelupError } from './errors.js';
export type { JobLimits, Probation, UpgradeEvent, UpgradeOptions, UpgradeResult } from './upgrade.js';

export interface FollowOptions extends UpgradeOptions {
  /** URL of the store. Default: `relup/` beside the document's base. */
  readonly store?: string;
  /** How often the pointer is asked for, in ms. Default 60,000; 0 only on `check()`. */
  readonly pollMs?: number;
}

export interface Following {
  check(): Promise<UpgradeResult | null>;
  close(): void;
}

/** Follow a store. Where a dev server serves the page, that brings the upgrades instead. Errors: NOT_BUILT, STORE_READ, MANIFEST, FORMAT_UNKNOWN, OPTION. */
export async function follow({ store: path = 'relup/', pollMs = 60_000, ...options }: FollowOptions = {}): Promise<Following> {
  checkLimits(options.jobs);
  const served = servedFollower();
  if (served) return { check: () => served.check(), close() {} };
  const url = new URL(path.replace(/\/?$/, '/'), document.baseURI);
  const manifest = parseManifest(await readText(url, `releases/${await runningRelease(url)}.json`), 'releases');
  const store = {
    latest: async () => parsePointer(await readText(url, 'latest.json'), 'latest.json', manifest.app),
    release: async (name: string) => parseManifest(await readText(url, `releases/${name}.json`), `releases/${name}.json`, manifest.app),
    artifact: (id: string, stamp: string) => runArtifact(new URL(`modules/${stamp}.js`, url), id, stamp),
    before: async () => null,
  };
  const follower = createFollower(runtime, manifest, store, options);
  const detach = attach(follower);
  const look = (): void => void follower.check().catch((error: unknown) => console.warn(String(error)));
  const timer = pollMs > 0 ? setInterval(look, pollMs) : undefined;
  const seeError = (event: ErrorEvent): void => follower.upgrader.reportError(event.error);
  const seeRejection = (event: PromiseRejectionEvent): void => follower.upgrader.reportError(event.reason);
  addEventListener('error', seeError);
  addEventListener('unhandledrejection', seeRejection);
  return {
    check: () => follower.check(),
    close() {
      clearInterval(timer);
      removeEventListener('error', seeError);
      removeEventListener('unhandledrejection', seeRejection);
      detach();
    },
  };
}

/** The release whose entry chunk this page runs: chunk names are hashed, so the newest of a name is the one. */
async function runningRelease(url: URL): Promise<string> {
  const boot = JSON.parse(await readText(url, 'boot.json')) as Record<string, Record<string, string>>;
  for (const [file, releases] of Object.entries(boot)) {
    const release = runtime.url?.split(/[?#]/)[0]?.endsWith(`/${file}`) && Object.values(releases).at(-1);
    if (release) return release;
  }
  throw new RelupError('NOT_BUILT', runtime.url ?? '', 'The store does not know the entry that this page runs.', 'Build with the plugin relup() and deploy its store with the page. Nothing was changed.');
}

async function readText(base: URL, place: string): Promise<string> {
  const response = await fetch(new URL(place, base), { cache: 'no-cache' }).catch((cause: unknown) => cause as Error);
  if (response instanceof Error || !response.ok) throw new RelupError('STORE_READ', place, `The store cannot be read: ${response instanceof Error ? response.message : `status ${response.status}`}.`, 'Try again when it can be reached. Nothing was changed.');
  return response.text();
}

/** Run an artifact as a script and take what it registers. */
function runArtifact(url: URL, id: string, stamp: string): Promise<LoadedArtifact> {
  const waiting = ((globalThis as unknown as Record<string, unknown>)[names.register] ??= createRegister(url.href)) as Register;
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = url.href;
    script.integrity = `sha256-${btoa(String.fromCharCode(...(stamp.match(/../g) ?? []).map((pair) => parseInt(pair, 16))))}`;
    script.crossOrigin = 'anonymous';
    script.nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce ?? '';
    script.onload = () => {
      script.remove();
      const artifact = waiting.take(id);
      if (artifact) resolve({ ...artifact, stamp });
      else reject(new RelupError('ARTIFACT_STAMP', url.pathname, `The artifact of ${id} registers something else.`, 'Build the release again. Nothing was changed.'));
    };
    script.onerror = () => {
      script.remove();
      reject(new RelupError('ARTIFACT_MISSING', url.pathname, `The artifact of ${id} cannot be fetched, or is not what its stamp says.`, 'Deploy the store with the release. Nothing was changed.'));
    };
    document.head.append(script);
  });
}

interface Register {
  (id: string, link: Artifact['link'], factory: Artifact['factory'], dynamic: Artifact['dynamic']): void;
  take(id: string): Artifact | undefined;
  /** Addresses of assets in artifacts are relative to the folder of artifacts. */
  readonly base: string;
}

function createRegister(base: string): Register {
  const registered = new Map<string, Artifact>();
  const register = (id: string, link: Artifact['link'], factory: Artifact['factory'], dynamic: Artifact['dynamic']): void => void registered.set(id, { id, link, factory, dynamic });
  return Object.assign(register, {
    base,
    take(id: string) {
      const artifact = registered.get(id);
      registered.delete(id);
      return artifact;
    },
  });
}
