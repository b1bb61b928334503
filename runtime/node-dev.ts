/**
 * The peer of a dev server in server code that Vite's module runner runs. Artifacts are evaluated through `vm`, so that replaced
 * versions can be collected.
 */
import vm from 'node:vm';
import { createDevPeer, settled, takeRegistered, type Channel, type DevOptions, type DevPeer } from './dev.js';
import { devEvents, inProcess, type DevArtifact, type InProcess, type Register } from './dev-protocol.js';
import { RelupError } from './errors.js';
import { runtime } from './main.js';
import { names } from './names.js';
import { schedule } from './node-schedule.js';
import type { LoadedArtifact } from './prepare.js';

export { runtime };

export interface NodeDevOptions extends DevOptions {
  /** Null where the module runner has no channel of its own. */
  readonly hot: Channel | null;
  /** URL of the module that calls this. */
  readonly self: string;
  /** By which a dev server in this process is found. */
  readonly key: string;
  importUrl(url: string): Promise<unknown>;
  coldUrl(key: string): string;
}

/**
 * Begin to be upgraded by the dev server, and again whenever one takes its place.
 *
 * Shape:  answers what gives modules to whoever imports them by the module runner.
 * Errors: NOT_FOLLOWING if there is no way to the dev server.
 */
export function start({ hot, self, key, importUrl, coldUrl, ...options }: NodeDevOptions): DevPeer['serve'] {
  runtime.host = { ...runtime.host, schedule };
  let load = importUrl;
  const peer = createDevPeer(runtime, {
    run: runModule,
    importCold: async (cold) => ((await load(coldUrl(cold))) as { default: unknown }).default,
    loaded: settled(runtime),
    // The dev server prints to the same terminal.
    show() {},
    clear() {},
    reload,
  }, options);
  const near = (globalThis as unknown as Record<symbol, InProcess | undefined>)[inProcess];
  const connect = (isFirst: boolean): boolean => {
    const listeners = new Map<string, (data: never) => void>();
    const server = near?.servers.get(key)?.connect((event, data) => {
      // Nobody says when a module runner is closed, but it imports nothing any more. (That of a server before this one is closed in any case.)
      if (isFirst && event === devEvents.patch) importUrl(self).catch(() => near?.waiting.delete(reconnect) && server?.close());
      listeners.get(event)?.(data as never);
    });
    if (!server) return false;
    peer.connect({ send: server.send, on: (event, listener) => void listeners.set(event, listener) });
    load = server.importUrl;
    return true;
  };
  const reconnect = (other: string): void => {
    if (other === key) connect(false);
  };
  if (connect(true)) {
    near?.waiting.add(reconnect);
  } else if (hot) peer.connect({ send: (event, data) => hot.send(event, data), on: (event, listener) => hot.on(event, listener) });
  else throw new RelupError('NOT_FOLLOWING', key, 'The module runner has no way to the dev server: neither a channel nor the same process.', 'Make the runner with hot updates (hmr), or exclude its environment from relup. Nothing was changed.');
  return (id) => peer.serve(id);
}

/** What runs the process may start it again. */
function reload(reason: string): void {
  console.warn(`[relup] The server has to be started again: ${reason}.`);
  process.emit('relup:restart' as never);
}

function runModule(artifact: DevArtifact): LoadedArtifact {
  const { id, code } = artifact;
  const name = /^\/\/# sourceURL=(.*)$/m.exec(code)?.[1] ?? id;
  const map = /^\/\/# sourceMappingURL=.*$/m.exec(code)?.[0];
  // Announces the map; see docs/decisions/0002.
  if (process.sourceMapsEnabled && map) (0, eval)(`//# sourceURL=${name}\n${map}`);
  return takeRegistered(artifact, vm.compileFunction(code, [names.register], { filename: name }) as (register: Register) => void);
}
