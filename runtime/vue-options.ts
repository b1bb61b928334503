/**
 * Components of the Options API. Vue binds methods, computed values and hooks to an instance once, so a shell gives it functions that ask
 * for the newest ones; data is the instance's own and stays. What a new definition adds is given to mounted instances; mixins and
 * `extends` are those of the definition that an instance was mounted with.
 */
import { computed, type ComponentInternalInstance, type ComponentPublicInstance } from 'vue';
import { runWithin } from './vue-instance.js';

type Functions = Record<string, unknown>;
type Callable = (this: unknown, ...args: unknown[]) => unknown;
type Options = Readonly<Record<string, unknown>>;

/** Options that Vue calls for an instance. */
const hooks = ['beforeCreate', 'created', 'beforeMount', 'mounted', 'beforeUpdate', 'updated', 'activated', 'deactivated', 'beforeUnmount', 'unmounted', 'errorCaptured', 'renderTracked', 'renderTriggered', 'serverPrefetch'];

/** The definition that counts, and a read that Vue tracks of which it is. */
export interface Newest {
  definition(): Options;
  track(): void;
}

const isFunction = (value: unknown): value is Callable => typeof value === 'function';

const functionsOf = (options: Options, name: string): Functions => (options[name] ?? {}) as Functions;

/** Options with functions that call those of the newest definition. */
export function forwardOptions(options: Options, newest: Newest): Record<string, unknown> {
  const forwarded: Record<string, unknown> = { ...options };
  if (options['methods']) forwarded['methods'] = mapValues(functionsOf(options, 'methods'), (_, name) => forward(newest, 'methods', name));
  if (options['computed']) forwarded['computed'] = mapValues(functionsOf(options, 'computed'), (own, name) => forwardComputed(own, newest, name));
  if (options['watch']) forwarded['watch'] = mapValues(functionsOf(options, 'watch'), (own, name) => forwardWatch(own, newest, name));
  for (const name of hooks) if (isFunction(options[name])) forwarded[name] = forward(newest, null, name);
  return forwarded;
}

const mapValues = (object: Functions, map: (value: unknown, name: string) => unknown): Functions => Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value, name)]));

function forward(newest: Newest, group: string | null, name: string): Callable {
  return function (...args) {
    const options = newest.definition();
    const called = group === null ? options[name] : functionsOf(options, group)[name];
    return isFunction(called) ? called.apply(this, args) : undefined;
  };
}

/** A computed value that has become another one is computed again. */
function forwardComputed(own: unknown, newest: Newest, name: string): unknown {
  const find = (): unknown => functionsOf(newest.definition(), 'computed')[name];
  const get: Callable = function (...args) {
    newest.track();
    const now = find();
    const getter = isFunction(now) ? now : (now as { get?: Callable } | undefined)?.get;
    return getter?.apply(this, args);
  };
  if (isFunction(own)) return get;
  const set: Callable = function (...args) {
    return (find() as { set?: Callable } | undefined)?.set?.apply(this, args);
  };
  return { ...(own as object), get, set };
}

/** Strings name methods, which are forwarded already. */
function forwardWatch(own: unknown, newest: Newest, name: string): unknown {
  const called: Callable = function (...args) {
    const now = functionsOf(newest.definition(), 'watch')[name];
    const handler = isFunction(now) ? now : (now as { handler?: unknown } | undefined)?.handler;
    return isFunction(handler) ? handler.apply(this, args) : undefined;
  };
  if (isFunction(own)) return called;
  return isFunction((own as { handler?: unknown } | null)?.handler) ? { ...(own as object), handler: called } : own;
}

/** Give an instance what a definition has and the one before had not. Its data stays. */
export function addOptions(instance: ComponentInternalInstance, before: Options, forwarded: Options): void {
  const proxy = instance.proxy as ComponentPublicInstance & Record<string, unknown>; // it is mounted
  const added = (group: string): [string, unknown][] => Object.entries(functionsOf(forwarded, group)).filter(([name]) => !Object.hasOwn(functionsOf(before, group), name));
  runWithin(instance, () => {
    for (const [name, method] of added('methods')) proxy[name] = (method as Callable).bind(proxy);
    for (const [name, option] of added('computed')) defineComputed(proxy, name, option);
    addData(proxy, forwarded['data']);
    for (const [name, option] of added('watch')) if (isFunction(option)) proxy.$watch(name, option);
  });
  const { components } = instance as unknown as { components: object | null };
  if (components && forwarded['components']) Object.assign(components, forwarded['components']);
}

function defineComputed(proxy: ComponentPublicInstance, name: string, option: unknown): void {
  const { get, set } = isFunction(option) ? { get: option, set: undefined } : (option as { get: Callable; set?: Callable });
  const value = computed({ get: () => get.call(proxy, proxy), set: (next) => void set?.call(proxy, next) });
  Object.defineProperty(proxy, name, { configurable: true, enumerable: true, get: () => value.value, set: (next: unknown) => (value.value = next) });
}

function addData(proxy: ComponentPublicInstance, data: unknown): void {
  if (!isFunction(data)) return;
  const own = proxy.$data as Record<string, unknown>;
  for (const [name, value] of Object.entries(data.call(proxy, proxy) as object)) if (!Object.hasOwn(own, name)) own[name] = value;
}
