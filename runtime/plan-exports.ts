/** What unchanged modules import has to be there, and of the kind that it was: who kept it cannot be given something else. Pure. */
import { kindOf, type Kind } from './kinds.js';
import { refusal, type Decided, type Inputs } from './plan-inputs.js';
import type { ModuleEntry, Refusal } from './protocol.js';
import { importersOf } from './stale.js';

const words: Readonly<Record<Kind, string>> = { function: 'a function', class: 'a class', component: 'a component', value: 'neither a function nor a class with a name of its own' };

export function checkImports(inputs: Inputs, modules: Decided, fresh: ReadonlySet<string>, refusals: Refusal[]): void {
  const { to, resolvers, allow, known } = inputs;
  const told = new Set<string>();
  const concerned = importersOf(to, fresh, known);
  for (const id of concerned) {
    const entry = to.modules[id];
    // The build has checked the imports of what it built; a stale module's imports are as old as an unchanged one's.
    if (!entry || modules[id] === 'added' || (modules[id] === 'changed' && fresh.has(id))) continue;
    entry.requests.forEach((target, index) => {
      // What does not lead to a fresh module is as it was.
      if (!fresh.has(target) && !concerned.has(target)) return;
      for (const name of namesOf(inputs, target, entry.names[index] ?? [])) {
        if (!allow.has('EXPORT_KIND') && modules[id] !== 'stale' && modules[id] !== 'refreshed') checkKind(inputs, id, target, name, told, refusals);
        const answer = resolvers.to.resolve(target, name);
        if (answer.kind !== 'missing' && answer.kind !== 'ambiguous' || !entry.names[index]?.includes(name)) continue;
        const what = answer.kind === 'missing' ? 'no longer exports' : 'exports from two places';
        const line = entry.requestLines?.[index];
        refusals.push(refusal('EXPORT_REMOVED', line === undefined ? id : `${id}:${line}`, `"${target}" ${what} "${name}"; "${id}" is unchanged and still imports it.`,
          `Keep "${name}", or change "${id}" in the same release.`));
      }
    });
  }
}

/** A namespace holds all names that there were. */
function namesOf({ resolvers }: Inputs, target: string, names: readonly string[]): readonly string[] {
  return names.includes('*') && !target.startsWith('cold:') ? [...new Set([...names.filter(name => name !== '*'), ...resolvers.from.exportNames(target)])] : names.filter(name => name !== '*');
}

function checkKind({ from, to, resolvers }: Inputs, importer: string, target: string, name: string, told: Set<string>, refusals: Refusal[]): void {
  const before = resolvers.from.resolve(target, name);
  const now = resolvers.to.resolve(target, name);
  if (before.kind !== 'found' || now.kind !== 'found') return;
  const old = from.modules[before.id] as ModuleEntry; // where the name was found
  const next = to.modules[now.id] as ModuleEntry;
  const kind = kindOf(old, before.name);
  const nextKind = kindOf(next, now.name);
  const mark = `${now.id}\0${now.name}`;
  if (kind === 'value' || kind === nextKind || told.has(mark)) return;
  told.add(mark);
  const line = Object.values(next.classes).find(({ exports }) => exports.includes(now.name))?.line;
  refusals.push(refusal('EXPORT_KIND', line === undefined ? now.id : `${now.id}:${line}`,
    `"${now.name}" of "${now.id}" was ${words[kind]} and is now ${words[nextKind]}; "${importer}" is unchanged and imports it.`,
    `Keep "${now.name}" ${words[kind]} and export the new thing under another name, or change "${importer}" in the same release.`));
}
