/**
 * Reactive state of setup functions and composables that outlives the code that made it. The plugin rewrites `const count = ref(0)` to
 * `const count = kept("src/Counter.vue#setup.count", "ref number", () => ref(0))`: run again by an upgrade, it is the same ref.
 */

/** State of one instance by its place in the code, and the shape that its initialiser has there. */
export type Kept = Map<string, { readonly shape: string; readonly value: unknown }>;

interface Run {
  readonly before: Kept | null;
  readonly made: Kept;
}

/** The setup function that is running. */
let running: Run | null = null;

/** State that is there once for each run of a setup function. Outside one it is made anew. */
export function kept<T>(place: string, shape: string, make: () => T): T {
  if (running === null) return make();
  const { before, made } = running;
  let key = place;
  // A composable that is called twice.
  for (let index = 2; made.has(key); index++) key = `${place} ${index}`;
  const known = before?.get(key);
  const value = known?.shape === shape ? (known.value as T) : make();
  made.set(key, { shape, value });
  return value;
}

/** Run a setup function with the state of an earlier run. Answers what it returned and the state that it has. */
export function runKeeping<T>(before: Kept | null, setup: () => T): { readonly result: T; readonly made: Kept } {
  const outer = running;
  const made: Kept = new Map();
  running = { before, made };
  try {
    return { result: setup(), made };
  } finally {
    running = outer;
  }
}
