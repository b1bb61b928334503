/**
 * Edits for uses of imports: every one becomes a read of the requested module's table at the place of use, or
 * of its values where what it holds could get away (raw.ts); every assignment
 * becomes the error that the language asks for. Knows nothing of what the request turns out to be.
 */
import type { AssignmentExpression, Node } from '@babel/types';
import { type Edit, rename, replace, type Wording, wrap } from './edits.js';
import { type Emitted, key, member } from './emitted.js';
import type { Chain, Imported, Use } from './scope.js';
import { endOf, isMember, outerStart, startOf } from './tree.js';

/** Where edits of one module go, and what they need to know. */
export interface Editing {
  readonly text: string;
  readonly emitted: Emitted;
  readonly edits: Edit[];
  /** Starts of expression statements in a list. */
  readonly openings: ReadonlySet<number>;
  /** `{ x }` in an initialiser of `state()`: it has got its key already. */
  readonly thunked: Set<Node>;
  /** Request indices whose value tables the body reads; -1: the module's own. */
  readonly values: Set<number>;
  /** Request index in the outline, by position among the raw requests. */
  readonly indexOf: (raw: number) => number;
}

/** `;` where an expression that begins with a parenthesis would join the line above. */
export const guard = ({ openings }: Pick<Editing, 'openings'>, start: number): string => (openings.has(start) ? ';' : '');

/**
 * Whether a use of a namespace import is a static read that the table can answer: `ns.a`, `ns.a()`, `new ns.a`. Names that every
 * object inherits are not, because the table is an ordinary object; nor are writes, whose errors are the namespace object's.
 */
export function isTableRead(use: Use): use is Use & { readonly chain: Chain & { readonly first: string } } {
  const { chain } = use;
  if (!chain || chain.first === null || chain.first in Object.prototype) return false;
  return chain.use !== 'write' || chain.length > 1;
}

/** Rewrite one use of an import. */
export function editImport(editing: Editing, use: Use, imported: Imported): void {
  if (use.role === 'export' || editConstant(editing, use, (raw) => plainRead(editing, imported, raw))) return;
  if (imported.name === '*' && !imported.literalStar) editNamespace(editing, use, imported);
  else editRead(editing, use, plainRead(editing, imported, use.raw));
}

/** Rewrite an assignment to what cannot be assigned. Answers whether the use is one. `read` is the text that reads it, see plainRead. */
export function editConstant(editing: Editing, use: Use, read: (raw: boolean) => Wording): boolean {
  const { emitted, edits } = editing;
  const start = startOf(use.node);
  const end = endOf(use.node);
  const constant = `${emitted.context}.constant`;
  switch (use.role) {
    // [price] = v, ({ price } = v), for (price of v)
    case 'target':
    case 'head':
    case 'init':
      edits.push(rename(start, end, use.shorthand ? `${key(use.name)}: ${constant}` : constant));
      return true;
    // price++
    case 'update': {
      const { parent } = use;
      edits.push(replace(startOf(parent), endOf(parent), inWording(read(true), (value) => `${guard(editing, startOf(parent))}(${constant} = +${value})`)));
      return true;
    }
    case 'assign':
      editAssignment(editing, use.parent as AssignmentExpression, start, end, read);
      return true;
    default:
      return false;
  }
}

/** The text that reads an import. `raw`: what it holds does not get away. */
function plainRead(editing: Editing, { request, name, literalStar }: Imported, raw: boolean): Wording {
  const { emitted, indexOf } = editing;
  const index = indexOf(request);
  if (name !== '*') return inWording(tableOf(editing, index, raw), (table) => member(table, name));
  const bindings = emitted.request(index);
  const tail = literalStar ? '["*"]' : '';
  return { request: index, hot: `${emitted.context}.namespace(${index})${tail}`, cold: `${bindings}${tail}` };
}

/** Where exports of a request are read. Cold ones are what they are. */
function tableOf({ emitted, values }: Editing, index: number, raw: boolean): Wording {
  if (raw) return emitted.request(index);
  values.add(index);
  return { request: index, hot: emitted.values(index), cold: emitted.request(index) };
}

/** The text that reads an export of the module itself as a value. */
export function readOwn({ emitted, values }: Editing, name: string): string {
  values.add(-1);
  return member(emitted.values(-1), name);
}

const inWording = (wording: Wording, write: (text: string) => string): Wording =>
  typeof wording === 'string' ? write(wording) : { request: wording.request, hot: write(wording.hot), cold: write(wording.cold) };

/** price = v, price += v, price ||= v */
function editAssignment({ emitted, edits }: Editing, node: AssignmentExpression, start: number, end: number, read: (raw: boolean) => Wording): void {
  const constant = `${emitted.context}.constant`;
  const { operator } = node;
  if (operator === '=') {
    edits.push(rename(start, end, constant));
    return;
  }
  const binary = operator.slice(0, -1);
  const isLogical = binary === '||' || binary === '&&' || binary === '??';
  // A logical assignment throws only if it assigns.
  const head = inWording(read(!isLogical), (value) => (isLogical ? `${value} ${binary} (${constant} = (` : `${constant} = ${value} ${binary} (`));
  edits.push(replace(startOf(node), outerStart(node.right), head), wrap(startOf(node), endOf(node), '', isLogical ? '))' : ')'));
}

/** price, { price }, new price() */
export function editValue({ text, edits, thunked }: Editing, use: Use, value: Wording): void {
  const start = startOf(use.node);
  const end = endOf(use.node);
  if (use.shorthand && !thunked.has(use.node)) {
    // `{ __proto__ }` defines a property, `{ __proto__: x }` would not.
    const name = use.name === '__proto__' ? '["__proto__"]' : text.slice(start, end);
    edits.push(rename(start, end, inWording(value, (read) => `${name}: ${read}`)));
  } else edits.push(rename(start, end, value));
}

/** price, price(), price``, { price }, new price() */
function editRead(editing: Editing, use: Use, value: Wording): void {
  if (use.role !== 'call') return editValue(editing, use, value);
  const { text, edits } = editing;
  const start = startOf(use.node);
  const end = endOf(use.node);
  // The table must not become `this`. Engines place a call at its parenthesis then: written with the name, it maps to the name.
  const takesParenthesis = text[end] === '(';
  if (takesParenthesis) edits.push(replace(end, end + 1, ''));
  edits.push(rename(start, end, inWording(value, (read) => `${guard(editing, start)}(0, ${read})${takesParenthesis ? '(' : ''}`)));
}

/** ns.a, ns.a(), ns[key], f(ns) */
function editNamespace(editing: Editing, use: Use, imported: Imported): void {
  const { edits, indexOf, text } = editing;
  const start = startOf(use.node);
  const end = endOf(use.node);
  if (!isTableRead(use)) {
    const value = plainRead(editing, imported, false);
    // `new $x.namespace(1)[key]()` would be `(new $x.namespace(1))[key]()`.
    if (use.chain?.use === 'new') edits.push(rename(start, end, inWording(value, (read) => `(${read})`)));
    else editRead(editing, use, value);
    return;
  }
  edits.push(rename(start, end, tableOf(editing, indexOf(imported.request), use.chain.raw)));
  if (use.chain.use !== 'call' || use.chain.length !== 1 || !isMember(use.parent)) return;
  // ns.a() must not get the table as `this`.
  const { parent } = use;
  const { property, computed } = parent;
  if (computed || text[endOf(parent)] !== '(') edits.push(wrap(startOf(parent), endOf(parent), `${guard(editing, startOf(parent))}(0, `, ')'));
  else {
    edits.push(wrap(startOf(parent), endOf(parent), `${guard(editing, startOf(parent))}(0, `, ''));
    edits.push(rename(startOf(property), endOf(property), `${text.slice(startOf(property), endOf(property))})(`), replace(endOf(property), endOf(property) + 1, ''));
  }
}

/** Names that a walk over the tree would not find: `arguments` of the module means nothing, but a factory has one. */
export function editArguments(editing: Editing, use: Use): void {
  const { edits } = editing;
  const start = startOf(use.node);
  const read = "'arguments' in globalThis ? globalThis.arguments : (() => { throw new ReferenceError('arguments is not defined'); })()";
  const isTyped = isTypeof(use.parent);
  const text = isTyped ? 'globalThis.arguments' : `${guard(editing, start)}(${read})`;
  edits.push(replace(start, endOf(use.node), use.shorthand ? `arguments: ${text}` : text));
}

const isTypeof = (node: Node): boolean => node.type === 'UnaryExpression' && node.operator === 'typeof';
