/**
 * Entry `relup/vite`: the plugins for Vite 7 and 8, one for builds and one for its dev server. Fills in what Vite knows, and
 * keeps the store out of its way: Vite empties the output folder, but a running process follows the store in it.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import type { Plugin, ResolvedConfig } from 'vite';
import { type Adapter, adaptersOf } from './adapters.js';
import { createBuild, type Surroundings } from './build.js';
import { releaseMark } from './built.js';
import { hashOf } from './manifest.js';
import { createDev } from './dev.js';
import { checkOptions, type CheckedOptions, isHotModule, moduleIdOf, type RelupOptions } from './options.js';
import { applicationName, ownFiles } from './packages.js';
import { RelupError } from '../runtime/errors.js';

export type { Pattern, RelupOptions } from './options.js';

const hot = 'import.meta.hot';

/** Makes the modules of an application upgradable: in builds, and in what the dev server runs, at every save. */
export function relup(options: RelupOptions = {}): Plugin[] {
  const checked = checkOptions(options);
  return [...(checked.components ? [forFrameworks(checked)] : []), ...forBuilds(checked), forServers(checked)];
}

export default relup;

/** Adapters in front of the transform, as a plugin of their own: so their source maps are the bundler's to chain. */
function forFrameworks(checked: CheckedOptions): Plugin {
  let adapters: readonly Adapter[] = [];
  let root = '';
  return {
    name: 'relup:frameworks',
    enforce: 'post',
    apply: 'build',
    configResolved(config) {
      root = checked.root ?? config.root;
      adapters = adaptersOf(config.plugins.map(({ name }) => name));
      for (const adapter of adapters) adapter.configure?.(config.plugins, Boolean(config.build.ssr));
    },
    transform(code, resolvedId) {
      // What renders on a server keeps no component from one request to the next.
      if (adapters.length === 0 || this.environment.config.consumer === 'server' || !isHotModule(resolvedId, root, checked)) return null;
      for (const adapter of adapters) {
        const rewritten = adapter.rewrite(code, moduleIdOf(resolvedId, root), () => readSource(resolvedId));
        if (rewritten) return rewritten;
      }
      return null;
    },
  };
}

function readSource(resolvedId: string): string | null {
  try {
    return readFileSync(resolvedId.split('?')[0] ?? '', 'utf8');
  } catch {
    // A virtual module.
    return null;
  }
}

function forServers(checked: CheckedOptions): Plugin {
  const dev = createDev(checked);
  const plugin = {
    name: 'relup:serve',
    version: ownFiles().version,
    enforce: 'post',
    apply: 'serve',
    config() {
      // Its runtime is one, and comes by the plugin.
      return { optimizeDeps: { exclude: ['relup'] }, ssr: { noExternal: ['relup'] } };
    },
    configureServer: dev.configureServer,
    resolveId: { order: 'pre', handler: dev.resolveId },
    load: { order: 'pre', handler: dev.load },
    transform: dev.transform,
    hotUpdate: { order: 'post', handler: dev.hotUpdate },
    transformIndexHtml: dev.transformIndexHtml,
    buildEnd: dev.close,
  };
  return plugin as unknown as Plugin;
}

function forBuilds(checked: CheckedOptions): Plugin[] {
  let config: ResolvedConfig;
  let surroundings: Surroundings;
  let outputFolders: string[] = [];
  /** Vite would have emptied the output folder; we do, around the store. */
  let empties = false;
  const build = createBuild(checked, () => surroundings);

  const plugin = {
    name: 'relup',
    version: ownFiles().version,
    enforce: 'post',
    apply: 'build',
    config(user: { readonly define?: Readonly<Record<string, unknown>> }, { command }: { readonly command: string }) {
      return {
        // Otherwise Vite leaves it to Node to import relup from node_modules: a second runtime.
        ssr: { noExternal: ['relup'] },
        // Otherwise a build makes it undefined before anybody else sees it. Whoever defines it means it.
        ...(command === 'build' && user.define?.[hot] === undefined && { define: { [hot]: hot } }),
      };
    },
    configResolved(resolved: ResolvedConfig) {
      config = resolved;
      checkMangling(resolved);
      const { root } = resolved;
      const folder = resolve(root, resolved.build.outDir);
      const outputs = outputsOf(resolved);
      outputFolders = [...new Set(outputs.length === 0 ? [folder] : outputs.map(output => output.dir ? resolve(root, output.dir) : folder))];
      if (checked.store !== null || resolved.isWorker || !resolved.build.write) return;
      empties = resolved.build.emptyOutDir ?? outputFolders.every(each => isInside(each, root));
      if (!empties) return;
      resolved.build.emptyOutDir = false;
      for (const environment of Object.values(resolved.environments)) environment.build.emptyOutDir = false;
    },
    onLog: build.onLog,
    buildStart(this: { meta: { rollupVersion?: string; rolldownVersion?: string; viteVersion?: string } }) {
      surroundings = describeSurroundings(config, checked, this.meta);
      build.begin(outputFolders[0] ?? null);
    },
    resolveId: { order: 'pre', handler: build.resolveId },
    load: { order: 'pre', filter: build.loadFilter, handler: build.load },
    // Not ordered "post": Vite's own last plugins (preload of dynamic imports) have to come after.
    transform: build.transform,
    buildEnd(this: ThisParameterType<typeof build.buildEnd>, error?: Error) {
      build.buildEnd.call(this, error);
      if (error || !empties) return;
      // Once: a watching build must not lose what running pages still fetch.
      empties = false;
      for (const folder of outputFolders) emptyAround(folder, outputFolders);
    },
    outputOptions: { order: 'post', handler: build.outputOptions },
    renderStart: build.renderStart,
    renderChunk: { order: 'pre', handler: build.renderChunk },
    generateBundle: { order: 'pre', handler: build.generateBundle },
    writeBundle: { order: 'post', handler: build.writeBundle },
  };
  // Vite writes its pages only after other plugins.
  const pages = {
    name: 'relup:pages',
    enforce: 'post',
    apply: 'build',
    transformIndexHtml: () => (checked.store === false ? [] : [releaseMark]),
    generateBundle: { order: 'post', handler: build.finishPages },
  };
  // The hooks are typed by Rollup; Vite 8 has types of its own for the same shapes.
  return [plugin, pages] as unknown as Plugin[];
}

type Output = { readonly dir?: string };

function outputsOf(config: ResolvedConfig): readonly Output[] {
  const { rollupOptions } = config.build;
  const outputs = rollupOptions?.output as Output | readonly Output[] | undefined;
  return outputs === undefined ? [] : [outputs].flat() as readonly Output[];
}

function describeSurroundings(config: ResolvedConfig, checked: ReturnType<typeof checkOptions>, meta: object): Surroundings {
  const server = Boolean(config.build.ssr);
  const target = checked.target ?? (server ? 'node' : 'browser');
  const root = checked.root ?? config.root;
  const define: Record<string, string> = {};
  for (const [key, value] of Object.entries(config.env)) define[`import.meta.env.${key}`] = JSON.stringify(value);
  define['import.meta.env.SSR'] = String(server);
  if (!server && !config.build.lib) define['process.env.NODE_ENV'] = JSON.stringify(process.env['NODE_ENV'] || config.mode);
  for (const [key, value] of Object.entries(config.define ?? {})) define[key] = typeof value === 'string' ? value : JSON.stringify(value) ?? 'undefined';
  const { build } = config;
  return {
    root, target, define,
    app: checked.app ?? `${applicationName(root)}:${build.lib ? 'library' : server ? 'server' : 'client'}`,
    keepMetaEnv: true,
    base: config.base,
    sourcemap: Boolean(build.sourcemap),
    direct: false,
    untouched: false,
    worker: config.isWorker,
    shape: hashOf(JSON.stringify([
      ownFiles().version, meta, process.version, define, config.base, config.mode, build.target, build.minify, build.sourcemap,
      build.terserOptions, config.esbuild, build.assetsInlineLimit, build.lib, target,
      (config as { oxc?: unknown }).oxc, build.rollupOptions?.output, config.plugins.map(plugin => plugin.name),
      config.experimental.renderBuiltUrl?.toString(),
    ], (_, value: unknown) => typeof value === 'function' ? value.toString() : value instanceof RegExp ? String(value) : value)),
    // Without colours and in Vite's own stream, so that --logLevel applies.
    log: message => config.logger.info(`[relup] ${message}`),
  };
}

/** Errors: PROPERTY_MANGLING. */
function checkMangling(config: ResolvedConfig): void {
  const esbuild = config.esbuild as { mangleProps?: RegExp } | false | undefined;
  const terser = config.build.terserOptions as { mangle?: boolean | { properties?: unknown } } | undefined;
  const option = esbuild && esbuild.mangleProps ? 'esbuild.mangleProps'
    : typeof terser?.mangle === 'object' && terser.mangle.properties ? 'build.terserOptions.mangle.properties'
    : null;
  if (option === null) return;
  throw new RelupError('PROPERTY_MANGLING', '', `"${option}" renames properties, but releases know each other's exports by name.`, 'Remove the option.');
}

function isInside(folder: string, root: string): boolean {
  const path = relative(root, folder);
  return path !== '' && !path.startsWith('..') && !isAbsolute(path);
}

/** What Vite does before it writes, but for the store. */
function emptyAround(folder: string, outputs: readonly string[]): void {
  const kept = new Set(['.git', 'relup', ...outputs.map(output => relative(folder, output).split(/[\\/]/)[0] ?? '')]);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return;
  }
  for (const name of names) if (!kept.has(name)) rmSync(join(folder, name), { recursive: true, force: true });
}
