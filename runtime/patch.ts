/**
 * Patches as stores hold them: a script that registers the artifacts of what changed and, under a name of its own, the plan with as
 * much of both manifests as carrying it out asks. Whoever runs another release than the build knew plans by itself. Pure.
 */
import type { Manifest, ModuleEntry, Patch, Plan } from './protocol.js';

/** What a patch registers its plan as. */
export const patchId = 'relup:patch';

/** An entry that says no more than loading and linking need. */
export const bare = { size: 0, names: [], exports: [], indirect: [], stars: [], loads: [], loadLines: [], reaches: {}, states: [], effects: [], undeclared: [], stateAtLoad: [], hook: false, functions: [], classes: {}, captured: [], calls: [], impure: {} } as const;

/** A manifest that says nothing. */
const blank = { target: 'browser', entries: [], cold: {}, chunks: {}, styles: {}, assets: {}, workers: {}, drop: [] } as const;

/** Part of a manifest without what is empty; modules in the order in which they are evaluated. */
export type Part = Partial<Omit<Manifest, 'modules'>> & Pick<Manifest, 'format' | 'app' | 'release' | 'number'> & { readonly modules: Readonly<Record<string, Partial<ModuleEntry>>> };

/** What the registered function answers. */
export interface WrittenPatch {
  readonly plan: Plan;
  readonly from: Part;
  readonly to: Part;
}

export const readPatch = ({ plan, from, to }: WrittenPatch): Patch => ({ plan, from: expand(from), to: expand(to) });

/** A manifest that has what a part says, and nothing else. */
export const expand = (part: Part): Manifest => ({
  ...blank, ...part, partial: true,
  modules: Object.fromEntries(Object.entries(part.modules).map(([id, entry]) => [id, { ...bare, stamp: '', requests: [], dynamic: [], async: false, ...entry }])),
});

/** What is known of a release, once more of it is: all of it, or what another patch took. It never becomes an older one. */
export function learned(known: Manifest, more: Manifest): Manifest {
  if (known.release !== more.release || !known.partial) return known;
  const number = Math.max(known.number, more.number);
  // What is known says as much as what comes, and the order of what comes is asked for next.
  if (more.partial) return { ...known, ...more, number, modules: { ...more.modules, ...known.modules }, cold: { ...known.cold, ...more.cold } };
  return number === more.number ? more : { ...more, number };
}
