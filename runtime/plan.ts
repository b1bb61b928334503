/**
 * Two manifests -> plan: a decision for every module, or the reasons why the upgrade cannot go in place.
 *
 * Pure: reads nothing but its arguments, and both sides use it (a process before it changes anything, `relup plan` as a
 * release gate). Must never let through what the runtime would have to guess.
 */
import { createAcceptance, type Accepted } from './plan-accept.js';
import { checkClasses } from './plan-classes.js';
import { checkImports } from './plan-exports.js';
import { checkCold, checkWorkers, compareFiles } from './plan-files.js';
import { isEvaluated, quoted, refusal, type Decided, type Findings, type Inputs, type PlanOptions } from './plan-inputs.js';
import { checkModule } from './plan-modules.js';
import { checkStale } from './plan-stale.js';
import type { Manifest, ModuleEntry, Plan } from './protocol.js';
import { createResolver } from './resolve.js';
import { findStale } from './stale.js';

export type { Known, PlanOptions } from './plan-inputs.js';

/**
 * The plan that leads from the running release to another one.
 *
 * Shape: `way` is `refused` before `reload`/`handover` before `inPlace`; with `inPlace`, `refusals` is empty and every module
 *        that is `changed`, `stale`, `refreshed` or `added` is to be evaluated.
 */
export function planReleases(from: Manifest, to: Manifest, options: PlanOptions = {}): Plan {
  if (from.partial || to.partial) throw new TypeError('Nothing can be planned of a part of a manifest.');
  const ends = {
    from: { release: from.release, number: from.number },
    to: { release: to.release, number: to.number },
  };
  if (from.app === to.app && from.release === to.release) {
    return {
      ...ends, way: 'none', modules: {}, unchanged: Object.keys(to.modules).length, refusals: [], noRollback: [], stale: {}, accepted: [], notes: [], drain: [],
      files: { styles: [], assets: [], workers: [], cold: [] },
    };
  }
  const inputs: Inputs = {
    from, to,
    onStale: options.onStale ?? to.policy?.onStale ?? 'refuse',
    allow: new Set(options.allow ?? to.policy?.allow ?? []),
    rollback: options.rollback ?? false,
    resolvers: { from: createResolver(from.modules), to: createResolver(to.modules) },
    acceptance: createAcceptance(from, to, options.known),
    known: options.known ?? null,
  };
  const found = inspect(inputs);
  const back = options.oneWay ? null : inspect({
    ...inputs, from: to, to: from, rollback: true, resolvers: { from: inputs.resolvers.to, to: inputs.resolvers.from }, acceptance: createAcceptance(to, from), known: null,
  });
  return {
    ...ends,
    way: found.refusals.length > 0 ? 'refused' : found.escalations.length === 0 ? 'inPlace' : to.target === 'browser' ? 'reload' : 'handover',
    modules: found.modules,
    unchanged: found.unchanged,
    refusals: [...found.refusals, ...found.escalations],
    files: compareFiles(from, to),
    noRollback: back ? [...back.refusals, ...back.escalations] : [],
    stale: found.stale,
    accepted: found.accepted,
    notes: found.notes,
    drain: found.drain,
  };
}

function inspect(inputs: Inputs): Findings & Pick<Plan, 'modules' | 'unchanged' | 'stale' | 'accepted'> {
  const { from, to } = inputs;
  const modules = compareModules(from, to, inputs.known?.differing);
  const fresh = new Set(Object.keys(modules));
  const findings: Findings = { refusals: [], escalations: [], notes: [], drain: [] };
  const { refusals, escalations } = findings;
  if (from.app !== to.app) {
    refusals.push(refusal('APP_MISMATCH', '', `Release ${to.release} is of application "${to.app}", running is "${from.app}".`,
      'Follow the store of the running application.'));
  } else if (to.number < from.number && !inputs.rollback) {
    refusals.push(refusal('OLDER_RELEASE', '', `Release ${to.release} has number ${to.number}, running is number ${from.number}.`,
      'Ask for it as a rollback, or build it again so that it gets a new number.'));
  }

  const { stale, accepted } = propagate(inputs, modules, fresh);
  for (const [id, why] of stale) checkStale(inputs, id, why, modules, refusals);
  noteHeld(inputs, modules, fresh, findings);

  const unchanged = countUnchanged(inputs, modules);
  checkImports(inputs, modules, fresh, refusals);
  for (const id in modules) {
    const [before, after] = [from.modules[id], to.modules[id]];
    if (modules[id] !== 'stale' || inputs.acceptance?.isInCharge(id)) checkModule(inputs, id, findings);
    // What its body would do is judged already; that what its classes extend became another thing is not.
    else if (before && after && isEvaluated(inputs, modules, id)) checkClasses(inputs, id, before, after, findings);
    if (before?.hot?.decline && after && isEvaluated(inputs, modules, id)) {
      refusals.push(refusal('HOT_DECLINED', id, `"${id}" is ${modules[id]}, and the running version declines to be replaced.`,
        'Restart the application for this release, or take import.meta.hot.decline() out of a release before.'));
    }
  }
  checkCold(inputs, modules, escalations);
  checkWorkers(inputs, escalations);
  return { ...findings, modules, unchanged, stale: Object.fromEntries(stale), accepted: accepted.pairs };
}

/**
 * How far changes go: by values that were read at load, and by what `import.meta.hot` accepts. Modules that are evaluated again for the
 * one may be changes to the other.
 *
 * Changes: adds modules that are refreshed to `modules` and `fresh`.
 */
function propagate({ from, to, resolvers, acceptance, known }: Inputs, modules: Decided, fresh: Set<string>): { readonly stale: ReturnType<typeof findStale>; readonly accepted: Accepted } {
  for (;;) {
    const stale = findStale(from, to, fresh, resolvers, acceptance, known);
    const accepted: Accepted = acceptance?.walk([...fresh, ...stale.keys()]) ?? { pairs: [], selves: new Set() };
    const refreshed = [...accepted.selves].filter(id => !modules[id] && !stale.has(id));
    for (const id of refreshed) {
      modules[id] = 'refreshed';
      fresh.add(id);
    }
    if (refreshed.length === 0) return { stale, accepted };
  }
}

/** Who goes on to hold values of modules that accept their own changes. */
function noteHeld({ from, to, resolvers, acceptance, known }: Inputs, modules: Decided, fresh: ReadonlySet<string>, { notes }: Findings): void {
  if (!acceptance || fresh.size === 0) return;
  for (const [id, { line, chain: [, ...path] }] of findStale(from, to, fresh, resolvers, null, known)) {
    if (modules[id]) continue;
    notes.push(refusal('STALE', `${id}:${line}`, `While "${id}" loaded it read ${quoted(path.slice(0, 1))}, and it goes on to hold that: the change is accepted below it.`,
      'Read the value inside a function, or accept the module there.'));
  }
}

function compareModules(from: Manifest, to: Manifest, differing?: Iterable<string>): Decided {
  const modules: Decided = {};
  for (const id of differing ?? Object.keys(to.modules)) {
    if (!to.modules[id]) continue;
    const before = from.modules[id];
    const after = to.modules[id];
    if (!before) modules[id] = 'added';
    else if (before.stamp !== after?.stamp || lacksFunctions(before, after)) modules[id] = 'changed';
  }
  for (const id of differing ?? Object.keys(from.modules)) if (from.modules[id] && !to.modules[id]) modules[id] = 'removed';
  return modules;
}

function countUnchanged({ to, known }: Inputs, modules: Decided): number {
  if (known) return known.count - Object.keys(modules).filter(id => to.modules[id]).length;
  let unchanged = 0;
  for (const id in to.modules) if (!modules[id]) unchanged++;
  return unchanged;
}

/**
 * Whether the running process may lack functions that the release needs, so that the whole module has to come. What an artifact
 * imports for functions that nobody needs, it goes without, as the release's own bundle does.
 *
 * What it lacks was left out by the bundle that booted, and no release since needed it (or the module would have come then):
 * it is among what `before` does without, whatever releases were in between.
 */
function lacksFunctions(before: ModuleEntry, after: ModuleEntry): boolean {
  return before.pruned?.some(name => !after.pruned?.includes(name)) ?? false;
}
