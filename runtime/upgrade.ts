/**
 * The upgrader of one application: exactly one upgrade at a time, its probation, and the way back.
 * It carries out plans and decides nothing about modules; results are values, only misuse throws.
 */
import { createCoexistence } from './coexist.js';
import { commit, type Committed } from './commit.js';
import { RelupError, type Code } from './errors.js';
import { createLate } from './late.js';
import { commitDropped } from './migrate.js';
import { discard, evaluationOrder, isLoaded, prepare, prepareRollback, type Prepared, type Target } from './prepare.js';
import type { PropertyWrite } from './overlay.js';
import type { Manifest, Plan, Refusal } from './protocol.js';
import type { ModuleRecord, Runtime, Version } from './record.js';
import { retire } from './retire.js';

/** How long and by what a new release is watched before it is confirmed. */
export interface Probation {
  /** Length in ms; 0 waits for `confirm()`. */
  readonly ms: number;
  /** Asked every `everyMs` (default 1000): false or a throw ends the probation with a rollback. */
  readonly health?: () => boolean | Promise<boolean>;
  readonly everyMs?: number;
  /** Errors of new code that are forgiven; one more ends the probation with a rollback. Default 0. */
  readonly errors?: number;
}

export interface UpgradeOptions {
  readonly probation?: Probation;
  /** Time that new module bodies have to settle, in ms. */
  readonly evaluateLimitMs?: number;
}

export interface UpgradeResult {
  readonly outcome: 'committed' | 'refused' | 'rolledBack' | 'none';
  readonly from: string;
  readonly to: string;
  readonly plan: Plan | null;
  /** Why; empty after `committed`. */
  readonly refusals: readonly Refusal[];
  /** What the commit cost; null if there was none. */
  readonly pauseMs: number | null;
  readonly migrationMs: number | null;
  readonly error?: unknown;
}

export type UpgradeEvent =
  | { readonly type: 'preparing' | 'confirmed'; readonly release: string }
  | { readonly type: 'committed' | 'refused' | 'rolledBack' | 'none'; readonly release: string; readonly result: UpgradeResult }
  | { readonly type: 'error'; readonly release: string; readonly error: unknown; readonly attributedTo: 'new' | 'old' };

export type ReleaseState = 'unpacked' | 'current' | 'permanent' | 'old';

/** What is running, for people and for `relup ctl versions`. */
export interface Versions {
  readonly release: string;
  readonly number: number;
  readonly state: ReleaseState;
  readonly modules: readonly { readonly id: string; readonly stamp: string; readonly evaluated: boolean; readonly olderTables: number }[];
}

export interface Upgrader {
  upgrade(target: Target, options?: UpgradeOptions): Promise<UpgradeResult>;
  rollback(reason?: Refusal): Promise<UpgradeResult>;
  confirm(): boolean;
  /** An error was seen: whose code it came from is decided by its stack. */
  reportError(error: unknown): void;
  versions(): Versions;
  current(): Manifest;
  /** Whether `rollback()` has a release to return to in memory. */
  canRollBack(): boolean;
  subscribe(listener: (event: UpgradeEvent) => void): () => void;
}

/** What a commit can be taken back to. */
interface Previous {
  readonly manifest: Manifest;
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
  const coexistence = (runtime.coexistence = createCoexistence(runtime));
  runtime.settle = () => coexistence.settle();
  let state: ReleaseState = 'permanent';
  /** The task under way and the release that it goes to. */
  let task: { readonly release: string; readonly ended: Promise<unknown> } | null = null;
  let previous: Previous | null = null;
  let endProbation: (() => void) | null = null;
  let forgiven = 0;
  let rollingBack = false;
  /** Stamp -> id of what the release on probation changed. */
  const newStamps = new Map<string, string>();
  const listeners = new Set<(event: UpgradeEvent) => void>();

  const tell = (event: UpgradeEvent): void => {
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        // A listener's error is its own: it must not decide an upgrade, nor vanish.
        runtime.host.schedule(() => {
          throw error;
        });
      }
    }
  };

  const finish = (outcome: UpgradeResult['outcome'], to: Manifest, from: Manifest, plan: Plan | null, refusals: readonly Refusal[], committed: Committed | null, error?: unknown): UpgradeResult => {
    const result: UpgradeResult = {
      outcome, from: from.release, to: to.release, plan, refusals,
      pauseMs: committed?.pauseMs ?? null, migrationMs: committed?.migrationMs ?? null,
      ...(error === undefined ? {} : { error }),
    };
    tell({ type: outcome, release: to.release, result });
    return result;
  };

  /** One task at a time; a second one is refused with what is under way. */
  const exclusively = (to: Manifest, work: () => Promise<UpgradeResult>): Promise<UpgradeResult> => {
    if (task) {
      const refusal: Refusal = { code: 'BUSY', place: '', reason: `Release ${to.release} has to wait: ${task.release} is under way.`, hint: 'Try again when it has ended. Nothing was changed.' };
      return Promise.resolve(finish('refused', to, running, null, [refusal], null));
    }
    // It is under way before a listener hears of it.
    let begin = (): void => {};
    const ended = new Promise<void>((resolve) => (begin = resolve)).then(work).finally(() => (task = null));
    task = { release: to.release, ended };
    begin();
    return ended;
  };

  /** Commit on an empty stack, outside user code, or answer why not. */
  const commitPrepared = (prepared: Prepared, check = (): void => {}): Promise<Committed> =>
    new Promise((resolve, reject) => {
      runtime.host.schedule(() => {
        try {
          check();
          resolve(commit(runtime, prepared, { from: running.release, to: prepared.to.release }));
        } catch (error) {
          reject(error);
        }
      });
    });

  /** Errors of versions that are gone: told, but nothing follows from them. */
  const reportRetired = (error: unknown): void => tell({ type: 'error', release: running.release, error, attributedTo: 'old' });

  /** Return to the release before, unless that probation has ended meanwhile. */
  const giveUp = (probation: (() => void) | null, reason: string): void => {
    const goBack = (): void => {
      if (probation && endProbation === probation) void upgrader.rollback({ code: 'PROBATION', place: '', reason, hint: 'Mend the release; the one before is serving.' });
    };
    // The upgrade that began the probation may not have returned yet.
    if (task) void task.ended.then(goBack);
    else goBack();
  };

  const startProbation = (probation: Probation | undefined, hooks: readonly Promise<unknown>[]): void => {
    forgiven = probation?.errors ?? 0;
    const failed = (reason: string): void => giveUp(end, reason);
    const everyMs = probation?.everyMs ?? 1000;
    const timers: (ReturnType<typeof setTimeout> | ReturnType<typeof setInterval>)[] = [];
    const end = (): void => {
      endProbation = null;
      for (const timer of timers) clearTimeout(timer);
    };
    endProbation = end;
    for (const hook of hooks) hook.catch((error: unknown) => failed(`An onUpgrade hook rejected: ${String(error)}`));
    if (!probation) return;
    const { ms, health } = probation;
    if (health) {
      const ask = async (): Promise<void> => {
        try {
          if (!(await health())) failed('The health function said no.');
        } catch (error) {
          failed(`The health function threw: ${String(error)}`);
        }
      };
      timers.push(setInterval(() => void ask(), everyMs));
      void ask();
    }
    if (ms > 0) timers.push(setTimeout(() => endProbation === end && upgrader.confirm(), ms));
    for (const timer of timers) (timer as { unref?: () => void }).unref?.();
  };

  const upgrader: Upgrader = {
    upgrade(target, options = {}) {
      const { plan, to } = target;
      return exclusively(to, async () => {
        const from = running;
        if (plan.way === 'none') return finish('none', to, from, plan, [], null);
        if (plan.way !== 'inPlace') return finish('refused', to, from, plan, plan.refusals, null);
        if (endProbation) return finish('refused', to, from, plan, [{ code: 'BUSY', place: '', reason: `Release ${from.release} is on probation.`, hint: 'Confirm it or roll it back first. Nothing was changed.' }], null);
        tell({ type: 'preparing', release: to.release });
        let prepared: Prepared | null = null;
        try {
          prepared = await prepare(runtime, target, reportRetired, options.evaluateLimitMs);
          const replaced = prepared.versions.flatMap(({ record }) => (record.pending ? [record.current] : []));
          const committed = await commitPrepared(prepared, () => checkLoaded(runtime, plan));
          previous = { manifest: from, replaced, added: prepared.added, removed: prepared.removed, handles: committed.handles };
          running = to;
          state = 'current';
          newStamps.clear();
          for (const [id, { stamp }] of Object.entries(to.modules)) if (from.modules[id]?.stamp !== stamp) newStamps.set(stamp, id);
          startProbation(options.probation, committed.pendingHooks);
          const result = finish('committed', to, from, plan, [], committed);
          if (!options.probation) upgrader.confirm();
          return result;
        } catch (error) {
          if (prepared) discard(prepared.versions, reportRetired);
          return finish('refused', to, from, plan, [refusalOf(error)], null, error);
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
      return exclusively(back.manifest, async () => {
        const from = running;
        endProbation?.();
        // Modules that came during the probation, in a version that the release before does not have.
        const late = [...runtime.records.values()].filter(({ id, current }) => current.stamp !== null && current.stamp !== back.manifest.modules[id]?.stamp && !back.added.some((record) => record.id === id) && !back.replaced.some(({ record }) => record.id === id));
        const gone = [...back.added, ...late];
        const leaving = [...back.replaced.map(({ record }) => record.current), ...gone.map(({ current }) => current)];
        try {
          for (const version of back.replaced) version.record.pending = version;
          const returning = inOrder(back.manifest, [...back.replaced, ...back.removed.map(({ current }) => current)]);
          const committed = await commitPrepared(prepareRollback(runtime, { from, to: back.manifest }, { returning, added: back.removed, removed: gone, handles: back.handles }, reportRetired));
          for (const { record } of back.replaced) for (const root of record.roots.values()) commitDropped(root);
          running = back.manifest;
          previous = null;
          state = 'permanent';
          newStamps.clear();
          retire(leaving, { from: from.release, to: running.release }, reportRetired);
          return finish('rolledBack', back.manifest, from, null, reason ? [reason] : [], committed);
        } catch (error) {
          for (const version of back.replaced) if (version.record.pending === version) version.record.pending = null;
          // Still unconfirmed, and watched by nobody: only confirm() or another rollback() ends that.
          endProbation = () => (endProbation = null);
          return finish('refused', back.manifest, from, null, [...(reason ? [reason] : []), refusalOf(error)], null, error);
        } finally {
          rollingBack = false;
        }
      });
    },

    confirm() {
      const done = previous;
      if (!done || rollingBack) return false;
      endProbation?.();
      previous = null;
      state = 'permanent';
      newStamps.clear();
      for (const { record } of done.replaced) {
        for (const root of record.roots.values()) commitDropped(root);
      }
      retire([...done.replaced, ...done.removed.map(({ current }) => current)], { from: done.manifest.release, to: running.release }, reportRetired);
      tell({ type: 'confirmed', release: running.release });
      return true;
    },

    reportError(error) {
      const attributedTo = isNew(error, newStamps, running.modules) ? 'new' : 'old';
      tell({ type: 'error', release: running.release, error, attributedTo });
      if (attributedTo === 'old' || !endProbation || forgiven-- > 0) return;
      giveUp(endProbation, `New code failed: ${String(error)}`);
    },

    versions: () => ({
      release: running.release,
      number: running.number,
      state,
      modules: [...runtime.records.values()].map(({ id, current, older }) => ({
        id,
        stamp: current.stamp ?? running.modules[id]?.stamp ?? '',
        evaluated: current.status === 'evaluated',
        olderTables: older.filter((ref) => ref.deref()).length,
      })),
    }),
    current: () => running,
    canRollBack: () => previous !== null,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return upgrader;
}

/** Running code may have loaded, meanwhile, the old version of a module that the release changes. */
function checkLoaded(runtime: Runtime, plan: Plan): void {
  const late = [...runtime.records.values()].find((record) => (plan.modules[record.id] === 'changed' || plan.modules[record.id] === 'stale') && !record.pending && isLoaded(record));
  if (late) throw new RelupError('BUSY', late.id, `${late.id} was loaded for the first time while the upgrade was prepared.`, 'Try again. Nothing was changed.');
}

function inOrder(manifest: Manifest, versions: readonly Version[]): Version[] {
  const order = evaluationOrder(manifest);
  return [...versions].sort((a, b) => (order.get(a.record.id) ?? 0) - (order.get(b.record.id) ?? 0));
}

/**
 * Whether the top hot frame of an error is of the new release: artifacts are named by their stamp. Where source maps are
 * applied, frames name sources instead; those of an older version of a changed module then count as new. Pure.
 */
function isNew(error: unknown, fresh: ReadonlyMap<string, string>, modules: Manifest['modules']): boolean {
  const stack = String((error as { stack?: unknown } | null)?.stack ?? '');
  const stamped = /\b([0-9a-f]{64})\.js\b/.exec(stack);
  if (stamped) return fresh.has(stamped[1] as string);
  const changed = new Set(fresh.values());
  for (const line of stack.split('\n')) {
    const id = Object.keys(modules).find((module) => line.includes(`/${module.split('?')[0]}:`));
    if (id !== undefined) return changed.has(id);
  }
  return false;
}
