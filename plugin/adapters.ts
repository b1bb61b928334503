/**
 * Adapters of frameworks in production builds: each rewrites what the framework's own plugin emits, so that its components live
 * with upgrades in place. They run before relup's transform, on hot modules of builds for browsers, where the framework's plugin is used.
 */
import type { SourceMap } from 'magic-string';
import { reactAdapter } from './react.js';

export interface Adapter {
  /** Name of the framework. */
  readonly name: string;
  /** By the names of all plugins of the build. */
  isUsed(pluginNames: readonly string[]): boolean;
  /** Pure. Null for a module that is left as it is. Shape: `code` is JavaScript; `id` is the module id. Errors: PARSE. */
  rewrite(code: string, id: string): Rewritten | null;
}

export interface Rewritten {
  readonly code: string;
  readonly map: SourceMap;
}

const adapters: readonly Adapter[] = [reactAdapter];

/** The adapters that a build needs. */
export const adaptersOf = (pluginNames: readonly string[]): readonly Adapter[] => adapters.filter((adapter) => adapter.isUsed(pluginNames));
