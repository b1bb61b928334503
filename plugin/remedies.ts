/**
 * An undeclared effect -> the source text that declares it, to be put in place of the statement. Only where the text leaves no doubt;
 * null elsewhere.
 */
import type { Node } from '@babel/types';
import type { Started } from './started.js';
import { endOf, isMember, propertyName, startOf } from './tree.js';
import type { Walk } from './walk.js';

export interface Judged {
  readonly started?: Started;
  /** The method that removes the listener again. */
  readonly listener?: string;
  readonly unknown?: 1;
}

/** Shape: `statement` is the one of the top level around `node`, the call or assignment. */
export function findRemedy(walk: Walk, statement: Node | null, node: Node, judged: Judged): string | null {
  if (!statement) return null;
  const textOf = (inner: Node): string => walk.parsed.text.slice(startOf(inner), endOf(inner));
  const text = textOf(statement);
  // In a function that runs while the module loads: what calls it is elsewhere.
  if (/^(?:Function|Class)Declaration$/.test(statement.type) || text.length > 400) return null;
  const isExport = statement.type === 'ExportNamedDeclaration' && statement.declaration?.type === 'VariableDeclaration';
  const declaration = isExport ? statement.declaration : statement;
  if (declaration?.type === 'VariableDeclaration') {
    const [declarator, ...more] = declaration.declarations;
    if (!declarator?.init || declarator.id.type !== 'Identifier' || more.length > 0) return null;
    return declared(isExport ? 'export ' : '', declarator.id.name, textOf(declarator.init), declarator.init === node, receiverOf(node, textOf), judged);
  }
  if (statement.type !== 'ExpressionStatement') return statement.type.startsWith('Export') ? null : wrapped(text);
  const { expression } = statement;
  const inner = expression.type === 'AwaitExpression' ? expression.argument : expression;
  if (node.type === 'AssignmentExpression' && inner === node && node.operator === '=') {
    const target = textOf(node.left);
    return `effect(() => {\n  const before = ${target};\n  ${text}\n  return () => { ${target} = before; };\n});`;
  }
  if (inner !== node) return wrapped(text);
  if (textOf(node).startsWith('customElements.define(')) {
    const name = node.type === 'CallExpression' ? node.arguments[0] : undefined;
    return name ? `if (!customElements.get(${textOf(name)})) ${text}` : null;
  }
  if (judged.listener !== undefined && node.type === 'CallExpression') return listening(node, judged.listener, textOf);
  const { started } = judged;
  if (started?.keep) return `const opened = state({ it: ${textOf(node)} });`;
  if (!started?.stop) return wrapped(text);
  const receiver = receiverOf(node, textOf);
  const isOnReceiver = started.stop.startsWith('@') && receiver !== null;
  const call = isOnReceiver ? `${textOf(node)};` : `const started = ${textOf(node)};`;
  return `effect(() => {\n  ${call}\n  return () => ${stopping(started.stop, 'started', isOnReceiver ? receiver : null)};\n});`;
}

/** const x = start(); */
function declared(head: string, name: string, init: string, isWhole: boolean, receiver: string | null, { started, unknown, listener }: Judged): string | null {
  if (unknown) return `${head}const ${name} = pure(${init});`;
  if (started?.keep) return `${head}const opened = state({ ${name}: ${init} });`;
  if (!started?.stop || listener !== undefined || !isWhole) return null;
  return `${head}let ${name} = reset(undefined);\neffect(() => {\n  ${name} = ${init};\n  return () => ${stopping(started.stop, name, receiver)};\n});`;
}

/** A name is what can be written twice; anything else is reached through what the call answered. */
const stopping = (stop: string, value: string, receiver: string | null): string => stop.replace('#', value).replace('@', receiver ?? value);

function receiverOf(node: Node, textOf: (inner: Node) => string): string | null {
  const callee = node.type === 'CallExpression' ? node.callee : null;
  return callee && isMember(callee) && callee.object.type === 'Identifier' ? textOf(callee.object) : null;
}

/** bus.on('x', f) */
function listening(node: Extract<Node, { type: 'CallExpression' }>, removing: string, textOf: (inner: Node) => string): string | null {
  const { callee } = node;
  const [event, listener, options] = node.arguments;
  if (!event || !listener) return null;
  const target = isMember(callee) ? `${textOf(callee.object)}.` : '';
  const adding = isMember(callee) ? propertyName(callee) ?? '' : textOf(callee);
  const isName = listener.type === 'Identifier';
  const name = isName ? textOf(listener) : 'listener';
  const tail = options ? `, ${textOf(options)}` : '';
  const first = isName ? '' : `  const listener = ${textOf(listener)};\n`;
  return `effect(() => {\n${first}  ${target}${adding}(${textOf(event)}, ${name}${tail});\n  return () => ${target}${removing}(${textOf(event)}, ${name}${tail});\n});`;
}

const wrapped = (text: string): string => `effect(() => {\n  ${text}\n  return () => { /* take it back here */ };\n});`;
