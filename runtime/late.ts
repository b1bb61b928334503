/**
 * Modules of chunks that were under way while an upgrade was committed.
 */
import { evaluate } from './evaluate.js';
import type { ModuleRecord, Runtime } from './record.js';

/** What a chunk that arrives after an upgrade brings is not current any more: nothing of it runs, the artifact comes instead. */
export function createLate(runtime: Runtime, record: ModuleRecord): ModuleRecord {
  const load = async (): Promise<ModuleRecord> => (await runtime.host.load?.(record.id)) ?? record;
  return {
    ...record,
    start() {},
    // Whoever asks for `done` hears of a failure.
    facade: (setters) => void load().then(({ facade }) => facade(setters), () => {}),
    get done() {
      return load().then((loaded) => evaluate(loaded.current));
    },
  };
}
