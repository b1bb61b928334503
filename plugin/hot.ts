/**
 * Uses of `import.meta.hot`: the edit that hands them to the version's context, and what a plan has to know of them. Calls count
 * wherever they stand, also under conditions. Must never take for accepted what is not named by a literal.
 */
import type { CallExpression, Node } from '@babel/types';
import type { HotEntry } from '../runtime/protocol.js';
import { rename, type Edit } from './edits.js';
import { member, type Emitted } from './emitted.js';
import type { DynamicOutline } from './requests.js';
import { endOf, isMember, lineOf, literalString, propertyName, startOf } from './tree.js';
import type { Call, Walk } from './walk.js';

/** What a module says of its replacement; `deps` as they are written. */
export interface HotOutline extends Omit<HotEntry, 'deps'> {
  readonly deps: readonly DynamicOutline[];
}

/** `import.meta.hot`, `import.meta?.hot` */
export const isHot = (node: Node): boolean =>
  isMember(node) && node.object.type === 'MetaProperty' && node.object.meta.name === 'import' && propertyName(node) === 'hot';

/** Whether a call is one of the API, whose callbacks run later: `import.meta.hot.accept(...)`. */
export const isHotCall = (callee: Node): boolean => isMember(callee) && isHot(callee.object);

/** import.meta.hot -> $x.hot */
export const editHot = (emitted: Emitted, node: Node): Edit => rename(startOf(node), endOf(node), member(emitted.context, 'hot'));

/** Errors: UNSUPPORTED_SYNTAX for what is accepted under a name that only running code knows. */
export function findHot(walk: Walk): HotOutline | null {
  const found: { self?: 1; dispose?: 1; prune?: 1; decline?: 1 } = {};
  let exports: Set<string> | null = null;
  const deps = new Map<string, DynamicOutline>();
  for (const { node } of walk.calls) {
    const method = node.type === 'CallExpression' || node.type === 'OptionalCallExpression' ? methodOf(walk, node) : null;
    if (method === 'dispose' || method === 'prune' || method === 'decline') found[method] = 1;
    else if (method === 'acceptExports') exports = new Set([...(exports ?? []), ...namesOf(walk, node as CallExpression)]);
    else if (method === 'accept') {
      const names = isSelf(node as CallExpression) ? null : namesOf(walk, node as CallExpression);
      if (!names) found.self = 1;
      for (const specifier of names ?? []) if (!deps.has(specifier)) deps.set(specifier, { specifier, attributes: {}, line: lineOf(node) });
    }
  }
  if (Object.keys(found).length === 0 && !exports && deps.size === 0) return null;
  return { ...found, ...(exports && { exports: [...exports].sort() }), deps: [...deps.values()] };
}

/** `import.meta.hot.accept()`, and `hot.accept()` after `const hot = import.meta.hot`. */
function methodOf(walk: Walk, { callee }: Call): string | null {
  if (!isMember(callee)) return null;
  if (isHot(callee.object)) return propertyName(callee);
  if (callee.object.type !== 'Identifier') return null;
  const init = walk.module.bindings.get(callee.object.name)?.declarator?.init;
  return init && isHot(init) && walk.uses.some(({ node, binding }) => node === callee.object && binding?.top) ? propertyName(callee) : null;
}

/** `accept()`, `accept(callback)` */
const isSelf = ({ arguments: [first, ...more] }: CallExpression): boolean =>
  more.length === 0 && first?.type !== 'ArrayExpression' && (first?.type !== 'TemplateLiteral') && first?.type !== 'StringLiteral';

/** `'a'`, `['a', 'b']` */
function namesOf(walk: Walk, call: CallExpression): string[] {
  const [first] = call.arguments;
  const names = (first?.type === 'ArrayExpression' ? first.elements : [first]).map((each) => (each && each.type !== 'SpreadElement' && each.type !== 'ArgumentPlaceholder' ? literalString(each) : null));
  if (!names.every((name) => name !== null)) walk.fail('UNSUPPORTED_SYNTAX', call, 'What is accepted is not named by a literal.', 'Write a string, or an array of strings.');
  return names as string[];
}

/** What stays of it once it is known where specifiers lead: ids of hot modules. Null if nothing does. */
export function settleHot(hot: HotOutline | null, resolutions: readonly ({ readonly hot: boolean; readonly target: string } | null)[]): HotEntry | null {
  if (!hot) return null;
  const ids = new Set(resolutions.flatMap((each) => (each?.hot ? [each.target] : [])));
  const { deps: _, ...flags } = hot;
  const settled = { ...flags, ...(ids.size > 0 && { deps: [...ids].sort() }) };
  return Object.keys(settled).length > 0 ? settled : null;
}

/** Where calls of the API stand: what their callbacks change is the module's own care. */
export const hotRanges = (walk: Walk): (readonly [start: number, end: number])[] =>
  walk.calls.flatMap(({ node }) => (node.type !== 'TaggedTemplateExpression' && methodOf(walk, node) !== null ? [[startOf(node), endOf(node)] as const] : []));
