/**
 * Which calls and assignments at top level start something that a second run of the module would double: listeners, timers,
 * servers, registrations, changes of globals. Only what no `effect(() => ...)` declares is looked at.
 */
import type { Node } from '@babel/types';
import type { Finding } from '../runtime/protocol.js';
import { isWrite } from './exports.js';
import type { Binding, Unit, Use } from './scope.js';
import { endOf, lineOf, rootOf, startOf } from './tree.js';
import type { CallSite, Walk } from './walk.js';

const timers = new Set(['setInterval', 'setTimeout', 'setImmediate', 'requestAnimationFrame', 'requestIdleCallback', 'addEventListener']);
const constructors = new Set(['Worker', 'SharedWorker', 'WebSocket', 'EventSource', 'BroadcastChannel']);
const globalObjects = new Set(['globalThis', 'window', 'self', 'global']);
const listeners = new Set(['on', 'once', 'addListener', 'prependListener', 'prependOnceListener']);
/** They change what they are given first. */
const definers = new Set(['assign', 'defineProperty', 'defineProperties', 'setPrototypeOf']);

/** Effects in units that run while the module loads. */
export function findEffects(walk: Walk, isRunning: (unit: Unit) => boolean): Finding[] {
  const found: Finding[] = [];
  const bindings = new Map<Node, Use>();
  if (walk.calls.length > 0) for (const use of walk.uses) bindings.set(use.node, use);
  const add = (node: Node): void => {
    const { text } = walk.parsed;
    const what = text.slice(startOf(node), endOf(node)).replace(/\s+/g, ' ');
    found.push({ line: lineOf(node), what: what.length > 80 ? `${what.slice(0, 77)}...` : what });
  };
  for (const call of walk.calls) {
    if (isRunning(call.unit) && isEffect(call, (node) => bindings.get(node)?.binding ?? null)) add(call.node);
  }
  for (const use of walk.uses) {
    if (use.binding || !isRunning(use.unit)) continue;
    // onmessage = f, globalThis.x = 1, Array.prototype.x = f, delete window.x
    if (use.chain?.use === 'write') add(use.chain.owner);
    else if (isWrite(use)) add(use.parent);
  }
  return found.sort((a, b) => a.line - b.line);
}

function isEffect({ node, name, root, isMethod }: CallSite, bindingOf: (node: Node) => Binding | null): boolean {
  const binding = root && bindingOf(root);
  const isGlobal = root !== null && !binding;
  if (node.type === 'NewExpression') return constructors.has(name) && (isMethod || isGlobal || binding?.kind === 'import');
  if (!isMethod) return timers.has(name) && (isGlobal || binding?.kind === 'import');
  if (name === 'addEventListener') return !isOwn(binding);
  if (name === 'listen') return true;
  if (timers.has(name)) return isGlobal && globalObjects.has(root.name);
  if (listeners.has(name)) return node.arguments[0]?.type === 'StringLiteral' && !isOwn(binding);
  if (name === 'define') return isGlobal && (root.name === 'customElements' || globalObjects.has(root.name));
  if (name === 'register') return isGlobal && root.name === 'navigator';
  if (!definers.has(name) || !isGlobal || (root.name !== 'Object' && root.name !== 'Reflect')) return false;
  const [target] = node.arguments;
  const changed = target && rootOf(target);
  return changed ? bindingOf(changed) === null : false;
}

/** Made by this very module with `new`: a second run makes another one. */
function isOwn(binding: Binding | null | undefined): boolean {
  return binding?.top === true && binding.kind === 'const' && binding.declarator?.init?.type === 'NewExpression';
}
