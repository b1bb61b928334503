/**
 * `relup/svelte`: what the plugin writes into Svelte components, in builds with @sveltejs/vite-plugin-svelte. Nothing of it has to be called
 * by hand. A component whose code changed is mounted anew in its place, by the block that Svelte's own refresh uses, and its local
 * state goes on. docs/frameworks.md says what stays and what begins anew.
 */
import { flushSync } from 'svelte';
import { HMR, hmr, set } from 'svelte/internal/client';
import { dependentsOf } from './dependents.js';
import { runtime } from './main.js';
import type { Failure, Version } from './record.js';

type Mount = (anchor: unknown, props: object) => unknown;

/** State of one instance by name, and the shape that its initialiser has. */
type State = Map<string, { readonly shape: string; readonly value: unknown }>;

/** One mounted instance: its state, and the instances that it mounts while it is mounted itself, in their order. */
interface Instance {
  state: State;
  /** State by the function that made it: what a release left out, its rollback finds again. */
  readonly history: WeakMap<Mount, State>;
  children: readonly Child[];
}

interface Child {
  readonly component: Component;
  readonly instance: Instance;
}

interface Component {
  readonly module: string;
  readonly made: WeakMap<Version, Mount>;
  current: Mount;
  /** Mount all instances anew. */
  show(): void;
}

const components = new Map<string, Component>();
/** Svelte makes an object of properties for each instance and keeps it when the function is another one. */
const instances = new WeakMap<object, Instance>();
/** What is mounted now: its instance, what was in its place, and how many children of each component were found again. */
let mounting: { readonly before: Instance['children']; readonly found: Map<Component, number>; readonly children: Child[]; readonly state: State; readonly earlier: State } | null = null;

/**
 * The permanent function of a component.
 *
 * Shape:   `key` is the module's id.
 * Changes: nothing while an upgrade is prepared; its commit mounts instances anew.
 * Errors:  COMPONENT, from the commit, if the new code throws while it is mounted: the commit is taken back.
 */
export function component<T extends Mount>(key: string, mount: T): T {
  const record = runtime.upcoming?.get(key) ?? runtime.records.get(key);
  const version = record?.pending ?? record?.current;
  const known = components.get(key);
  if (known) {
    if (version) known.made.set(version, mount);
    return shells.get(known) as T;
  }
  const made: Component = { module: key, made: new WeakMap(version ? [[version, mount]] : []), current: mount, show: () => {} };
  const shell = hmr(through(made)) as Mount & Record<typeof HMR, { readonly current: unknown }>;
  // Another function makes Svelte mount anew, whatever it is.
  made.show = () => void set(shell[HMR].current, through(made));
  components.set(key, made);
  shells.set(made, shell);
  (runtime.settling ??= new Set()).add(settle);
  return shell as unknown as T;
}

const shells = new WeakMap<Component, Mount>();

/** A function that mounts what is current. */
const through = (component: Component): Mount => (anchor, props) => mountInstance(component, anchor, props);

function mountInstance(component: Component, anchor: unknown, props: object): unknown {
  const { current } = component;
  const instance = instances.get(props) ?? succeed(component) ?? { state: new Map(), history: new WeakMap(), children: [] };
  instances.set(props, instance);
  mounting?.children.push({ component, instance });
  const outer = mounting;
  const own = (mounting = { before: instance.children, found: new Map(), children: [], state: new Map(), earlier: new Map([...(instance.history.get(current) ?? []), ...instance.state]) });
  try {
    const result = current(anchor, props);
    instance.state = own.state;
    instance.children = own.children;
    instance.history.set(current, own.state);
    return result;
  } finally {
    mounting = outer;
  }
}

/** The instance that was in the place, where a parent is mounted anew. */
function succeed(component: Component): Instance | null {
  if (!mounting) return null;
  const { before, found } = mounting;
  const index = found.get(component) ?? 0;
  found.set(component, index + 1);
  const child = before.filter((each) => each.component === component)[index];
  return child ? { ...child.instance, history: new WeakMap() } : null;
}

/** Local state that is there once for each instance. */
export function kept<T>(name: string, shape: string, make: () => T): T {
  if (!mounting) return make();
  const known = mounting.earlier.get(name);
  const value = known?.shape === shape ? (known.value as T) : make();
  mounting.state.set(name, { shape, value });
  return value;
}

/** Mount what changed anew, and what uses something that changed. */
function settle(changed: ReadonlySet<string>): Failure | null {
  const users = dependentsOf(runtime.records, changed, (id) => components.has(id));
  const shown = [...components.values()].filter(({ module }) => users.has(module));
  for (const each of shown) {
    each.current = each.made.get(runtime.records.get(each.module)?.current as Version) ?? each.current;
    each.show();
  }
  try {
    flushSync();
    return null;
  } catch (error) {
    return { module: shown[0]?.module ?? '', error };
  }
}
