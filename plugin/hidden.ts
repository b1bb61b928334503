/**
 * Hidden private data: symbols, weak maps and weak sets at the top level, by which objects of all versions are asked for what they hide.
 * Each is made once for all versions of the module: `const h = Symbol()`, and what compilers make of private names,
 * `var _x; ... _x = new WeakMap();`. So are contexts of React, by their text: providers and consumers of two versions belong together.
 */
import type { Expression } from '@babel/types';
import { wrap } from './edits.js';
import type { Editing } from './imports.js';
import { hashOf } from './manifest.js';
import { endOf, isMember, outerStart, propertyName } from './tree.js';
import type { Walk } from './walk.js';

interface Hidden {
  readonly name: string;
  readonly kind: string;
  readonly made: Expression;
}

export function findHidden(walk: Walk): Hidden[] {
  const found: Hidden[] = [];
  const { bindings } = walk.module;
  const add = (name: string, made: Expression): void => {
    const global = kindOf(made);
    const kind = global !== null && !bindings.has(global) ? global : contextOf(walk, made);
    const binding = bindings.get(name);
    if (kind === null || !binding || binding.author) return;
    // Whatever is assigned more than once is not what it was made as.
    const isFirst = binding.declarator?.init === made;
    const writes = binding.uses.filter(({ role, node }) => role !== 'read' && role !== 'call' && role !== 'new' && role !== 'export' && node !== binding.node);
    if (writes.length === (isFirst ? 0 : 1) && (isFirst || !binding.declarator?.init)) found.push({ name, kind, made });
  };
  for (const statement of walk.program.body) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration?.type === 'VariableDeclaration') {
      for (const { id, init } of declaration.declarations) if (id.type === 'Identifier' && init) add(id.name, init);
    } else if (declaration?.type === 'ExpressionStatement') {
      const { expression } = declaration;
      for (const each of expression.type === 'SequenceExpression' ? expression.expressions : [expression]) {
        if (each.type === 'AssignmentExpression' && each.operator === '=' && each.left.type === 'Identifier') add(each.left.name, each.right);
      }
    }
  }
  return found;
}

/** `Symbol()`, `Symbol('name')`, `new WeakMap()`, `new WeakSet`: what has contents from the start is not hidden. */
function kindOf(made: Expression): string | null {
  if (made.type !== 'CallExpression' && made.type !== 'NewExpression') return null;
  const { callee } = made;
  if (callee.type !== 'Identifier') return null;
  if (made.type === 'CallExpression') return callee.name === 'Symbol' && made.arguments.every(({ type }) => type === 'StringLiteral') ? 'Symbol' : null;
  return (callee.name === 'WeakMap' || callee.name === 'WeakSet') && made.arguments.length === 0 ? callee.name : null;
}

/** `createContext(0)`, `React.createContext(0)` -> 'createContext ' and a hash of its text: another text is another context. */
function contextOf(walk: Walk, made: Expression): string | null {
  if (made.type !== 'CallExpression') return null;
  const { callee } = made;
  const root = isMember(callee) && propertyName(callee) === 'createContext' ? callee.object : callee;
  const imported = root.type === 'Identifier' ? walk.module.bindings.get(root.name)?.imported : null;
  if (!imported || walk.requests[imported.request]?.specifier !== 'react') return null;
  if (root === callee ? imported.name !== 'createContext' : imported.name !== '*' && imported.name !== 'default') return null;
  return `createContext ${hashOf(walk.parsed.text.slice(endOf(callee), endOf(made))).slice(0, 16)}`;
}

/** const h = Symbol() -> const h = $x.keep("h Symbol", () => Symbol()) */
export function editHidden({ edits, emitted }: Editing, { name, kind, made }: Hidden): void {
  edits.push(wrap(outerStart(made), endOf(made), `${emitted.context}.keep(${JSON.stringify(`${name} ${kind}`)}, () => `, ')'));
}
