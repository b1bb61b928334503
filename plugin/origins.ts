/**
 * Where a value was made: by this module, by another one, or by the platform. Follows variables, members and calls through the text.
 * Must never call a module's own what could be somebody else's.
 */
import type { Node } from '@babel/types';
import type { Binding, Use } from './scope.js';
import { sharedGlobals } from './started.js';
import { propertyName } from './tree.js';

/** What a call is made on, for example. `members`: names between the origin and what is called, the called one last; null where computed. */
export type Origin =
  | { readonly kind: 'own' | 'unknown'; readonly binding: Binding | null; readonly members: readonly (string | null)[] }
  | { readonly kind: 'global'; readonly name: string; readonly members: readonly (string | null)[] }
  | { readonly kind: 'import'; readonly binding: Binding; readonly members: readonly (string | null)[] };

const own: Origin = { kind: 'own', binding: null, members: [] };
const unknown: Origin = { kind: 'unknown', binding: null, members: [] };

/** Of one module, once its names are resolved. */
export class Origins {
  readonly #uses = new Map<Node, Use>();

  constructor(uses: readonly Use[]) {
    for (const use of uses) this.#uses.set(use.node, use);
  }

  /** The binding that a name means. */
  bindingOf(node: Node): Binding | null {
    return this.#uses.get(node)?.binding ?? null;
  }

  /** Follows an expression to where its value was made. */
  of(node: Node, depth = 0): Origin {
    if (depth > 20) return unknown;
    switch (node.type) {
      case 'Identifier':
        return this.#ofName(node, depth);
      case 'MemberExpression':
      case 'OptionalMemberExpression': {
        const object = this.of(node.object, depth + 1);
        return { ...object, members: [...object.members, propertyName(node)] };
      }
      case 'AwaitExpression':
        return this.of(node.argument, depth + 1);
      case 'AssignmentExpression':
        return this.of(node.right, depth + 1);
      case 'ConditionalExpression':
        return worse(this.of(node.consequent, depth + 1), this.of(node.alternate, depth + 1));
      case 'LogicalExpression':
        return worse(this.of(node.left, depth + 1), this.of(node.right, depth + 1));
      case 'CallExpression':
      case 'OptionalCallExpression': {
        // What a call makes is the caller's, but document.querySelector() makes nothing.
        const origin = this.of(node.callee, depth + 1);
        return origin.kind === 'global' && sharedGlobals.has(origin.name) && !/^(?:create|matchMedia)/.test(origin.members.at(-1) ?? '') ? origin
          : origin.kind === 'global' && (origin.name === 'matchMedia' || origin.members.at(-1) === 'matchMedia') ? unknown
          : own;
      }
      case 'SequenceExpression':
        return this.of(node.expressions.at(-1) ?? node, depth + 1);
      case 'ImportExpression':
      case 'YieldExpression':
        return unknown;
      default:
        return own;
    }
  }

  #ofName(node: Node & { readonly name: string }, depth: number): Origin {
    const binding = this.bindingOf(node);
    if (!binding) return this.#uses.has(node) ? { kind: 'global', name: node.name, members: [] } : unknown;
    if (binding.imported) return { kind: 'import', binding, members: [] };
    if (binding.kind === 'function' || binding.kind === 'class' || binding.kind === 'self' || binding.author === 'state') return { kind: 'own', binding, members: [] };
    const { id, init } = binding.declarator ?? {};
    if (!init || !id) return { kind: 'unknown', binding, members: [] };
    const origin = this.of(init, depth + 1);
    if (id.type !== 'Identifier') return origin.kind === 'own' ? { kind: 'own', binding, members: [] } : { ...origin, members: [...origin.members, keyIn(id, binding.name)] };
    return origin.kind === 'own' || origin.kind === 'unknown' ? { ...origin, binding, members: [] } : origin;
  }
}

/** Of two values that it may be, the one that matters. */
const worse = (left: Origin, right: Origin): Origin => (left.kind === 'own' ? right : left);

/** `{ a: { x } }` -> the first key on the way to x, if it is plain. */
function keyIn(pattern: Node, name: string): string | null {
  if (pattern.type !== 'ObjectPattern') return null;
  for (const property of pattern.properties) {
    if (property.type === 'ObjectProperty' && property.value.type === 'Identifier' && property.value.name === name && !property.computed && property.key.type === 'Identifier') return property.key.name;
  }
  return null;
}
