/**
 * Two manifests -> plan: a decision for every module, or the reasons why the upgrade cannot go in place.
 *
 * Pure: reads nothing but its arguments, and both sides use it (a process before it changes anything, `relup plan` as a
 * release gate). Must never let through what the runtime would have to guess.
 */
import { createResolver, type Resolver } from './resolve.js';
import type { ColdEntry, Decision, Manifest, ModuleEntry, Plan, Refusal, StateEntry } from './protocol.js';
import { findStale, importersOf, type Staleness } from './stale.js';

export interface PlanOptions {
  /** What happens to unchanged modules that hold values of changed ones. Default: the release's policy, then `refuse`. */
  readonly onStale?: 'refuse' | 'reevaluate';
  /** Refusals that this application accepts: `EFFECT_AT_LOAD`, `STATE_UNDECLARED`, `ENTRY_CHANGED`. */
  readonly allow?: readonly string[];
  /** The older release is wanted. */
  readonly rollback?: boolean;
}

type Escalation = 'reload' | 'handover';
type Decided = Record<string, Exclude<Decision, 'unchanged'>>;

interface Inputs {
  readonly from: Manifest;
  readonly to: Manifest;
  readonly onStale: 'refuse' | 'reevaluate';
  readonly allow: ReadonlySet<string>;
  readonly rollback: boolean;
  readonly resolvers: { readonly from: Resolver; readonly to: Resolver };
}

interface Findings {
  readonly modules: Decided;
  readonly unchanged: number;
  /** Nothing but another release helps. */
  readonly refusals: Refusal[];
  /** A fresh process or page helps. */
  readonly escalations: Refusal[];
}

/**
 * The plan that leads from the running release to another one.
 *
 * Shape: `way` is `refused` before `reload`/`handover` before `inPlace`; with `inPlace`, `refusals` is empty and every module
 *        that is `changed`, `stale` or `added` is to be evaluated.
 */
export function planReleases(from: Manifest, to: Manifest, options: PlanOptions = {}): Plan {
  const ends = {
    from: { release: from.release, number: from.number },
    to: { release: to.release, number: to.number },
  };
  if (from.app === to.app && from.release === to.release) {
    return {
      ...ends, way: 'none', modules: {}, unchanged: Object.keys(to.modules).length, refusals: [], noRollback: [], notes: [], drain: [],
      files: { styles: [], assets: [], workers: [], cold: [] },
    };
  }
  const inputs: Inputs = {
    from, to,
    onStale: options.onStale ?? to.policy?.onStale ?? 'refuse',
    allow: new Set(options.allow ?? to.policy?.allow ?? []),
    rollback: options.rollback ?? false,
    resolvers: { from: createResolver(from.modules), to: createResolver(to.modules) },
  };
  const found = inspect(inputs);
  const back = inspect({
    ...inputs, from: to, to: from, rollback: true, resolvers: { from: inputs.resolvers.to, to: inputs.resolvers.from },
  });
  const escalation: Escalation = to.target === 'browser' ? 'reload' : 'handover';
  return {
    ...ends,
    way: found.refusals.length > 0 ? 'refused' : found.escalations.length > 0 ? escalation : 'inPlace',
    modules: found.modules,
    unchanged: found.unchanged,
    refusals: [...found.refusals, ...found.escalations],
    files: {
      styles: changedFiles(from.styles, to.styles),
      assets: changedFiles(from.assets, to.assets),
      workers: changedFiles(from.workers, to.workers),
      cold: changedCold(from, to),
    },
    noRollback: [...back.refusals, ...back.escalations],
    notes: [],
    drain: [],
  };
}

function inspect(inputs: Inputs): Findings {
  const { from, to, resolvers } = inputs;
  const modules = compareModules(from, to);
  completeModules(inputs, modules);
  const fresh = new Set(Object.keys(modules));
  const refusals: Refusal[] = [];
  const escalations: Refusal[] = [];
  if (from.app !== to.app) {
    refusals.push(refusal('APP_MISMATCH', '', `Release ${to.release} is of application "${to.app}", running is "${from.app}".`,
      'Follow the store of the running application.'));
  } else if (to.number < from.number && !inputs.rollback) {
    refusals.push(refusal('OLDER_RELEASE', '', `Release ${to.release} has number ${to.number}, running is number ${from.number}.`,
      'Ask for it as a rollback, or build it again so that it gets a new number.'));
  }

  const stale = findStale(from, to, fresh, resolvers);
  for (const [id, why] of stale) checkStale(inputs, id, why, modules, refusals);
  if (stale.size > 0) completeModules(inputs, modules);

  let unchanged = 0;
  for (const id in to.modules) if (!modules[id]) unchanged++;
  checkImports(inputs, modules, fresh, refusals);
  for (const id in modules) {
    // A stale module that is refused is refused as such; what else stands against it does not matter.
    if (modules[id] === 'stale' && !isEvaluated(inputs, modules, id)) continue;
    checkModule(inputs, id, !stale.has(id), refusals);
  }
  checkCold(inputs, modules, escalations);
  checkWorkers(inputs, escalations);
  return { modules, unchanged, refusals, escalations };
}

function compareModules(from: Manifest, to: Manifest): Decided {
  const modules: Decided = {};
  for (const id in to.modules) {
    const before = from.modules[id];
    const after = to.modules[id];
    if (!before) modules[id] = 'added';
    else if (before.stamp !== after?.stamp || lacksFunctions(before, after)) modules[id] = 'changed';
  }
  for (const id in from.modules) if (!to.modules[id]) modules[id] = 'removed';
  return modules;
}

/** Whether the decision means that the module gets a new body. */
function isEvaluated({ to, onStale }: Inputs, modules: Decided, id: string): boolean {
  return modules[id] === 'stale' ? onStale === 'reevaluate' && !to.entries.includes(id) : modules[id] !== 'removed';
}

/**
 * Whether the running process may lack functions that the release needs, so that the whole module has to come.
 *
 * What it lacks was left out by the bundle that booted, and no release since needed it (or the module would have come then):
 * it is among what `before` does without, whatever releases were in between.
 */
function lacksFunctions(before: ModuleEntry, after: ModuleEntry): boolean {
  return before.pruned?.some(name => !after.pruned?.includes(name)) ?? false;
}

/**
 * What comes as an artifact comes whole and is linked whole, with every name that it imports: modules whose bundled form lacks
 * such a function have to come, too. (They are such that nobody notices a second evaluation: plugin/prune.ts.)
 */
function completeModules(inputs: Inputs, modules: Decided): void {
  const { from, to, resolvers } = inputs;
  if (!Object.values(from.modules).some(entry => entry.pruned)) return;
  const queue = Object.keys(modules).filter(id => isEvaluated(inputs, modules, id));
  for (const id of queue) {
    to.modules[id]?.requests.forEach((target, index) => {
      const names = to.modules[id]?.names[index] ?? [];
      for (const name of names.includes('*') ? resolvers.to.exportNames(target) : names) {
        const found = resolvers.to.resolve(target, name);
        if (found.kind !== 'found' || modules[found.id] || !from.modules[found.id]?.pruned?.includes(found.name)) continue;
        modules[found.id] = 'changed';
        queue.push(found.id);
      }
    });
  }
}

/** An unchanged module holds values of the old release: refuse it, or give it a new body where that is safe. */
function checkStale(inputs: Inputs, id: string, why: Staleness, modules: Decided, refusals: Refusal[]): void {
  const [, ...path] = why.chain;
  const place = `${id}:${why.line}`;
  const reason = `"${id}" is unchanged, but while it loaded it read ${path.map(step => `"${step}"`).join(', which reads ')}, so it holds values of the old release.`;
  modules[id] = 'stale';
  if (inputs.to.entries.includes(id)) {
    refusals.push(refusal('ENTRY_STALE', place, reason,
      'Read the value inside a function instead of while the entry loads, or restart the application for this release.'));
  } else if (inputs.onStale === 'refuse') {
    refusals.push(refusal('STALE', place, reason,
      'Read the value inside a function instead of while the module loads, or set onStale to "reevaluate".'));
  }
}

function checkModule(inputs: Inputs, id: string, edited: boolean, refusals: Refusal[]): void {
  const before = inputs.from.modules[id];
  const after = inputs.to.modules[id];
  if (before && !inputs.allow.has('EFFECT_AT_LOAD')) {
    const effect = after?.effects[0] ?? before.effects[0];
    if (effect) {
      const release = after?.effects[0] ? 'would start again beside the running one' : 'of the old release would never stop';
      refusals.push(refusal('EFFECT_AT_LOAD', `${id}:${effect.line}`, `"${effect.what}" takes effect while "${id}" loads, and ${release}.`,
        'Start it in effect(() => { ...; return stop; }), which an upgrade can swap, or allow "EFFECT_AT_LOAD".'));
    }
  }
  if (before && after) {
    const bindings = new Map([...before.undeclared, ...after.undeclared].map(finding => [finding.what, finding]));
    if (!inputs.allow.has('STATE_UNDECLARED')) {
      for (const { what, line } of bindings.values()) {
        refusals.push(refusal('STATE_UNDECLARED', `${id}:${line}`, `Functions of "${id}" change "${what}"; a new version would begin with its own copy.`,
          `Declare it (const ${what} = state(...)) or say with reset(...) that every version begins anew.`));
      }
    }
    for (const { what, line } of after.stateAtLoad) {
      refusals.push(refusal('STATE_AT_LOAD', `${id}:${line}`, `"${what}" is used while "${id}" loads, but in an upgrade the state still belongs to the old release then.`,
        'Use it inside functions, in an effect or in onUpgrade.'));
    }
    if (edited && inputs.to.entries.includes(id) && !after.hook && isActive(after) && !inputs.allow.has('ENTRY_CHANGED')) {
      refusals.push(refusal('ENTRY_CHANGED', id, `"${id}" is an entry; its body runs the application, and it would run a second time.`,
        'Keep the entry small and stable, or declare in it with onUpgrade what an upgrade means for it.'));
    }
  }
  if (before) checkState(inputs, id, before.states, after?.states ?? [], refusals);
}

/** Whether the body does more than declare things. */
function isActive(entry: ModuleEntry): boolean {
  return entry.loads.length > 0 || entry.effects.length > 0 || entry.async;
}

function checkState(inputs: Inputs, id: string, before: readonly StateEntry[], after: readonly StateEntry[], refusals: Refusal[]): void {
  const cycle = findRenameCycle(after);
  if (cycle) {
    refusals.push(refusal('STATE_CHAIN', `${id}:${cycle.line}`, `The state "${cycle.key}" is renamed from itself, over ${cycle.path.map(key => `"${key}"`).join(' and ')}.`,
      'Let renamedFrom name the key of an older release only.'));
    return;
  }
  for (const old of before) {
    const next = successorOf(old, before, after);
    if (next) {
      checkChain(id, old, next, refusals);
      continue;
    }
    // On the way back, state that the older release does not know is left aside, not lost: the release that knows it declared it.
    if (inputs.rollback || inputs.to.drop.includes(id) || inputs.to.drop.includes(`${id}#${old.key}`)) continue;
    refusals.push(refusal('STATE_DROPPED', id, `The state "${old.key}" of "${id}" (line ${old.line}) has no successor in release ${inputs.to.release}.`,
      `Name it in renamedFrom of the new declaration, or give it up with the option drop: ["${id}#${old.key}"].`));
  }
}

/** The declaration that takes over a state, in either direction of a rename. */
export function successorOf(old: StateEntry, before: readonly StateEntry[], after: readonly StateEntry[]): StateEntry | undefined {
  return after.find(entry => entry.renamedFrom === old.key && !before.some(other => other.key === entry.key))
    ?? after.find(entry => entry.key === old.key)
    ?? after.find(entry => entry.key === old.renamedFrom && !before.some(other => other.key === entry.key));
}

function findRenameCycle(states: readonly StateEntry[]): { key: string; line: number; path: string[] } | null {
  const byKey = new Map(states.map(entry => [entry.key, entry]));
  for (const start of states) {
    const path: string[] = [];
    for (let entry: StateEntry | undefined = start; entry?.renamedFrom !== undefined; entry = byKey.get(entry.renamedFrom)) {
      if (path.includes(entry.key)) break;
      path.push(entry.key);
      if (entry.renamedFrom === start.key) return { key: start.key, line: start.line, path };
    }
  }
  return null;
}

function checkChain(id: string, old: StateEntry, next: StateEntry, refusals: Refusal[]): void {
  if (old.version === null || next.version === null || old.version === next.version) return;
  const up = next.version > old.version;
  const steps = up ? next.up : old.down;
  // Not literal: only the runtime can tell.
  if (steps === null) return;
  for (let version = old.version; version !== next.version;) {
    version += up ? 1 : -1;
    if (steps.includes(version)) continue;
    refusals.push(up
      ? refusal('STATE_CHAIN', `${id}:${next.line}`, `The state "${next.key}" goes from version ${old.version} to ${next.version}, but "up" has no step ${version}.`,
        `Add up: { ${version}: old => ... } to the declaration.`)
      : refusal('STATE_NO_DOWN', `${id}:${old.line}`, `The state "${old.key}" goes back from version ${old.version} to ${next.version}, but "down" has no step ${version}.`,
        `Add down: { ${version}: state => ... } to the declaration in the newer release.`));
    return;
  }
}

/** Every name that an unchanged module imports must still be exported. */
function checkImports(inputs: Inputs, modules: Decided, fresh: ReadonlySet<string>, refusals: Refusal[]): void {
  const { to, resolvers } = inputs;
  for (const id of importersOf(to, fresh)) {
    const entry = to.modules[id];
    // The build has checked the imports of what it built; a stale module's imports are as old as an unchanged one's.
    if (!entry || modules[id] === 'added' || (modules[id] === 'changed' && fresh.has(id))) continue;
    entry.requests.forEach((target, index) => {
      for (const name of entry.names[index] ?? []) {
        if (name === '*') continue;
        const answer = resolvers.to.resolve(target, name);
        if (answer.kind !== 'missing' && answer.kind !== 'ambiguous') continue;
        const what = answer.kind === 'missing' ? 'no longer exports' : 'exports from two places';
        refusals.push(refusal('EXPORT_REMOVED', id, `"${target}" ${what} "${name}"; "${id}" is unchanged and still imports it.`,
          `Keep "${name}", or change "${id}" in the same release.`));
      }
    });
  }
}

function checkCold(inputs: Inputs, modules: Decided, escalations: Refusal[]): void {
  const { from, to } = inputs;
  for (const key in to.cold) {
    const before = from.cold[key];
    const after = to.cold[key] as ColdEntry;
    if (before && isColdChanged(before, after)) {
      escalations.push(refusal('COLD_CHANGED', key, `"${key}" changed from ${before.version ?? 'an unknown version'} to ${after.version ?? 'an unknown version'}${before.external === after.external ? '' : ', and between bundled and external'}.`,
        restartHint(to)));
    }
  }
  for (const id in modules) {
    if (!isEvaluated(inputs, modules, id)) continue;
    to.modules[id]?.requests.forEach((target, index) => {
      if (!target.startsWith('cold:')) return;
      const key = target.slice('cold:'.length);
      if (to.target === 'node' && to.cold[key]?.external) return;
      const held = from.cold[key];
      const wanted = to.modules[id]?.names[index] ?? [];
      const lacking = held ? wanted.filter(name => !held.names.includes(name) && !held.names.includes('*')) : wanted;
      if (held && lacking.length === 0) return;
      const what = lacking.length > 0 ? `${lacking.map(name => name === '*' ? 'its namespace' : `"${name}"`).join(', ')} of "${key}"` : `"${key}"`;
      escalations.push(refusal('COLD_MISSING', id, `"${id}" imports ${what}, which the running bundle does not hold.`,
        to.target === 'node' ? `Leave "${key}" external, so that Node loads it, or ${lower(restartHint(to))}` : restartHint(to)));
    });
  }
}

function checkWorkers(inputs: Inputs, escalations: Refusal[]): void {
  const { from, to } = inputs;
  const gone = Object.keys(from.workers).filter(file => to.workers[file] !== from.workers[file]);
  const come = Object.keys(to.workers).filter(file => to.workers[file] !== from.workers[file]);
  if (gone.length === 0 || come.length === 0) return;
  escalations.push(refusal('WORKER_CHANGED', come[0] as string, `The code of a worker changed (${come.map(file => `"${file}"`).join(', ')}); running workers keep their own.`,
    restartHint(to)));
}

function restartHint(to: Manifest): string {
  return to.target === 'browser' ? 'Load the page again for this release.' : 'Restart the application, or hand over to a new process, for this release.';
}

function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

function isColdChanged(before: ColdEntry, after: ColdEntry): boolean {
  return before.version !== after.version || before.external !== after.external;
}

function changedCold(from: Manifest, to: Manifest): string[] {
  const changed = Object.keys(to.cold).filter(key => {
    const before = from.cold[key];
    return !before || isColdChanged(before, to.cold[key] as ColdEntry);
  });
  return [...changed, ...Object.keys(from.cold).filter(key => !to.cold[key])].sort();
}

/** New and changed files, and those that went without a successor: a new hash in a name is a change, not two. */
function changedFiles(from: Readonly<Record<string, string>>, to: Readonly<Record<string, string>>): string[] {
  const changed = Object.keys(to).filter(file => from[file] !== to[file]);
  const stems = new Set(changed.map(stemOf));
  const gone = Object.keys(from).filter(file => !Object.hasOwn(to, file) && !stems.has(stemOf(file)));
  return [...changed, ...gone].sort();
}

/** `assets/index-B2x_9dQa.css` -> `assets/index.css` */
function stemOf(file: string): string {
  return file.replace(/[-.][\w-]{8,}(?=\.\w+$)/, '');
}

function refusal(code: string, place: string, reason: string, hint: string): Refusal {
  return { code, place, reason, hint };
}
