/**
 * What the names of a module mean to React: which calls are hooks, make elements or wrap components. Goes by what is imported. Pure.
 */
import type { CallExpression, Node, Program } from '@babel/types';
import { eachChild, endOf, isFunction, isMember, propertyName, rootOf, startOf } from './tree.js';

export type FunctionNode = Extract<Node, { type: 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression' }>;

/** Hooks of React that keep nothing from one rendering to the next. */
const keepingNothing = new Set(['useContext', 'useDebugValue']);
const wrappers = new Set(['memo', 'forwardRef', 'lazy']);

/** The names of one module. */
export interface Names {
  /** Names of React's own exports by local name; its namespace is `*`. */
  readonly react: ReadonlyMap<string, string>;
  readonly elements: ReadonlySet<string>;
  /** Functions by which components that React Compiler compiled keep values. */
  readonly caches: ReadonlySet<string>;
  /** Names at the top level of the module, imports among them. */
  readonly top: ReadonlySet<string>;
}

/** One call of a hook, in the text of a function. */
export interface HookCall {
  readonly call: CallExpression;
  /** As it is written: `useState`, `api.useQuery`. */
  readonly name: string;
  /** Of the pattern that the call initialises. */
  readonly pattern: string;
  /** Name of React's own hook; null for any other. */
  readonly own: string | null;
}

export function readNames(program: Program): Names {
  const react = new Map<string, string>();
  const elements = new Set<string>();
  const caches = new Set<string>();
  const top = new Set<string>();
  for (const statement of program.body) {
    if (statement.type !== 'ImportDeclaration') {
      addDeclared(statement, top);
      continue;
    }
    const { value } = statement.source;
    for (const specifier of statement.specifiers) {
      const { name } = specifier.local;
      const imported = specifier.type !== 'ImportSpecifier' ? '*' : specifier.imported.type === 'Identifier' ? specifier.imported.name : specifier.imported.value;
      top.add(name);
      if (isElementRuntime(value)) elements.add(name);
      else if (/^react(?:-compiler-runtime|\/compiler-runtime)$/.test(value) && imported === 'c') caches.add(name);
      else if (value === 'react' && imported === 'createElement') elements.add(name);
      else if (value === 'react') react.set(name, imported === 'default' ? '*' : imported);
    }
  }
  return { react, elements, caches, top };
}

/** Whether a module makes the elements that JSX stands for. */
export const isElementRuntime = (specifier: string): boolean => /(?:^|\/)jsx(?:-dev)?-runtime$/.test(specifier);

function addDeclared(statement: Node, names: Set<string>): void {
  const declaration = statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration' ? statement.declaration : statement;
  if ((declaration?.type === 'FunctionDeclaration' || declaration?.type === 'ClassDeclaration') && declaration.id) names.add(declaration.id.name);
  if (declaration?.type === 'VariableDeclaration') for (const { id } of declaration.declarations) if (id.type === 'Identifier') names.add(id.name);
}

/** The export of React that a callee is: `useState`, `React.useState`; null for anything else. */
export function reactExport({ react }: Names, callee: Node): string | null {
  if (callee.type === 'Identifier') {
    const name = react.get(callee.name);
    return name === '*' ? null : name ?? null;
  }
  return isMember(callee) && callee.object.type === 'Identifier' && react.get(callee.object.name) === '*' ? propertyName(callee) : null;
}

/** `memo`, `forwardRef` or `lazy` of React; null for any other call. */
export function wrapperOf(names: Names, node: Node | null | undefined): string | null {
  if (node?.type !== 'CallExpression') return null;
  const name = reactExport(names, node.callee);
  return name !== null && wrappers.has(name) ? name : null;
}

/** Calls of hooks in the order of the text, without those of functions inside. */
export function hookCalls(names: Names, text: string, { body }: FunctionNode): HookCall[] {
  const found: HookCall[] = [];
  const visit = (node: Node, parent: Node): void => {
    if (isFunction(node) || node.type === 'ClassDeclaration' || node.type === 'ClassExpression' || node.type === 'ObjectMethod') return;
    if (node.type === 'CallExpression') {
      const { callee } = node;
      const last = callee.type === 'Identifier' ? callee.name : isMember(callee) ? propertyName(callee) : null;
      const own = reactExport(names, callee);
      if (isHookName(own ?? last ?? '') && !(own !== null && keepingNothing.has(own))) {
        const pattern = parent.type === 'VariableDeclarator' && parent.init === node ? text.slice(startOf(parent.id), endOf(parent.id)) : '';
        found.push({ call: node, name: text.slice(startOf(callee), endOf(callee)), pattern, own });
      }
    }
    eachChild(node, (child) => visit(child, node));
  };
  if (body.type === 'BlockStatement') eachChild(body, (child) => visit(child, body));
  else visit(body, body);
  return found;
}

export const isHookName = (name: string): boolean => /^use[A-Z]/.test(name);

/** Whether a function makes elements, in functions inside, too. */
export function makesElements(names: Names, node: Node): boolean {
  if (node.type === 'CallExpression') {
    const { callee } = node;
    if (callee.type === 'Identifier' ? names.elements.has(callee.name) : reactExport(names, callee) === 'createElement') return true;
  }
  let found = false;
  eachChild(node, (child) => {
    found ||= makesElements(names, child);
  });
  return found;
}

/** Names that are assigned, or called as plain functions, anywhere in a module. */
export function usedOtherwise(program: Program): Set<string> {
  const found = new Set<string>();
  const visit = (node: Node): void => {
    const root = node.type === 'AssignmentExpression' ? (node.left.type === 'Identifier' ? node.left : null) : node.type === 'CallExpression' && node.callee.type === 'Identifier' ? node.callee : node.type === 'UpdateExpression' ? rootOf(node.argument) : null;
    if (root) found.add(root.name);
    eachChild(node, visit);
  };
  visit(program);
  return found;
}
