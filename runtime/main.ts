/**
 * What a bundle imports: one runtime for the realm, and `define` for its modules. It has no imports once built,
 * so that it is evaluated before every module, whatever the chunks.
 */
import { createRuntime, defineModule } from './core.js';
import { hotOf } from './hot.js';
import type { Dynamic, Factory, Link } from './protocol.js';
import type { ModuleRecord, Runtime, Version } from './record.js';

/** The application's runtime. */
export const runtime: Runtime = createRuntime({
  now: () => performance.now(),
  schedule: (task) => void setTimeout(task),
  importCold: (specifier, options) => import(/* @vite-ignore */ specifier, options as ImportCallOptions),
});

/** Called by emitted code only; see `defineModule`. */
export const define = (id: string, link: Link, factory: Factory, requests: Version['requests'], dynamic: Dynamic, meta: object, stamp?: string): ModuleRecord =>
  defineModule(runtime, id, link, factory, requests, dynamic, meta, stamp);

/** The same for modules that use `import.meta.hot`: bundles without one do not carry what that takes. */
export const defineHot: typeof define = (...parts) => {
  runtime.hotOf ??= hotOf;
  return define(...parts);
};
