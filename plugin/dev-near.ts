/**
 * What a dev server offers to the code that it runs in its own process, which then needs no channel of a module runner's: that of
 * `ssrLoadModule` has none, and those of a server that is started again are closed.
 */
import type { EventEmitter } from 'node:events';
import type { DevEnvironment, RunnableDevEnvironment } from 'vite';
import { inProcess, type InProcess, type InProcessServer } from '../runtime/dev-protocol.js';

/** By which the code that an environment runs in this process finds it again, also after a restart of the server. */
export const keyOf = ({ name, config }: DevEnvironment): string => `${name} ${config.root}`;

/** The channel of an environment that runs in this process, as its code can use it without a module runner that has one. */
export function offerOf(environment: DevEnvironment): InProcessServer | null {
  const { innerEmitter, outsideEmitter } = (environment.hot as { api?: Partial<Record<'innerEmitter' | 'outsideEmitter', EventEmitter>> }).api ?? {};
  if (!innerEmitter || !outsideEmitter) return null;
  return {
    connect(listen) {
      const hear = ({ type, event, data }: { type?: string; event?: string; data?: unknown }): void => {
        if (type === 'custom' && event !== undefined) listen(event, data);
      };
      outsideEmitter.on('send', hear);
      return {
        send: (event, data) => void innerEmitter.emit(event, data, { send: hear }),
        importUrl: (url) => (environment as RunnableDevEnvironment).runner.import(url),
        close: () => void outsideEmitter.off('send', hear),
      };
    },
  };
}

const inProcessServers = (): InProcess => {
  const realm = globalThis as unknown as Record<symbol, InProcess | undefined>;
  return (realm[inProcess] ??= { servers: new Map(), waiting: new Set() });
};

export function offerInProcess(key: string, server: InProcessServer): void {
  const { servers, waiting } = inProcessServers();
  servers.set(key, server);
  for (const tell of waiting) tell(key);
}
