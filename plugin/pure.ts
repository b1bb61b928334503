/**
 * Whether a module's body does anything but declare. Judged carefully: yes only for what surely has no effect, because a bundler
 * drops such a module when nothing of it is used.
 */
import type { Class, Expression, Node, ObjectExpression, Program, Statement } from '@babel/types';
import { outerStart, startOf, isMember } from './tree.js';

const pureGlobals = new Set(['undefined', 'NaN', 'Infinity', 'globalThis']);
/** Called or constructed with plain data they only make a value. */
const pureMakers = new Set(['Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef', 'Symbol', 'Array', 'Object', 'Error', 'TypeError', 'RangeError', 'Date', 'Boolean', 'AbortController']);

export interface PureContext {
  /** Names of the module's top level. */
  readonly declared: { has(name: string): boolean };
  readonly pureStarts: ReadonlySet<number>;
  /** Branches that cannot run. */
  readonly dead: ReadonlySet<Node>;
}

export function isSideEffectFree(program: Program, context: PureContext): boolean {
  return program.body.every((statement) => isPureStatement(statement, context));
}

function isPureStatement(statement: Statement, context: PureContext): boolean {
  switch (statement.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'FunctionDeclaration':
    case 'EmptyStatement':
      return true;
    case 'ExportNamedDeclaration':
      return !statement.declaration || isPureStatement(statement.declaration as Statement, context);
    case 'ExportDefaultDeclaration': {
      const { declaration } = statement;
      if (declaration.type === 'FunctionDeclaration') return true;
      return declaration.type === 'ClassDeclaration' ? isPureClass(declaration, context) : isPure(declaration as Expression, context);
    }
    case 'ClassDeclaration':
      return isPureClass(statement, context);
    case 'IfStatement': {
      // A branch is dead only where the test is a constant.
      const { consequent, alternate } = statement;
      if (context.dead.has(consequent)) return !alternate || isPureStatement(alternate, context);
      return Boolean(alternate && context.dead.has(alternate)) && isPureStatement(consequent, context);
    }
    case 'VariableDeclaration':
      return statement.kind !== 'using' && statement.kind !== 'await using'
        && statement.declarations.every(({ id, init }) => id.type === 'Identifier' && (!init || isPure(init, context)));
    case 'ExpressionStatement':
      return isPure(statement.expression, context);
    default:
      return false;
  }
}

/** Whether evaluating an expression can be left out if nobody needs its value. */
function isPure(node: Node, context: PureContext): boolean {
  switch (node.type) {
    case 'NumericLiteral':
    case 'StringLiteral':
    case 'BooleanLiteral':
    case 'NullLiteral':
    case 'BigIntLiteral':
    case 'RegExpLiteral':
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
    case 'MetaProperty':
    case 'ThisExpression':
      return true;
    case 'Identifier':
      return context.declared.has(node.name) || pureGlobals.has(node.name);
    case 'ClassExpression':
      return isPureClass(node, context);
    case 'TemplateLiteral':
      return node.expressions.every((expression) => isPrimitive(expression, context));
    case 'ArrayExpression':
      return node.elements.every((element) => !element || (element.type !== 'SpreadElement' && isPure(element, context)));
    case 'ObjectExpression':
      return isPureObject(node, context);
    case 'UnaryExpression':
      if (node.operator === 'typeof') return node.argument.type === 'Identifier' || isPure(node.argument, context);
      return (node.operator === '!' || node.operator === 'void' ? isPure : isPrimitive)(node.argument, context) && node.operator !== 'delete';
    case 'BinaryExpression':
      if (/^[!=]==$/.test(node.operator)) return isPure(node.left, context) && isPure(node.right, context);
      return node.operator !== 'in' && node.operator !== 'instanceof' && isPrimitive(node.left, context) && isPrimitive(node.right, context);
    case 'LogicalExpression':
      return isPure(node.left, context) && isPure(node.right, context);
    case 'ConditionalExpression':
      return isPure(node.test, context) && isPure(node.consequent, context) && isPure(node.alternate, context);
    case 'CallExpression':
    case 'NewExpression':
      return isPureCall(node, context);
    default:
      return false;
  }
}

/** A value that operators cannot make run code. */
function isPrimitive(node: Node, context: PureContext): boolean {
  if (/^(?:Numeric|String|Boolean|Null)Literal$/.test(node.type)) return true;
  if (node.type === 'UnaryExpression') return node.operator === 'typeof' ? isPure(node, context) : node.operator !== 'delete' && isPrimitive(node.argument, context);
  if (node.type === 'TemplateLiteral') return isPure(node, context);
  return node.type === 'BinaryExpression' && node.operator !== 'in' && node.operator !== 'instanceof' && isPrimitive(node.left, context) && isPrimitive(node.right, context);
}

function isPureObject({ properties }: ObjectExpression, context: PureContext): boolean {
  return properties.every((property) => {
    if (property.type === 'SpreadElement') return false;
    if (property.computed && !isPrimitive(property.key, context)) return false;
    return property.type === 'ObjectMethod' || isPure(property.value, context);
  });
}

function isPureCall(node: Extract<Node, { type: 'CallExpression' | 'NewExpression' }>, context: PureContext): boolean {
  const { callee } = node;
  const areArgumentsPure = node.arguments.every((argument) => argument.type !== 'SpreadElement' && isPure(argument, context));
  if (!areArgumentsPure) return false;
  if (context.pureStarts.has(startOf(node)) || context.pureStarts.has(outerStart(node))) return true;
  if (callee.type === 'Identifier') {
    // A collection runs the iterator of what it is given: only literals are sure.
    const areLiteral = node.arguments.every((argument) => argument.type === 'ArrayExpression' || /Literal$/.test(argument.type));
    return areLiteral && pureMakers.has(callee.name) && !context.declared.has(callee.name);
  }
  if (!isMember(callee) || callee.computed || callee.object.type !== 'Identifier' || callee.property.type !== 'Identifier') return false;
  return callee.object.name === 'Object' && !context.declared.has('Object') && (callee.property.name === 'freeze' || callee.property.name === 'create')
    && node.arguments.every(({ type }) => /Literal$|^ObjectExpression$|^ArrayExpression$/.test(type));
}

function isPureClass(node: Class, context: PureContext): boolean {
  if (node.superClass && !(node.superClass.type === 'Identifier' && context.declared.has(node.superClass.name))) return false;
  return node.body.body.every((member) => {
    if (member.type === 'StaticBlock') return false;
    if ('computed' in member && member.computed && !isPrimitive(member.key, context)) return false;
    if (member.type === 'ClassProperty' || member.type === 'ClassPrivateProperty') return !member.static || !member.value || isPure(member.value, context);
    return true;
  });
}
