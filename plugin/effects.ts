/**
 * Which calls and assignments take effect beyond the module when they run: listeners, timers, servers, connections, registrations,
 * changes of what others made. A second run of the module would do it all again. A call of a package that is not known to be pure
 * counts as one; what is declared pure or wrapped in `effect(() => ...)` does not. Must never call pure what nobody said is.
 */
import type { Expression, Node, TaggedTemplateExpression } from '@babel/types';
import type { Finding } from '../runtime/protocol.js';
import { isWrite } from './exports.js';
import { Origins } from './origins.js';
import { isMutation, Reach } from './reach.js';
import { findRemedy } from './remedies.js';
import type { Unit, Use } from './scope.js';
import { endOf, lineOf, outerStart, rootOf, startOf } from './tree.js';
import { type Verdict, Verdicts } from './verdicts.js';
import type { Call, CallSite, Walk } from './walk.js';

/** A finding whose last word waits for where a request leads: it holds only if that is a cold module. */
export interface Suspect extends Finding {
  readonly request?: number;
}

export interface EffectOptions {
  /** Packages, or `package#export`, that the user declares pure. */
  readonly pure: readonly string[];
  readonly indexOf: (raw: number) => number;
}

interface Found {
  readonly finding: Suspect;
  readonly node: Node;
}

/** Judges the calls of one module. */
export class Effects {
  readonly #origins: Origins;
  readonly #verdicts: Verdicts;
  readonly #calls = new Map<Unit, CallSite[]>();
  readonly #pureRanges: readonly (readonly [number, number])[];
  readonly #pureCallees = new Set<Node>();
  /** What may run while the module loads, and what does as far as its own text tells. */
  readonly #atLoad: Reach;
  readonly #surely: Reach;
  readonly #found = { plain: new Map<Unit, readonly Found[]>(), strict: new Map<Unit, readonly Found[]>() };

  constructor(readonly walk: Walk, readonly options: EffectOptions) {
    this.#origins = new Origins(walk.uses);
    this.#verdicts = new Verdicts(this.#origins, walk.requests, options.indexOf, options.pure);
    for (const call of walk.calls) {
      const list = this.#calls.get(call.unit);
      if (list) list.push(call);
      else this.#calls.set(call.unit, [call]);
      const root = this.#isMarkedPure(call.node) ? rootOf(calleeOf(call.node)) : null;
      if (root) this.#pureCallees.add(root);
    }
    this.#pureRanges = walk.pures.filter(({ callee }) => this.#origins.bindingOf(callee)?.imported?.name === 'pure').map((call) => [startOf(call), endOf(call)]);
    this.#atLoad = this.#reach();
    this.#atLoad.run(walk.body, 1);
    this.#surely = this.#reach();
    this.#surely.calm = true;
    this.#surely.run(walk.body, 1);
  }

  /** Undeclared effects of what runs while the module loads. One finding a statement, unless several are known by name. */
  atLoad(): Suspect[] {
    const found = [...this.#surely.units.keys()].flatMap((unit) => this.#findIn(unit, false));
    const known = found.filter(({ finding }) => !finding.unknown);
    return found
      .filter(({ finding, node }) => !finding.unknown || !known.some((other) => this.#isSameStatement(other.node, node)))
      .filter((each) => !found.some((other) => other !== each && isInside(each.node, other.node) && !(other.finding.unknown && !each.finding.unknown)))
      .map(({ finding }) => finding)
      .sort((a, b) => a.line - b.line);
  }

  /** Why using an export is not free of side effects, in the order of the text; empty if it is. */
  ofExport(start: (reach: Reach) => void): Suspect[] {
    const reach = this.#reach();
    start(reach);
    return [...reach.units.keys()].flatMap((unit) => this.#findIn(unit, true).map(({ finding }) => finding)).sort((a, b) => a.line - b.line);
  }

  /** Imports that are called while the module loads. */
  calls(): (readonly [request: number, name: string, line: number])[] {
    const found = new Map<string, readonly [number, string, number]>();
    for (const unit of this.#atLoad.units.keys()) {
      for (const { node } of this.#calls.get(unit) ?? []) {
        if (this.#isPure(node)) continue;
        const origin = this.#origins.of(calleeOf(node));
        if (origin.kind !== 'import' || !origin.binding.imported) continue;
        const { request, name } = origin.binding.imported;
        const index = this.options.indexOf(request);
        const called = name === '*' ? origin.members[0] ?? '*' : name;
        if (index >= 0 && !found.has(`${index} ${called}`)) found.set(`${index} ${called}`, [index, called, lineOf(node)]);
      }
    }
    return [...found.values()];
  }

  #reach(): Reach {
    if (this.#pureCallees.size === 0 && this.#pureRanges.length === 0) return new Reach();
    return new Reach(undefined, (node) => this.#pureCallees.has(node) || this.#isInPure(node));
  }

  #findIn(unit: Unit, strict: boolean): readonly Found[] {
    const known = this.#found[strict ? 'strict' : 'plain'].get(unit);
    if (known) return known;
    const found: Found[] = [];
    this.#found[strict ? 'strict' : 'plain'].set(unit, found);
    for (const { node } of this.#calls.get(unit) ?? []) {
      if (this.#isPure(node)) continue;
      const verdict = this.#verdicts.of({ callee: calleeOf(node), args: 'arguments' in node ? node.arguments : [], isStatement: () => this.#isStatement(node), strict });
      if (verdict && (strict || !this.#isGuarded(node))) found.push({ node, finding: this.#describe(node, verdict, strict) });
    }
    for (const use of unit.uses) {
      const node = this.#writtenBy(use, strict);
      if (node && !this.#isInPure(node) && !isDefaulting(node)) found.push({ node, finding: this.#describe(node, { why: this.#whyWritten(use) }, strict) });
    }
    return found;
  }

  /** The assignment, if it changes what is not the module's own. */
  #writtenBy(use: Use, strict: boolean): Node | null {
    const { binding, chain } = use;
    // onmessage = f, globalThis.x = 1, Array.prototype.x = f, delete window.x
    if (!binding) return chain?.use === 'write' ? chain.owner : isWrite(use) ? use.parent : null;
    if (binding.imported) return chain?.use === 'write' && (binding.imported.name !== '*' || chain.length > 1) ? chain.owner : null;
    if (!strict || !binding.top) return null;
    return isWrite(use) && use.role !== 'init' ? use.parent : isMutation(use) ? chain?.owner ?? null : null;
  }

  #whyWritten({ binding, name }: Use): string {
    if (!binding) return 'It changes something that the whole program shares.';
    return binding.imported ? `It changes "${name}", which another module made.` : `It changes "${name}".`;
  }

  #isPure(node: CallSite['node']): boolean {
    return this.#isMarkedPure(node) || this.#isInPure(node);
  }

  #isMarkedPure(node: CallSite['node']): boolean {
    const { pureStarts } = this.walk;
    return pureStarts.has(startOf(node)) || pureStarts.has(outerStart(node));
  }

  #isInPure(node: Node): boolean {
    return this.#pureRanges.some(([start, end]) => start <= startOf(node) && endOf(node) <= end);
  }

  /** `customElements.get(x) || customElements.define(x, X)`, `globalThis.pool ??= new Pool()`: it does nothing the second time. */
  #isGuarded(node: Node): boolean {
    const { text } = this.walk.parsed;
    const statement = this.#statementOf(node);
    if (!statement) return false;
    const before = text.slice(startOf(statement), startOf(node));
    return /customElements\.get\(/.test(before) || /\b(?:globalThis|window|self|global)[\w.[\]'"]+\s*(?:\?\?|\|\|)=?[^;]*$/.test(before);
  }

  #isStatement(node: Node): boolean {
    const statement = this.#statementOf(node);
    if (statement?.type !== 'ExpressionStatement') return false;
    const { expression } = statement;
    return expression === node || (expression.type === 'AwaitExpression' && expression.argument === node);
  }

  /** The statement of the module's top level around a place. */
  #statementOf(node: Node): Node | null {
    const { body } = this.walk.program;
    let low = 0;
    let high = body.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const statement = body[middle] as Node; // between the bounds
      if (startOf(node) < startOf(statement)) high = middle - 1;
      else if (startOf(node) >= endOf(statement)) low = middle + 1;
      else return statement;
    }
    return null;
  }

  #isSameStatement(left: Node, right: Node): boolean {
    const statement = this.#statementOf(left);
    return statement !== null && isInside(right, statement);
  }

  /** Shape: `brief` leaves out what only concerns a module's own top level. */
  #describe(node: Node, verdict: Verdict, brief: boolean): Suspect {
    const what = this.walk.parsed.text.slice(startOf(node), endOf(node)).replace(/\s+/g, ' ');
    const fix = brief ? null : findRemedy(this.walk, this.#statementOf(node), node, verdict);
    return {
      line: lineOf(node),
      what: what.length > 80 ? `${what.slice(0, 77)}...` : what,
      ...(!brief && { why: verdict.why }),
      ...(fix !== null && { fix }),
      ...(verdict.unknown && { unknown: 1 as const }),
      ...(verdict.request !== undefined && { request: verdict.request }),
    };
  }
}

/** What stays of findings once it is known where requests lead. */
export function settleEffects(suspects: readonly Suspect[], targets: readonly string[]): Finding[] {
  return suspects.flatMap(({ request, ...finding }) => (request !== undefined && !targets[request]?.startsWith('cold:') ? [] : [finding]));
}

/** The first reason of each export that is left. */
export function settleImpure(impure: Readonly<Record<string, readonly Suspect[]>>, targets: readonly string[]): Record<string, Finding> {
  const settled: Record<string, Finding> = {};
  for (const name in impure) {
    const [first] = settleEffects(impure[name] ?? [], targets);
    if (first) settled[name] = first;
  }
  return settled;
}

const isInside = (inner: Node, outer: Node): boolean => startOf(outer) <= startOf(inner) && endOf(inner) <= endOf(outer);

const calleeOf = (node: Call | TaggedTemplateExpression): Node => (node.type === 'TaggedTemplateExpression' ? node.tag : (node.callee as Expression));

/** globalThis.x ??= 1 */
const isDefaulting = (node: Node): boolean => node.type === 'AssignmentExpression' && (node.operator === '??=' || node.operator === '||=');
