/**
 * Entry `relup/rollup`: the plugin for Rollup. Only fills in what Rollup knows.
 */
import { readFileSync } from 'node:fs';
import type { OutputOptions, Plugin } from 'rollup';
import { createBuild, type Surroundings } from './build.js';
import { checkOptions, type RelupOptions } from './options.js';
import { applicationName, ownFiles } from './packages.js';

export type { Pattern, RelupOptions } from './options.js';

/** Makes the modules of an application upgradable. Put it anywhere: it works on what the other plugins made. */
export function relup(options: RelupOptions = {}): Plugin {
  const checked = checkOptions(options);
  const root = checked.root ?? process.cwd();
  const target = checked.target ?? 'node';
  let surroundings: Surroundings;
  let rollupVersion = '';
  const build = createBuild(checked, () => surroundings);
  return {
    name: 'relup',
    version: ownFiles().version,
    options(input) {
      rollupVersion = this.meta.rollupVersion;
      // The command line hands its outputs in here; by the API they come only after the modules are transformed.
      const outputs = (input as { output?: OutputOptions | OutputOptions[] }).output;
      const list = outputs === undefined ? null : [outputs].flat();
      surroundings = {
        root, target,
        app: checked.app ?? `${applicationName(root)}:${target}`,
        define: {},
        keepMetaEnv: false,
        base: './',
        sourcemap: list === null || list.some(output => Boolean(output.sourcemap)),
        shape: JSON.stringify([ownFiles().version, rollupVersion, target, configText(input.plugins), list?.map(describeOutput) ?? null]),
        worker: false,
        // Plugins of an output that comes by the API are not known here; what they do to chunks, artifacts then do without.
        direct: !others(input.plugins, list).some(plugin => renderHooks.some(hook => plugin[hook])),
        untouched: !others(input.plugins, list).some(plugin => plugin['transform'] || plugin['load']),
        log: message => console.log(`[relup] ${message}`),
      };
    },
    onLog: build.onLog,
    buildStart() {
      build.begin(null);
    },
    resolveId: { order: 'pre', handler: build.resolveId },
    load: { order: 'pre', filter: build.loadFilter, handler: build.load },
    transform: { order: 'post', handler: build.transform },
    shouldTransformCachedModule: build.shouldTransformCachedModule,
    buildEnd: build.buildEnd,
    outputOptions: { order: 'post', handler: build.outputOptions },
    renderStart: build.renderStart,
    renderDynamicImport: build.renderDynamicImport,
    renderChunk: { order: 'pre', handler: build.renderChunk },
    generateBundle: { order: 'pre', handler: build.generateBundle },
    writeBundle: { order: 'post', handler: build.writeBundle },
  };
}

export default relup;

const renderHooks = ['renderChunk', 'resolveFileUrl', 'resolveImportMeta', 'banner', 'footer', 'intro', 'outro'] as const;

/** All plugins but this one. */
function others(plugins: unknown, outputs: readonly OutputOptions[] | null): Record<string, unknown>[] {
  return [plugins, outputs?.map(output => output.plugins)].flat(8).filter(plugin => plugin && (plugin as { name?: unknown }).name !== 'relup') as Record<string, unknown>[];
}

function describeOutput(output: OutputOptions): unknown {
  return [output.format, output.sourcemap ?? false, output.generatedCode ?? null, output.compact ?? false];
}

/** Plugins may keep their settings in closures, so the text of the configuration file stands for them. */
function configText(plugins: unknown): string {
  const names = [plugins].flat(8).map(plugin => (plugin as { name?: string } | null)?.name ?? '').join();
  const flag = process.argv.findIndex(argument => argument === '-c' || argument === '--config');
  const file = flag >= 0 ? process.argv[flag + 1] ?? 'rollup.config.js' : null;
  try {
    return file === null || file.startsWith('-') ? names : names + readFileSync(file, 'utf8');
  } catch {
    return names;
  }
}
