/**
 * Builds the generated applications, with and without the plugin. Relup is taken from dist/: what a user installs.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { project } from './measure.js';

async function loadPlugin(file) {
  const { relup } = await import(join(project, 'dist', 'plugin', file)).catch(cause => {
    throw new Error('dist/ is missing or does not load: run `npm run build` first.', { cause });
  });
  return relup;
}

/**
 * Without the plugin the package is an import that Node resolves from the workspace; with it, it is part of the bundle.
 * `delivery` false leaves relup/node outside in both, to compare what became of the application alone.
 */
const external = (hot, delivery) => id => id.startsWith('node:') || (!(hot && delivery) && /^relup(\/|$)/.test(id) && !(hot && id === 'relup'));

/**
 * Build with plain Rollup. Shape: `hot` false leaves the plugin away; `options` are the plugin's.
 * Answers the built entry and the output's chunks.
 */
export async function buildWithRollup({ dir, entry, out, hot, options = {}, plugins = [], delivery = true }) {
  const { rollup } = await import('rollup');
  const relup = hot ? [await loadPlugin('rollup.js')].map(make => make({ root: dir, app: 'bench', ...options })) : [];
  // Handed in with the input, too, as Rollup's command line does: plugins then know what is wanted of them.
  const output = { dir: join(dir, out), format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' };
  const bundle = await rollup({ output, input: { main: entry }, plugins: [...plugins, ...relup], external: external(hot, delivery), preserveEntrySignatures: 'strict', onLog() {} });
  const written = await bundle.write(output);
  await bundle.close();
  return { file: join(dir, out, 'main.js'), output: written.output };
}

/** Build with Vite, as a library-like client build (`ssr` false) or for Node. */
export async function buildWithVite({ dir, entry, out, hot, options = {}, minify = true, ssr = false, vite = 'vite', delivery = true }) {
  const { build } = await import(vite);
  const plugins = hot ? [await loadPlugin('vite.js')].map(make => make({ root: dir, app: 'bench', ...options })) : [];
  const result = await build({
    root: dir, configFile: false, envFile: false, logLevel: 'silent', clearScreen: false, publicDir: false, plugins,
    cacheDir: join(dir, '.vite'),
    build: {
      outDir: out, emptyOutDir: false, minify, target: 'esnext', modulePreload: false, reportCompressedSize: false, ssr: ssr ? entry : false,
      rollupOptions: { input: { main: entry }, external: external(hot, delivery), preserveEntrySignatures: 'strict', output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' } },
    },
  });
  return { file: join(dir, out, 'main.js'), output: [result].flat()[0].output };
}

/** Forget what a build left, so that the next one is a first one. */
export function clean(dir, ...folders) {
  for (const folder of folders) rmSync(join(dir, folder), { recursive: true, force: true });
}
