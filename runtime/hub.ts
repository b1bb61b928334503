/**
 * Events that modules hear by `import.meta.hot.on`. Listeners belong to versions, and those of current ones count, so that nothing
 * has to be taken back when a version is replaced, refused or returns. State is on the records: a bundle holds core files twice.
 */
import type { ModuleRecord, Runtime } from './record.js';

/**
 * Tell an event to all who listen to it.
 *
 * Shape:  `also` are records that the runtime does not have any more.
 * Errors: none; what a listener throws or rejects with is reported.
 */
export async function emit(runtime: Runtime, event: string, payload: unknown, report: (error: unknown) => void = logError, also: readonly ModuleRecord[] = []): Promise<void> {
  if (!runtime.heard?.has(event)) return;
  const listeners = [...runtime.records.values(), ...also].flatMap(({ current }) => current.hot?.listeners ?? []).filter((each) => each.event === event);
  await Promise.all(listeners.map(async ({ callback }) => {
    try {
      await callback(payload as never);
    } catch (error) {
      report(error);
    }
  }));
}

const logError = (error: unknown): void => console.error(error);
