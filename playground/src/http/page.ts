/** The customers' page, as `vite build playground/page` wrote it. Names of its files are hashes, but for where a browser begins. */
import { serveStatic } from '@hono/node-server/serve-static';
import { pageFolder } from '../config.js';
import type { Call, Next } from './service-env.js';

export function servePage(c: Call, next: Next): Promise<Response | void> {
  const serve = serveStatic({
    root: pageFolder(),
    onFound: path => c.header('cache-control', /\.(?:html|json)$/.test(path) && !path.includes('/releases/') ? 'no-cache' : 'public, max-age=31536000, immutable'),
  });
  return serve(c, next);
}
