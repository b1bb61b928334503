/**
 * How to go through a syntax tree: the children of every kind of node, positions, and names of properties.
 * Knows nothing of scopes or of relup.
 */
import type { Expression, Identifier, Node } from '@babel/types';

/** Fields that hold children, in the order in which they are evaluated. Nodes that are not listed have none. */
const childKeys: Readonly<Record<string, readonly string[]>> = {
  ArrayExpression: ['elements'],
  ArrayPattern: ['elements'],
  ArrowFunctionExpression: ['params', 'body'],
  AssignmentExpression: ['left', 'right'],
  AssignmentPattern: ['left', 'right'],
  AwaitExpression: ['argument'],
  BinaryExpression: ['left', 'right'],
  BlockStatement: ['body'],
  CallExpression: ['callee', 'arguments'],
  CatchClause: ['param', 'body'],
  ClassBody: ['body'],
  ClassDeclaration: ['id', 'superClass', 'body'],
  ClassExpression: ['id', 'superClass', 'body'],
  ClassMethod: ['key', 'params', 'body'],
  ClassPrivateMethod: ['params', 'body'],
  ClassPrivateProperty: ['value'],
  ClassProperty: ['key', 'value'],
  ConditionalExpression: ['test', 'consequent', 'alternate'],
  DoWhileStatement: ['body', 'test'],
  ExportDefaultDeclaration: ['declaration'],
  ExportNamedDeclaration: ['declaration'],
  ExpressionStatement: ['expression'],
  ForInStatement: ['left', 'right', 'body'],
  ForOfStatement: ['left', 'right', 'body'],
  ForStatement: ['init', 'test', 'update', 'body'],
  FunctionDeclaration: ['id', 'params', 'body'],
  FunctionExpression: ['id', 'params', 'body'],
  IfStatement: ['test', 'consequent', 'alternate'],
  ImportExpression: ['source', 'options'],
  LabeledStatement: ['body'],
  LogicalExpression: ['left', 'right'],
  MemberExpression: ['object', 'property'],
  NewExpression: ['callee', 'arguments'],
  ObjectExpression: ['properties'],
  ObjectMethod: ['key', 'params', 'body'],
  ObjectPattern: ['properties'],
  ObjectProperty: ['key', 'value'],
  OptionalCallExpression: ['callee', 'arguments'],
  OptionalMemberExpression: ['object', 'property'],
  Program: ['body'],
  RestElement: ['argument'],
  ReturnStatement: ['argument'],
  SequenceExpression: ['expressions'],
  SpreadElement: ['argument'],
  StaticBlock: ['body'],
  SwitchCase: ['test', 'consequent'],
  SwitchStatement: ['discriminant', 'cases'],
  TaggedTemplateExpression: ['tag', 'quasi'],
  TemplateLiteral: ['expressions'],
  ThrowStatement: ['argument'],
  TryStatement: ['block', 'handler', 'finalizer'],
  UnaryExpression: ['argument'],
  UpdateExpression: ['argument'],
  VariableDeclaration: ['declarations'],
  VariableDeclarator: ['id', 'init'],
  WhileStatement: ['test', 'body'],
  YieldExpression: ['argument'],
};

/** Call `visit` for each child of a node. */
export function eachChild(node: Node, visit: (child: Node) => void): void {
  const keys = childKeys[node.type];
  if (!keys) return;
  const fields = node as unknown as Record<string, Node | readonly (Node | null)[] | null | undefined>;
  for (const key of keys) {
    const child = fields[key];
    if (!child) continue;
    if (!Array.isArray(child)) visit(child as Node);
    else for (const item of child as (Node | null)[]) if (item) visit(item);
  }
}

/** The parser sets positions on every node; only the types leave them open. */
export const startOf = (node: Node): number => node.start as number;
export const endOf = (node: Node): number => node.end as number;
export const lineOf = (node: Node): number => node.loc?.start.line ?? 1;

/** Where an expression starts, its parentheses included. */
export function outerStart(node: Node): number {
  const parenStart = node.extra?.parenStart;
  return typeof parenStart === 'number' ? parenStart : startOf(node);
}

export const isFunction = (node: Node): boolean =>
  node.type === 'ArrowFunctionExpression' || node.type === 'FunctionExpression' || node.type === 'FunctionDeclaration';

/** A function or class expression without a name of its own: it takes one from where it stands (ECMA-262 8.4.5 NamedEvaluation). */
export const isAnonymous = (node: Node): boolean =>
  node.type === 'ArrowFunctionExpression' || ((node.type === 'FunctionExpression' || node.type === 'ClassExpression') && !node.id);

export type Member = Extract<Node, { type: 'MemberExpression' | 'OptionalMemberExpression' }>;
export const isMember = (node: Node): node is Member => node.type === 'MemberExpression' || node.type === 'OptionalMemberExpression';

/** `a.b`, `a['b']`, `a?.b` -> 'b'; null if the name is computed or private. */
export function propertyName(member: Member): string | null {
  const { property, computed } = member;
  if (!computed) return property.type === 'Identifier' ? property.name : null;
  return property.type === 'StringLiteral' ? property.value : null;
}

/** `{ a: 1 }`, `{ 'a': 1 }`, `{ 1: 1 }`; null if the key is computed or private. */
export function keyName(property: { readonly key: Node; readonly computed?: boolean | undefined }): string | null {
  const { key } = property;
  if (property.computed) return null;
  if (key.type === 'Identifier') return key.name;
  return key.type === 'StringLiteral' || key.type === 'NumericLiteral' ? String(key.value) : null;
}

/** The identifier that a chain of members begins with, or null. */
export function rootOf(node: Node): Identifier | null {
  let current = node;
  while (isMember(current)) current = current.object;
  return current.type === 'Identifier' ? current : null;
}

/** A string that is known as it stands: `'a'`, `` `a` ``. */
export function literalString(node: Expression | null | undefined): string | null {
  if (node?.type === 'StringLiteral') return node.value;
  if (node?.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0]?.value.cooked ?? null;
  return null;
}

/** Names of the `var`s in a statement that belong to the function around it. */
export function varNames(node: Node, names: Set<string> = new Set()): Set<string> {
  if (node.type === 'VariableDeclaration' && node.kind === 'var') for (const { id } of node.declarations) patternNames(id, names);
  const isInner = isFunction(node) || node.type === 'ClassDeclaration' || node.type === 'ClassExpression' || node.type === 'ObjectMethod';
  if (!isInner) eachChild(node, (child) => varNames(child, names));
  return names;
}

/** Names that a binding pattern declares. */
export function patternNames(pattern: Node, names: Set<string>): void {
  switch (pattern.type) {
    case 'Identifier':
      names.add(pattern.name);
      return;
    case 'ObjectPattern':
      for (const property of pattern.properties) patternNames(property.type === 'RestElement' ? property.argument : property.value, names);
      return;
    case 'ArrayPattern':
      for (const element of pattern.elements) if (element) patternNames(element, names);
      return;
    case 'AssignmentPattern':
      patternNames(pattern.left, names);
      return;
    case 'RestElement':
      patternNames(pattern.argument, names);
  }
}

/** Every identifier in a piece of the tree, whatever it means. */
export function identifierNames(node: Node, names: Set<string>): void {
  if (node.type === 'Identifier') names.add(node.name);
  eachChild(node, (child) => identifierNames(child, names));
}
