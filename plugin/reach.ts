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
import { lineOf, propertyName, rootOf } from './tree.js';

/** 1: it runs. 2: it runs, and so does everything that it makes. */
type Level = 1 | 2;

/** One exploration from some start. */
export class Reach {
  readonly units = new Map<Unit, Level>();
  readonly #bindings = new Map<Binding, Level>();
  readonly #sinks = new Set<Sink>();
  /** Uses of imports on the way, in the order in which they were found. */
  readonly reads: Use[] = [];
  readonly #seen = new Set<Use>();

  /** `discards`: callees whose answers nobody keeps. What such a call reads is not held by the module, unless the call writes it there. */
  constructor(readonly discards: ReadonlySet<Node> = new Set()) {}

  /** Code runs. */
  run(unit: Unit, level: Level): void {
    const known = this.units.get(unit) ?? 0;
    if (known >= level) return;
    this.units.set(unit, level);
    for (const use of unit.uses) {
      const { binding } = use;
      if (!binding || (this.discards.has(use.node) && !this.#leavesTraces(use, binding))) continue;
      if (binding.imported) this.#read(use);
      // A call runs a function, being passed on hands it over.
      else if (use.role === 'call' || use.role === 'new') this.call(binding, level === 2 ? 2 : 1);
      else if (level === 2 || (use.active && !(use.chain && binding.sinks.every(({ keeps }) => keeps)))) this.call(binding, 2);
    }
    for (const child of unit.children) {
      if (child.fate === 'run') this.run(child, level);
      else if (child.fate === 'passed' || level === 2) this.run(child, 2);
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
      for (const use of sink.heritage) {
        if (use.binding?.imported) this.#read(use);
        // `extends mix(A)`: the base is made inside of `mix`.
        else if (use.binding) this.call(use.binding, use.role === 'call' ? 2 : level);
      }
      return;
    }
    if (this.#sinks.has(sink)) return;
    this.#sinks.add(sink);
    for (const unit of sink.units) this.run(unit, 2);
    for (const use of sink.uses) {
      if (use.binding?.imported) this.#read(use);
      else if (use.binding) this.call(use.binding, 2);
    }
  }

  #read(use: Use): void {
    if (this.#seen.has(use) || use.role === 'export' || (isWrite(use) && use.role !== 'update')) return;
    this.#seen.add(use);
    this.reads.push(use);
  }
}

/** Distinct reads, each with the line of the first. Shape: `indexOf` answers -1 for requests that vanish. */
export function listReads(uses: readonly Use[], indexOf: (raw: number) => number): { readonly reads: Read[]; readonly lines: number[] } {
  const reads: Read[] = [];
  const lines: number[] = [];
  const seen = new Set<string>();
  for (const use of uses) {
    const imported = use.binding?.imported;
    if (!imported) continue;
    const request = indexOf(imported.request);
    if (request < 0) continue;
    const name = imported.name === '*' && isTableRead(use) ? use.chain.first : imported.name;
    const identity = `${request} ${name}`;
    if (seen.has(identity)) continue;
    seen.add(identity);
    reads.push([request, name]);
    lines.push(lineOf(use.node));
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

/** Top-level bindings that functions change: after an upgrade old and new code would each have their own. */
export function findUndeclared(bindings: Iterable<Binding>): Finding[] {
  const found: Finding[] = [];
  for (const binding of bindings) {
    if (binding.kind === 'import' || binding.author) continue;
    const isChanged = binding.uses.some((use) => isLate(use.unit) && ((isWrite(use) && binding.kind !== 'const') || (holdsLiteral(binding) && isMutation(use))));
    if (isChanged) found.push({ line: lineOf(binding.node), what: binding.name });
  }
  return found.sort((a, b) => a.line - b.line);
}

/** Whether code can run again after the module has loaded: it is in a function, and not only in one that is called on the spot. */
function isLate(unit: Unit): boolean {
  for (let at: Unit | null = unit; at; at = at.parent) if (at.kind === 'function' && at.fate !== 'run') return true;
  return false;
}

function isMutation({ chain }: Use): boolean {
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
