/**
 * Which imported names a module's text mentions, and which of its exported functions could be left out of a bundle together
 * with what only they mention. Goes by text alone, not by what could run when: a name that is mentioned anywhere else is
 * needed. Must never call a module divisible whose second evaluation, beside its first, could be noticed.
 */
import type { Read } from '../runtime/protocol.js';
import { isWrite } from './exports.js';
import { listReads } from './reach.js';
import type { Binding, Use } from './scope.js';
import { endOf, startOf } from './tree.js';
import type { Walk } from './walk.js';

export interface Needs {
  /** What stays in any case mentions these. */
  readonly always: readonly Read[];
  /**
   * Exported functions that could be left out, by exported name: what they mention, directly or through functions of the module.
   * Request -1 is the module itself: an exported function that is a value somewhere is read from what the module exports.
   */
  readonly functions: Readonly<Record<string, readonly Read[]>>;
}

/** Top-level function declarations by where they stand. */
interface Range {
  readonly start: number;
  readonly end: number;
  readonly binding: Binding;
}

/**
 * Shape: `isDivisible` is what the rest of the outline says: no state, no effects, nothing that functions change, no work at
 *        load, and no exports but functions.
 */
export function listNeeds(walk: Walk, indexOf: (raw: number) => number, isDivisible: boolean): Needs {
  // Direct eval can mention anything.
  const ranges = isDivisible && !walk.uses.some(({ name }) => name === 'eval') ? functionRanges(walk) : [];
  const uses = new Map<Binding | null, Use[]>([[null, []]]);
  for (const { binding } of ranges) uses.set(binding, []);
  for (const use of walk.uses) if (use.binding?.top && use.role !== 'export') uses.get(ownerOf(ranges, startOf(use.node)))?.push(use);
  const always = reachable(uses, null);
  const targeted = new Set(walk.newTargets.map(({ owner }) => owner));
  const functions: Record<string, readonly Read[]> = {};
  for (const { binding } of ranges) {
    const [name] = binding.exported;
    if (name === undefined || binding.exported.length > 1 || always.functions.has(binding)) continue;
    const reached = reachable(uses, binding);
    const values = new Set(reached.values);
    // What `new.target` is compared with there is the function as a value.
    for (const { node, exported } of [binding, ...reached.functions]) if (exported[0] !== undefined && targeted.has(node)) values.add(exported[0]);
    functions[name] = [...listReads(reached.imports, indexOf).reads, ...[...values].map((value) => [-1, value] as const)];
  }
  return { always: listReads(always.imports, indexOf).reads, functions };
}

function functionRanges(walk: Walk): Range[] {
  const ranges: Range[] = [];
  for (const statement of walk.program.body) {
    const declaration = statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration' ? statement.declaration : statement;
    const binding = declaration?.type === 'FunctionDeclaration' && declaration.id ? walk.module.bindings.get(declaration.id.name) : undefined;
    if (declaration && binding?.kind === 'function' && !binding.uses.some(isWrite)) ranges.push({ start: startOf(declaration), end: endOf(declaration), binding });
  }
  return ranges;
}

/** The function declaration around a place, or null. Shape: ranges stand in the order of the text. */
function ownerOf(ranges: readonly Range[], place: number): Binding | null {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const range = ranges[middle] as Range; // between the bounds
    if (place < range.start) high = middle - 1;
    else if (place >= range.end) low = middle + 1;
    else return range.binding;
  }
  return null;
}

/** Everything that some code mentions, through any number of function declarations. */
function reachable(uses: ReadonlyMap<Binding | null, readonly Use[]>, start: Binding | null): { readonly functions: ReadonlySet<Binding>; readonly imports: Use[]; readonly values: ReadonlySet<string> } {
  const functions = new Set<Binding>();
  const imports: Use[] = [];
  const values = new Set<string>();
  const queue = [start];
  for (let each = queue.pop(); each !== undefined; each = queue.pop()) {
    for (const use of uses.get(each) ?? []) {
      const { binding } = use;
      if (!binding) continue;
      const [exported] = binding.exported;
      if (exported !== undefined && !use.raw) values.add(exported);
      if (binding.imported) imports.push(use);
      else if (uses.has(binding) && !functions.has(binding)) {
        functions.add(binding);
        queue.push(binding);
      }
    }
  }
  return { functions, imports, values };
}
