/**
 * Which conditions are settled before the code runs, by the constants that the build defines. Only conditions are judged:
 * the text of a condition stays as it is, the build replaces it itself.
 */
import type { Node } from '@babel/types';
import { eachChild, isMember, patternNames, propertyName } from './tree.js';

/** The value of an expression, if it is known. */
export type Folded = { readonly value: unknown } | null;

/** `import.meta.env.DEV` -> its path as it stands in `define`; null for anything but plain names. */
function pathOf(node: Node): string | null {
  if (node.type === 'Identifier') return node.name;
  if (node.type === 'MetaProperty') return `${node.meta.name}.${node.property.name}`;
  if (!isMember(node)) return null;
  const object = pathOf(node.object);
  const name = propertyName(node);
  return object !== null && name !== null ? `${object}.${name}` : null;
}

/** The values of literal definitions: JSON, or `undefined`. Others are code and settle nothing. */
function readDefinitions(define: Readonly<Record<string, unknown>>): Map<string, unknown> {
  const values = new Map<string, unknown>();
  for (const [path, source] of Object.entries(define)) {
    if (typeof source !== 'string') values.set(path, source);
    else if (source === 'undefined') values.set(path, undefined);
    else {
      try {
        values.set(path, JSON.parse(source));
      } catch {
        // Code, not a constant.
      }
    }
  }
  return values;
}

/** Judges the conditions of one module. */
export class Folder {
  readonly #values: Map<string, unknown>;
  #declared: Set<string> | null = null;

  constructor(define: Readonly<Record<string, unknown>>, readonly program: Node) {
    this.#values = readDefinitions(define);
  }

  /** Shape: null if the value is not known before the code runs. */
  fold(node: Node): Folded {
    switch (node.type) {
      case 'BooleanLiteral':
      case 'NumericLiteral':
      case 'StringLiteral':
        return { value: node.value };
      case 'NullLiteral':
        return { value: null };
      case 'Identifier':
        return node.name === 'undefined' ? { value: undefined } : this.#lookUp(node);
      case 'MemberExpression':
      case 'OptionalMemberExpression':
      case 'MetaProperty':
        return this.#lookUp(node);
      case 'UnaryExpression':
        return this.#foldUnary(node.operator, node.argument);
      case 'BinaryExpression':
        return this.#foldBinary(node.operator, node.left, node.right);
      case 'LogicalExpression':
        return this.#foldLogical(node.operator, node.left, node.right);
      default:
        return null;
    }
  }

  /** Whether the build has a constant for a path. */
  isDefined(path: string): boolean {
    return this.#values.has(path);
  }

  #foldUnary(operator: string, argument: Node): Folded {
    if (operator === 'typeof') {
      const path = pathOf(argument);
      if (path !== null && this.#values.has(`typeof ${path}`) && this.#isGlobal(path)) return { value: this.#values.get(`typeof ${path}`) };
    }
    const folded = operator === '!' || operator === 'typeof' || operator === 'void' ? this.fold(argument) : null;
    if (!folded) return null;
    return { value: operator === '!' ? !folded.value : operator === 'void' ? undefined : typeof folded.value };
  }

  #foldBinary(operator: string, left: Node, right: Node): Folded {
    if (!/^[!=]==?$/.test(operator)) return null;
    const [a, b] = [this.fold(left), this.fold(right)];
    if (!a || !b) return null;
    const isStrict = operator.length === 3;
    const isEqual = isStrict ? a.value === b.value : a.value == b.value;
    return { value: operator[0] === '=' ? isEqual : !isEqual };
  }

  #foldLogical(operator: string, left: Node, right: Node): Folded {
    const a = this.fold(left);
    if (a) return isSettled(operator, a.value) ? a : this.fold(right);
    // `x && false` is falsy whatever x is, but it runs x: only what is to its right may go.
    return null;
  }

  #lookUp(node: Node): Folded {
    if (this.#values.size === 0) return null;
    const path = pathOf(node);
    return path !== null && this.#values.has(path) && this.#isGlobal(path) ? { value: this.#values.get(path) } : null;
  }

  /** A definition means a global; a module that declares the name anywhere is left alone. */
  #isGlobal(path: string): boolean {
    const root = path.split('.', 1)[0] ?? '';
    if (root === 'import') return true;
    if (!this.#declared) collectDeclared(this.program, (this.#declared = new Set()));
    return !this.#declared.has(root);
  }
}

/** Whether the left side of `&&`, `||` or `??` decides alone. */
export function isSettled(operator: string, left: unknown): boolean {
  if (operator === '&&') return !left;
  return operator === '||' ? Boolean(left) : left !== null && left !== undefined;
}

/** Names that are declared anywhere in pieces of the tree. */
export function declaredNames(...nodes: readonly Node[]): Set<string> {
  const names = new Set<string>();
  for (const node of nodes) {
    patternNames(node, names);
    collectDeclared(node, names);
  }
  return names;
}

function collectDeclared(node: Node, names: Set<string>): void {
  switch (node.type) {
    case 'ImportDeclaration':
      for (const { local } of node.specifiers) names.add(local.name);
      return;
    case 'VariableDeclarator':
      patternNames(node.id, names);
      break;
    case 'CatchClause':
      if (node.param) patternNames(node.param, names);
      break;
    case 'ClassDeclaration':
    case 'ClassExpression':
      if (node.id) names.add(node.id.name);
      break;
    default:
      if ('params' in node && Array.isArray(node.params)) {
        for (const param of node.params as Node[]) patternNames(param, names);
        if ('id' in node && node.id) patternNames(node.id as Node, names);
      }
  }
  eachChild(node, (child) => collectDeclared(child, names));
}
