/**
 * Modules that are evaluated again although no release changes them: those that a refused update had disposed already, and those that
 * deal with what a module below them gave up (`import.meta.hot.invalidate`). Who is concerned, plan-accept.ts says.
 */
import { RelupError } from './errors.js';
import type { UpgradeEvent } from './events.js';
import { createHotUpdate, type Accepted, type HotUpdate } from './hot-update.js';
import { emit } from './hub.js';
import { mayRefresh, walkInvalidated } from './plan-accept.js';
import { discard, isLoaded, type Prepared } from './prepare.js';
import type { Manifest, Refusal } from './protocol.js';
import type { Runtime, Version } from './record.js';
import { prepareAgain } from './restart.js';

/** What the upgrader lends. */
export interface RefreshOptions {
  readonly runtime: Runtime;
  readonly limitMs: () => number;
  running(): Manifest;
  isFrozen(id: string): boolean;
  /** The task under way. */
  task(): Promise<unknown> | null;
  /** Make something the task under way. */
  occupy(work: () => Promise<void>): void;
  outside<T>(work: () => T): T;
  /** Commit on an empty stack. Answers what lets go of the versions that were replaced. */
  commit(prepared: Prepared, replaced: readonly Version[]): Promise<() => void>;
  tell(event: UpgradeEvent): void;
  report(error: unknown): void;
  reportNew(error: unknown): void;
}

export interface Refresh {
  /** Events, disposal and callbacks of one update. */
  update(accepted: Accepted): HotUpdate;
  /** Start disposed versions again after an update that was refused. */
  startAgain(versions: readonly Version[]): Promise<{ readonly restarted: readonly string[]; readonly refusals: readonly Refusal[] }>;
  invalidate(id: string, message?: string): void;
}

export function createRefresh({ runtime, limitMs, running, isFrozen, task, occupy, outside, commit, tell, report, reportNew }: RefreshOptions): Refresh {
  /** Modules whose invalidations led to the update under way: none of them is evaluated again for its own. */
  let chain: readonly string[] = [];

  const refresh: Refresh = {
    update: (accepted) => createHotUpdate(runtime, accepted, { limitMs: limitMs(), report, reportNew }),

    async startAgain(versions) {
      if (versions.length === 0) return { restarted: [], refusals: [] };
      const ids = versions.map(({ record }) => record.id);
      try {
        (await commit(await prepareAgain(running(), versions, report, limitMs()), versions))();
        return { restarted: ids, refusals: [] };
      } catch (error) {
        return {
          restarted: [],
          refusals: [{
            code: 'HOT_RESTART', place: ids[0] as string, // there is one
            reason: `${ids.join(', ')} had cleaned up for the update, and could not be started again: ${String(error)}`,
            hint: 'Restart the process: code of the running release serves without what these modules had stopped.',
          }],
        };
      }
    },

    invalidate(id, message) {
      if (!runtime.records.has(id)) throw new RelupError('OPTION', id, `${id} is not loaded, so it cannot be invalidated.`, 'Give the id of a module that runs. Nothing was changed.');
      const origins = [...chain, id];
      outside(() => {
        const begin = (): void => {
          const busy = task();
          if (busy) void busy.then(begin, begin);
          else start(id, message, origins);
        };
        void emit(runtime, 'vite:invalidate', { path: `/${id}`, message, firstInvalidatedBy: `/${origins[0] ?? id}` }, report);
        const learned = runtime.host.learnAbove?.(id);
        if (learned) void learned.then(begin, report);
        else begin();
      });
    },
  };

  const start = (id: string, message: string | undefined, origins: readonly string[]): void => {
    const { modules, release } = running();
    if (!modules[id]) return;
    const { pairs, selves } = walkInvalidated(running(), id);
    const isFresh = (boundary: string): boolean => !selves.has(boundary) || (!origins.includes(boundary) && !isFrozen(boundary) && mayRefresh(modules[boundary]));
    const accepted = pairs.filter(([boundary]) => isFresh(boundary) && isLoaded(runtime.records.get(boundary)));
    const versions = [...new Set(accepted.flatMap(([boundary]) => (selves.has(boundary) ? [boundary] : [])))].flatMap((each) => runtime.records.get(each)?.current ?? []);
    tell({ type: 'invalidated', release, module: id, ...(message !== undefined && { message }), accepted });
    if (accepted.length > 0) occupy(() => run(accepted, versions, origins));
  };

  const run = async (accepted: readonly (readonly [string, string])[], versions: readonly Version[], origins: readonly string[]): Promise<void> => {
    const update = refresh.update({ accepted, modules: Object.fromEntries(versions.map(({ record }) => [record.id, 'refreshed'])) });
    let prepared: Prepared | null = null;
    let letGo = (): void => {};
    chain = origins;
    try {
      if (versions.length === 0) await update.begin([]);
      else {
        prepared = await prepareAgain(running(), versions, report, limitMs(), (replaced) => update.begin(replaced));
        letGo = await commit(prepared, versions);
      }
      prepared = null;
      await update.end(versions, []);
      letGo();
    } catch (error) {
      if (prepared) discard(prepared.versions, report);
      const { refusals } = await refresh.startAgain(update.disposed);
      reportNew(error);
      for (const { reason } of refusals) reportNew(new Error(reason));
      await emit(runtime, 'vite:error', errorPayload(error), report);
    } finally {
      chain = [];
    }
  };

  runtime.invalidate = ({ record, failure }, message) => {
    // What was refused has no say.
    if (!failure && runtime.records.has(record.id)) refresh.invalidate(record.id, message);
  };
  return refresh;
}

/** What Vite's listeners expect. */
export function errorPayload(error: unknown): object {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  return { type: 'error', err: { message, stack, plugin: 'relup', ...(error instanceof RelupError && error.place !== '' && { id: error.place }) } };
}
