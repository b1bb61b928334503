/**
 * The end of each commit: all mounted instances become what the current definitions say, in one synchronous turn, with their state and
 * the elements that they show. What throws takes the commit back, and then the same brings them back.
 */
import { onErrorCaptured, queuePostFlushCb, triggerRef, type ComponentInternalInstance } from 'vue';
import { dependentsOf } from './dependents.js';
import { runtime } from './main.js';
import type { Failure, Version } from './record.js';
import { failures, fillShell, isPromise, runSetup, successions, viewOf, type Component, type Live, type Made, type SetUp } from './vue-component.js';
import { comparing } from './vue-diff.js';
import { addHooks, forgetDeclarations, forgetRefs, isKeptAlive, providedBy, removeHooks, replaceOnRender, runHooks, runWithin } from './vue-instance.js';
import type { Kept } from './vue-kept.js';
import { addOptions } from './vue-options.js';

/** What an upgrade makes of one instance. */
interface Step {
  readonly live: Live;
  readonly made: Made;
  /** Null: its state stays as it is, only what it shows is new. */
  readonly setup: SetUp | null;
  /** Mounted anew, because what its parent hands over is declared otherwise, or because setup takes its time. */
  readonly isRemount: boolean;
  takeBack(): void;
}

/**
 * Bring components to the versions of their modules that are current now.
 *
 * Changes: shells, instances, the page.
 * Shape:   answers what threw; instances may be halfway then, so this has to be called again once the versions before are current.
 */
export function refresh(components: Iterable<Component>, changed: ReadonlySet<string>): Failure | null {
  const all = [...components];
  const upgraded = all.filter((component) => versionOf(component) !== component.current);
  const modules = new Set(all.map(({ module }) => module));
  const users = dependentsOf(runtime.records, changed, (id) => modules.has(id));
  const composables = dependentsOf(runtime.records, [...changed].filter(hasComposables), (id) => modules.has(id));
  const shown = all.filter(({ module }) => users.has(module)).flatMap(({ instances }) => [...instances]);
  const steps: Step[] = [];
  const refused = prepareSteps(all, composables, steps);
  if (refused) return refused;
  const reshaped = new Set(upgraded.filter((component) => shapeOf(versionOf(component)) !== shapeOf(component.current)));
  for (const component of upgraded) fillShell(component, versionOf(component));
  for (const component of all) if (users.has(component.module)) triggerRef(component.tick);
  for (const step of steps) take(step, reshaped.has(step.live.component));
  return show(new Set([...steps.map(({ live }) => live), ...shown].filter(({ instance }) => instance.isMounted)), steps);
}

const versionOf = ({ module, made, current }: Component): Made => made.get(runtime.records.get(module)?.current as Version) ?? current;

/** A changed composable has made what instances of unchanged components hold. */
function hasComposables(id: string): boolean {
  return Object.keys(runtime.records.get(id)?.current.table ?? {}).some((name) => /^use[A-Z]/.test(name));
}

/** What Vue derives from a definition once for all its instances. */
const shapeOf = ({ definition: { props, emits } }: Made): string =>
  JSON.stringify([props, emits], (_, value: unknown) => (typeof value === 'function' ? String(value) : value)) ?? '';

/** Run new setup functions off to the side. After a failure none of them has had an effect. */
function prepareSteps(components: readonly Component[], composables: ReadonlySet<string>, steps: Step[]): Failure | null {
  for (const component of components) {
    const made = versionOf(component);
    for (const live of component.instances) {
      const isNew = live.made !== made;
      if (!isNew && !composables.has(component.module)) continue;
      try {
        steps.push(prepareStep(live, made, isNew && live.made.script === made.script));
      } catch (error) {
        for (const step of steps) step.takeBack();
        return { module: component.module, error };
      }
    }
  }
  return null;
}

function prepareStep(live: Live, made: Made, isTemplateOnly: boolean): Step {
  const { instance, context } = live;
  const isRemount = shapeOf(made) !== shapeOf(live.made) && canRemount(instance);
  if (isTemplateOnly || isRemount || !(live.made.definition.setup || made.definition.setup)) return { live, made, setup: null, isRemount, takeBack() {} };
  if (isAsync(made.definition.setup) || isPromise(live.setup.result)) return { live, made, setup: null, isRemount: canRemount(instance), takeBack() {} };
  const provided = providedBy(instance);
  const before = { provided: provided && { ...provided }, exposed: instance.exposed, refs: instance.refs };
  forgetRefs(instance);
  try {
    const setup = runWithin(instance, () => runSetup({ instance, props: live.props, context }, made, stateFor(live, made)));
    removeHooks(instance, setup.hooks);
    return { live, made, setup, isRemount: false, takeBack: () => (setup.scope.stop(), restore(instance, before)) };
  } catch (error) {
    restore(instance, before);
    throw error;
  }
}

const isAsync = (setup: unknown): boolean => Object.prototype.toString.call(setup) === '[object AsyncFunction]';

/** A root has no parent that could render it anew, and `<KeepAlive>` gives back what it keeps. */
const canRemount = ({ parent }: ComponentInternalInstance): boolean => parent !== null && !(parent.type as { __isKeepAlive?: boolean }).__isKeepAlive;

function restore(instance: ComponentInternalInstance, { provided, exposed, refs }: { provided: Record<PropertyKey, unknown> | null; exposed: ComponentInternalInstance['exposed']; refs: ComponentInternalInstance['refs'] }): void {
  const now = providedBy(instance);
  if (now) {
    for (const key of Reflect.ownKeys(now)) delete now[key];
    Object.assign(now, provided);
  }
  instance.exposed = exposed;
  instance.refs = refs;
}

/** The state that an instance has, and what it had when it ran that definition before. */
function stateFor(live: Live, made: Made): Kept {
  return new Map([...(live.history?.get(made) ?? []), ...live.setup.kept]);
}

/** Let an instance run its new definition. What it shows is still the old one's. */
function take({ live, made, setup, isRemount }: Step, isReshaped: boolean): void {
  const { instance, component } = live;
  if (isReshaped) forgetDeclarations(instance, component.shell);
  if (isRemount) {
    successions.push({ component, parent: instance.parent, key: instance.vnode.key, kept: stateFor(live, made) });
    return replaceOnRender(instance);
  }
  live.history ??= new WeakMap([[live.made, live.setup.kept]]);
  if (live.made !== made) addOptions(instance, live.made.definition, component.shell);
  live.made = made;
  Object.assign(instance, { inheritAttrs: made.definition.inheritAttrs });
  if (!setup) return;
  const isActive = !instance.isDeactivated && isKeptAlive(instance);
  const old = live.setup;
  if (isActive) runHooks(old.hooks.da);
  runHooks(old.hooks.bum);
  old.scope.stop();
  runHooks(old.hooks.um);
  removeHooks(instance, old.hooks);
  addHooks(instance, setup.hooks);
  live.setup = setup;
  live.history.set(made, setup.kept);
  if (live.bindings && setup.result && typeof setup.result === 'object') replaceContents(live.bindings, setup.result as Record<PropertyKey, unknown>);
  live.view = viewOf(live);
  runHooks(setup.hooks.bm);
}

/** Vue and others hold the object. */
function replaceContents(object: Record<PropertyKey, unknown>, contents: Record<PropertyKey, unknown>): void {
  for (const key of Reflect.ownKeys(object)) if (!Object.hasOwn(contents, key)) Reflect.deleteProperty(object, key);
  for (const key of Reflect.ownKeys(contents)) Reflect.defineProperty(object, key, Object.getOwnPropertyDescriptor(contents, key) as PropertyDescriptor); // the key is its own
}

/** Render what changed, parents first, and tell the new hooks. */
function show(affected: ReadonlySet<Live>, steps: readonly Step[]): Failure | null {
  const failed: Failure[] = (failures.list = []);
  const refreshed = ++failures.refresh;
  const parents = new Set(steps.flatMap(({ live: { instance }, isRemount }) => (isRemount && instance.parent ? [instance.parent] : [])));
  try {
    comparing(() => {
      for (const live of [...affected].sort((a, b) => a.instance.uid - b.instance.uid)) {
        if (live.rendered !== refreshed && !live.instance.isUnmounted) live.instance.update();
      }
      for (const parent of parents) if (!parent.isUnmounted) parent.update();
    });
  } finally {
    failures.list = null;
    successions.length = 0;
  }
  const [failure] = failed;
  if (failure) return failure;
  for (const { live, setup } of steps) {
    if (!setup || live.instance.isUnmounted) continue;
    if (setup.hooks.m) queuePostFlushCb([...setup.hooks.m] as never);
    if (setup.hooks.a && !live.instance.isDeactivated && isKeptAlive(live.instance)) queuePostFlushCb([...setup.hooks.a] as never);
  }
  for (const { instance } of affected) watchErrors(instance.root);
  return null;
}

const watched = new WeakSet<ComponentInternalInstance>();

/** Vue catches what event handlers, watchers and later renders throw; during a probation it counts. The application's own handlers hear it as before. */
function watchErrors(root: ComponentInternalInstance): void {
  if (watched.has(root)) return;
  watched.add(root);
  onErrorCaptured((error) => void runtime.follower?.upgrader.reportError(error), root);
}
