/**
 * What an initialiser makes, by its text: state is carried to new code only where it has the same shape there. Pure.
 */
import type { Node } from '@babel/types';

/** Shape: kind of value, keys of an object. What is computed could be anything: `?`. `isPlain` says which calls answer what they are given. */
export function shapeOf(node: Node, isPlain: (callee: Node) => boolean = () => false): string {
  switch (node.type) {
    case 'NumericLiteral': return 'number';
    case 'StringLiteral':
    case 'TemplateLiteral': return 'string';
    case 'BooleanLiteral': return 'boolean';
    case 'UnaryExpression': return node.operator === '-' || node.operator === '+' ? 'number' : node.operator === '!' ? 'boolean' : '?';
    case 'ArrayExpression': return 'array';
    case 'NewExpression': return node.callee.type === 'Identifier' ? `new ${node.callee.name}` : '?';
    case 'CallExpression': return node.arguments[0] && isPlain(node.callee) ? shapeOf(node.arguments[0], isPlain) : '?';
    case 'ObjectExpression': return `{${node.properties.map((property) => (property.type === 'ObjectProperty' ? `${keyOf(property.key)}: ${shapeOf(property.value, isPlain)}` : '?')).sort().join(', ')}}`;
    default: return '?';
  }
}

/** The name of a property that is not computed. */
export const keyOf = (key: Node): string => (key.type === 'Identifier' ? key.name : key.type === 'StringLiteral' ? key.value : '?');
