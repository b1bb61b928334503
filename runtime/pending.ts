/**
 * Bringing pending versions to life: they are linked in as many tasks as it takes, and their bodies run in one, which sees what the release
 * will be. Running code sees nothing of it.
 */
import { hotRequest, resolveExport, seeing } from './bindings.js';
import { RelupError } from './errors.js';
import { start, whenDone } from './evaluate.js';
import { instantiate } from './link.js';
import type { PendingOverlay } from './overlay.js';
import { pinVersions } from './pin.js';
import type { Runtime, Version } from './record.js';

/** What is done between linking and evaluating, when most of what can fail has not. Shape: the versions that run, in dependency order. */
export type Settle = ((replaced: readonly Version[]) => Promise<void>) | null;

/** Time that new module bodies have to settle, in ms, if the caller does not say. */
export const evaluateLimitMs = 10_000;

/** Between the steps of a large upgrade whoever waits has a turn: input in a page, requests on a server. */
export const breathe = ({ host }: Runtime): Promise<void> => new Promise((resolve) => host.schedule(resolve));

/**
 * Link and evaluate versions that nobody sees yet.
 *
 * Shape:  `lazy` are linked only; `shown` are all whose values the bodies see.
 * Errors: LINK, EVALUATE, EVALUATE_TIMEOUT, and those of `settle`.
 */
export async function evaluateAll(runtime: Runtime, versions: readonly Version[], lazy: ReadonlySet<string>, overlay: PendingOverlay, limitMs: number, settle: Settle, shown = versions): Promise<void> {
  await inSlices(runtime, versions, checkImports);
  await inSlices(runtime, versions, instantiate);
  if (settle) await settle(versions.flatMap((version) => (version.record.pending === version ? [version.record.current] : [])));
  if (versions.length === 0) return;
  await breathe(runtime);
  const pin = (): ReturnType<typeof pinVersions> => seeing(runtime, true, () => pinVersions(runtime, shown, overlay, limitMs));
  let pinning = pin();
  const { traces } = runtime;
  // Bodies run in one task, and what they see takes as long to find out as they do.
  await breathe(runtime);
  if (runtime.traces !== traces) pinning = pin();
  const { pinned, restore } = pinning;
  // A stretch inside a stretch: the pending values stay shown from the first body to the last.
  const run = (): Promise<void>[] =>
    pinned(() => {
      // In the order of a fresh start: unchanged modules between two changed ones hide which of them is above the other.
      const eager = versions.filter(({ record }) => !lazy.has(record.id));
      for (const version of eager) start(version, true);
      return eager.map(whenDone);
    });
  try {
    const settled = Promise.all(runtime.host.limit ? runtime.host.limit(limitMs, run) : run());
    await withTimeout(settled, limitMs, versions);
  } catch (error) {
    if (error instanceof RelupError) throw error;
    if ((error as { code?: string } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw evaluateTimeout(limitMs, versions, error);
    const failed = versions.find(({ failure }) => failure?.error === error) ?? versions[0];
    throw new RelupError('EVALUATE', failed?.record.id ?? '', `New code of ${failed?.record.id ?? 'a module'} threw while loading: ${String(error)}`, 'Mend the module body. Nothing was changed.', error);
  } finally {
    // Code that was stopped for its time ran no `finally` of its own.
    restore();
    for (const version of shown) version.pin = null;
  }
}

function withTimeout(settled: Promise<unknown>, limitMs: number, versions: readonly Version[]): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expired = new Promise((_, reject) => {
    timer = setTimeout(() => reject(evaluateTimeout(limitMs, versions)), limitMs);
  });
  return Promise.race([settled, expired]).finally(() => clearTimeout(timer));
}

function evaluateTimeout(limitMs: number, versions: readonly Version[], cause?: unknown): RelupError {
  const hanging = versions.filter(({ status, failure }) => status !== 'evaluated' || (failure && failure.error === cause)).map(({ record }) => record.id);
  return new RelupError('EVALUATE_TIMEOUT', hanging[0] ?? '', `New code did not finish loading within ${limitMs} ms: ${hanging.join(', ')}.`, 'Look for a top-level await or loop that never ends. Nothing was changed.', cause);
}

/** How long a task of linking may take, in ms: a device may be several times slower than the one in mind, and users notice 50. */
const sliceMs = 8;

/** Do something for each version, in as many tasks as it takes. */
async function inSlices(runtime: Runtime, versions: readonly Version[], work: (version: Version) => void): Promise<void> {
  const { now } = runtime.host;
  let began = now();
  for (const version of versions) {
    if (now() - began > sliceMs) {
      await breathe(runtime);
      began = now();
    }
    seeing(runtime, true, () => work(version));
  }
}

/** Natively a SyntaxError: an import names what no module exports, or what two stars export. */
function checkImports(version: Version): void {
  version.link.n?.forEach((names, index) => {
    const hot = hotRequest(version, index);
    for (const name of names) {
      if (!hot || name === '*') continue;
      const found = resolveExport(hot, name);
      if (found ? found !== 'ambiguous' : mayLack(hot, name)) continue;
      throw new RelupError('LINK', version.record.id, `${version.record.id} imports "${name}" of ${hot.record.id}, which ${found ? 'exports it twice' : 'does not export it'}.`, 'Export it, or import another name. Nothing was changed.');
    }
  });
}

/** Bundles leave out what nobody needs (plugin/prune.ts), and artifacts are whole: what imports it there, nobody calls. That it is exported, the plan has seen. */
function mayLack(version: Version, name: string, visited = new Set<Version>()): boolean {
  if (version.stamp === null) return true;
  if (visited.has(version)) return false;
  visited.add(version);
  const { i = [], s = [] } = version.link;
  const behind = [...i.flatMap(([exported, request, imported]) => (exported === name && imported !== null ? [[request, imported] as const] : [])), ...s.map((request) => [request, name] as const)];
  return behind.some(([request, imported]) => {
    const hot = hotRequest(version, request);
    return hot !== null && mayLack(hot, imported, visited);
  });
}
