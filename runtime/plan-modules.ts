/** Whether a module can be replaced by its next version, by what its text says of effects, bindings, state and entries. Pure. */
import { checkClasses } from './plan-classes.js';
import { refusal, type Findings, type Inputs } from './plan-inputs.js';
import { checkState } from './plan-state.js';
import type { Finding, ModuleEntry } from './protocol.js';

export function checkModule(inputs: Inputs, id: string, findings: Findings): void {
  const before = inputs.from.modules[id];
  const after = inputs.to.modules[id];
  if (!before) return;
  checkEffects(inputs, id, findings);
  if (after) checkBindings(inputs, id, before, after, findings);
  checkClasses(inputs, id, before, after, findings);
  checkState(inputs, id, before.states, after?.states ?? [], findings);
}

/** Effects of both versions. A module that is in charge of itself is asked for what only it could stop. */
function checkEffects({ from, to, allow, acceptance }: Inputs, id: string, { refusals }: Findings): void {
  const before = from.modules[id];
  const after = to.modules[id];
  if (!before || allow.has('EFFECT_AT_LOAD')) return;
  if (acceptance?.isInCharge(id)) {
    for (const { what, line } of acceptance.stops(id) ? [] : before.effects.filter(({ unknown }) => !unknown)) {
      refusals.push(refusal('EFFECT_AT_LOAD', `${id}:${line}`, `"${what}" took effect while "${id}" loaded; the module accepts its replacement, but does not stop that.`,
        'Stop it in import.meta.hot.dispose(() => { ... }), or start it in effect(() => { ...; return stop; }).'));
    }
    return;
  }
  const add = (effect: Finding, consequence: string): void => {
    const why = effect.why ? ` ${effect.why}` : '';
    refusals.push(refusal('EFFECT_AT_LOAD', `${id}:${effect.line}`, `"${effect.what}" takes effect while "${id}" loads, and ${consequence}.${why}`,
      effect.fix !== undefined ? `Write instead:\n${effect.fix}`
      : effect.unknown ? 'If it has none, declare it: pure(...), /*#__PURE__*/, or the option pure. Else start it in effect(() => { ...; return stop; }).'
      : 'Start it in effect(() => { ...; return stop; }), which an upgrade can swap, or allow "EFFECT_AT_LOAD".'));
  };
  for (const effect of after?.effects ?? []) add(effect, 'would start again beside the running one');
  const still = new Set(after?.effects.map(({ what }) => what));
  for (const effect of before.effects) {
    // What nothing was known of, and what the new release found a better word for, was none.
    if (!effect.unknown && !still.has(effect.what)) add(effect, 'of the old release would never stop');
  }
}

function checkBindings(inputs: Inputs, id: string, before: ModuleEntry, after: ModuleEntry, { refusals, notes }: Findings): void {
  const isInCharge = inputs.acceptance?.isInCharge(id) ?? false;
  if (!isInCharge && !inputs.allow.has('STATE_UNDECLARED')) {
    const bindings = new Map([...before.undeclared, ...after.undeclared].map(finding => [finding.what, finding]));
    for (const { what, line } of bindings.values()) {
      refusals.push(refusal('STATE_UNDECLARED', `${id}:${line}`, `Functions of "${id}" change "${what}"; a new version would begin with its own copy.`,
        `Declare it (const ${what} = state(...)) or say with reset(...) that every version begins anew.`));
    }
  }
  for (const { what, line } of after.stateAtLoad) {
    refusals.push(refusal('STATE_AT_LOAD', `${id}:${line}`, `"${what}" is used while "${id}" loads, but in an upgrade the state still belongs to the old release then.`,
      'Use it inside functions, in an effect or in onUpgrade.'));
  }
  if (!isInCharge && inputs.to.entries.includes(id) && !after.hook && isActive(after) && !inputs.allow.has('ENTRY_CHANGED')) {
    refusals.push(refusal('ENTRY_CHANGED', id, `"${id}" is an entry; its body runs the application, and it would run a second time.`,
      'Keep the entry small and stable, or declare in it with onUpgrade what an upgrade means for it.'));
  }
  for (const { what, line, why } of before.captured) {
    const now = after.captured.find(each => each.what === what);
    notes.push(refusal('CAPTURED', `${id}:${now?.line ?? line}`, `Whoever holds "${what}" of "${id}" of the running release keeps that one.${why ? ` ${why}` : ''}`,
      'Export a function or class itself, and hand over that.'));
  }
}

/** Whether the body does more than declare things. */
function isActive(entry: ModuleEntry): boolean {
  return entry.loads.some(([, , held]) => !held) || entry.calls.length > 0 || entry.effects.length > 0 || entry.async;
}
