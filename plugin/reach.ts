/**
 * What of other modules a module's code can read, and when: while its body runs (`loads`), or when somebody uses an export
 * (`reaches`). It never claims less than can happen as far as the text tells, because a missed read means old values in new
 * code: what is handed to unknown code is called and all that it returns is called, too. It may claim more.
 */
import type { Node } from '@babel/types';
import type { Finding, Read } from '../runtime/protocol.js';
import { isWrite } from './exports.js';
import { isTableRead } from './imports.js';
import type { Binding, Sink, Unit, Use } from './scope.js';
import { lineOf, propertyName, rootOf, startOf } from './tree.js';

/** 1: it runs, and what it answers is only kept. 2: it runs. 3: it runs, and so does everything that it makes. */
type Level = 1 | 2 | 3;

/** One exploration from some start. */
export class Reach {
  readonly units = new Map<Unit, Level>();
  readonly #bindings = new Map<Binding, Level>();
  readonly #sinks = new Set<Sink>();
  readonly #looked = new Set<Binding>();
  /** Uses of imports on the way, in the order in which they were found, and whether the value is only held by what runs. */
  readonly reads = new Map<Use, boolean>();

  /** Leave out what is handed to functions of other modules: they may call it, or keep it. */
  calm = false;

  /** `discards`: callees whose answers nobody keeps. What such a call reads is not held by the module, unless the call writes it there. */
  constructor(readonly discards: ReadonlySet<Node> = new Set(), readonly isLeftOut: ((node: Node) => boolean) | null = null) {}

  /** Code runs. */
  run(unit: Unit, level: Level): void {
    const known = this.units.get(unit) ?? 0;
    if (known >= level) return;
    this.units.set(unit, level);
    for (const use of unit.uses) {
      const { binding } = use;
      if (!binding || this.isLeftOut?.(use.node) || (this.discards.has(use.node) && !this.#leavesTraces(use, binding))) continue;
      // What others get hold of may be called, unless a package keeps it.
      if (binding.imported) this.#read(use, isHeld(use) && (level === 1 || use.hold?.call != null));
      // A call runs a function, being passed on hands it over.
      else if (use.role === 'call' || use.role === 'new') this.call(binding, level === 3 ? 3 : use.hold ? 1 : 2);
      else if (level === 3 || (use.active && !(this.calm && use.handed) && !(use.chain && binding.sinks.every(({ keeps }) => keeps)))) this.call(binding, 3);
      else if (isLook(use)) this.#look(binding);
    }
    for (const child of unit.children) {
      if (child.fate === 'run') this.run(child, level === 3 ? 3 : 2);
      else if ((child.fate === 'passed' && !(this.calm && child.handed)) || level === 3) this.run(child, 3);
    }
  }

  /** Whether a call whose answer is discarded could leave something in a binding of the module. */
  #leavesTraces(use: Use, binding: Binding): boolean {
    if (binding.imported) return binding.imported.name === '*' && !isTableRead(use);
    if (use.chain) return true;
    const called = new Reach();
    called.call(binding, 1);
    return [...called.units.keys()].some((unit) => unit.uses.some((inner) => inner.binding?.top && inner.binding.author !== 'state' && (isWrite(inner) || isMutation(inner))));
  }

  /** What a binding holds is looked into, but not called: a function's own property, a class's static field. */
  #look(binding: Binding): void {
    if (this.#looked.has(binding) || binding.author === 'state') return;
    this.#looked.add(binding);
    for (const { uses, literal } of binding.sinks) {
      for (const use of literal ? [] : uses) {
        if (use.binding?.imported) this.#read(use, false);
        else if (use.binding && (use.role === 'call' || use.role === 'new')) this.call(use.binding, 2);
        else if (use.binding) this.#look(use.binding);
      }
    }
  }

  /** What a binding holds is called, or used in any other way. */
  call(binding: Binding, level: Level): void {
    const known = this.#bindings.get(binding) ?? 0;
    if (known >= level) return;
    this.#bindings.set(binding, level);
    // A state root is data that outlives the module's code.
    if (binding.author === 'state') return;
    for (const sink of binding.sinks) this.drain(sink, level);
  }

  /** What flowed out of an expression is used. */
  drain(sink: Sink, level: Level): void {
    if (sink.literal) {
      for (const unit of sink.units) this.run(unit, level);
      if (level === 3) for (const each of sink.statics) this.drain(each, 3);
      for (const use of sink.heritage) {
        if (use.binding?.imported) this.#read(use, false);
        // `extends mix(A)`: the base is made inside of `mix`.
        else if (use.binding) this.call(use.binding, use.role === 'call' ? 3 : level);
      }
      return;
    }
    if (this.#sinks.has(sink)) return;
    this.#sinks.add(sink);
    for (const unit of sink.units) this.run(unit, 3);
    for (const use of sink.uses) {
      if (use.binding?.imported) this.#read(use, false);
      else if (use.binding) this.call(use.binding, 3);
    }
  }

  #read(use: Use, held: boolean): void {
    if (use.role === 'export' || (isWrite(use) && use.role !== 'update')) return;
    this.reads.set(use, held && this.reads.get(use) !== false);
  }
}

/** Whether a use of a variable looks into its value; taking something out of a literal leaves that as it is. */
function isLook({ role, chain, hold, binding, adds }: Use): boolean {
  if (role !== 'read' || adds || (chain?.use === 'write' && chain.owner.type === 'AssignmentExpression' && chain.owner.operator === '=')) return false;
  if (!hold) return true;
  return chain !== null && !(chain.length === 1 && /^(?:Object|Array)Expression$/.test(binding?.declarator?.init?.type ?? ''));
}

/** Whether an import's value is only kept or handed to what keeps it. */
function isHeld(use: Use): boolean {
  if (!use.hold || use.active || use.role !== 'read') return false;
  return use.chain ? use.binding?.imported?.name === '*' && isTableRead(use) && use.chain.length === 1 : true;
}

/**
 * Distinct reads, each with the line of the first; held if all of its uses are.
 *
 * Shape: uses, in a map whether each is held; `indexOf` answers -1 for requests that vanish.
 */
export function listReads(uses: readonly Use[] | ReadonlyMap<Use, boolean>, indexOf: (raw: number) => number): { readonly reads: Read[]; readonly lines: number[] } {
  const reads: Read[] = [];
  const lines: number[] = [];
  const seen = new Map<string, number>();
  for (const [use, held] of 'get' in uses ? uses : uses.map((each) => [each, false] as const)) {
    const imported = use.binding?.imported;
    if (!imported) continue;
    const request = indexOf(imported.request);
    if (request < 0) continue;
    const name = imported.name === '*' && isTableRead(use) ? use.chain.first : imported.name;
    const identity = `${request} ${name}`;
    const known = seen.get(identity);
    if (known === undefined) {
      seen.set(identity, reads.push(held ? [request, name, 1] : [request, name]) - 1);
      lines.push(lineOf(use.node));
    } else if (!held && reads[known]?.[2]) {
      // The place that matters is where it is looked into.
      reads[known] = [request, name];
      lines[known] = lineOf(use.node);
    }
  }
  return { reads, lines };
}

/** Uses of state roots in code that runs while the module loads. Keeping a root somewhere is no use of it. */
export function findStateAtLoad(load: Reach, bindings: Iterable<Binding>): Finding[] {
  const found: Finding[] = [];
  for (const binding of bindings) {
    if (binding.author !== 'state') continue;
    for (const use of binding.uses) {
      if (use.role === 'export' || (use.captured && !use.active) || !load.units.has(use.unit)) continue;
      found.push({ line: lineOf(use.node), what: binding.name });
    }
  }
  return found.sort((a, b) => a.line - b.line);
}

/** Methods that change what they are called on. */
const mutators = new Set([
  'push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'fill', 'copyWithin', 'set', 'add', 'delete', 'clear',
]);

/**
 * Top-level bindings that functions change: after an upgrade old and new code would each have their own.
 *
 * Shape: what happens in the `spared` ranges of the text does not count.
 */
export function findUndeclared(bindings: Iterable<Binding>, spared: readonly (readonly [start: number, end: number])[] = []): Finding[] {
  const found: Finding[] = [];
  for (const binding of bindings) {
    if (binding.kind === 'import' || binding.author) continue;
    const isChanged = binding.uses.some((use) => isLate(use.unit) && !spared.some(([start, end]) => start <= startOf(use.node) && startOf(use.node) < end) && ((isWrite(use) && binding.kind !== 'const') || (holdsLiteral(binding) && isMutation(use))));
    if (isChanged) found.push({ line: lineOf(binding.node), what: binding.name });
  }
  return found.sort((a, b) => a.line - b.line);
}

/** Whether code can run again after the module has loaded: it is in a function, and not only in one that is called on the spot. */
function isLate(unit: Unit): boolean {
  for (let at: Unit | null = unit; at; at = at.parent) if (at.kind === 'function' && at.fate !== 'run') return true;
  return false;
}

/** Whether a use changes what the name holds. */
export function isMutation({ chain }: Use): boolean {
  if (!chain) return false;
  return chain.use === 'write' || (chain.use === 'call' && chain.last !== null && mutators.has(chain.last));
}

/** const x = [], {}, new Map(), new Set(), new Array(5), Array(5) */
function holdsLiteral({ declarator }: Binding): boolean {
  const init = declarator?.id.type === 'Identifier' ? declarator.init : null;
  switch (init?.type) {
    case 'ArrayExpression':
    case 'ObjectExpression':
      return true;
    case 'NewExpression':
    case 'CallExpression': {
      const { callee } = init;
      if (callee.type === 'Identifier') return /^(?:Map|Set|Array|Object|\w+Array)$/.test(callee.name);
      return callee.type === 'MemberExpression' && rootOf(callee)?.name === 'Object' && propertyName(callee) === 'create';
    }
    default:
      return false;
  }
}
