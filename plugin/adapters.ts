/**
 * Adapters of frameworks in production builds: each rewrites what the framework's own plugin emits, so that its components live
 * with upgrades in place. They run before relup's transform, on hot modules of builds for browsers, where the framework's plugin is used.
 */
import type { SourceMap } from 'magic-string';
import { reactAdapter } from './react.js';
import { svelteAdapter } from './svelte.js';
import { vueAdapter } from './vue.js';

export interface Adapter {
  /** Name of the framework. */
  readonly name: string;
  /** By the names of all plugins of the build. */
  isUsed(pluginNames: readonly string[]): boolean;
  /** What the framework's plugin has to do otherwise. Called once Vite's configuration is complete. Changes: options of the plugin. */
  configure?(plugins: readonly ConfiguredPlugin[], isServer: boolean): void;
  /**
   * Pure. Null for a module that is left as it is. Errors: PARSE.
   *
   * Shape: `code` is JavaScript; `id` is the module id; `readSource` answers the file that it was made of, or null.
   */
  rewrite(code: string, id: string, readSource: () => string | null): Rewritten | null;
}

export interface ConfiguredPlugin {
  readonly name: string;
  /** What the plugin offers to others. */
  readonly api?: unknown;
}

export interface Rewritten {
  readonly code: string;
  readonly map: SourceMap;
}

const adapters: readonly Adapter[] = [reactAdapter, svelteAdapter, vueAdapter];

/** The adapters that a build needs. */
export const adaptersOf = (pluginNames: readonly string[]): readonly Adapter[] => adapters.filter((adapter) => adapter.isUsed(pluginNames));
