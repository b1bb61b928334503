/**
 * `import.meta.hot`: what a module says of its own replacement. Bundles that use it carry this, so it only notes what is said; what is
 * done with it is for upgrades (hot-update.ts, restart.ts, hub.ts). Must never decide anything.
 */
import type { HotCallback, HotState, Version } from './record.js';

/** The API of Vite's `import.meta.hot`, with `decline` that refuses and every `dispose` heard. */
export interface Hot {
  readonly data: Record<string, unknown>;
  accept(deps?: string | readonly string[] | HotCallback, callback?: HotCallback): void;
  acceptExports(names: string | readonly string[], callback?: HotCallback): void;
  dispose(callback: HotCallback): void;
  prune(callback: HotCallback): void;
  decline(): void;
  invalidate(message?: string): void;
  on(event: string, callback: HotCallback): void;
  off(event: string, callback: HotCallback): void;
  send(event: string, data?: unknown): void;
}

/** The `import.meta.hot` of a version. */
export const hotOf = (version: Version): Hot => (version.hot ??= createHot(version)).api as Hot;

function createHot(version: Version): HotState {
  const { record, dynamic } = version;
  const { runtime } = record;
  const call = (callback: HotCallback | undefined) => ([namespace]: readonly unknown[], decision?: string): unknown => callback?.(namespace as never, decision as never);
  const idOf = (specifier: string): string => (Object.hasOwn(dynamic, specifier) && dynamic[specifier]?.[0]) || specifier;
  const accept = (ids: readonly string[], tell: HotState['accepts'][number]['call']): void => void state.accepts.push({ ids, call: tell });
  const api: Hot = {
    get data() {
      return (record.data ??= {});
    },
    accept(deps, callback) {
      if (!deps) accept([record.id], () => {});
      else if (typeof deps === 'function') accept([record.id], call(deps));
      else if (typeof deps === 'string') accept([idOf(deps)], call(callback));
      else accept(deps.map(idOf), (namespaces) => callback?.(namespaces as never));
    },
    acceptExports: (_, callback) => accept([record.id], call(callback)),
    dispose: (callback) => void state.disposers.push(callback),
    prune: (callback) => void state.pruners.push(callback),
    decline: () => void (state.declined = true),
    invalidate: (message) => runtime.invalidate?.(version, message),
    on(event, callback) {
      state.listeners = [...state.listeners, { event, callback }];
      const heard = (runtime.heard ??= new Set());
      if (heard.has(event)) return;
      heard.add(event);
      runtime.host.listen?.(event);
    },
    off(event, callback) {
      state.listeners = state.listeners.filter((each) => each.event !== event || each.callback !== callback);
    },
    send: (event, data) => runtime.host.send?.(event, data),
  };
  const state: HotState = { api, accepts: [], disposers: [], pruners: [], listeners: [], declined: false, disposed: false };
  return state;
}
