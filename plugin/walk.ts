/**
 * The one pass over a module's tree: finds scopes, uses of names, units of code, and the places that the rewrite has to touch.
 * It records and judges nothing; what a name means is known only when the walk is over. Visitors of the kinds of nodes are in
 * walk-expressions.ts, walk-statements.ts and walk-functions.ts.
 */
import type {
  AwaitExpression, CallExpression, ClassDeclaration, ExportDefaultDeclaration, ForOfStatement, Identifier, ImportExpression, LabeledStatement,
  MetaProperty, NewExpression, Node, OptionalCallExpression, Program, Statement, TaggedTemplateExpression,
} from '@babel/types';
import { findCollections, findOwnCode, isImmediate } from './deferring.js';
import { Folder } from './fold.js';
import { type Hold, holdOf } from './holding.js';
import { createError, type Parsed } from './parse.js';
import type { LocalCall } from './passing.js';
import { isRawPlace } from './raw.js';
import { type Binding, type Chain, createSink, type Role, Scope, type Sink, type TopDeclaration, type Unit, type Use } from './scope.js';
import { eachChild, endOf, identifierNames, isMember, propertyName, rootOf, startOf, varNames } from './tree.js';
import { expressionVisitors } from './walk-expressions.js';
import { functionVisitors } from './walk-functions.js';
import { statementVisitors } from './walk-statements.js';
import type { Code } from '../runtime/errors.js';

export type Call = CallExpression | OptionalCallExpression | NewExpression;

/** Visits the nodes of one kind. The node's type is what the table's key says. */
export type Visitor<Type extends Node['type']> = (walk: Walk, node: Extract<Node, { type: Type }>, parent: Node) => void;
export type Visitors = { readonly [Type in Node['type']]?: Visitor<Type> };

/** An import or export-from declaration's request; equal specifier and attributes are one request. */
export interface RawRequest {
  readonly specifier: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly node: Node;
}

/** `export { imported as exported } from`; imported null: the namespace. */
export interface RawIndirect {
  readonly exported: string;
  readonly request: number;
  readonly imported: string | null;
}

/** A call of the author API at the place where it belongs. */
export interface AuthorSite {
  readonly api: 'state' | 'reset' | 'effect' | 'onUpgrade' | 'onRetire';
  readonly call: CallExpression;
  /** Name of the constant that it initialises. */
  readonly name: string | null;
}

/** A call, and the code that it is part of: effects.ts judges those that run. */
export interface CallSite {
  readonly node: Call | TaggedTemplateExpression;
  readonly unit: Unit;
}

const visitors = { ...expressionVisitors, ...functionVisitors, ...statementVisitors } as Readonly<Record<string, Visitor<never> | undefined>>;

export class Walk {
  readonly requests: RawRequest[] = [];
  readonly indirect: RawIndirect[] = [];
  readonly stars: number[] = [];
  /** `export { local as exported }` without a source. */
  readonly localExports: { readonly exported: string; readonly use: Use }[] = [];
  readonly removed: Node[] = [];
  readonly exportHeads: { readonly from: number; readonly to: number }[] = [];
  readonly topDeclarations: TopDeclaration[] = [];
  readonly topClasses: ClassDeclaration[] = [];
  defaultExport: ExportDefaultDeclaration | null = null;
  defaultSink: Sink | null = null;

  readonly uses: Use[] = [];
  readonly units: Unit[] = [];
  readonly metas: { readonly node: MetaProperty; readonly parent: Node }[] = [];
  /** `new.target`, by the function whose it is. */
  readonly newTargets: { readonly node: MetaProperty; readonly owner: Node }[] = [];
  /** The names that functions and classes have in their own code. */
  readonly selves = new Map<Node, Binding>();
  readonly imports: ImportExpression[] = [];
  readonly awaits: AwaitExpression[] = [];
  readonly asyncLoops: { readonly node: ForOfStatement; readonly labels: readonly LabeledStatement[] }[] = [];
  readonly cuts: { readonly node: Node; readonly text: string }[] = [];
  readonly authors: AuthorSite[] = [];
  readonly calls: CallSite[] = [];
  /** `pure(value)`, and what it is called here. */
  readonly pures: CallExpression[] = [];
  readonly pureNames = new Set<string>();
  /** Calls that add to a collection, and calls of local functions; see passing.ts. */
  readonly addings = new Set<Node>();
  readonly localCalls: LocalCall[] = [];
  /** What assignments let flow into what is assigned. */
  readonly flows: { readonly use: Use; readonly sink: Sink }[] = [];
  /** Starts of statements that consist of an expression and stand in a list: what is written there must not join the line above. */
  readonly openings = new Set<number>();
  /** Identifiers in code that was cut. */
  readonly deadNames = new Set<string>();
  /** Local names of the author API. */
  readonly authorNames = new Map<string, AuthorSite['api']>();
  /** Callees of calls that stand for themselves at the top level, `start();`: the module keeps nothing of what they answer. */
  readonly discards = new Set<Node>();
  /** Names that stand for the application's own code, and for collections among it. */
  readonly ownCode: ReadonlySet<string>;
  readonly collections: ReadonlySet<string>;
  /** Where a call stands that is marked as pure. */
  readonly pureStarts: ReadonlySet<number>;

  readonly module = new Scope(null, true);
  readonly body: Unit = { parent: null, kind: 'module', fate: 'run', handed: false, uses: [], children: [] };
  readonly program: Program;
  readonly folder: Folder;

  // Where the walk is.
  readonly path: Node[] = [];
  scope: Scope = this.module;
  unit: Unit = this.body;
  sink: Sink | null = null;
  active = false;
  /** Number of functions around; 0: `await` belongs to the module. */
  depth = 0;

  constructor(readonly parsed: Parsed, define: Readonly<Record<string, unknown>>) {
    this.program = parsed.file.program;
    this.folder = new Folder(define, this.program);
    this.ownCode = findOwnCode(this.program);
    this.collections = findCollections(this.program);
    this.pureStarts = findPureStarts(parsed);
    this.units.push(this.body);
  }

  visit(node: Node, parent: Node): void {
    const visitor = visitors[node.type] as ((walk: Walk, node: Node, parent: Node) => void) | undefined;
    this.path.push(node);
    if (visitor) visitor(this, node, parent);
    else eachChild(node, (child) => this.visit(child, node));
    this.path.pop();
  }

  visitStatements(statements: readonly Statement[], parent: Node): void {
    for (const statement of statements) {
      if (statement.type === 'ExpressionStatement') this.openings.add(startOf(statement));
      this.visit(statement, parent);
    }
  }

  /** Walk something in a scope of its own. */
  within(holdsVars: boolean, visit: () => void): void {
    const { scope } = this;
    this.scope = new Scope(scope, holdsVars);
    visit();
    this.scope.leave();
    this.scope = scope;
  }

  #isHanded(hold: Hold | null): boolean {
    const root = hold?.call && !isImmediate(hold.call.callee) ? rootOf(hold.call.callee) : null;
    return root !== null && this.module.bindings.get(root.name)?.imported != null;
  }

  /** Walk code that runs at a time of its own, written where the path ends. */
  withinUnit(kind: Unit['kind'], fate: Unit['fate'], visit: () => void): void {
    const { unit, sink, active } = this;
    const handed = fate === 'passed' && this.#isHanded(holdOf(this.path, this.path.at(-1) as Node, this.ownCode));
    const inner: Unit = { parent: unit, kind, fate, handed, uses: [], children: [] };
    unit.children.push(inner);
    this.units.push(inner);
    for (let outer = sink; outer; outer = outer.outer) outer.units.push(inner);
    this.unit = inner;
    this.sink = null;
    this.active = false;
    visit();
    this.unit = unit;
    this.sink = sink;
    this.active = active;
  }

  /** Walk an expression that is handed to code which may do anything with it, or that is only kept. */
  withActive(active: boolean, visit: () => void): void {
    const before = this.active;
    this.active = active;
    visit();
    this.active = before;
  }

  /** Walk an expression whose value flows somewhere. */
  withSink(literal: boolean, visit: () => void): Sink {
    const before = this.sink;
    const sink = createSink(before, literal);
    this.sink = sink;
    visit();
    this.sink = before;
    return sink;
  }

  use(node: Identifier, parent: Node, role: Role, shorthand = false): Use {
    const chain = isMember(parent) && parent.object === node ? this.#chainAbove() : null;
    const active = this.active || role === 'call' || role === 'new' || chain?.use === 'call' || chain?.use === 'new';
    const captured = !chain && role === 'read' && isCapture(node, parent);
    const above = this.path[this.path.lastIndexOf(parent) - 1];
    const raw = isRawPlace(node, parent, above);
    const hold = role === 'read' && (!chain || chain.use === 'read') ? holdOf(this.path, node, this.ownCode) : (role === 'call' || role === 'new') && parent.type !== 'TaggedTemplateExpression' ? holdOf(this.path, parent, this.ownCode) : null;
    const use: Use = { name: node.name, node, parent, role, unit: this.unit, active, captured, handed: this.#isHanded(hold), raw, hold, shorthand, chain, binding: null };
    this.scope.use(use);
    this.uses.push(use);
    this.unit.uses.push(use);
    for (let sink = this.sink; sink; sink = sink.outer) sink.uses.push(use);
    return use;
  }

  /** Leave out code that cannot run. Its `var`s stay declared. */
  cut(node: Node, isStatement: boolean): void {
    const names = isStatement ? [...varNames(node)] : [];
    for (const name of names) this.scope.varScope().declare(name, 'var', node);
    this.cuts.push({ node, text: isStatement ? (names.length > 0 ? `{ var ${names.join(', ')}; }` : '{}') : '0' });
    identifierNames(node, this.deadNames);
  }

  fail(code: Code, node: Node, sentence: string, hint: string): never {
    throw createError(code, this.parsed, node, sentence, hint);
  }

  /** The path ends with a member whose object is the identifier at hand. */
  #chainAbove(): Chain {
    const { path } = this;
    let index = path.length - 1;
    const bottom = path[index] as Node;
    let length = 1;
    for (; index > 0; index--, length++) {
      const above = path[index - 1] as Node;
      if (!isMember(above) || above.object !== path[index]) break;
    }
    const top = path[index] as Node;
    const use = useOf(top, path[index - 1], path[index - 2]);
    const end = path.length - 1;
    const raw = isRawPlace(bottom, path[end - 1] ?? bottom, path[end - 2]);
    return { use, first: isMember(bottom) ? propertyName(bottom) : null, last: isMember(top) ? propertyName(top) : null, length, owner: path[index - 1] ?? top, raw };
  }
}

/** What is done with a chain of members. */
function useOf(top: Node, parent: Node | undefined, above: Node | undefined): Chain['use'] {
  switch (parent?.type) {
    case 'CallExpression':
    case 'OptionalCallExpression':
      return parent.callee === top ? 'call' : 'read';
    case 'NewExpression':
      return parent.callee === top ? 'new' : 'read';
    case 'TaggedTemplateExpression':
      return 'call';
    case 'AssignmentExpression':
    case 'AssignmentPattern':
    case 'ForInStatement':
    case 'ForOfStatement':
      return parent.left === top ? 'write' : 'read';
    case 'UpdateExpression':
    case 'ArrayPattern':
    case 'RestElement':
      return 'write';
    case 'UnaryExpression':
      return parent.operator === 'delete' ? 'write' : 'read';
    case 'ObjectProperty':
      return above?.type === 'ObjectPattern' && parent.value === top ? 'write' : 'read';
    default:
      return 'read';
  }
}

/** Whether the value is only kept where it stands. */
function isCapture(node: Node, parent: Node): boolean {
  switch (parent.type) {
    case 'VariableDeclarator':
      return parent.id.type === 'Identifier';
    case 'ObjectProperty':
      return parent.value === node;
    case 'AssignmentExpression':
      return parent.right === node && parent.operator === '=';
    case 'ArrowFunctionExpression':
      return parent.body === node;
    default:
      return parent.type === 'ArrayExpression' || parent.type === 'ExportDefaultDeclaration' || parent.type === 'ReturnStatement';
  }
}

/** Positions right after `/*#__PURE__*\/` and the white space that follows it. */
function findPureStarts({ text, comments }: Parsed): Set<number> {
  const starts = new Set<number>();
  for (const comment of comments) {
    if (!/[#@]__PURE__/.test(comment.value)) continue;
    const white = /\s*/y;
    white.lastIndex = endOf(comment as unknown as Node);
    starts.add(white.lastIndex + (white.exec(text)?.[0].length ?? 0));
  }
  return starts;
}
