/** Visitors for statements, declarations, imports and exports. */
import type {
  ExportAllDeclaration, ExportDefaultDeclaration, ExportNamedDeclaration, ForInStatement, ForOfStatement, Identifier, ImportAttribute, ImportDeclaration,
  LabeledStatement, Node, StringLiteral, VariableDeclaration,
} from '@babel/types';
import type { Binding, BindingKind } from './scope.js';
import { isAnonymous, patternNames, startOf } from './tree.js';
import { assigned, inPath, isLiteral, refusePhase, visitTarget } from './walk-expressions.js';
import type { AuthorSite, Visitors, Walk } from './walk.js';

/** Names of the author API and what becomes of them. */
export const authorApi: readonly string[] = ['state', 'effect', 'onUpgrade', 'onRetire', 'reset'];

export const statementVisitors: Visitors = {
  Program(walk, node) {
    // Requests count in source order, whatever the form; imports are bound before anything runs.
    for (const statement of node.body) readRequest(walk, statement);
    walk.visitStatements(node.body, node);
  },
  ImportDeclaration(walk, node) {
    walk.removed.push(node);
  },
  ExportAllDeclaration(walk, node) {
    walk.removed.push(node);
  },
  ExportNamedDeclaration(walk, node) {
    visitNamedExport(walk, node);
  },
  ExportDefaultDeclaration(walk, node) {
    visitDefaultExport(walk, node);
  },
  BlockStatement(walk, node) {
    walk.within(false, () => walk.visitStatements(node.body, node));
  },
  SwitchStatement(walk, node) {
    walk.visit(node.discriminant, node);
    walk.within(false, () => {
      for (const entry of node.cases) {
        if (entry.test) walk.visit(entry.test, entry);
        walk.visitStatements(entry.consequent, entry);
      }
    });
  },
  CatchClause(walk, node) {
    walk.within(false, () => {
      if (node.param) declarePattern(walk, node.param, 'catch');
      walk.visit(node.body, node);
    });
  },
  IfStatement(walk, node) {
    const folded = walk.folder.fold(node.test);
    walk.visit(node.test, node);
    if (folded && !folded.value) walk.cut(node.consequent, true);
    else walk.visit(node.consequent, node);
    if (!node.alternate) return;
    if (folded?.value) walk.cut(node.alternate, true);
    else walk.visit(node.alternate, node);
  },
  ForStatement(walk, node) {
    walk.within(false, () => {
      if (node.init) walk.visit(node.init, node);
      if (node.test) walk.visit(node.test, node);
      if (node.update) walk.visit(node.update, node);
      walk.visit(node.body, node);
    });
  },
  ForInStatement: visitForEach,
  ForOfStatement: visitForEach,
  VariableDeclaration: visitVariables,
};

/** `for (left of right) body`, `for (left in right) body`, `for await (left of right) body` */
function visitForEach(walk: Walk, node: ForInStatement | ForOfStatement): void {
  if (node.type === 'ForOfStatement' && node.await && walk.depth === 0) walk.asyncLoops.push({ node, labels: labelsAbove(walk) });
  walk.within(false, () => {
    const first = walk.uses.length;
    const { left } = node;
    const bindings: Binding[] = [];
    if (left.type === 'VariableDeclaration') {
      refuseAwaitUsing(walk, left);
      inPath(walk, left, () => {
        for (const { id } of left.declarations) declarePattern(walk, id, kindOf(left), bindings, null, node);
      });
    } else visitTarget(walk, left, node, 'head');
    const targets = assigned(walk, first, left);
    const sink = walk.withSink(false, () => walk.withActive(true, () => walk.visit(node.right, node)));
    for (const use of targets) walk.flows.push({ use, sink });
    for (const binding of bindings) binding.sinks.push(sink);
    walk.visit(node.body, node);
  });
}

function labelsAbove(walk: Walk): LabeledStatement[] {
  const labels: LabeledStatement[] = [];
  for (let index = walk.path.length - 2; index >= 0; index--) {
    const above = walk.path[index];
    if (above?.type !== 'LabeledStatement') break;
    labels.unshift(above);
  }
  return labels;
}

const kindOf = ({ kind }: VariableDeclaration): 'var' | 'let' | 'const' | 'using' => (kind === 'await using' ? 'using' : kind);

function refuseAwaitUsing(walk: Walk, node: VariableDeclaration): void {
  if (node.kind === 'await using' && walk.depth === 0) {
    walk.fail('UNSUPPORTED_SYNTAX', node, '`await using` at the top level of a module is not supported.', 'Put it into an async function and await that.');
  }
}

function visitVariables(walk: Walk, node: VariableDeclaration, parent: Node): void {
  refuseAwaitUsing(walk, node);
  const kind = kindOf(node);
  const isTop = walk.scope.isTop() && kind !== 'var' && (parent.type === 'Program' || parent.type === 'ExportNamedDeclaration');
  const all: Binding[][] = [];
  for (const declarator of node.declarations) {
    const { id, init } = declarator;
    const bindings: Binding[] = [];
    const first = walk.uses.length;
    inPath(walk, declarator, () => {
      declarePattern(walk, id, kind, bindings, declarator, init ? declarator : null);
      if (!init) return;
      const targets = assigned(walk, first, id);
      const sink = walk.withSink(isLiteral(init), () => walk.visit(init, declarator));
      for (const binding of bindings) binding.sinks.push(sink);
      for (const use of targets) if (!bindings.some(({ name }) => name === use.name)) walk.flows.push({ use, sink });
    });
    all.push(bindings);
  }
  if (isTop) walk.topDeclarations.push({ node, bindings: all });
}

/**
 * Declare the names of a binding pattern and visit its defaults and computed keys. A `var` that takes a value is also a use;
 * `taker` is the declarator or loop that gives it.
 */
export function declarePattern(walk: Walk, node: Node, kind: BindingKind, bindings: Binding[] = [], declarator: Binding['declarator'] = null, taker: Node | null = null): void {
  const again = (child: Node): void => declarePattern(walk, child, kind, bindings, declarator, taker);
  switch (node.type) {
    case 'Identifier': {
      const scope = kind === 'var' ? walk.scope.varScope() : walk.scope;
      bindings.push(scope.declare(node.name, kind, node, declarator));
      if (kind === 'var' && taker) walk.use(node, taker, 'init');
      return;
    }
    case 'ArrayPattern':
      for (const element of node.elements) if (element) again(element);
      return;
    case 'ObjectPattern':
      for (const property of node.properties) {
        if (property.type === 'RestElement') again(property.argument);
        else {
          if (property.computed) walk.visit(property.key, property);
          again(property.value);
        }
      }
      return;
    case 'AssignmentPattern':
      again(node.left);
      bindings.at(-1)?.sinks.push(walk.withSink(isLiteral(node.right), () => walk.visit(node.right, node)));
      return;
    case 'RestElement':
      again(node.argument);
  }
}

const nameOf = (node: Identifier | StringLiteral): string => (node.type === 'Identifier' ? node.name : node.value);

/** Register what a statement requests, and bind its imports. */
function readRequest(walk: Walk, node: Node): void {
  if (node.type === 'ImportDeclaration') bindImports(walk, node);
  else if (node.type === 'ExportAllDeclaration') walk.stars.push(requestOf(walk, node));
  else if (node.type === 'ExportNamedDeclaration' && node.source) {
    const request = requestOf(walk, node as ExportNamedDeclaration & { source: StringLiteral });
    for (const specifier of node.specifiers) {
      if (specifier.type === 'ExportSpecifier') {
        walk.indirect.push({ exported: nameOf(specifier.exported), request, imported: nameOf(specifier.local as Identifier | StringLiteral) });
      } else {
        walk.indirect.push({ exported: nameOf(specifier.exported as Identifier | StringLiteral), request, imported: null });
      }
    }
  }
}

function bindImports(walk: Walk, node: ImportDeclaration): void {
  if (node.phase) refusePhase(walk, node, `import ${node.phase}`);
  const request = requestOf(walk, node);
  for (const specifier of node.specifiers) {
    const name = specifier.type === 'ImportSpecifier' ? nameOf(specifier.imported) : specifier.type === 'ImportDefaultSpecifier' ? 'default' : '*';
    const literalStar = specifier.type === 'ImportSpecifier' && name === '*';
    walk.module.declare(specifier.local.name, 'import', specifier.local, null, { request, name, ...(literalStar && { literalStar }) });
    if (node.source.value === 'relup' && name === 'pure') walk.pureNames.add(specifier.local.name);
    if (node.source.value === 'relup' && authorApi.includes(name)) walk.authorNames.set(specifier.local.name, name as AuthorSite['api']);
  }
}

function requestOf(walk: Walk, node: (ImportDeclaration | ExportAllDeclaration | ExportNamedDeclaration) & { source: StringLiteral }): number {
  const attributes: Record<string, string> = {};
  for (const { key, value } of (node.attributes ?? []) as ImportAttribute[]) attributes[nameOf(key)] = value.value;
  const identity = JSON.stringify(attributes);
  const known = walk.requests.findIndex((request) => request.specifier === node.source.value && JSON.stringify(request.attributes) === identity);
  return known >= 0 ? known : walk.requests.push({ specifier: node.source.value, attributes, node }) - 1;
}

function visitNamedExport(walk: Walk, node: ExportNamedDeclaration): void {
  const { declaration } = node;
  if (!declaration) {
    walk.removed.push(node);
    if (node.source) return;
    for (const specifier of node.specifiers) {
      if (specifier.type !== 'ExportSpecifier') continue;
      walk.localExports.push({ exported: nameOf(specifier.exported), use: walk.use(specifier.local as Identifier, node, 'export') });
    }
    return;
  }
  walk.exportHeads.push({ from: startOf(node), to: startOf(declaration) });
  walk.visit(declaration, node);
  exportDeclared(walk, declaration);
}

/** `export let { a, b } = c`, `export function f() {}`: every declared name is exported under itself. */
function exportDeclared(walk: Walk, declaration: Node): void {
  const names = new Set<string>();
  if (declaration.type === 'VariableDeclaration') for (const { id } of declaration.declarations) patternNames(id, names);
  else if ((declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration') && declaration.id) names.add(declaration.id.name);
  for (const name of names) walk.module.bindings.get(name)?.exported.push(name);
}

function visitDefaultExport(walk: Walk, node: ExportDefaultDeclaration): void {
  walk.defaultExport = node;
  const { declaration } = node;
  if ((declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration') && declaration.id) {
    walk.exportHeads.push({ from: startOf(node), to: startOf(declaration) });
    walk.visit(declaration, node);
    walk.module.bindings.get(declaration.id.name)?.exported.push('default');
  } else if (declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration') {
    walk.visit(declaration, node);
  } else {
    walk.defaultSink = walk.withSink(isAnonymous(declaration), () => walk.visit(declaration, node));
  }
}
