/**
 * The process of `relup dev`: Vite's dev server without a page or a port of its own, and in its module runner the user's server.
 * Arguments: flags as JSON, the entry's path, and what the user's server shall see as its own.
 */
import { createRequire } from 'node:module';
import { Server, type AddressInfo } from 'node:net';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Vite from 'vite';
import { startAgain, type ServeFlags } from './serve-command.js';
import { relup } from './vite.js';

const [, , json = '{}', entry = '', ...args] = process.argv;
const flags = JSON.parse(json) as ServeFlags;
const root = process.cwd();

/** The project's own Vite, which its plugins know. */
async function loadVite(): Promise<typeof Vite> {
  const require = createRequire(join(root, 'package.json'));
  let folder: string;
  try {
    folder = dirname(require.resolve('vite/package.json'));
  } catch {
    console.error('[relup] "relup dev" runs on Vite, and this project has none.\n  Hint: npm install --save-dev vite');
    process.exit(1);
  }
  return (await import(pathToFileURL(join(folder, 'dist/node/index.js')).href)) as typeof Vite;
}

/** Say where a server listens, once for each address. */
function tellAddresses(): void {
  const told = new Set<string>();
  const { listen } = Server.prototype;
  Server.prototype.listen = function (this: Server, ...given: unknown[]) {
    this.once('listening', () => {
      const address = this.address();
      const text = describeAddress(address, 'setSecureContext' in this);
      if (text === null || told.has(text)) return;
      told.add(text);
      console.log(`[relup] ${relative(root, entry)} listens on ${text}`);
    });
    return Reflect.apply(listen, this, given) as Server;
  } as typeof listen;
}

function describeAddress(address: AddressInfo | string | null, secure: boolean): string | null {
  if (address === null || typeof address === 'string') return address;
  const host = address.address === '::' || address.address === '0.0.0.0' || address.address === '127.0.0.1' || address.address === '::1' ? 'localhost' : address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http${secure ? 's' : ''}://${host}:${address.port}/`;
}

async function isThere(vite: typeof Vite): Promise<boolean> {
  const found = await vite.loadConfigFromFile({ command: 'serve', mode: flags.mode ?? 'development' }, flags.config, root);
  const plugins = (await Promise.all([found?.config.plugins].flat(9) as Promise<Vite.Plugin | false>[])).flat(9) as (Vite.Plugin | false | null | undefined)[];
  return plugins.some((plugin) => plugin && plugin.name === 'relup:serve');
}

const vite = await loadVite();
process.on('relup:restart' as never, () => process.exit(startAgain));
const write = (line: string): void => console.log(line);
const logger = vite.createLogger('info');
const server = await vite.createServer({
  root,
  ...(flags.config !== undefined && { configFile: flags.config }),
  ...(flags.mode !== undefined && { mode: flags.mode }),
  plugins: await isThere(vite) ? [] : [relup()],
  appType: 'custom',
  // No page: nothing listens but the user's server.
  server: { middlewareMode: true, ws: false },
  optimizeDeps: { noDiscovery: true, include: [] },
  clearScreen: false,
  customLogger: { ...logger, info: (line) => void (line.startsWith('[relup]') && write(line)), error: (line) => console.error(line) },
});
tellAddresses();
process.argv = [process.argv[0] ?? '', entry, ...args];
const { runner } = server.environments['ssr'] as Vite.RunnableDevEnvironment;
try {
  await runner.import(`/${relative(root, entry).replaceAll('\\', '/')}`);
} catch (error) {
  console.error(error);
  process.exit(1);
}
