/**
 * The upgrader of one application: exactly one upgrade at a time, its probation, and the way back.
 * It carries out plans and decides nothing about modules; results are values, only misuse throws.
 */
import { createCoexistence } from './coexist.js';
import { commit, type Committed } from './commit.js';
import { checkLimits, drained, makeRoom, type CheckedLimits, type JobLimits } from './drain.js';
import { RelupError, type Code } from './errors.js';
import { createEvents, type UpgradeEvent, type UpgradeResult } from './events.js';
import { createFrozen, type Pattern } from './frozen.js';
import { hotOf } from './hot.js';
import { jobsOf, type Job } from './jobs.js';
import { emit } from './hub.js';
import { createLate } from './late.js';
import { commitDropped } from './migrate.js';
import type { PropertyWrite } from './overlay.js';
import { learned } from './patch.js';
import { createPast, type PastRelease } from './past.js';
import { evaluateLimitMs } from './pending.js';
import { discard, prepare, prepareRollback, upToDate, type Prepared, type Target } from './prepare.js';
import { createIdleWatch, isNew, startWatch, type Probation, type Watch } from './probation.js';
import type { Manifest, Plan, Refusal } from './protocol.js';
import { createPurge, type PurgeOptions, type PurgeResult } from './purge.js';
import type { FileSwap, ModuleRecord, Runtime, Version } from './record.js';
import { createRefresh, errorPayload } from './refresh.js';
import { copyVersion, inOrder } from './restart.js';
import { describeVersions, type ReleaseState, type Versions } from './versions.js';

export type { JobLimits } from './drain.js';
export type { UpgradeEvent, UpgradeResult } from './events.js';
export type { Probation } from './probation.js';
export type { PurgeOptions, PurgeResult } from './purge.js';
export type { ReleaseState, Versions } from './versions.js';

export interface UpgradeOptions {
  readonly probation?: Probation;
  /** Time that new module bodies have to settle, in ms. */
  readonly evaluateLimitMs?: number;
  /** How long an upgrade waits for jobs, and how many releases may be alive for their sake. */
  readonly jobs?: JobLimits;
  /** Settles when what is prepared may be committed; a rejection refuses it. Default: at once. */
  readonly moment?: (plan: Plan) => Promise<void>;
  /** Instances of classes whose layout changed are migrated when they are touched (`lazy`, the default), or those that state leads to in the commit. */
  readonly instances?: 'lazy' | 'eager';
}

export interface Upgrader {
  upgrade(target: Target, options?: UpgradeOptions): Promise<UpgradeResult>;
  rollback(reason?: Refusal): Promise<UpgradeResult>;
  confirm(): boolean;
  /**
   * A module cannot deal with what it accepted (`import.meta.hot.invalidate`): whoever above accepts itself is evaluated again,
   * when the upgrade under way has ended. Errors: OPTION for an id that is not loaded.
   */
  invalidate(id: string, message?: string): void;
  /** An error was seen: whose code it came from is decided by its stack. */
  reportError(error: unknown): void;
  /** The same for who knows that new code is at fault, or wants to know whether the running release is given up for it. */
  judgeError(error: unknown, attributedTo?: 'new'): boolean;
  versions(): Versions;
  /** Give up what is left of old releases, if nothing needs it. */
  softPurge(): PurgeResult;
  /** The same after telling their jobs to stop. Errors: OPTION. */
  purge(options?: PurgeOptions): Promise<PurgeResult>;
  /** Lock modules: upgrades that would change one are refused. Answers the ids that this concerns now. Errors: OPTION. */
  freeze(pattern: Pattern): readonly string[];
  /** Undo `freeze` of the same pattern. False if there was none. */
  thaw(pattern: Pattern): boolean;
  current(): Manifest;
  /** More is known of a release that runs, or that jobs may still run on, than was when it came. */
  learn(manifest: Manifest): void;
  /** What was running when `runtime.commits` was this; the running release if that is not known any more. */
  manifestAt(serial: number): Manifest;
  /** Whether `rollback()` has a release to return to in memory. */
  canRollBack(): boolean;
  subscribe(listener: (event: UpgradeEvent) => void): () => void;
}

/** What a commit can be taken back to. */
interface Previous {
  manifest: Manifest;
  /** Modules that were there at the commit. */
  readonly present: ReadonlySet<string>;
  readonly past: PastRelease;
  readonly limits: CheckedLimits;
  readonly plan: Plan;
  readonly files: FileSwap | null;
  /** What new bodies wrote to handles while they loaded, as it was before. */
  readonly handles: readonly PropertyWrite[];
  readonly replaced: readonly Version[];
  readonly added: readonly ModuleRecord[];
  readonly removed: readonly ModuleRecord[];
}

const refusalOf = (error: unknown): Refusal =>
  error instanceof RelupError
    ? { code: error.code, place: error.place, reason: error.reason, hint: error.hint }
    : { code: 'EVALUATE' satisfies Code, place: '', reason: String(error), hint: 'Nothing was changed.' };

/** Make the upgrader of a runtime that runs `manifest`. */
export function createUpgrader(runtime: Runtime, manifest: Manifest): Upgrader {
  let running = manifest;
  runtime.host = { ...runtime.host, late: (record) => createLate(runtime, record) };
  runtime.hotOf ??= hotOf;
  const coexistence = (runtime.coexistence = createCoexistence(runtime));
  runtime.settle = () => coexistence.settle();
  const jobs = jobsOf(runtime);
  /** What upgrades run is nobody's: it must not see the release of a job that asked for it. */
  const outside = <T>(work: () => T): T => jobs.enter(undefined, work);
  const frozen = createFrozen();
  let state: ReleaseState = 'permanent';
  /** The task under way and the release that it goes to. */
  let task: { readonly release: string; readonly ended: Promise<unknown> } | null = null;
  let previous: Previous | null = null;
  let watch: Watch | null = null;
  let rollingBack = false;
  /** Stamp -> id of what the release on probation changed. */
  const newStamps = new Map<string, string>();
  const { tell, subscribe } = createEvents(runtime.host);

  const finish = (outcome: UpgradeResult['outcome'], to: Manifest, from: Manifest, plan: Plan | null, refusals: readonly Refusal[], committed: Committed | null, error?: unknown, restarted: readonly string[] = []): UpgradeResult => {
    const result: UpgradeResult = {
      outcome, from: from.release, to: to.release, plan, refusals,
      pauseMs: committed?.pauseMs ?? null, migrationMs: committed?.migrationMs ?? null,
      ...(error === undefined ? {} : { error }),
      ...(restarted.length > 0 && { restarted }),
    };
    tell({ type: outcome, release: to.release, result });
    return result;
  };

  const busy = (what: string): Refusal => ({ code: 'BUSY', place: '', reason: what, hint: 'Try again when it has ended. Nothing was changed.' });

  /** Make something the task under way. It is so before a listener hears of it. */
  const occupy = <T>(release: string, work: () => Promise<T>): Promise<T> => {
    let begin = (): void => {};
    const ended = outside(() => new Promise<void>((resolve) => (begin = resolve)).then(work).finally(() => (task = null)));
    task = { release, ended };
    begin();
    return ended;
  };

  /** One task at a time; a second one is refused with what is under way. A job is not kept waiting for what may wait for it. */
  const exclusively = (to: Manifest, plan: Plan | null, work: () => Promise<UpgradeResult>): Promise<UpgradeResult> => {
    if (task) return Promise.resolve(finish('refused', to, running, null, [busy(`Release ${to.release} has to wait: ${task.release} is under way.`)], null));
    const ended = occupy(to.release, work);
    return jobs.current() ? Promise.resolve(finish('scheduled', to, running, plan, [], null)) : ended;
  };

  /** Commit on an empty stack, outside user code, or answer why not. */
  const commitPrepared = (prepared: Prepared, check = (): void => {}): Promise<Committed> =>
    new Promise((resolve, reject) => {
      runtime.host.schedule(() => {
        try {
          check();
          resolve(outside(() => commit(runtime, upToDate(runtime, prepared), { from: running.release, to: prepared.to.release })));
        } catch (error) {
          reject(error);
        }
      });
    });

  /** Errors of versions that are gone: told, but nothing follows from them. */
  const reportRetired = (error: unknown): void => tell({ type: 'error', release: running.release, error, attributedTo: 'old' });

  /** What throws when it is given something new counts against the release on probation. */
  const reportNew = (error: unknown): void => {
    tell({ type: 'error', release: running.release, error, attributedTo: 'new' });
    watch?.seeError(error);
  };

  const past = createPast(runtime, jobs, reportRetired);
  const purge = createPurge(runtime, jobs, past, () => running.release);

  const tellWaiting = (release: string) => (waiting: readonly Job[]): void => tell({ type: 'waiting', release, jobs: waiting.map(({ name }) => name) });

  const tellLost = (exports: readonly string[]): void => {
    if (exports.length) tell({ type: 'lost', release: running.release, exports });
  };

  /** Return to the release before, unless that probation has ended meanwhile. */
  const giveUp = (probation: Watch | null, reason: string): void => {
    const goBack = (of: Watch | null): void => {
      if (!of || watch !== of) return;
      const { drainMs } = previous?.limits ?? checkLimits();
      void upgrader.rollback({ code: 'PROBATION', place: '', reason, hint: 'Mend the release; the one before is serving.' }).then(({ refusals }) => {
        // The failed release serves on for as long as jobs do not end, and no longer.
        const next = watch;
        if (refusals.some(({ code }) => code === 'JOBS_RUNNING')) (setTimeout(() => goBack(next), Math.max(drainMs, 1000)) as { unref?: () => void }).unref?.();
      });
    };
    outside(() => {
      // The upgrade that began the probation may not have returned yet.
      if (task) void task.ended.then(() => goBack(probation));
      else goBack(probation);
    });
  };

  const endWatch = (): void => {
    watch?.stop();
    watch = null;
  };

  const becomePermanent = (): void => {
    previous = null;
    state = 'permanent';
    newStamps.clear();
  };

  let limitMs = evaluateLimitMs;
  const refresh = createRefresh({
    runtime, outside, tell, reportNew,
    report: reportRetired,
    limitMs: () => limitMs,
    running: () => running,
    isFrozen: frozen.isFrozen,
    task: () => task?.ended ?? null,
    occupy: (work) => void occupy(running.release, work),
    commit: (prepared, replaced) => commitPrepared(prepared).then(() => {
      const left = past.leave(running, running.release, replaced, []);
      return () => past.end(left);
    }),
  });

  /** A refusal of what had begun: what cleaned up for it starts again. */
  const takeBack = async (refused: Refusal, disposed: readonly Version[]): Promise<{ readonly refusals: readonly Refusal[]; readonly restarted: readonly string[] }> => {
    const { restarted, refusals } = await refresh.startAgain(disposed);
    const hint = disposed.length ? `${refused.hint.replace(/ ?Nothing was changed\.$/, '')} ${restarted.length ? `${restarted.join(', ')} had cleaned up and started again.` : ''}`.trim() : refused.hint;
    return { restarted, refusals: [{ ...refused, hint }, ...refusals] };
  };

  const upgrader: Upgrader = {
    async upgrade(target, options = {}) {
      const { plan, to } = target;
      const limits = checkLimits(options.jobs);
      return exclusively(to, plan, async () => {
        const from = running;
        const { script } = target;
        const refuse = (refusals: readonly Refusal[], error?: unknown, restarted?: readonly string[]): UpgradeResult => {
          void emit(runtime, 'vite:error', errorPayload(error ?? errorOf(refusals)), reportRetired);
          return finish('refused', to, from, plan, refusals, null, error, restarted);
        };
        if (target.from.release !== from.release) return refuse([busy(`What leads from release ${target.from.release} to ${to.release} came when ${from.release} was running.`)]);
        if (plan.way === 'none') return finish('none', to, from, plan, [], null);
        if (plan.way !== 'inPlace') return refuse(plan.refusals);
        const locked = frozen.refusals(plan.modules);
        if (locked.length) return refuse(locked);
        if (watch) return refuse([{ code: 'BUSY', place: '', reason: `Release ${from.release} is on probation.`, hint: 'Confirm it or roll it back first. Nothing was changed.' }]);
        running = learned(running, target.from);
        tell({ type: 'preparing', release: to.release });
        let prepared: Prepared | null = null;
        let files: FileSwap | null = null;
        let isCommitted = false;
        limitMs = options.evaluateLimitMs ?? evaluateLimitMs;
        const update = refresh.update(plan);
        try {
          await makeRoom(jobs, past, from.release, limits, tellWaiting(to.release));
          const ready = (prepared = await prepare(runtime, target, reportRetired, limitMs, update.begin));
          const replaced = ready.versions.flatMap(({ record }) => (record.pending ? [record.current] : []));
          files = (await runtime.host.files?.(target.from, to, loadedAfter(runtime, ready))) ?? null;
          await options.moment?.(plan);
          const committed = await drained(jobs, plan.drain, limits.drainMs, tellWaiting(to.release), () =>
            commitPrepared({ ...ready, files, eager: options.instances === 'eager' }, () => checkLoaded(runtime, plan, ready)).then((done) => {
              // In the turn of the commit: jobs that queued run right behind it.
              const left = past.leave(running, to.release, replaced, ready.removed);
              for (const hook of done.pendingHooks) past.addHook(left, { hook: 'onUpgrade', module: null }, hook);
              previous = { manifest: running, present: new Set(runtime.records.keys()), past: left, limits, plan, files, replaced, added: ready.added, removed: ready.removed, handles: done.handles };
              running = to;
              isCommitted = true;
              state = 'current';
              return done;
            }));
          newStamps.clear();
          if (script !== undefined) newStamps.set(script, '');
          for (const id of new Set([...Object.keys(plan.modules), ...ready.versions.map(({ record }) => record.id)])) {
            const { stamp } = to.modules[id] ?? {};
            if (stamp !== undefined && from.modules[id]?.stamp !== stamp) newStamps.set(stamp, id);
          }
          watch = startWatch(options.probation, committed.pendingHooks, { failed: giveUp, passed: (of) => void (watch === of && upgrader.confirm()) });
          await update.end(replaced, ready.removed);
          const result = finish('committed', to, from, plan, [], committed);
          tellLost((previous as Previous | null)?.past.lost ?? []);
          if (!options.probation) upgrader.confirm();
          return result;
        } catch (error) {
          // More may have been learnt of the running release meanwhile, so that it is another object.
          if (!isCommitted) {
            if (prepared) discard((prepared as Prepared).versions, reportRetired);
            (files as FileSwap | null)?.end();
          }
          const { refusals, restarted } = await takeBack(refusalOf(error), isCommitted ? [] : update.disposed);
          return refuse(refusals, error, restarted);
        }
      });
    },

    rollback(reason) {
      const back = previous;
      if (!back) {
        const refusal: Refusal = { code: 'NO_PREVIOUS', place: '', reason: 'There is no replaced release in memory.', hint: 'Upgrade to an older release of the store instead. Nothing was changed.' };
        return Promise.resolve(finish('refused', running, running, null, [refusal], null));
      }
      if (!task) rollingBack = true;
      return exclusively(back.manifest, null, async () => {
        const from = running;
        const refuse = ({ refusals, restarted }: Awaited<ReturnType<typeof takeBack>>, error: unknown): UpgradeResult => {
          // Still unconfirmed.
          watch = createIdleWatch();
          void emit(runtime, 'vite:error', errorPayload(error), reportRetired);
          return finish('refused', back.manifest, from, null, [...(reason ? [reason] : []), ...refusals], null, error, restarted);
        };
        const update = refresh.update({ accepted: back.plan.accepted, modules: {} });
        let anew: readonly Version[] = [];
        // Modules that came during the probation, in a version that the release before does not have.
        const late = [...runtime.records.values()].filter(({ id, current }) => current.stamp !== null && back.plan.modules[id] && !back.present.has(id) && !back.added.some((record) => record.id === id) && !back.replaced.some(({ record }) => record.id === id));
        const gone = [...back.added, ...late];
        const leaving = back.replaced.map(({ record }) => record.current);
        try {
          // A release that fails is given up whatever is locked.
          const [locked] = reason ? [] : frozen.refusals(back.plan.modules);
          if (locked) return finish('refused', back.manifest, from, null, [locked], null);
          endWatch();
          const committed = await drained(jobs, back.plan.drain, back.limits.drainMs, tellWaiting(back.manifest.release), async () => {
            const records = new Map(back.removed.map((record) => [record.id, record]));
            for (const version of back.replaced) version.record.pending = version;
            // What has cleaned up is made anew.
            const before = inOrder(back.manifest, [...back.replaced, ...back.removed.map(({ current }) => current)]);
            const returning = before.map((version) => (version.hot?.disposed ? copyVersion(version, records) : version));
            anew = returning.filter((version, index) => version !== before[index]);
            const settle = runtime.heard?.has('vite:beforeUpdate') || leaving.some(({ hot }) => hot?.disposers.length) ? () => update.begin(inOrder(from, leaving)) : null;
            const prepared = await prepareRollback(runtime, { from, to: back.manifest }, { returning, anew, added: back.removed, removed: gone, handles: back.handles, settle }, reportRetired, limitMs);
            return commitPrepared({ ...prepared, files: back.files && reversed(back.files) }).then((done) => {
              const left = past.leave(from, back.manifest.release, leaving, gone);
              past.comeBack(back.past);
              running = back.manifest;
              becomePermanent();
              for (const { record } of back.replaced) for (const root of record.roots.values()) commitDropped(root);
              return { ...done, left };
            });
          });
          // Callbacks may compare what comes with what goes.
          await update.end(leaving, gone);
          past.end(committed.left);
          back.files?.end();
          tellLost(committed.left.lost);
          return finish('rolledBack', back.manifest, from, null, reason ? [reason] : [], committed);
        } catch (error) {
          for (const version of back.replaced) if (version.record.pending === version) version.record.pending = null;
          discard(anew, reportRetired);
          return refuse(await takeBack(refusalOf(error), update.disposed), error);
        } finally {
          rollingBack = false;
        }
      });
    },

    confirm() {
      const done = previous;
      if (!done || rollingBack) return false;
      endWatch();
      becomePermanent();
      for (const { record } of done.replaced) {
        for (const root of record.roots.values()) commitDropped(root);
      }
      outside(() => past.end(done.past));
      done.files?.end();
      tell({ type: 'confirmed', release: running.release });
      return true;
    },

    invalidate: (id, message) => refresh.invalidate(id, message),

    reportError: (error) => void upgrader.judgeError(error),

    judgeError(error, knownTo) {
      const attributedTo = knownTo ?? (isNew(error, newStamps, running.modules) ? 'new' : 'old');
      tell({ type: 'error', release: running.release, error, attributedTo });
      return attributedTo === 'new' && (watch?.seeError(error) ?? false);
    },

    versions: () => outside(() => describeVersions({ runtime, jobs, past, frozen }, running, state)),

    softPurge() {
      if (task) return { outcome: 'refused', releases: [], exports: [], holding: [], refusals: [busy(`${task.release} is under way.`)] };
      const result = outside(() => purge.soft());
      if (result.outcome === 'purged') tell({ type: 'purged', release: running.release, purge: result });
      return result;
    },

    async purge(options = {}) {
      if (task) return { outcome: 'refused', releases: [], exports: [], holding: [], refusals: [busy(`${task.release} is under way.`)] };
      const result = await occupy(running.release, () => purge.hard(options));
      if (result.outcome === 'purged') tell({ type: 'purged', release: running.release, purge: result });
      return result;
    },

    freeze(pattern) {
      frozen.freeze(pattern);
      return [...runtime.records.keys()].filter(frozen.isFrozen);
    },
    thaw: (pattern) => frozen.thaw(pattern),
    current: () => running,
    learn(manifest) {
      running = learned(running, manifest);
      if (previous) previous.manifest = learned(previous.manifest, manifest);
      past.learn(manifest);
    },
    manifestAt: (serial) => past.releaseOf({ serial })?.manifest ?? running,
    canRollBack: () => previous !== null,
    subscribe,
  };
  return upgrader;
}

/** Ids of the modules that run once it is committed. */
function loadedAfter({ records }: Runtime, { added, removed }: Prepared): Set<string> {
  const ids = new Set([...records.keys(), ...added.map(({ id }) => id)]);
  for (const { id } of removed) ids.delete(id);
  return ids;
}

const reversed = ({ commit, restore, end }: FileSwap): FileSwap => ({ commit: restore, restore: commit, end });

/** Code that runs may have brought, meanwhile, the old version of a module that the release changes, or a module that new code brings itself. */
function checkLoaded({ records }: Runtime, { modules }: Plan, { added, removed }: Prepared): void {
  const known = new Set([...removed, ...added]);
  const isNamed = (id: string): boolean => (modules[id] !== undefined && modules[id] !== 'added') || added.some((record) => record.id === id);
  const late = [...records.values()].find((record) => isNamed(record.id) && !record.pending && !known.has(record));
  if (late) throw new RelupError('BUSY', late.id, `${late.id} was loaded for the first time while the upgrade was prepared.`, 'Try again. Nothing was changed.');
}

/** Refusals of a plan as an error, for who listens to errors. */
const errorOf = ([first]: readonly Refusal[]): Error => (first ? new RelupError(first.code as Code, first.place, first.reason, first.hint) : new Error('The upgrade was refused.'));
