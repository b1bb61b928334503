/**
 * What relup uses of the runtime that Svelte's compiled components import. Svelte does not type it: it is not meant to be written by hand.
 */
declare module 'svelte/internal/client' {
  /** Symbol under which a function made by `hmr` has the signal of what it shows. */
  export const HMR: unique symbol;
  /** A component that mounts what its signal holds, and mounts anew when that changes. */
  export function hmr(component: (anchor: unknown, props: object) => unknown): object;
  export function set(signal: unknown, value: unknown): void;
}
