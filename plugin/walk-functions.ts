/** Visitors for functions and classes: scopes of parameters, bodies, names and fields, and the units that they make. */
import type { ArrowFunctionExpression, Class, Function as FunctionNode, FunctionExpression, Node, ObjectMethod, ClassMethod, ClassPrivateMethod } from '@babel/types';
import type { Unit } from './scope.js';
import { isLiteral } from './walk-expressions.js';
import { declarePattern } from './walk-statements.js';
import type { Visitors, Walk } from './walk.js';

export const functionVisitors: Visitors = {
  FunctionDeclaration(walk, node, parent) {
    const binding = node.id ? walk.scope.declare(node.id.name, 'function', node) : null;
    const sink = walk.withSink(true, () => visitFunction(walk, node, parent));
    if (binding) binding.sinks.push(sink);
    else walk.defaultSink = sink;
  },
  FunctionExpression: visitFunctionExpression,
  ArrowFunctionExpression(walk, node, parent) {
    visitFunction(walk, node, parent);
  },
  ObjectMethod: visitMethod,
  ClassMethod: visitMethod,
  ClassPrivateMethod: visitMethod,
  ClassDeclaration(walk, node) {
    if (!node.id) {
      walk.defaultSink = walk.withSink(true, () => visitClass(walk, node));
      return;
    }
    const binding = walk.scope.declare(node.id.name, 'class', node);
    if (binding.top) walk.topClasses.push(node);
    binding.sinks.push(walk.withSink(true, () => visitClass(walk, node)));
  },
  ClassExpression(walk, node) {
    visitClass(walk, node);
  },
  ClassProperty: visitField,
  ClassPrivateProperty: visitField,
  StaticBlock(walk, node) {
    walk.depth++;
    walk.within(true, () => walk.visitStatements(node.body, node));
    walk.depth--;
  },
};

function fateOf(walk: Walk, node: Node, parent: Node): Unit['fate'] {
  // `(() => {})()`, but not `(async () => {})()`: the rest of that runs later.
  if ((parent.type === 'CallExpression' || parent.type === 'OptionalCallExpression') && parent.callee === node) return 'run';
  return walk.active ? 'passed' : 'kept';
}

function visitFunctionExpression(walk: Walk, node: FunctionExpression, parent: Node): void {
  if (!node.id) return visitFunction(walk, node, parent);
  const { id } = node;
  walk.within(false, () => {
    const self = walk.scope.declare(id.name, 'self', node);
    walk.selves.set(node, self);
    self.sinks.push(walk.withSink(true, () => visitFunction(walk, node, parent)));
  });
}

function visitMethod(walk: Walk, node: ObjectMethod | ClassMethod | ClassPrivateMethod, parent: Node): void {
  if ('computed' in node && node.computed) walk.visit(node.key, node);
  visitFunction(walk, node, parent);
}

function visitFunction(walk: Walk, node: Exclude<FunctionNode, { type: 'never' }> | ArrowFunctionExpression, parent: Node): void {
  walk.withinUnit('function', fateOf(walk, node, parent), () => {
    walk.depth++;
    walk.within(false, () => {
      if (node.type !== 'ArrowFunctionExpression') walk.scope.declare('arguments', 'param', node);
      for (const param of node.params) declarePattern(walk, param, 'param');
      walk.within(true, () => {
        if (node.body.type === 'BlockStatement') walk.visitStatements(node.body.body, node.body);
        else walk.visit(node.body, node);
      });
    });
    walk.depth--;
  });
}

/** Heritage, computed keys and static elements run with the class; methods and fields later. */
function visitClass(walk: Walk, node: Class): void {
  walk.within(false, () => {
    if (node.id) {
      const self = walk.scope.declare(node.id.name, 'self', node);
      walk.selves.set(node, self);
      if (walk.sink) self.sinks.push(walk.sink);
    }
    if (node.superClass) {
      const first = walk.uses.length;
      walk.visit(node.superClass, node);
      walk.sink?.heritage.push(...walk.uses.slice(first));
    }
    for (const member of node.body.body) walk.visit(member, node.body);
  });
}

function visitField(walk: Walk, node: Extract<Node, { type: 'ClassProperty' | 'ClassPrivateProperty' }>): void {
  if (node.type === 'ClassProperty' && node.computed) walk.visit(node.key, node);
  const { value } = node;
  if (!value) return;
  // A field is the body of a function of its own: `await` and `arguments` are not allowed, and `this` is the instance.
  const visit = (): void => {
    walk.depth++;
    walk.within(false, () => walk.visit(value, node));
    walk.depth--;
  };
  if (!node.static) walk.withinUnit('function', walk.active ? 'passed' : 'kept', visit);
  else {
    const inner = walk.withSink(isLiteral(value), visit);
    walk.sink?.statics.push(inner);
  }
}
