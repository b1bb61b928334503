/**
 * Child process: one dev server, with relup or plain Vite. Tells its URL when it listens, and its memory when it is asked.
 * With `ssr` it runs a server's entry in itself, as a middleware-mode server does.
 */
import { createServer } from 'vite';

const { dir, hot, ssr } = JSON.parse(process.argv[2]);
const plugins = hot ? (await import('relup/vite')).default() : [];
const server = await createServer({
  root: dir, configFile: false, envFile: false, logLevel: process.env.BENCH_LOG ?? 'error', plugins,
  cacheDir: 'node_modules/.vite', optimizeDeps: { noDiscovery: true },
  ...(ssr ? { appType: 'custom', server: { middlewareMode: true, ws: false } } : { server: { host: '127.0.0.1', port: 0 } }),
});
if (ssr) {
  await server.environments.ssr.runner.import(ssr);
  process.send({ ready: true });
} else {
  await server.listen();
  process.send({ ready: true, url: `http://127.0.0.1:${server.httpServer.address().port}/` });
}
process.on('message', async (message) => {
  if (message === 'memory') {
    for (let round = 0; round < 3; round++) {
      globalThis.gc();
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    const { heapUsed, external } = process.memoryUsage();
    process.send({ memory: heapUsed + external });
  }
  if (message === 'close') {
    await server.close();
    process.exit(0);
  }
});
process.on('disconnect', () => process.exit(0));
