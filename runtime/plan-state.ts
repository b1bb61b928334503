/** What becomes of declared state between two releases: successors, chains of steps, and what jobs cannot outlive. Pure. */
import { refusal, type Findings, type Inputs } from './plan-inputs.js';
import type { Refusal, StateEntry } from './protocol.js';

export function checkState(inputs: Inputs, id: string, before: readonly StateEntry[], after: readonly StateEntry[], { refusals, drain }: Findings): void {
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
      checkJobs(id, old, next, drain);
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

/** Old code cannot go on over state of a new shape. A version that is not literal may be another one. */
function checkJobs(id: string, old: StateEntry, next: StateEntry, drain: Refusal[]): void {
  if (old.version !== null && old.version === next.version) return;
  drain.push(refusal('STATE_MIGRATION', `${id}:${next.line}`, `The state "${next.key}" goes from version ${old.version ?? 'unknown'} to ${next.version ?? 'unknown'}, and jobs on the old release expect the old shape.`,
    'Jobs pinned to the old release end first. Keep the version and only add fields where they shall go on beside the new one.'));
}
