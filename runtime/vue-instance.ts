/**
 * What relup needs of a mounted Vue component beyond Vue's documented API, in one place. Vue has no call that takes a lifecycle hook back
 * or runs code for an instance from outside, so its lists of hooks are read and replaced; their names have been the same since 3.0.
 */
import { onServerPrefetch, type ComponentInternalInstance } from 'vue';

/** Lists of lifecycle hooks by their names on an instance: bm is onBeforeMount, um onUnmounted, ec onErrorCaptured, and so on. */
const lists = ['bm', 'm', 'bu', 'u', 'bum', 'um', 'a', 'da', 'rtg', 'rtc', 'ec', 'sp'] as const;

type ListName = (typeof lists)[number];
type HookCall = () => unknown;

export type Hooks = Partial<Record<ListName, readonly HookCall[]>>;

type Lists = Record<ListName, HookCall[] | null | undefined>;

const listsOf = (instance: ComponentInternalInstance): Lists => instance as unknown as Lists;

/** The hooks that an instance has now. */
export function hooksOf(instance: ComponentInternalInstance): Hooks {
  const own = listsOf(instance);
  const hooks: Hooks = {};
  for (const name of lists) {
    const list = own[name];
    if (list?.length) hooks[name] = [...list];
  }
  return hooks;
}

/** Take hooks from an instance; those of others stay. */
export function removeHooks(instance: ComponentInternalInstance, hooks: Hooks): void {
  const own = listsOf(instance);
  for (const name of lists) {
    const gone = hooks[name];
    if (gone) own[name] = own[name]?.filter((hook) => !gone.includes(hook)) ?? null;
  }
}

/** Give hooks to an instance, in front of those that it has. */
export function addHooks(instance: ComponentInternalInstance, hooks: Hooks): void {
  const own = listsOf(instance);
  for (const name of lists) {
    const added = hooks[name];
    if (added) own[name] = [...added, ...(own[name] ?? [])];
  }
}

export function runHooks(hooks: readonly HookCall[] | undefined): void {
  for (const hook of hooks ?? []) hook();
}

/**
 * Run something as Vue runs a setup function: the instance is the current one, and what it reads is not tracked.
 *
 * Errors: those of `work`.
 */
export function runWithin<T>(instance: ComponentInternalInstance, work: () => T): T {
  const own = listsOf(instance);
  const before = own.sp;
  let outcome: { readonly value: T } | { readonly error: unknown } | null = null;
  own.sp = [];
  onServerPrefetch(() => {
    try {
      outcome = { value: work() };
    } catch (error) {
      // Vue would hand it to the application's handler.
      outcome = { error };
    }
  }, instance);
  const [run] = own.sp;
  own.sp = before;
  run?.();
  const done = outcome as { readonly value: T } | { readonly error: unknown } | null;
  if (done === null) throw new Error('This version of Vue does not run hooks for an instance.');
  if ('error' in done) throw done.error;
  return done.value;
}

/** Whether a `<KeepAlive>` above decides when the instance is active. */
export function isKeptAlive({ parent }: ComponentInternalInstance): boolean {
  for (let above = parent; above; above = above.parent) if ((above.type as { __isKeepAlive?: boolean }).__isKeepAlive) return true;
  return false;
}

/** Vue remembers what it made of a component's declarations, by the component object. */
export function forgetDeclarations({ appContext }: ComponentInternalInstance, component: object): void {
  const { propsCache, emitsCache, optionsCache } = appContext as unknown as Record<string, WeakMap<object, unknown> | undefined>;
  for (const cache of [propsCache, emitsCache, optionsCache]) cache?.delete(component);
}

/** Template refs by name; the next render fills them. Vue cannot declare one a second time. */
export function forgetRefs(instance: ComponentInternalInstance): void {
  instance.refs = {};
}

/** Values that an instance provides itself; null if it provides nothing. */
export function providedBy(instance: ComponentInternalInstance): Record<PropertyKey, unknown> | null {
  const { provides, parent, appContext } = instance as unknown as { provides: Record<PropertyKey, unknown>; parent: { provides: object } | null; appContext: { provides: object } };
  return provides === (parent?.provides ?? appContext.provides) ? null : provides;
}

/** Let `key` be told apart from what a new render makes in the place: the instance is mounted anew when its parent is rendered. */
export function replaceOnRender(instance: ComponentInternalInstance): void {
  instance.vnode.key = Symbol('relup');
}
