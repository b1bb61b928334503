/**
 * Components that stay the same object in all releases. Vue is given a shell that holds the newest definition and whose setup and render
 * functions ask which definition an instance runs: that changes only while an upgrade is committed; see vue-refresh.ts.
 */
import { createCommentVNode, effectScope, getCurrentInstance, onScopeDispose, shallowRef, triggerRef, type ComponentInternalInstance, type EffectScope, type ShallowRef } from 'vue';
import type { Failure, Version } from './record.js';
import { compareAll, isComparing } from './vue-diff.js';
import { hooksOf, type Hooks } from './vue-instance.js';
import { runKeeping, type Kept } from './vue-kept.js';
import { forwardOptions } from './vue-options.js';
import { createView } from './vue-view.js';

export type Render = (this: unknown, ...args: unknown[]) => unknown;
type Setup = (props: object, context: object) => unknown;

/** What a module's body made: the options of a component. */
export interface Definition extends Record<string, unknown> {
  readonly setup?: Setup;
  readonly render?: Render;
  readonly inheritAttrs?: boolean;
}

/** A definition and the text that decides whether setup functions of two definitions are the same. */
export interface Made {
  readonly definition: Definition;
  readonly script: string;
  /** Makes what templates of its instances read; made for the first one. */
  view?: (bindings: Record<string, unknown>) => object;
}

export interface Component {
  /** `moduleId#name`. */
  readonly key: string;
  readonly module: string;
  /** What Vue knows, for ever. */
  readonly shell: Definition;
  /** By the version of the module whose body made it. */
  readonly made: WeakMap<Version, Made>;
  /** What the shell holds. */
  current: Made;
  readonly instances: Set<Live>;
  /** What its computed options depend on besides what they read. */
  readonly tick: ShallowRef<number>;
}

/** Make a component of its first definition. */
export function createComponent(key: string, module: string, made: Made): Component {
  const component: Component = { key, module, shell: {}, made: new WeakMap(), current: made, instances: new Set(), tick: shallowRef(0) };
  fillShell(component, made);
  return component;
}

/** One mounted instance. */
export interface Live {
  readonly component: Component;
  readonly instance: ComponentInternalInstance;
  readonly props: object;
  readonly context: object;
  /** The definition that it runs. */
  made: Made;
  setup: SetUp;
  /** What setup returned as bindings: Vue holds it. Null if it returned nothing or a render function. */
  readonly bindings: Record<PropertyKey, unknown> | null;
  /** What the template reads of them. Null where that is what Vue hands over. */
  view: object | null;
  /** State by the definition that had it: what a release left out, its rollback finds again. */
  history: WeakMap<Made, Kept> | null;
  /** Its last render threw. */
  failed: boolean;
  /** The number of the refresh that rendered it. */
  rendered: number;
}

/** What one run of a setup function made. */
export interface SetUp {
  readonly scope: EffectScope;
  readonly hooks: Hooks;
  readonly kept: Kept;
  readonly result: unknown;
  /** The render function that it returned, if it did. */
  readonly render: Render | null;
}

const lives = new WeakMap<ComponentInternalInstance, Live>();

/** State for the instances that take the place of others; see vue-refresh.ts. */
export const successions: { readonly component: Component; readonly parent: ComponentInternalInstance | null; readonly key: unknown; readonly kept: Kept }[] = [];

/** What went wrong while an upgrade was rendered; null while none is. */
export const failures: { list: Failure[] | null; refresh: number } = { list: null, refresh: 0 };

/** Make the shell hold a definition. */
export function fillShell(component: Component, made: Made): void {
  const { shell, tick } = component;
  const { definition } = made;
  for (const key of Reflect.ownKeys(shell)) Reflect.deleteProperty(shell, key);
  Object.assign(shell, forwardOptions(definition, { definition: () => component.current.definition, track: () => void tick.value }), { setup: (props: object, context: object) => setUp(component, props, context) });
  if (definition.render) Object.assign(shell, { render: renderShell });
  component.current = made;
  triggerRef(tick);
}

/** Run the setup function of a definition for an instance that is the current one, in a scope of its own. Errors: what it throws. */
export function runSetup({ instance, props, context }: Pick<Live, 'instance' | 'props' | 'context'>, { definition: { setup } }: Made, before: Kept | null): SetUp {
  const scope = effectScope();
  const earlier = instance.isMounted ? hooksOf(instance) : null;
  try {
    const { result, made: kept } = runKeeping(before, () => scope.run(() => setup?.(props, context)));
    return { scope, kept, result, hooks: earlier ? without(hooksOf(instance), earlier) : hooksOf(instance), render: typeof result === 'function' ? (result as Render) : null };
  } catch (error) {
    scope.stop();
    throw error;
  }
}

const without = (hooks: Hooks, earlier: Hooks): Hooks =>
  Object.fromEntries(Object.entries(hooks).map(([name, list]) => [name, list.filter((hook) => !earlier[name as keyof Hooks]?.includes(hook))]));

/** The setup function of all shells. */
function setUp(component: Component, props: object, context: object): unknown {
  const instance = getCurrentInstance() as ComponentInternalInstance; // Vue runs setup for one
  const made = component.current;
  const place = successions.length === 0 ? -1 : successions.findIndex((each) => each.component === component && each.parent === instance.parent && each.key === instance.vnode.key);
  const successor = place < 0 ? undefined : successions.splice(place, 1)[0];
  let setup: SetUp;
  try {
    setup = runSetup({ instance, props, context }, made, successor?.kept ?? null);
  } catch (error) {
    if (!failures.list) throw error;
    failures.list.push({ module: component.module, error });
    return () => createCommentVNode();
  }
  const { result } = setup;
  const live: Live = {
    component, instance, props, context, made, setup, failed: false, rendered: failures.refresh,
    bindings: result !== null && typeof result === 'object' && !isPromise(result) ? (result as Live['bindings']) : null,
    view: null,
    history: null,
  };
  live.view = viewOf(live);
  lives.set(instance, live);
  component.instances.add(live);
  onScopeDispose(() => component.instances.delete(live));
  return setup.render ? (...args: unknown[]) => renderLive(live, undefined, args) : result;
}

/** Only for what single-file components return: what people write themselves may be more than an object of bindings. */
export function viewOf({ bindings, made }: Pick<Live, 'bindings' | 'made'>): object | null {
  if (!bindings || !Object.hasOwn(bindings, '__isScriptSetup')) return null;
  return (made.view ??= createView(Object.keys(bindings)))(bindings as Record<string, unknown>);
}

export const isPromise = (value: unknown): boolean => typeof (value as { then?: unknown } | null)?.then === 'function';

/** The render function of all shells. */
const renderShell: Render = function (...args) {
  const { $: instance } = args[0] as { $: ComponentInternalInstance };
  const live = lives.get(instance);
  if (live?.view) args[3] = live.view;
  return live ? renderLive(live, this, args) : (instance.type as Definition).render?.apply(this, args);
};

function renderLive(live: Live, self: unknown, args: unknown[]): unknown {
  const render = live.setup.render ?? live.made.definition.render;
  if (!isComparing()) {
    live.failed = true;
    const tree = render?.apply(self, args);
    live.failed = false;
    return tree;
  }
  live.rendered = failures.refresh;
  // What another render function has cached.
  (args[1] as unknown[]).length = 0;
  try {
    const tree = compareAll(render?.apply(self, args));
    live.failed = false;
    return tree;
  } catch (error) {
    if (live.failed || !failures.list) {
      live.failed = true;
      throw error;
    }
    failures.list.push({ module: live.component.module, error });
    // The commit is taken back: what is shown stays.
    return live.instance.subTree ?? createCommentVNode();
  }
}
