/**
 * Exported functions that have handles, and the edits in their own module: wherever such a function is a value, the handle is read,
 * as importers do, so that both have the same object. Called, it stays the local name. The bodies are not touched otherwise.
 */
import type { ArrowFunctionExpression, FunctionDeclaration, FunctionExpression, Node } from '@babel/types';
import type { Link } from '../runtime/protocol.js';
import { replace } from './edits.js';
import { member } from './emitted.js';
import { isWrite } from './exports.js';
import { declaredNames } from './fold.js';
import { editValue, type Editing, guard, readOwn } from './imports.js';
import type { Binding, Use } from './scope.js';
import { startOf, endOf } from './tree.js';
import type { Walk } from './walk.js';

type FunctionNode = FunctionDeclaration | FunctionExpression | ArrowFunctionExpression;

export interface Handled {
  /** Exported names; the first one is the handle's. */
  readonly names: readonly [canonical: string, ...aliases: string[]];
  /** Null for a default export without a name. */
  readonly binding: Binding | null;
  readonly node: FunctionNode;
}

/** The functions of a module that have handles: exported, functions by their text, and never assigned again. */
export function findHandled(walk: Walk): Handled[] {
  const found: Handled[] = [];
  const declarators = topDeclarators(walk);
  for (const binding of walk.module.bindings.values()) {
    const [canonical, ...aliases] = binding.exported;
    const node = canonical !== undefined && functionOf(binding, declarators);
    if (node) found.push({ names: [canonical, ...aliases], binding, node });
  }
  const declaration = walk.defaultExport?.declaration;
  if (declaration && isFunctionNode(declaration) && !(declaration.type === 'FunctionDeclaration' && declaration.id)) found.push({ names: ['default'], binding: null, node: declaration });
  return found;
}

const isFunctionNode = (node: Node): node is FunctionNode => node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression';

/** Declarators that run once: those of the module's own statements. */
function topDeclarators({ program }: Walk): Set<Node> {
  const found = new Set<Node>();
  for (const statement of program.body) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration?.type === 'VariableDeclaration') for (const declarator of declaration.declarations) found.add(declarator);
  }
  return found;
}

function functionOf({ kind, node, declarator, uses }: Binding, declarators: ReadonlySet<Node>): FunctionNode | null {
  // What is constructed directly would not see a prototype that only the handle has got.
  if (uses.some((use) => (isWrite(use) && use.parent !== declarator) || isPrototypeWrite(use))) return null;
  if (kind === 'function') return node as FunctionDeclaration;
  const init = declarator?.id.type === 'Identifier' && declarators.has(declarator) ? declarator.init : null;
  return init && isFunctionNode(init) ? init : null;
}

const isPrototypeWrite = ({ chain }: Use): boolean => chain?.use === 'write' && chain.length === 1 && chain.first === 'prototype';

/** `Link.h` */
export const linkHandled = (handled: readonly Handled[]): NonNullable<Link['h']> =>
  handled.flatMap(({ names: [canonical, ...aliases] }) => [canonical, ...aliases.map((alias) => [alias, canonical] as const)]);

/** export function show() { return [show, show()] } -> function show() { return [$h.show, show()] } */
export function editHandled(editing: Editing, walk: Walk, { names: [canonical], binding, node }: Handled): void {
  const self = walk.selves.get(node);
  for (const use of [...(binding?.uses ?? []), ...(self?.uses ?? [])]) {
    if (use.role === 'read' && !use.raw) editValue(editing, use, readOwn(editing, canonical));
  }
  // `new show()` runs the function itself, and whoever looks at `new.target` expects what `show` is everywhere else.
  for (const { node: target, owner } of walk.newTargets) {
    if (owner !== node) continue;
    const start = startOf(target);
    const isHidden = !binding || declaredNames(node.body, ...node.params).has(binding.name);
    const raw = isHidden ? member(editing.emitted.exports, canonical) : binding.name;
    editing.edits.push(replace(start, endOf(target), `${guard(editing, start)}(new.target === ${raw} ? ${readOwn(editing, canonical)} : new.target)`));
  }
}
