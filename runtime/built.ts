/**
 * What a build knows of itself, for the code that runs in it. The plugin answers with the build's own values when it loads this
 * file (plugin/built.ts); these hold without a build.
 */
export interface Built {
  /** Stamp of the engine in the store: what a page loads when there is something to do. Null: there is none. */
  readonly engine: string | null;
  /** URL of the store, relative to the page where the build's base is. */
  readonly store: string;
  /** Public keys that releases are checked with, raw, in base64. None check nothing. */
  readonly keys: readonly string[];
}

export const built: Built = { engine: null, store: 'relup/', keys: [] };
