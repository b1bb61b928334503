/** Child process: Vite's dev server without a port; the program runs in its module runner. */
import { createServer, version } from 'vite';

const root = process.argv[2];
const server = await createServer({ root, configFile: false, envFile: false, logLevel: 'silent', appType: 'custom', server: { middlewareMode: true, ws: false, watch: {} }, optimizeDeps: { noDiscovery: true } });
const { runner } = server.environments.ssr;
await runner.import('/src/recorder.js');
const program = await runner.import('/src/main.js');
const answers = { ...program, version: () => version };
process.on('message', async what => {
  try { process.send({ answer: await answers[what]() }); } catch (error) { process.send({ failed: error.stack }); }
});
process.on('unhandledRejection', error => { globalThis.seen.problems.push(String(error?.message ?? error)); });
process.send('ready');
