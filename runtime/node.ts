/**
 * `relup/node`: follow a store from a Node process. Artifacts are evaluated through `vm`, so that replaced versions can
 * be collected; nothing is ever delivered by `import()`, which V8 keeps for ever.
 */
import { watch } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { attach } from './attach.js';
import { servedFollower } from './attached.js';
import { built } from './built.js';
import { checkLimits } from './drain.js';
import { RelupError } from './errors.js';
import { createFollower, type Follower } from './follower.js';
import { runtime } from './main.js';
import { listenForControl, type Control } from './node-control.js';
import { keepMemory, type Memory } from './node-memory.js';
import { findRunningRelease, openStore, type NodeStore } from './node-store.js';
import { outside, schedule } from './node-schedule.js';
import { describeEvent } from './report.js';
import type { UpgradeEvent, UpgradeOptions, UpgradeResult } from './upgrade.js';

export { RelupError } from './errors.js';
export type { JobLimits, Probation, UpgradeEvent, UpgradeOptions, UpgradeResult } from './upgrade.js';

export type FollowEvent = UpgradeEvent | { readonly type: 'problem'; readonly error: RelupError };

export interface FollowOptions extends UpgradeOptions {
  /** Directory or URL of the store. Default: `relup` beside the entry. */
  readonly store?: string | URL;
  /** How often a URL is asked, in ms; a directory is watched, and asked this often besides. Default 5,000. */
  readonly pollMs?: number;
  /** Signal that asks for a look at the store. Default SIGUSR2. */
  readonly signal?: NodeJS.Signals | false;
  /** Control socket for `relup ctl`, for this user only. Default: `control.sock` in a store that is a directory. */
  readonly control?: string | boolean;
  /** Write a line to the console for every upgrade. Default true. */
  readonly log?: boolean;
  readonly onEvent?: (event: FollowEvent) => void;
}

export interface Following {
  /** Look at the store now. Null if there is nothing new. */
  check(): Promise<UpgradeResult | null>;
  /** Stop following. The running release goes on. */
  close(): Promise<void>;
}

/**
 * Follow a store: every new release is upgraded to in place, or refused with its reason. Where a dev server runs the
 * application, that brings the upgrades instead.
 *
 * Changes: the running application, at every commit; the store's `state.json`.
 * Errors:  NOT_BUILT (not a bundle of relup, or its release is not in the store), STORE_READ, MANIFEST, FORMAT_UNKNOWN, OPTION,
 *          SIGNATURE, SIGNATURE_UNSUPPORTED. A control socket that is taken is reported as an event, and following goes on without it.
 */
export async function follow(options: FollowOptions = {}): Promise<Following> {
  const { probation, evaluateLimitMs, jobs, instances, pollMs = 5000, signal = 'SIGUSR2', log = true } = options;
  checkLimits(jobs);
  const served = servedFollower();
  if (served) {
    const unsubscribe = options.onEvent && served.upgrader.subscribe(options.onEvent);
    return { check: () => served.check(), close: async () => unsubscribe?.() };
  }
  // A module body may call this before its entry chunk has said where it lies; it does so before the next job.
  await null;
  const store = openStore(storeUrl(options.store), built.keys);
  const manifest = await findRunningRelease(store, runtime.url);
  store.app = manifest.app;
  runtime.host = { ...runtime.host, schedule, limit };
  const tell = (event: FollowEvent): void => {
    if (log) console.info(describeEvent(event));
    options.onEvent?.(event);
  };
  let lasting: string | null = null;
  const problem = (cause: unknown): void => {
    const error = cause instanceof RelupError ? cause : new RelupError('STORE_READ', '', String(cause), 'The running release goes on.', cause);
    // One that lasts is told once, not at every look.
    if (lasting !== error.message) tell({ type: 'problem', error });
    lasting = error.message;
  };
  const upgrades: UpgradeOptions = { ...(probation && { probation }), ...(evaluateLimitMs !== undefined && { evaluateLimitMs }), ...(jobs && { jobs }), ...(instances && { instances }) };
  const follower = createFollower(runtime, manifest, store, upgrades, problem);
  const look = (): void => outside.runInAsyncScope(() => void follower.check().then(() => (lasting = null), problem));

  // Written down before anybody hears of it.
  const memory = keepMemory(store, follower, manifest, problem);
  follower.upgrader.subscribe(tell);
  const stops = [attach(runtime, follower), memory.stop, watchStore(store, pollMs, look), watchSignal(signal, look), watchErrors(follower, memory)];
  const control = await openControl(options.control ?? true, store, follower).catch(problem);
  if (memory.permanentInstead !== null) await follower.resume(memory.permanentInstead).catch(problem);
  look();
  return {
    check: () => follower.check(),
    async close() {
      for (const stop of stops) stop();
      await control?.close();
    },
  };
}

function storeUrl(store: string | URL | undefined): URL {
  if (store instanceof URL) return new URL(store.href.replace(/\/?$/, '/'));
  if (store !== undefined) return /^https?:/.test(store) ? new URL(store.replace(/\/?$/, '/')) : pathToFileURL(join(store, '/'));
  if (!runtime.url) throw new RelupError('NOT_BUILT', '', 'No entry of this application was built with relup.', 'Add the plugin relup() to the build, or name the store. Nothing was changed.');
  return new URL('relup/', runtime.url);
}

const limitKey = Symbol.for('relup.limited');
const limited = new vm.Script(`globalThis[Symbol.for('relup.limited')]()`);

/** Run user code that may never end; `vm` is what can stop it. Throws ERR_SCRIPT_EXECUTION_TIMEOUT. */
function limit<T>(ms: number, run: () => T): T {
  const realm = globalThis as unknown as Record<symbol, unknown>;
  const outer = realm[limitKey];
  realm[limitKey] = run;
  try {
    return limited.runInThisContext({ timeout: ms }) as T;
  } finally {
    if (outer === undefined) delete realm[limitKey];
    else realm[limitKey] = outer;
  }
}

/** Wake on a change of the pointer; asking now and then covers file systems that do not tell. */
function watchStore({ directory }: NodeStore, pollMs: number, look: () => void): () => void {
  const timer = setInterval(look, pollMs);
  timer.unref();
  const watcher = directory === null ? null : watch(directory, { persistent: false }, (_, file) => {
    if (file === null || file === 'latest.json') look();
  });
  watcher?.on('error', () => watcher.close());
  return () => {
    clearInterval(timer);
    watcher?.close();
  };
}

function watchSignal(signal: NodeJS.Signals | false, look: () => void): () => void {
  if (signal === false || process.platform === 'win32') return () => {};
  process.on(signal, look);
  return () => void process.off(signal, look);
}

/** Count errors of new code without swallowing one: a monitor sees them, the process does what it would have done. */
function watchErrors(follower: Follower, memory: Memory): () => void {
  const see = (error: unknown): void => {
    follower.upgrader.reportError(error);
    if (process.listenerCount('uncaughtException') === 0) memory.writeRejected();
  };
  process.on('uncaughtExceptionMonitor', see);
  return () => void process.off('uncaughtExceptionMonitor', see);
}

async function openControl(control: string | boolean, { directory }: NodeStore, follower: Follower): Promise<Control | undefined> {
  const path = typeof control === 'string' ? control : control && directory !== null ? join(directory, 'control.sock') : null;
  return path === null ? undefined : listenForControl(path, follower);
}
