/**
 * Evaluation in the order of the engine: ECMA-262 16.2.1.6.1.3 "Evaluate" for graphs with top-level await and cycles.
 * In a bundle every module starts at the place where the bundler put it (post-order, like the engine); artifacts and
 * lazy modules are walked from their root. Only `runBody` here executes a module body.
 */
import { hotRequest } from './bindings.js';
import { instantiate } from './link.js';
import type { Runtime, Version } from './record.js';

// A module may replace the globals; evaluation goes on with the engine's own.
const NativePromise = Promise;
const { resolve: resolvePromise, reject: rejectPromise } = Promise;
const { then: thenPromise } = Promise.prototype;

const isStarted = (version: Version): boolean => version.status !== 'defined' && version.status !== 'linked';

/** Hot versions that a version requests, in source order. */
function dependencies(version: Version): Version[] {
  const found: Version[] = [];
  for (let index = 0; index < version.requests.length; index++) {
    const hot = hotRequest(version, index);
    if (hot) found.push(hot);
  }
  return found;
}

/** Whether `from` leads to `to` through modules that have not started. */
function leadsTo(from: Version, to: Version, seen = new Set<Version>()): boolean {
  if (from === to) return true;
  if (seen.has(from) || isStarted(from)) return false;
  seen.add(from);
  return dependencies(from).some((next) => leadsTo(next, to, seen));
}

/**
 * Run a module whose dependencies have had their turn. A dependency that has not is an ancestor in a cycle; where the
 * order is a bundler's (`ordered` false) it may also be in a chunk that comes later, and is run first.
 *
 * Errors: what the body throws, now and at every later start (16.2.1.6.1.3, step "evaluationError").
 */
export function start(version: Version, ordered = false): void {
  if (version.failure) throw version.failure.error;
  if (isStarted(version)) return;
  instantiate(version);
  version.status = 'evaluating';
  const { runtime } = version.record;
  const ancestors = (version.ancestors = new Set<Version>());
  try {
    for (const required of dependencies(version)) {
      if (!(ordered && !required.live) && !isStarted(required) && !leadsTo(required, version)) start(required);
      if (required !== version) awaitDependency(version, required);
    }
    closeCycles(runtime, version, ancestors);
    if (version.pendingDependencies > 0 || version.link.a) {
      version.asyncOrder = ++runtime.asyncCount;
      version.status = 'waiting';
      if (version.pendingDependencies === 0) runAsync(version);
    } else {
      runSync(version);
    }
  } catch (error) {
    // 16.2.1.6.1.3 Evaluate, step 9: everything on the stack, that is every open component, fails with it.
    for (const open of runtime.open) {
      open.ancestors = null;
      fail(open, error);
    }
    runtime.open.clear();
    fail(version, error);
    throw error;
  }
}

/** InnerModuleEvaluation, step 11.c: what one required module means for the one that requires it. */
function awaitDependency(version: Version, required: Version): void {
  const ancestors = version.ancestors as Set<Version>; // set by start
  if (!isStarted(required)) return void ancestors.add(required);
  if (required.ancestors) for (const ancestor of required.ancestors) ancestors.add(ancestor);
  const awaited = required.ancestors ? required : (required.cycleRoot ?? required);
  if (awaited.failure) throw awaited.failure.error;
  if (awaited.status === 'waiting') {
    version.pendingDependencies++;
    awaited.asyncParents.push(version);
  }
}

/** Find out which strongly connected components are complete now that `version` has its turn. */
function closeCycles(runtime: Runtime, version: Version, ancestors: Set<Version>): void {
  ancestors.delete(version);
  for (const open of runtime.open) {
    if (open.ancestors?.delete(version)) for (const ancestor of ancestors) open.ancestors.add(ancestor);
  }
  runtime.open.add(version);
  for (const open of runtime.open) {
    if (open.ancestors?.size !== 0) continue;
    open.ancestors = null;
    open.cycleRoot = version;
    runtime.open.delete(open);
  }
}

type Resume = (body: Generator<unknown, void, unknown>) => IteratorResult<unknown, void>;

const bodyOf = (version: Version): Generator<unknown, void, unknown> => version.body as Generator<unknown, void, unknown>; // made by instantiate

/** The one place where a module body is executed, or continued after an await. */
function runBody(version: Version, body: Generator<unknown, void, unknown>, resume: Resume): IteratorResult<unknown, void> {
  return version.pin ? version.pin(() => resume(body)) : resume(body);
}

function runSync(version: Version): void {
  runBody(version, bodyOf(version), (body) => body.next());
  finish(version);
}

/** 16.2.1.6.1.3.2 ExecuteAsyncModule. Its reactions come one job after the body has ended, as in the engine. */
function runAsync(version: Version): void {
  const kept = bodyOf(version);
  thenPromise.call(new NativePromise<void>((resolve, reject) => {
    const step = (resume: Resume): void => {
      // Pending code that was stopped ends; code of the application runs on, as in the engine, even if its component fails meanwhile.
      if (version.failure && !version.live) return;
      let result: IteratorResult<unknown, void>;
      try {
        result = runBody(version, kept, resume);
      } catch (error) {
        return reject(error);
      }
      if (result.done) return resolve();
      awaitValue(result.value, (value) => step((body) => body.next(value)), (error) => step((body) => body.throw(error)));
    };
    step((body) => body.next());
  }),
    () => fulfil(version),
    (error: unknown) => fail(version, error),
  );
}

/** 27.7.5.3 Await: like the operator, a getter `constructor` that throws is thrown into the body. */
function awaitValue(value: unknown, onValue: (value: unknown) => void, onError: (error: unknown) => void): void {
  let promise: Promise<unknown>;
  try {
    promise = resolvePromise.call(NativePromise, value);
  } catch (error) {
    return onError(error);
  }
  thenPromise.call(promise, onValue, onError);
}

function finish(version: Version): void {
  version.status = 'evaluated';
  version.body = null;
  version.done?.resolve();
}

/** 16.2.1.6.1.3.4 AsyncModuleExecutionFulfilled */
function fulfil(version: Version): void {
  if (version.status === 'evaluated' || version.failure) return;
  finish(version);
  const ready: Version[] = [];
  gatherAncestors(version, ready);
  ready.sort((a, b) => a.asyncOrder - b.asyncOrder);
  for (const parent of ready) {
    if (parent.status === 'evaluated' || parent.failure) continue;
    if (parent.link.a) {
      runAsync(parent);
      continue;
    }
    try {
      runSync(parent);
    } catch (error) {
      fail(parent, error);
    }
  }
}

/** 16.2.1.6.1.3.3 GatherAvailableAncestors */
function gatherAncestors(version: Version, ready: Version[]): void {
  for (const parent of version.asyncParents) {
    if (ready.includes(parent) || parent.failure || parent.cycleRoot?.failure) continue;
    if (--parent.pendingDependencies > 0) continue;
    ready.push(parent);
    if (!parent.link.a) gatherAncestors(parent, ready);
  }
}

/** 16.2.1.6.1.3.5 AsyncModuleExecutionRejected; also what a synchronous throw leaves behind. */
function fail(version: Version, error: unknown): void {
  if (version.failure) return;
  version.failure = { error };
  version.status = 'evaluated';
  version.body = null;
  for (const parent of version.asyncParents) fail(parent, error);
  version.done?.reject(error);
}

/** Give up a version: a body that waits is never continued, bodies that wait for it never run. */
export function abandon(version: Version): void {
  version.record.runtime.open.delete(version);
  version.failure ??= { error: new Error(`${version.record.id} was given up while it loaded.`) };
}

/** Settles when a version and all below it are evaluated: its component's [[TopLevelCapability]]. */
export function whenDone(version: Version): Promise<void> {
  const root = version.cycleRoot ?? version;
  if (root.done) return root.done.promise;
  let resolve!: () => void; // set by the executor, which runs at once
  let reject!: (error: unknown) => void;
  const promise = new NativePromise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  root.done = { promise, resolve, reject };
  if (root.failure) reject(root.failure.error);
  else if (root.status === 'evaluated') resolve();
  return promise;
}

/**
 * Evaluate a graph from its root: depth first, dependencies in source order.
 *
 * Errors: rejects with what the first failing body throws.
 */
export function evaluate(root: Version): Promise<void> {
  try {
    visit(root, new Set());
  } catch (error) {
    return rejectPromise.call(NativePromise, error) as Promise<never>;
  }
  return whenDone(root);
}

function visit(version: Version, path: Set<Version>): void {
  if (version.failure) throw version.failure.error;
  if (isStarted(version) || path.has(version)) return;
  instantiate(version);
  path.add(version);
  try {
    for (const required of dependencies(version)) visit(required, path);
    start(version);
  } catch (error) {
    // Everything above on the path fails with the same error and is never tried again.
    fail(version, error);
    throw error;
  }
}
