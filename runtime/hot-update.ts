/**
 * One update as `import.meta.hot` shows it: events, `dispose` and `prune` of what goes, callbacks of who accepts what came. It tells and
 * waits; what becomes of the update is the upgrader's. Handlers that throw or never end stop nobody.
 */
import { emit } from './hub.js';
import { namespaceOf } from './link.js';
import type { Plan } from './protocol.js';
import type { HotCallback, HotState, ModuleRecord, Runtime, Version } from './record.js';

export interface HotUpdate {
  /** Versions whose disposers have run: they cannot go on as they are. */
  readonly disposed: readonly Version[];
  /** Before new bodies run: tell that they will, and let what they replace clean up. Shape: in dependency order. */
  begin(replaced: readonly Version[]): Promise<void>;
  /** After the commit. */
  end(replaced: readonly Version[], removed: readonly ModuleRecord[]): Promise<void>;
}

export interface HotUpdateOptions {
  /** How long each step may take, in ms; then the update goes on without it. */
  readonly limitMs: number;
  /** Told what code of replaced versions throws. */
  report(error: unknown): void;
  /** Told what callbacks throw that were given something new. */
  reportNew(error: unknown): void;
}

/** What of a plan an update tells of. */
export type Accepted = Pick<Plan, 'accepted' | 'modules'>;

export function createHotUpdate(runtime: Runtime, { accepted, modules }: Accepted, { limitMs, report, reportNew }: HotUpdateOptions): HotUpdate {
  const disposed: Version[] = [];
  const within = (work: Promise<void>, what: string): Promise<void> => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const expired = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        report(new Error(`${what} did not settle within ${limitMs} ms; the update goes on.`));
        resolve();
      }, limitMs);
    });
    return Promise.race([work, expired]).finally(() => clearTimeout(timer));
  };
  const tell = (event: string, payload: unknown, also?: readonly ModuleRecord[]): Promise<void> | null =>
    runtime.heard?.has(event) ? within(emit(runtime, event, payload, report, also), `A listener of "${event}"`) : null;

  /** Those who depend on others first, what a module registered last first. */
  const dispose = async (versions: readonly Version[]): Promise<void> => {
    for (const version of [...versions].reverse()) {
      if (!version.hot?.disposers.length || version.hot.disposed) continue;
      version.hot.disposed = true;
      disposed.push(version);
      await within(callAll([...version.hot.disposers].reverse(), version.record, report), `dispose of ${version.record.id}`);
    }
  };

  return {
    disposed,
    async begin(replaced) {
      await tell('vite:beforeUpdate', updatePayload(accepted));
      await dispose(replaced);
    },
    async end(replaced, removed) {
      const gone = removed.map(({ current }) => current);
      if (gone.length > 0) {
        await tell('vite:beforePrune', { type: 'prune', paths: gone.map(pathOf) }, removed);
        await dispose(gone);
        for (const { hot, record } of gone) if (hot) await within(callAll(hot.pruners, record, report), `prune of ${record.id}`);
      }
      const before = new Map(replaced.map((version) => [version.record.id, version]));
      for (const [boundary, ids] of groupByBoundary(accepted)) {
        const version = before.get(boundary) ?? runtime.records.get(boundary)?.current;
        for (const each of version?.hot?.accepts ?? []) {
          if (each.ids.some((id) => ids.has(id))) await within(callAccept(runtime, each, ids, modules[boundary], reportNew), `accept of ${boundary}`);
        }
      }
      await tell('vite:afterUpdate', updatePayload(accepted));
    },
  };
}

const pathOf = ({ record }: Version): string => `/${record.id}`;

/** What Vite's listeners expect. */
const updatePayload = (accepted: Plan['accepted']): object => {
  const timestamp = Date.now();
  return { type: 'update', updates: accepted.map(([boundary, id]) => ({ type: 'js-update', path: `/${boundary}`, acceptedPath: `/${id}`, timestamp, explicitImportRequired: false, isWithinCircularImport: false })) };
};

async function callAll(callbacks: readonly HotCallback[], record: ModuleRecord, report: (error: unknown) => void): Promise<void> {
  for (const callback of callbacks) {
    try {
      await callback((record.data ??= {}) as never);
    } catch (error) {
      report(error);
    }
  }
}

/** One call for all that is new of what it accepts. */
async function callAccept({ records }: Runtime, { ids, call }: HotState['accepts'][number], fresh: ReadonlySet<string>, decision: Plan['modules'][string] | undefined, report: (error: unknown) => void): Promise<void> {
  try {
    await call(ids.map((id) => {
      const record = fresh.has(id) ? records.get(id) : undefined;
      return record && namespaceOf(record);
    }), decision);
  } catch (error) {
    report(error);
  }
}

function groupByBoundary(accepted: Plan['accepted']): Map<string, Set<string>> {
  const groups = new Map<string, Set<string>>();
  for (const [boundary, id] of accepted) groups.set(boundary, (groups.get(boundary) ?? new Set()).add(id));
  return groups;
}
