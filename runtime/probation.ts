/**
 * Watching a new release until it is confirmed: timer, health, promises of its hooks, errors of its code. It decides that a
 * release failed and tells so; going back is the upgrader's.
 */
import type { Manifest } from './protocol.js';

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

/** A probation under way. */
export interface Watch {
  /** End it, whatever comes next. */
  stop(): void;
  /** New code failed. Answers whether that is the end of the release. */
  seeError(error: unknown): boolean;
}

/** A release that is neither confirmed nor watched: only confirm() or another rollback() ends that. */
export const createIdleWatch = (): Watch => ({ stop() {}, seeError: () => false });

export interface Outcome {
  failed(watch: Watch, reason: string): void;
  passed(watch: Watch): void;
}

/** Watch from now on. Without a probation only hooks are. */
export function startWatch(probation: Probation | undefined, hooks: readonly Promise<unknown>[], { failed, passed }: Outcome): Watch {
  let forgiven = probation?.errors ?? 0;
  const timers: (ReturnType<typeof setTimeout> | ReturnType<typeof setInterval>)[] = [];
  const watch: Watch = {
    stop() {
      for (const timer of timers) clearTimeout(timer);
    },
    seeError(error) {
      if (forgiven-- > 0) return false;
      failed(watch, `New code failed: ${String(error)}`);
      return true;
    },
  };
  for (const hook of hooks) hook.catch((error: unknown) => failed(watch, `An onUpgrade hook rejected: ${String(error)}`));
  if (!probation) return watch;
  const { ms, health, everyMs = 1000 } = probation;
  if (health) {
    const ask = async (): Promise<void> => {
      try {
        if (!(await health())) failed(watch, 'The health function said no.');
      } catch (error) {
        failed(watch, `The health function threw: ${String(error)}`);
      }
    };
    timers.push(setInterval(() => void ask(), everyMs));
    // The upgrader must know of the watch before it fails.
    queueMicrotask(() => void ask());
  }
  if (ms > 0) timers.push(setTimeout(() => passed(watch), ms));
  for (const timer of timers) (timer as { unref?: () => void }).unref?.();
  return watch;
}

/**
 * Whether the top hot frame of an error is of the new release: artifacts are named by their stamp. Where source maps are
 * applied, frames name sources instead; those of an older version of a changed module then count as new. Pure.
 *
 * Shape: `fresh` has the id of each new stamp.
 */
export function isNew(error: unknown, fresh: ReadonlyMap<string, string>, modules: Manifest['modules']): boolean {
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
