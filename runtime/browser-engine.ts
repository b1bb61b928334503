/**
 * What a page needs only when there is something to do: the follower with its store, style sheets, and the moment of the commit. It
 * comes as a file of the store when the first release differs, or a module is missing, and brings no runtime of its own: it works on
 * the page's.
 */
import { sendBeacon } from './browser-beacon.js';
import { attach } from './attach.js';
import type { FollowOptions } from './browser.js';
import { createDeferral } from './browser-deferral.js';
import type { FollowEvent } from './browser-events.js';
import { openMemory } from './browser-memory.js';
import { createMoment } from './browser-moment.js';
import type { RunScript, TakeRegistered } from './browser-script.js';
import { openStore, type BrowserStore } from './browser-store.js';
import { createStyles } from './browser-styles.js';
import { showToast } from './browser-toast.js';
import { RelupError } from './errors.js';
import { createFollower, releaseGivenUp } from './follower.js';
import { expand } from './patch.js';
import { format, type Manifest, type Refusal } from './protocol.js';
import type { ModuleRecord, Runtime } from './record.js';
import { describeEvent } from './report.js';
import { createTrust } from './trust.js';
import type { UpgradeEvent, UpgradeResult } from './upgrade.js';

/** What a page says of its release. The number is no part of the name: built again, the same release has a higher one. */
export type Own = Pick<Manifest, 'release' | 'number'>;

export interface EngineOptions {
  readonly runtime: Runtime;
  /** The release whose page this is; null if the page does not say. */
  readonly own: Own | null;
  /** The application's public keys. */
  readonly keys: readonly string[];
  /** The page's, because it has the one policy for addresses of scripts. */
  readonly runScript: RunScript;
  readonly takeRegistered: TakeRegistered;
  /** Of the store; ends with a slash. */
  readonly store: URL;
  readonly options: FollowOptions & Required<Pick<FollowOptions, 'mode' | 'limitMs'>>;
  /** Why not to commit now. */
  readonly reasons: ReadonlySet<symbol>;
  tell(event: FollowEvent): void;
  /** The page gives up a release. */
  rejected(release: string): void;
}

export interface Engine {
  /** The release that runs. */
  running(): string;
  /** Look at the pointer, and go where it leads as the mode has it. `release` is what it seems to name: who waits with an older one stops. */
  check(release?: string): Promise<UpgradeResult | null>;
  /** Go to the latest release, or to one by name, whatever the mode. */
  upgrade(release?: string): Promise<UpgradeResult>;
  rollback(): Promise<UpgradeResult>;
  /** Something of the running release is gone: go to the latest, whatever the mode. */
  renew(): Promise<UpgradeResult | null>;
  /** Another page gave up a release. */
  giveUp(release: string): void;
  /** One of `reasons` is gone. */
  freed(): void;
  /** Stop following. */
  close(): void;
}

/** Of what is missing for good: only another release helps. */
const gone: readonly string[] = ['ARTIFACT_MISSING', 'RELEASE_UNKNOWN', 'FILE_MISSING'];

/** Start on the release that runs. Errors: STORE_READ, RELEASE_UNKNOWN, MANIFEST, FORMAT_UNKNOWN, NOT_BUILT, and those of trust.ts. */
export async function startEngine({ runtime, own, keys, runScript, takeRegistered, store: url, options, reasons, tell: tellPage, rejected }: EngineOptions): Promise<Engine> {
  const { mode, limitMs, prompt, beacon, probation = { ms: 10_000 }, evaluateLimitMs, jobs, instances } = options;
  // To run the script that brought this took a task already.
  await new Promise<void>(schedule);
  const memory = openMemory(url.pathname);
  const deferral = createDeferral(reasons);
  const tell = (event: FollowEvent): void => {
    tellPage(event);
    if (beacon !== undefined) sendBeacon(beacon, event);
  };
  const problem = (cause: unknown): void => tell({ type: 'problem', error: cause instanceof RelupError ? cause : new RelupError('STORE_READ', '', String(cause), 'The running release goes on.', cause) });
  let app = (): string | null => null;
  const store = openStore({ url, app: () => app(), trust: createTrust(keys), runScript, takeRegistered, limitMs, progress: (done, total) => tell({ type: 'progress', done, total }), problem });
  // What the page says of itself is enough, until something has to be planned here.
  const manifest = own === null ? await bootedRelease(store, runtime.url ?? '') : expand({ format, app: '', ...own, keys, modules: {} });
  const styles = createStyles(new URL('..', url));
  const moment = createMoment(deferral, (offer) => {
    tell({ type: 'offered', release: offer.release, offer });
    (prompt ?? showToast)(offer);
  });
  /** Asked for by name, or needed by who uses the page: the mode does not count. */
  let urgent = 0;
  /** Releases up to this number have to be left. */
  let mandatory = 0;

  runtime.host = { ...runtime.host, schedule, files: (from, to, loaded) => styles.prepare(from, to, loaded) };
  const follower = createFollower(runtime, manifest, {
    ...store,
    async latest() {
      const pointer = await store.latest();
      mandatory = pointer?.mandatory ?? 0;
      return pointer;
    },
  }, {
    ...(probation && { probation }), ...(evaluateLimitMs !== undefined && { evaluateLimitMs }), ...(jobs && { jobs }), ...(instances && { instances }),
    moment: ({ to }) => moment.come(to.release, urgent > 0 || follower.upgrader.current().number < mandatory ? 'auto' : mode),
  }, problem);
  app = () => follower.upgrader.current().app || null;
  for (const each of memory.rejected()) follower.rejected.add(each);

  const urgently = async <T>(work: () => Promise<T>): Promise<T> => {
    urgent++;
    try {
      return await work();
    } finally {
      urgent--;
    }
  };

  const renew = (): Promise<UpgradeResult | null> => urgently(() => follower.check());

  follower.upgrader.subscribe((event) => {
    const givenUp = releaseGivenUp(event);
    if (givenUp !== null) {
      memory.reject(givenUp);
      rejected(givenUp);
    }
    if (event.type === 'committed') memory.forgive(event.release);
    if (event.type === 'committed' || event.type === 'none') store.forget();
    // Whoever asks for the same release once more is busy with the first.
    if (event.type === 'committed' || (event.type === 'refused' && event.result.refusals[0]?.code !== 'BUSY')) moment.end(event.release);
    tell(event);
    if (isWorthAWord(event)) console.warn(describeEvent(event));
    if (event.type === 'refused' && event.result.plan?.way === 'reload') tell({ type: 'reload', release: event.release, refusals: event.result.refusals });
  });

  /** Sheets that modules of the running release came with. */
  const showStyles = async (): Promise<void> => {
    await follower.complete();
    const current = follower.upgrader.current();
    const swap = await styles.prepare(current, current, runtime.records.keys());
    swap.commit();
    swap.end();
  };
  const { load } = runtime.host as { load(id: string): Promise<ModuleRecord> }; // the follower has put it there
  const loadWithStyles = async (id: string): Promise<ModuleRecord> => {
    for (;;) {
      const record = await load(id);
      await showStyles();
      // A commit that came between has taken back what nobody had evaluated.
      if (runtime.records.get(id) === record) return record;
    }
  };
  runtime.host = {
    ...runtime.host,
    async load(id) {
      try {
        return await loadWithStyles(id);
      } catch (error) {
        if (!(error instanceof RelupError) || !gone.includes(error.code)) throw error;
        // The release that runs is not kept any more.
        const result = await renew();
        if (result && result.outcome !== 'committed') throw lost(id, result.refusals, error);
        return load(id).then(async (record) => {
          await showStyles().catch(problem);
          return record;
        });
      }
    },
  };

  const detach = attach(runtime, follower);
  const ended = new AbortController();
  addEventListener('error', ({ error }) => follower.upgrader.reportError(error), { signal: ended.signal });
  addEventListener('unhandledrejection', ({ reason }) => follower.upgrader.reportError(reason), { signal: ended.signal });

  return {
    running: () => follower.upgrader.current().release,
    rollback: () => follower.rollback(),
    check(name) {
      if (name !== undefined) moment.supersede(name);
      return follower.check();
    },
    renew,
    freed: () => deferral.freed(),
    close() {
      ended.abort();
      detach();
    },
    upgrade: (name) => urgently(() => follower.upgrade(name)),
    giveUp(release) {
      follower.rejected.add(release);
      if (follower.upgrader.current().release === release && follower.upgrader.canRollBack()) void follower.rollback().catch(problem);
    },
  };
}

/** A task of its own. Timers of pages that nobody sees wait for up to a minute. */
function schedule(task: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    task();
  };
  port2.postMessage(null);
}

/** The release of a page that does not say which it is of: whose entry chunk it runs (chunk names are hashed, so the newest of a name is the one). */
async function bootedRelease(store: BrowserStore, ran: string): Promise<Manifest> {
  const [file, release] = (await store.booted((each) => ran.split(/[?#]/)[0]?.endsWith(`/${each}`) ?? false)) ?? [];
  if (file === undefined || release === undefined) throw new RelupError('NOT_BUILT', ran, 'The store does not know the entry that this page runs.', 'Build with the plugin relup() and deploy its store with the page. Nothing was changed.');
  const manifest = await store.release(release);
  // Nobody signs boot.json. If it could name any release, plans would begin at one that does not run, and mix two.
  if (!Object.hasOwn(manifest.chunks, file)) throw new RelupError('NOT_BUILT', 'boot.json', `The store says that this page runs release ${release}, which has no entry "${file}".`, 'Deploy all of the store with the page. Nothing was changed.');
  return manifest;
}

/** Refusals that somebody chose, or that the next look mends. */
const quiet: readonly string[] = ['DISMISSED', 'SUPERSEDED', 'BUSY'];

/** What whoever looks into the console wants to know. */
const isWorthAWord = (event: UpgradeEvent): boolean => event.type === 'rolledBack' || (event.type === 'refused' && !event.result.refusals.some(({ code }) => quiet.includes(code)));

const lost = (id: string, [refused]: readonly Refusal[], cause: RelupError): RelupError =>
  new RelupError(cause.code, cause.place, `${id} is not to be had in the running release, and the current one cannot come in place: ${refused ? `${refused.code}, ${refused.reason}` : 'it was refused'}`, 'Load the page again. Nothing was changed.', cause);
