/** Pages served from disk, gzipped, and what it takes to load them: two builds of one page side by side. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { createGzip } from 'node:zlib';
import { interleave, median, medianRatio } from './measure.js';

const types = { '.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json', '.css': 'text/css' };

/** Serves a folder, gzipped, and counts. */
export async function serve(folder) {
  const counted = { requests: 0, bytes: 0 };
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    const file = join(folder, path === '/' ? 'index.html' : path);
    if (!existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
    counted.requests++;
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream', 'content-encoding': 'gzip', 'cache-control': file.includes('latest') ? 'no-cache' : 'max-age=31536000, immutable' });
    createReadStream(file).pipe(createGzip({ level: 9 })).on('data', part => { counted.bytes += part.length; }).pipe(response);
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, counted, close: () => { server.closeAllConnections(); server.close(); } };
}

const rounds = 21;

/**
 * Rows of bytes, requests and script time. Script time is what the page's thread spent on it: on a busy machine the clock says more of others.
 * Shape: `folders` are { hot, plain }; `ready` is an expression that is true once the page is there.
 */
export async function compareLoads(browser, folders, ready, what) {
  const sites = { hot: await serve(folders.hot), plain: await serve(folders.plain) };
  const seen = { hot: [], plain: [] };
  const load = name => async () => {
    const { counted, url } = sites[name];
    counted.requests = counted.bytes = 0;
    const context = await browser.newContext();
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    await page.goto(url, { waitUntil: 'load' });
    await page.waitForFunction(ready);
    const { metrics } = await session.send('Performance.getMetrics');
    seen[name].push({ requests: counted.requests, bytes: counted.bytes });
    await context.close();
    return metrics.find(({ name: metric }) => metric === 'ScriptDuration').value * 1000;
  };
  const times = await interleave({ hot: load('hot'), plain: load('plain') }, rounds);
  for (const site of Object.values(sites)) site.close();
  const of = (name, key) => median(seen[name].map(each => each[key]));
  const row = (kind, key) => ({ case: `${kind} of ${what}, against the build without`, value: of('hot', key) / of('plain', key), unit: 'x', need: ['<=', 1.05], note: `${of('hot', key)}, ${of('plain', key)}` });
  return [row('bytes, gzipped,', 'bytes'), row('requests', 'requests'), { case: `script time while ${what} loads`, value: medianRatio(times.hot, times.plain), unit: 'x', need: ['<=', 1.05], note: `${median(times.hot).toFixed(1)} ms, ${median(times.plain).toFixed(1)} ms; ${rounds} loads each, side by side` }];
}
