/**
 * Arguments of the module's own functions that only keep what they are given: `function keep(f) { all.push(f); }`. Such a value is not
 * called by being passed; it flows into the parameter, and on from there. Runs once all names are resolved.
 */
import type { Function as FunctionNode, Node } from '@babel/types';
import { isWrite } from './exports.js';
import type { Binding, Sink, Use } from './scope.js';
import type { Walk } from './walk.js';

/** A call of a local function by its name, whose answer nobody wants, with what flows into each argument. */
export interface LocalCall {
  readonly callee: Use;
  readonly arguments: readonly { readonly node: Node; readonly sink: Sink }[];
}

/** Changes: sinks of parameters, and whether arguments count as handed to unknown code. */
export function settlePassing(walk: Walk): void {
  if (walk.localCalls.length === 0) return;
  const params = new Map<Node, Binding>();
  for (const { binding } of walk.uses) if (binding?.kind === 'param') params.set(binding.node, binding);
  const keeps = (use: Use): boolean => use.role === 'read' && !use.active && !use.chain && use.hold !== null && (use.hold.call ? walk.addings.has(use.hold.call) : use.parent.type === 'AssignmentExpression');
  for (const { callee, arguments: passed } of walk.localCalls) {
    const found = functionOf(callee.binding);
    if (!found || found.params.some(({ type }) => type !== 'Identifier')) continue;
    passed.forEach(({ node, sink }, index) => {
      const param = found.params[index];
      const binding = param && params.get(param);
      if (!binding || node.type !== 'Identifier' || !binding.uses.every(keeps)) return;
      binding.sinks.push(sink);
      for (const use of sink.uses) if (use.node === node) use.active = false;
    });
  }
}

/** The function that a name of the top level always stands for. */
function functionOf(binding: Binding | null): FunctionNode | null {
  if (!binding?.top || binding.uses.some((use) => isWrite(use) && use.role !== 'init')) return null;
  const node = binding.kind === 'function' ? binding.node : binding.kind === 'const' ? binding.declarator?.init : null;
  const isFunction = node?.type === 'FunctionDeclaration' || node?.type === 'FunctionExpression' || node?.type === 'ArrowFunctionExpression';
  // What `arguments` holds could go anywhere.
  return isFunction && !mentionsArguments(binding) ? node : null;
}

const mentionsArguments = ({ sinks }: Binding): boolean => sinks.some(({ units }) => units.some(({ uses }) => uses.some(({ name }) => name === 'arguments')));
