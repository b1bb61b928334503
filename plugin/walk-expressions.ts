/** Visitors for expressions and assignment patterns. */
import type { AssignmentExpression, CallExpression, Identifier, Node } from '@babel/types';
import { isAdding, isContaining, isDeferring } from './deferring.js';
import { isSettled } from './fold.js';
import type { LocalCall } from './passing.js';
import type { Role, Use } from './scope.js';
import { isAnonymous, isMember, outerStart, rootOf, startOf } from './tree.js';
import type { Call, Visitors, Walk } from './walk.js';

export const expressionVisitors: Visitors = {
  Identifier(walk, node, parent) {
    walk.use(node, parent, 'read');
  },
  ObjectProperty(walk, node) {
    if (node.shorthand) walk.use(node.value as Identifier, node, 'read', true);
    else {
      if (node.computed) walk.visit(node.key, node);
      walk.visit(node.value, node);
    }
  },
  MemberExpression: visitMember,
  OptionalMemberExpression: visitMember,
  CallExpression: visitCall,
  OptionalCallExpression: visitCall,
  NewExpression: visitCall,
  TaggedTemplateExpression(walk, node) {
    walk.calls.push({ node, unit: walk.unit });
    visitCallee(walk, node.tag, node, 'call');
    walk.withActive(true, () => walk.visit(node.quasi, node));
  },
  AssignmentExpression: visitAssignment,
  UpdateExpression(walk, node) {
    if (node.argument.type === 'Identifier') walk.use(node.argument, node, 'update');
    else walk.visit(node.argument, node);
  },
  AwaitExpression(walk, node) {
    if (walk.depth === 0) {
      if (walk.unit.kind === 'thunk') {
        walk.fail('STATE_PLACE', node, 'The initialiser of state() awaits.', 'Initialisers are synchronous: fill the field later, or await before and keep the result in a constant.');
      }
      walk.awaits.push(node);
    }
    walk.visit(node.argument, node);
  },
  YieldExpression(walk, node) {
    if (node.argument) walk.withActive(true, () => walk.visit(node.argument as Node, node));
  },
  SpreadElement(walk, node) {
    walk.withActive(true, () => walk.visit(node.argument, node));
  },
  ImportExpression(walk, node) {
    if (node.phase) refusePhase(walk, node, `import.${node.phase}()`);
    walk.imports.push(node);
    walk.visit(node.source, node);
    if (node.options) walk.visit(node.options, node);
  },
  MetaProperty(walk, node, parent) {
    if (node.meta.name === 'import') walk.metas.push({ node, parent });
    else {
      const owner = walk.path.findLast((above) => above.type === 'FunctionExpression' || above.type === 'FunctionDeclaration' || isOwnTarget(above));
      if (owner && !isOwnTarget(owner)) walk.newTargets.push({ node, owner });
    }
  },
  ConditionalExpression(walk, node) {
    const folded = walk.folder.fold(node.test);
    walk.visit(node.test, node);
    if (folded && !folded.value) walk.cut(node.consequent, false);
    else walk.visit(node.consequent, node);
    if (folded?.value) walk.cut(node.alternate, false);
    else walk.visit(node.alternate, node);
  },
  LogicalExpression(walk, node) {
    const folded = walk.folder.fold(node.left);
    walk.visit(node.left, node);
    if (folded && isSettled(node.operator, folded.value)) walk.cut(node.right, false);
    else walk.visit(node.right, node);
  },
};

/** Code whose `new.target` is not that of a function around it. */
const isOwnTarget = ({ type }: Node): boolean => /^(?:ObjectMethod|Class\w*(?:Method|Property)|StaticBlock)$/.test(type);

export function refusePhase(walk: Walk, node: Node, form: string): never {
  return walk.fail('UNSUPPORTED_SYNTAX', node, `${form} is not supported.`, 'Use a plain import, or import() where the module is needed.');
}

function visitMember(walk: Walk, node: Extract<Node, { type: 'MemberExpression' | 'OptionalMemberExpression' }>): void {
  if (node.object.type === 'Identifier') walk.use(node.object, node, 'read');
  else walk.visit(node.object, node);
  if (node.computed) walk.withActive(false, () => walk.visit(node.property, node));
}

function visitCallee(walk: Walk, callee: Node, parent: Node, role: Role): void {
  walk.withActive(true, () => {
    if (callee.type === 'Identifier') walk.use(callee, parent, role);
    else walk.visit(callee, parent);
  });
}

/** `f(a)`, `new F(a)`: what is passed may be called, unless the call is marked as pure or keeps it for later. */
function visitCall(walk: Walk, node: Call): void {
  const authored = node.type === 'CallExpression' && node.callee.type === 'Identifier' ? walk.authorNames.get(node.callee.name) : undefined;
  if (authored !== undefined && node.type === 'CallExpression' && visitAuthorCall(walk, node, authored)) return;
  const { callee } = node;
  if (node.type === 'CallExpression' && callee.type === 'Identifier' && walk.pureNames.has(callee.name)) {
    // It says something of the value and does nothing to it.
    walk.pures.push(node);
    walk.use(callee, node, 'call');
    for (const argument of node.arguments) walk.visit(argument, node);
    return;
  }
  walk.calls.push({ node, unit: walk.unit });
  if (node.type === 'CallExpression' && isDiscarded(walk.path)) walk.discards.add(isMember(callee) ? callee.object : callee);
  const isPure = walk.pureStarts.has(startOf(node)) || walk.pureStarts.has(outerStart(node));
  if (isPure && callee.type === 'Identifier') walk.use(callee, node, node.type === 'NewExpression' ? 'new' : 'call');
  else visitCallee(walk, callee, node, node.type === 'NewExpression' ? 'new' : 'call');
  const collection = walk.uses.at(-1);
  if (collection && isAdding(callee, walk.collections) && walk.path.at(-2)?.type === 'ExpressionStatement') {
    // Nothing of it is called by that.
    collection.active = false;
    collection.adds = true;
    walk.addings.add(node);
    const sink = walk.withSink(false, () => walk.withActive(false, () => {
      for (const argument of node.arguments) walk.visit(argument, node);
    }));
    walk.flows.push({ use: collection, sink });
    return;
  }
  const keeps = isDeferring(callee, walk.ownCode);
  const contains = keeps && isContaining(callee, walk.ownCode);
  if (keeps && !contains && walk.sink && walk.path.at(-2)?.type === 'VariableDeclarator') walk.sink.keeps = true;
  walk.withActive(isPure || contains ? walk.active : !keeps, () => {
    const isLocal = collection?.node === callee && walk.path.at(-2)?.type === 'ExpressionStatement' && walk.ownCode.has(collection.name);
    const passed = node.arguments.map((argument) => ({ node: argument, sink: isLocal ? walk.withSink(false, () => walk.visit(argument, node)) : walk.visit(argument, node) }));
    if (isLocal) walk.localCalls.push({ callee: collection, arguments: passed as LocalCall['arguments'] });
  });
}

/** start(); await start(); void start(); start().catch(report); */
function isDiscarded(path: readonly Node[]): boolean {
  for (let at = path.length - 1; at > 1; at--) {
    const above = path[at - 1] as Node; // at > 1
    if (above.type === 'ExpressionStatement') return path[at - 2]?.type === 'Program';
    const isPassed = above.type === 'AwaitExpression' || (above.type === 'UnaryExpression' && above.operator === 'void');
    const isChained = isMember(above) ? above.object === path[at] : above.type === 'CallExpression' && above.callee === path[at];
    if (!isPassed && !isChained) return false;
  }
  return false;
}

/**
 * `state(...)`, `effect(...)`, hooks and `reset(...)` where they belong; elsewhere the name is used like any other and refused later,
 * unless it means something local. What is declared to run later does not run now.
 */
function visitAuthorCall(walk: Walk, node: CallExpression, api: 'state' | 'reset' | 'effect' | 'onUpgrade' | 'onRetire'): boolean {
  const name = api === 'reset' ? nameOfConstant(walk) : placeOf(walk);
  if (!walk.scope.isTop() || name === undefined) return false;
  if (api === 'state' && (typeof name !== 'string' || node.arguments[0]?.type === 'SpreadElement')) return false;
  walk.use(node.callee as Identifier, node, 'call');
  walk.authors.push({ api, call: node, name: name ?? null });
  const isLater = api !== 'reset';
  node.arguments.forEach((argument, index) => {
    const visit = (): void => walk.visit(argument, node);
    if (!isLater) visit();
    else if (index === 0 && api === 'state') walk.withinUnit('thunk', 'kept', visit);
    else walk.withActive(false, visit);
  });
  return true;
}

/** Name of the top-level `const` that the call at the end of the path initialises; null: a statement of its own; undefined: neither. */
function placeOf(walk: Walk): string | null | undefined {
  const [program, ...above] = walk.path;
  if (program?.type !== 'Program') return undefined;
  const statement = above[0]?.type === 'ExportNamedDeclaration' ? above[1] : above[0];
  const rest = above.slice(above.indexOf(statement as Node) + 1);
  if (statement?.type === 'ExpressionStatement') return rest.length === 1 ? null : undefined;
  if (statement?.type !== 'VariableDeclaration' || statement.kind !== 'const') return undefined;
  const declarator = rest[0];
  return rest.length === 2 && declarator?.type === 'VariableDeclarator' && declarator.id.type === 'Identifier' ? declarator.id.name : undefined;
}

function nameOfConstant(walk: Walk): string | null {
  const declarator = walk.path[walk.path.length - 2];
  return declarator?.type === 'VariableDeclarator' && declarator.id.type === 'Identifier' ? declarator.id.name : null;
}

/** `x = v`, `x.a = v`, `[x, { a: y }] = v`, `x += v`: the value flows into what is assigned. */
function visitAssignment(walk: Walk, node: AssignmentExpression): void {
  const first = walk.uses.length;
  const { left, right } = node;
  if (left.type === 'Identifier') walk.use(left, node, 'assign');
  else visitTarget(walk, left, node, 'target');
  const targets = assigned(walk, first, left);
  const sink = walk.withSink(isLiteral(right), () => walk.visit(right, node));
  if (sink.units.length > 0 || sink.uses.length > 0) for (const use of targets) walk.flows.push({ use, sink });
}

/** The uses since `first` that take a value. */
export function assigned(walk: Walk, first: number, left: Node): Use[] {
  const root = isMember(left) ? rootOf(left) : null;
  return walk.uses.slice(first).filter(({ role, node }) => role === 'assign' || role === 'target' || role === 'head' || role === 'init' || node === root);
}

export const isLiteral = (node: Node): boolean => isAnonymous(node) || node.type === 'FunctionExpression' || node.type === 'ClassExpression';

/** The left side of an assignment: a pattern, a member, or a name. */
export function visitTarget(walk: Walk, node: Node, parent: Node, role: 'target' | 'head', shorthand = false): void {
  switch (node.type) {
    case 'Identifier':
      walk.use(node, parent, role, shorthand);
      return;
    case 'ArrayPattern':
      inPath(walk, node, () => {
        for (const element of node.elements) if (element) visitTarget(walk, element, node, 'target');
      });
      return;
    case 'ObjectPattern':
      inPath(walk, node, () => {
        for (const property of node.properties) {
          if (property.type === 'RestElement') visitTarget(walk, property, node, 'target');
          else {
            inPath(walk, property, () => {
              if (property.computed) walk.visit(property.key, property);
              visitTarget(walk, property.value, property, 'target', property.shorthand);
            });
          }
        }
      });
      return;
    case 'AssignmentPattern':
      inPath(walk, node, () => {
        visitTarget(walk, node.left, node, 'target', shorthand);
        walk.visit(node.right, node);
      });
      return;
    case 'RestElement':
      inPath(walk, node, () => visitTarget(walk, node.argument, node, 'target'));
      return;
    default:
      walk.visit(node, parent);
  }
}

export function inPath(walk: Walk, node: Node, visit: () => void): void {
  walk.path.push(node);
  visit();
  walk.path.pop();
}

