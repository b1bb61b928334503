/**
 * What becomes of an unchanged module that holds values of the old release: it gets a new body where that is provably safe, or it is
 * refused. Safe is what only declares, keeps what it declared as state, and calls nothing that is not free of side effects. Pure.
 */
import { refusal, type Decided, type Inputs } from './plan-inputs.js';
import type { Finding, ModuleEntry, Refusal } from './protocol.js';
import type { Staleness } from './stale.js';

export function checkStale(inputs: Inputs, id: string, why: Staleness, modules: Decided, refusals: Refusal[]): void {
  const [, ...path] = why.chain;
  const place = `${id}:${why.line}`;
  const reason = `"${id}" is unchanged, but while it loaded it read ${path.map(step => `"${step}"`).join(', which reads ')}, so it holds values of the old release`;
  modules[id] = 'stale';
  if (inputs.acceptance?.isInCharge(id)) return;
  if (inputs.to.entries.includes(id)) {
    refusals.push(refusal('ENTRY_STALE', place, `${reason}.`,
      'Read the value inside a function instead of while the entry loads, or restart the application for this release.'));
    return;
  }
  const obstacle = inputs.onStale === 'reevaluate' ? findObstacle(inputs, id) : null;
  if (inputs.onStale === 'refuse') {
    refusals.push(refusal('STALE', place, `${reason}.`,
      'Read the value inside a function instead of while the module loads, or set onStale to "reevaluate".'));
  } else if (obstacle) {
    refusals.push(refusal('STALE', place, `${reason}. It cannot be evaluated again: ${obstacle}.`,
      'Read the value inside a function instead of while the module loads, or clear the way: declare what stands in it with effect(), state(), reset() or pure().'));
  }
}

/** What makes a second evaluation noticeable: half a sentence, or null. */
function findObstacle(inputs: Inputs, id: string): string | null {
  const entry = inputs.to.modules[id] as ModuleEntry; // stale modules are of the new release
  const [effect] = inputs.allow.has('EFFECT_AT_LOAD') ? [] : entry.effects;
  if (effect) return `line ${effect.line}, "${effect.what}", takes effect`;
  const [binding] = inputs.allow.has('STATE_UNDECLARED') ? [] : entry.undeclared;
  if (binding) return `its functions change "${binding.what}" (line ${binding.line}), which would begin anew`;
  const [state] = entry.stateAtLoad;
  if (state) return `it uses the state "${state.what}" while it loads (line ${state.line})`;
  if (inputs.allow.has('EFFECT_AT_LOAD')) return null;
  return findImpureCall(inputs, id, entry);
}

/** Through everything that what the body calls may call in turn. */
function findImpureCall({ to, resolvers }: Inputs, id: string, entry: ModuleEntry): string | null {
  const looked = entry.loads.flatMap(([request, name, held], index) => (held ? [] : [[request, name, entry.loadLines[index] ?? 1] as const]));
  const queue: { readonly id: string; readonly name: string; readonly line: number; readonly first: string }[] = [];
  const seen = new Set<string>();
  const add = (from: ModuleEntry, request: number, name: string, line: number, first: string | null): void => {
    const target = from.requests[request] ?? '';
    for (const each of name === '*' ? resolvers.to.exportNames(target) : [name]) {
      const found = resolvers.to.resolve(target, each);
      if (found.kind !== 'found' || seen.has(`${found.id}\0${found.name}`)) continue;
      seen.add(`${found.id}\0${found.name}`);
      queue.push({ id: found.id, name: found.name, line, first: first ?? `${found.id}#${found.name}` });
    }
  };
  for (const [request, name, line] of [...entry.calls, ...looked]) add(entry, request, name, line, null);
  for (const step of queue) {
    const reached = to.modules[step.id];
    if (!reached || step.id === id) continue;
    const impure: Finding | undefined = Object.hasOwn(reached.impure, step.name) ? reached.impure[step.name] : undefined;
    if (impure) return `line ${step.line} calls "${step.first}", and "${impure.what}" (${step.id}:${impure.line}) is not free of side effects`;
    for (const [request, name] of (Object.hasOwn(reached.reaches, step.name) && reached.reaches[step.name]) || []) add(reached, request, name, step.line, step.first);
  }
  return null;
}
