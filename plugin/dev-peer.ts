/**
 * The module by which all others of a dev server reach the runtime, and what it says of the environment. Pure text.
 */
import type { ResolvedConfig } from 'vite';
import { coldPrefix, runtimeId } from './facade.js';

/** `import.meta.env` as Vite makes it. */
export function envOf(config: ResolvedConfig, ssr: boolean): Record<string, unknown> {
  const env: Record<string, unknown> = { ...config.env, SSR: ssr };
  for (const [key, value] of Object.entries(config.define ?? {})) {
    if (!key.startsWith('import.meta.env.')) continue;
    try {
      env[key.slice('import.meta.env.'.length)] = typeof value === 'string' ? (JSON.parse(value) as unknown) : value;
    } catch {
      // Code, which Vite puts in itself.
    }
  }
  return env;
}

/** The module by which all others reach the runtime; it begins the peer. */
export function peerText(config: ResolvedConfig, client: boolean, key: string, session: string, hash: string): string {
  const { base } = config;
  const shared = `session: ${JSON.stringify(session)}, config: ${JSON.stringify(hash)}, env: ${JSON.stringify(envOf(config, !client))}, importUrl: (url) => import(/* @vite-ignore */ url)`;
  const coldUrl = (prefix: string): string => `(key) => ${JSON.stringify(`${prefix}@id/__x00__${coldPrefix.slice(1)}`)} + encodeURIComponent(key)`;
  if (!client) {
    return `import { runtime, start } from 'relup:dev/node.js';
export { runtime };
export const serve = start({ ${shared}, hot: import.meta.hot ?? null, self: ${JSON.stringify(`/@id/__x00__${runtimeId.slice(1)}`)}, key: ${JSON.stringify(key)}, coldUrl: ${coldUrl('/')} });`;
  }
  const overlay = typeof config.server.hmr === 'object' ? config.server.hmr.overlay !== false : true;
  return `import { define, runtime, start } from 'relup:dev/browser.js';
export { define, runtime };
start({ ${shared}, hot: import.meta.hot, coldUrl: ${coldUrl(base)}, base: ${JSON.stringify(base)}, overlay: ${overlay},
  importClient: (again) => import(/* @vite-ignore */ ${JSON.stringify(`${base}@vite/client?t=`)} + again) });`;
}
