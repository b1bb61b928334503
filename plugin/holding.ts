/**
 * Whether the place of a name only holds its value: keeps it in a variable, a property or a result, or hands it to a call.
 * Looks up the path from the name and at nothing else.
 */
import type { ClassBody, Node } from '@babel/types';
import { isContaining } from './deferring.js';
import { isMember, rootOf } from './tree.js';

export interface Hold {
  /** The call that is handed the value, alone or in an object or array; null where it is only kept. */
  readonly call: Extract<Node, { type: 'CallExpression' | 'OptionalCallExpression' | 'NewExpression' }> | null;
  /** The argument that the value is, or is in. */
  readonly argument: Node | null;
}

const kept: Hold = { call: null, argument: null };

/** A member that runs nothing when its class is made, where `super` and `this` would lead to the base. */
function isInert(member: ClassBody['body'][number]): boolean {
  if (member.type === 'StaticBlock') return false;
  if (member.type !== 'ClassProperty' && member.type !== 'ClassPrivateProperty') return true;
  return !member.static || !member.value || /Literal$|Function|^Identifier$/.test(member.value.type);
}

/** Shape: the path ends with the name or with its parent; a chain of members that the name begins counts as the name. `own` as in deferring.ts. */
export function holdOf(path: readonly Node[], node: Node, own: ReadonlySet<string>): Hold | null {
  let index = path.length - 1;
  let child = node;
  if (path[index] === node) index--;
  for (; index >= 0; index--) {
    const parent = path[index] as Node; // within the path
    switch (parent.type) {
      case 'MemberExpression':
      case 'OptionalMemberExpression':
        // Only the chain itself: `[x].length` looks into more than the name.
        if (parent.object !== child || !(child === node || isMember(child))) return null;
        break;
      case 'ObjectProperty':
        if (parent.value !== child || path[index - 1]?.type !== 'ObjectExpression') return null;
        break;
      case 'ConditionalExpression':
        if (parent.test === child) return null;
        break;
      case 'SequenceExpression':
        if (parent.expressions.at(-1) !== child) return null;
        break;
      case 'ArrayExpression':
      case 'ObjectExpression':
      case 'LogicalExpression':
      case 'AwaitExpression':
        break;
      case 'CallExpression':
      case 'OptionalCallExpression':
      case 'NewExpression':
        if (parent.callee === child) return null;
        // A container is what it holds.
        if (isContaining(parent.callee, own)) break;
        return { call: parent, argument: child };
      case 'VariableDeclarator':
        return parent.init === child && parent.id.type === 'Identifier' ? kept : null;
      case 'AssignmentExpression':
        return parent.right === child && parent.operator === '=' && (parent.left.type === 'Identifier' || (isMember(parent.left) && rootOf(parent.left))) ? kept : null;
      case 'ClassDeclaration':
      case 'ClassExpression':
        // A method goes where the class goes.
        if (parent.type === 'ClassExpression' && /Method$/.test(child.type)) break;
        return parent.superClass === child && parent.body.body.every(isInert) ? kept : null;
      case 'ArrowFunctionExpression':
        return parent.body === child ? kept : null;
      case 'ClassProperty':
      case 'ClassPrivateProperty':
        return parent.value === child ? kept : null;
      case 'ReturnStatement':
      case 'ExportDefaultDeclaration':
      case 'ExpressionStatement':
        return kept;
      default:
        return null;
    }
    child = parent;
  }
  return null;
}
