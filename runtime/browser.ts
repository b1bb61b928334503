/**
 * `relup/browser`: follow releases from a page. This much every page carries: it knows when to look, what there is, and how to get
 * what upgrades (browser-engine.ts) when that is needed.
 */
import type { Engine, EngineOptions, Own } from './browser-engine.js';
import type { FollowEvent } from './browser-events.js';
import { isRejected } from './browser-rejected.js';
import type { Mode, Offer } from './browser-moment.js';
import { persist, runScript, takeRegistered } from './browser-script.js';
import { joinTabs } from './browser-tabs.js';
import { watchForLooks } from './browser-watch.js';
import { built } from './built.js';
import { RelupError } from './errors.js';
import { runtime } from './main.js';
import type { ModuleRecord } from './record.js';
import type { Probation, UpgradeOptions, UpgradeResult } from './upgrade.js';

export { RelupError } from './errors.js';
export type { FollowEvent } from './browser-events.js';
export type { Mode, Offer } from './browser-moment.js';
export type { JobLimits, Probation, UpgradeEvent, UpgradeOptions, UpgradeResult } from './upgrade.js';

export interface FollowOptions extends Omit<UpgradeOptions, 'probation' | 'moment'> {
  /** URL of the store. Default: what the build says, `relup/` at its base. */
  readonly store?: string;
  /** When a prepared release is committed. Default `auto`: at once, if nothing is deferred. */
  readonly mode?: Mode;
  /** Mean time between looks, in ms. Default 60,000; 0 only when something else wakes it. */
  readonly pollMs?: number;
  /** URL of server-sent events: each is a reason to look. */
  readonly events?: string;
  /** How a new release is watched. Default: 10 s; false confirms at once. */
  readonly probation?: Probation | false;
  /** Whether pages of the application tell each other what there is and what failed. Default `together`. */
  readonly tabs?: 'together' | 'alone';
  /** Shows an offer in the mode `prompt`. Default: a small toast. */
  readonly prompt?: (offer: Offer) => void;
  /** How long fetching a release may take, in ms. Default 60,000. */
  readonly limitMs?: number;
  /** URL that is told of each upgrade that ended (`navigator.sendBeacon`). */
  readonly beacon?: string;
  readonly onEvent?: (event: FollowEvent) => void;
}

export interface Following {
  /** Look now, and do as the mode says. Null if there is nothing new. */
  check(): Promise<UpgradeResult | null>;
  /** Go to the latest release, or to one by name, whatever the mode; what is deferred is waited for. */
  upgrade(release?: string): Promise<UpgradeResult>;
  /** Return to the release before. */
  rollback(): Promise<UpgradeResult>;
  /** No commit until the answered function is called: a form is dirty, a call is running. */
  defer(): () => void;
  /** Stop following. The running release goes on. */
  close(): void;
}

/** A chunk is asked for without a look if the last one is no older, in ms. */
const freshMs = 5000;
/** A look before a chunk holds it up no longer, in ms. */
const lookMs = 1000;

/**
 * Follow the releases of a store: they are fetched, checked and committed in place, or refused with a reason. Where a dev server
 * serves the page, that brings the upgrades instead (browser-served.ts).
 *
 * Changes: the running application, at every commit; `localStorage` remembers releases that failed.
 * Errors:  none; what goes wrong is an event, and the running release goes on.
 */
export function follow(options: FollowOptions = {}): Following {
  const { mode = 'auto', pollMs = 60_000, tabs: together, limitMs = 60_000, onEvent, store = built.store, events } = options;
  const url = new URL(store.replace(/\/?$/, '/'), document.baseURI);
  /** Why not to commit now. */
  const reasons = new Set<symbol>();
  const tell = (event: FollowEvent): void => {
    if (event.type === 'problem') console.warn(event.error.message);
    onEvent?.(event);
  };
  let starting: Promise<Engine> | null = null;
  let engine: Engine | null = null;
  let offered = '';

  const startEngine = async (): Promise<Engine> => {
    const start = await fetchEngine(url, limitMs);
    engine = await start({ runtime, own: ownRelease(), keys: built.keys, runScript, takeRegistered, store: url, options: { ...options, mode, limitMs }, reasons, tell, rejected: (release) => tabs?.tell({ type: 'rejected', release }) });
    return engine;
  };
  const started = (): Promise<Engine> =>
    (starting ??= startEngine().catch((error: unknown) => {
      starting = null;
      throw error;
    }));

  /** Go on with what another page, or this one, has seen in the pointer. */
  const see = async (release: string, isMandatory: boolean): Promise<UpgradeResult | null> => {
    // Of a page that does not say which it is of, only the store knows the release.
    const running = engine?.running() ?? ownRelease()?.release ?? (await started()).running();
    if (release === running || isRejected(url.pathname, release)) return null;
    if (mode === 'manual' && !isMandatory) {
      if (offered !== release) tell({ type: 'available', release });
      offered = release;
      return null;
    }
    return (await started()).check(release);
  };
  /** Read the pointer, and have the other pages know. Answers how to go on; what it says is believed only once the engine has checked it. */
  const glance = async (): Promise<() => Promise<UpgradeResult | null>> => {
    const response = await fetch(new URL('latest.json', url), { cache: 'no-cache' });
    if (!response.ok) throw unreadable('latest.json', `status ${response.status}`);
    const { release, mandatory } = (await response.json()) as { release: string; mandatory?: unknown };
    const isMandatory = mandatory !== undefined;
    watch.looked();
    tabs?.tell({ type: 'looked', release, isMandatory });
    return () => see(release, isMandatory);
  };
  const problem = (cause: unknown): void => tell({ type: 'problem', error: problemOf(cause) });
  const look = async (): Promise<boolean> => {
    try {
      const go = await glance();
      // How it goes on is told by events.
      void go().catch(problem);
      return true;
    } catch (error) {
      problem(error);
      return false;
    }
  };

  const watch = watchForLooks({ pollMs, events, look });
  const tabs = together === 'alone' ? null : joinTabs(url.pathname, (message) => {
    if (message.type === 'rejected') return engine?.giveUp(message.release);
    watch.looked();
    void see(message.release, message.isMandatory).catch(problem);
  });

  // A chunk that is gone comes from the store, or with the release that has taken its place.
  runtime.host = {
    ...runtime.host,
    async beforeChunk() {
      if (watch.age() < freshMs) return;
      const go = await Promise.race([glance(), new Promise<null>((resolve) => setTimeout(resolve, lookMs, null))]).catch(() => null);
      // One that fails is not asked again for each chunk.
      if (!go) watch.looked();
      const going = go?.().catch(problem);
      // The chunk is likely to be gone; what takes its place is on its way.
      if (mode === 'auto' && reasons.size === 0) await going;
    },
    load: async (id) => {
      await started();
      // The engine has put its own there.
      return runtime.host.load?.(id) as Promise<ModuleRecord>;
    },
  };
  // Vite could not preload. A chunk that is gone is dealt with where it is imported; a style sheet only comes with another release.
  const seeLost = (event: Event & { readonly payload?: unknown }): void => {
    event.preventDefault();
    if (String(event.payload).includes('.css')) void started().then(({ renew }) => renew()).catch(problem);
  };
  addEventListener('vite:preloadError', seeLost);
  return {
    check: async () => (await glance())(),
    upgrade: async (release) => (await started()).upgrade(release),
    rollback: async () => (await started()).rollback(),
    defer() {
      const reason = Symbol();
      reasons.add(reason);
      return () => {
        reasons.delete(reason);
        engine?.freed();
      };
    },
    close() {
      removeEventListener('vite:preloadError', seeLost);
      watch.close();
      tabs?.close();
      engine?.close();
    },
  };
}

/** The release whose page this is, and its number, if it says so. */
function ownRelease(): Own | null {
  const said = document.querySelector<HTMLMetaElement>('meta[name=relup-release]')?.content ?? '';
  const [, release, number] = /^(\w{16})\.(\d+)$/.exec(said) ?? [];
  return release ? { release, number: Number(number) } : null;
}

/** Errors: NOT_BUILT, STORE_READ, SCRIPT_BLOCKED. */
async function fetchEngine(url: URL, limitMs: number): Promise<(options: EngineOptions) => Promise<Engine>> {
  const { engine } = built;
  if (engine === null) throw new RelupError('NOT_BUILT', '', 'This page was built without relup().', 'Add the plugin. Nothing was changed.');
  const signal = AbortSignal.timeout(limitMs);
  let isAgain = false;
  const artifact = await persist(signal, async () => {
    const isRun = await runScript(new URL(`modules/${engine}.js`, url), engine, signal, isAgain);
    isAgain = true;
    return isRun ? takeRegistered('relup:engine') : null;
  });
  if (!artifact) throw unreadable(`modules/${engine}.js`, 'it is missing or damaged');
  return artifact.factory as unknown as (options: EngineOptions) => Promise<Engine>;
}

const unreadable = (place: string, why: string, cause?: unknown): RelupError => new RelupError('STORE_READ', place, `The store cannot be read: ${why}.`, 'It is asked again later. Nothing was changed.', cause);

/** The engine has an error type of its own, of the same name. */
const problemOf = (cause: unknown): RelupError => ((cause as Error).name === 'RelupError' ? (cause as RelupError) : unreadable('', String(cause), cause));
