/**
 * Whether a function that is mentioned somewhere can get away from there: what is only called, or turned into a primitive, need
 * not be the permanent function. Goes by the shape of the text alone; must never take for harmless what keeps or compares.
 */
import type { Node } from '@babel/types';
import { isMember, propertyName } from './tree.js';

/** Operators that do something else with their operands than making primitives of them. */
const comparing = new Set(['==', '!=', '===', '!==', 'in', 'instanceof', '|>']);
const logical = new Set(['=', '||=', '&&=', '??=']);

/**
 * f(), new f(), f``, f.call(), Error.captureStackTrace(e, f), f + 1, typeof f, `${f}`, if (f)
 *
 * Shape: `above` is what `parent` is part of.
 */
export function isRawPlace(node: Node, parent: Node, above: Node | undefined): boolean {
  switch (parent.type) {
    case 'CallExpression':
    case 'OptionalCallExpression':
      // A stack trace ends at the function that runs.
      return parent.callee === node || (parent.arguments[1] === node && isMember(parent.callee) && propertyName(parent.callee) === 'captureStackTrace');
    case 'NewExpression':
      return parent.callee === node;
    case 'TaggedTemplateExpression':
      return parent.tag === node;
    case 'MemberExpression':
    case 'OptionalMemberExpression': {
      const name = parent.object === node ? propertyName(parent) : null;
      return (name === 'call' || name === 'apply') && (above?.type === 'CallExpression' || above?.type === 'OptionalCallExpression') && above.callee === parent;
    }
    case 'TemplateLiteral':
      return above?.type !== 'TaggedTemplateExpression';
    case 'BinaryExpression':
      return !comparing.has(parent.operator);
    case 'AssignmentExpression':
      return parent.right === node && !logical.has(parent.operator);
    case 'UnaryExpression':
      return parent.operator !== 'delete';
    case 'IfStatement':
    case 'ConditionalExpression':
    case 'WhileStatement':
    case 'DoWhileStatement':
    case 'ForStatement':
      return parent.test === node;
    default:
      return false;
  }
}
