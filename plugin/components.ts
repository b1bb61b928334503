/**
 * Exports that an adapter of a framework makes the same object in all releases: `export default component("src/Cart.vue", ...)`. Whoever
 * keeps one has the newest, as with functions.
 */
import type { Node } from '@babel/types';
import type { Walk } from './walk.js';

const adapters = new Set(['relup/svelte', 'relup/vue']);

/** Exported names of components, sorted. */
export function findComponents(walk: Walk): string[] {
  const isComponent = (node: Node | null | undefined): boolean => {
    if (node?.type !== 'CallExpression' || node.callee.type !== 'Identifier') return false;
    const imported = walk.module.bindings.get(node.callee.name)?.imported;
    return imported?.name === 'component' && adapters.has(walk.requests[imported.request]?.specifier ?? '');
  };
  const found = [...walk.module.bindings.values()].filter(({ kind, declarator }) => kind === 'const' && isComponent(declarator?.init)).flatMap(({ exported }) => exported);
  return (isComponent(walk.defaultExport?.declaration) ? [...found, 'default'] : found).sort();
}
