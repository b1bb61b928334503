/**
 * Builds what the host tests run, one application after another, in a process of its own: bundlers do not run inside jest.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const entryOf = (bundler) => (bundler === 'rollup' ? require.resolve('rollup') : join(dirname(require.resolve('vite/package.json')), 'dist/node/index.js'));
const load = (file) => import(pathToFileURL(file).href);

/** Builds `src/main.js` of a folder into its `dist`. `plugins` is source text: functions cannot be sent. */
async function build({ bundler, packageFolder, folder, options, plugins, sourcemap }) {
  const { relup } = await load(join(packageFolder, `dist/plugin/${bundler}.js`));
  const own = new Function('folder', `return [${plugins}]`)(folder);
  const external = /^node:|^relup-test-external|^(?:express|fastify|hono|@hono\/node-server|ws)$/;
  if (bundler === 'vite') {
    const vite = await load(entryOf('vite'));
    await vite.build({
      root: folder, configFile: false, logLevel: 'silent', plugins: [...own, relup(options)],
      build: { ssr: true, sourcemap, target: 'es2022', rollupOptions: { input: { main: 'src/main.js' }, output: { entryFileNames: '[name].js' } } },
    });
    return;
  }
  const { rollup } = await load(entryOf('rollup'));
  const bundle = await rollup({ input: join(folder, 'src/main.js'), external, plugins: [...own, relup({ root: folder, ...options })], onLog() {} });
  await bundle.write({ dir: join(folder, 'dist'), sourcemap });
  await bundle.close();
}

console.log = () => {};
process.on('message', async (request) => {
  try {
    await build(request);
    process.send({});
  } catch (error) {
    process.send({ failed: error instanceof Error ? error.message : String(error) });
  }
});
