/**
 * `relup/vue`: what the plugin writes into modules with Vue components, in builds with @vitejs/plugin-vue. Nothing of it has to be called
 * by hand. docs/frameworks.md says what stays and what begins anew.
 */
import { computed as makeComputed, createStaticVNode as makeStatic, getCurrentInstance, shallowRef, triggerRef, type ComponentInternalInstance, type ComputedRef, type ShallowRef, type VNode } from 'vue';
import { dependentsOf } from './dependents.js';
import { runtime } from './main.js';
import type { Failure, Version } from './record.js';
import { createComponent, type Component, type Definition, type Made } from './vue-component.js';
import { refresh } from './vue-refresh.js';

export { kept } from './vue-kept.js';

const components = new Map<string, Component>();

/**
 * The permanent object of a component.
 *
 * Shape:   `key` is the module's id, with `#name` for what is no default export; `script` tells definitions apart whose setup function
 *          would do something else.
 * Changes: nothing while an upgrade is prepared; its commit brings mounted instances to the new definition.
 * Errors:  COMPONENT, from the commit, if the new setup function or the first render throws: the commit is taken back.
 */
export function component<T extends object>(key: string, definition: T, script: string): T {
  const module = key.split('#')[0] as string; // split() answers one text at least
  const record = runtime.upcoming?.get(module) ?? runtime.records.get(module);
  const version: Version | undefined = record?.pending ?? record?.current;
  const made: Made = { definition: definition as Definition, script };
  let known = components.get(key);
  if (!known) {
    components.set(key, (known = createComponent(key, module, made)));
    (runtime.settling ??= new Set()).add(settle);
  }
  if (version) known.made.set(version, made);
  return known.shell as T;
}

/** The options of a single-file component from its script and its other parts, as plugin-vue would put them together. */
export function definition(script: object, parts: readonly (readonly [string, unknown])[]): object {
  return Object.assign((script as { __vccOpts?: object }).__vccOpts ?? script, Object.fromEntries(parts));
}

/** By module id: what computed values of it depend on besides what they read. */
const ticks = new Map<string, ShallowRef<number>>();

/** `computed()` of Vue, computed again when code that it may call has changed. */
export function computed<T>(module: string, ...args: readonly unknown[]): ComputedRef<T> {
  let tick = ticks.get(module);
  if (!tick) ticks.set(module, (tick = shallowRef(0)));
  (runtime.settling ??= new Set()).add(settle);
  const [source, ...rest] = args as [((before?: T) => T) | { get(before?: T): T; set(value: T): void }, ...unknown[]];
  const reading = tick;
  const get = typeof source === 'function' ? source : source.get;
  const getter = (before?: T): T => {
    void reading.value;
    return get(before);
  };
  return typeof source === 'function' ? makeComputed(getter, ...(rest as [])) : makeComputed({ get: getter, set: source.set }, ...(rest as []));
}

const statics = new WeakMap<ComponentInternalInstance, Map<string, VNode>>();

/**
 * `createStaticVNode()` of Vue. In production Vue takes any two stretches of static HTML for the same; so a stretch has its text as
 * its key, and is the same node for as long as the text is.
 */
export function createStaticVNode(content: string, count: number): VNode {
  const instance = getCurrentInstance();
  const known = instance && statics.get(instance)?.get(content);
  if (known) return known;
  const vnode = makeStatic(content, count);
  vnode.key = content;
  if (!instance) return vnode;
  const own = statics.get(instance);
  if (own) own.set(content, vnode);
  else statics.set(instance, new Map([[content, vnode]]));
  return vnode;
}

function settle(changed: ReadonlySet<string>): Failure | null {
  for (const id of dependentsOf(runtime.records, changed, () => false)) {
    const tick = ticks.get(id);
    if (tick) triggerRef(tick);
  }
  return refresh(components.values(), changed);
}
