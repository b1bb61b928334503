/**
 * The peer of a dev server in server code that Vite's module runner runs. Artifacts are evaluated through `vm`, so that replaced
 * versions can be collected.
 */
import vm from 'node:vm';
import { createDevPeer, settled, takeRegistered, type Channel, type DevHost, type DevOptions } from './dev.js';
import { inProcess, type DevArtifact, type Register } from './dev-protocol.js';
import { define, runtime } from './main.js';
import { names } from './names.js';
import { schedule } from './node-schedule.js';
import type { LoadedArtifact } from './prepare.js';

export { define, runtime };

export interface NodeDevOptions extends DevOptions {
  /** Null where the module runner has no channel of its own. */
  readonly hot: { on(event: string, listener: (data: never) => unknown): void; send(event: string, data: unknown): void } | null;
  readonly environment: string;
  importUrl(url: string): Promise<unknown>;
  coldUrl(key: string): string;
}

/** Begin to be upgraded by the dev server. */
export function start({ hot, environment, importUrl, coldUrl, ...options }: NodeDevOptions): void {
  runtime.host = { ...runtime.host, schedule };
  const host: DevHost = {
    run: runModule,
    importCold: async (key) => ((await importUrl(coldUrl(key))) as { default: unknown }).default,
    loaded: settled(runtime),
    // The dev server prints to the same terminal.
    show() {},
    clear() {},
    reload: (reason) => console.warn(`[relup] The server has to be started again: ${reason}.`),
  };
  const channel = hot ? { send: (event: string, data: unknown) => hot.send(event, data), on: (event: string, listener: (data: never) => void) => hot.on(event, listener) } : connectInProcess(environment);
  if (channel) createDevPeer(runtime, host, options).connect(channel);
}

/** Straight to the dev server, which runs in this process. */
function connectInProcess(environment: string): Channel | null {
  const servers = (globalThis as unknown as Record<symbol, Map<string, (listen: (event: string, data: never) => void) => Channel['send']> | undefined>)[inProcess];
  const listeners = new Map<string, (data: never) => void>();
  const send = servers?.get(environment)?.((event, data) => listeners.get(event)?.(data));
  return send ? { send, on: (event, listener) => void listeners.set(event, listener) } : null;
}

function runModule(artifact: DevArtifact): LoadedArtifact {
  const { id, code } = artifact;
  const name = /^\/\/# sourceURL=(.*)$/m.exec(code)?.[1] ?? id;
  const map = /^\/\/# sourceMappingURL=.*$/m.exec(code)?.[0];
  // Announces the map; see docs/decisions/0002.
  if (process.sourceMapsEnabled && map) (0, eval)(`//# sourceURL=${name}\n${map}`);
  return takeRegistered(artifact, vm.compileFunction(code, [names.register], { filename: name }) as (register: Register) => void);
}
