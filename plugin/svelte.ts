/**
 * Svelte 5 in production builds: what @sveltejs/vite-plugin-svelte emits -> modules whose components are permanent functions and whose
 * local state is known by its place in the code, both by `relup/svelte`. Goes by the tree; what it does not know stays as it is.
 */
import type { File, FunctionDeclaration, Node } from '@babel/types';
import MagicString from 'magic-string';
import type { Adapter, Rewritten } from './adapters.js';
import { parseModule } from './parse.js';
import { shapeOf } from './shapes.js';
import { availableNames } from './svelte-names.js';
import { endOf, startOf } from './tree.js';

const own = '__relup__';
const client = 'svelte/internal/client';
/** What makes state that a later version of the component goes on with. */
const keepable = new Set(['state', 'proxy']);
/** Who imports one of these begins an application. */
const beginnings = new Set(['mount', 'hydrate']);

export const svelteAdapter: Adapter = { name: 'svelte', isUsed: (names) => names.some((name) => name.startsWith('vite-plugin-svelte')), rewrite: rewriteSvelte };

function rewriteSvelte(code: string, id: string): Rewritten | null {
  const isComponent = id.endsWith('.svelte');
  if (!isComponent && !/["']svelte["']/.test(code)) return null;
  const { file: tree } = parseModule(code, id);
  const text = new MagicString(code);
  const begins = importsName(tree, 'svelte', beginnings);
  const component = isComponent ? componentOf(tree) : null;
  if (!component && !begins) return null;
  if (component) editComponent(text, component, { id, runtime: namespaceOf(tree) });
  if (begins) text.append(`\n${holdNames()}`);
  return { code: text.toString(), map: text.generateMap({ hires: 'boundary', source: id, includeContent: true }) };
}

interface Component {
  readonly name: string;
  readonly node: FunctionDeclaration;
  /** Start of the export statement. */
  readonly start: number;
}

/** export default function Counter($$anchor, $$props) { ... } */
function componentOf(tree: File): Component | null {
  for (const statement of tree.program.body) {
    if (statement.type !== 'ExportDefaultDeclaration') continue;
    const { declaration } = statement;
    return declaration.type === 'FunctionDeclaration' && declaration.id ? { name: declaration.id.name, node: declaration, start: startOf(statement) } : null;
  }
  return null;
}

function namespaceOf(tree: File): string | null {
  for (const node of tree.program.body) {
    if (node.type === 'ImportDeclaration' && node.source.value === client) for (const each of node.specifiers) if (each.type === 'ImportNamespaceSpecifier') return each.local.name;
  }
  return null;
}

const importsName = (tree: File, source: string, names: ReadonlySet<string>): boolean =>
  tree.program.body.some((node) => node.type === 'ImportDeclaration' && node.source.value === source && node.specifiers.some((each) => each.type === 'ImportSpecifier' && each.imported.type === 'Identifier' && names.has(each.imported.name)));

/** function Counter($$anchor, $$props) { let n = kept("n", "state number", () => $.state(0)); ... } export default component("src/Counter.svelte", Counter); */
function editComponent(text: MagicString, { name, node, start }: Component, { id, runtime }: { readonly id: string; readonly runtime: string | null }): void {
  text.remove(start, startOf(node));
  let keeps = false;
  for (const statement of runtime === null ? [] : node.body.body) {
    for (const { id: local, init } of statement.type === 'VariableDeclaration' ? statement.declarations : []) {
      const maker = init?.type === 'CallExpression' ? memberOf(init.callee, runtime as string) : null; // there is one here
      if (local.type !== 'Identifier' || init?.type !== 'CallExpression' || maker === null || !keepable.has(maker)) continue;
      keeps = true;
      const isProxy = (callee: Node): boolean => memberOf(callee, runtime as string) === 'proxy';
      const shape = `${maker} ${init.arguments[0] ? shapeOf(init.arguments[0], isProxy) : 'undefined'}`;
      text.appendRight(startOf(init), `${own}kept(${JSON.stringify(local.name)}, ${JSON.stringify(shape)}, () => `).appendLeft(endOf(init), ')');
    }
  }
  text.append(`\nimport { component as ${own}component${keeps ? `, kept as ${own}kept` : ''} } from "relup/svelte";\nexport default /*#__PURE__*/ ${own}component(${JSON.stringify(id)}, ${name});\n`);
}

const memberOf = (node: Node, object: string): string | null =>
  node.type === 'MemberExpression' && !node.computed && node.object.type === 'Identifier' && node.object.name === object && node.property.type === 'Identifier' ? node.property.name : null;

/** import { if as __relup__0 } from "svelte/internal/client"; void [__relup__0]; */
function holdNames(): string {
  const held = [...availableNames.map((name) => [client, name] as const), ...['component', 'kept'].map((name) => ['relup/svelte', name] as const)];
  const imports = [client, 'relup/svelte'].map((source) => `import { ${held.flatMap(([from, name], index) => (from === source ? [`${name} as ${own}${index}`] : [])).join(', ')} } from "${source}";`);
  return `${imports.join('\n')}\nvoid [${held.map((_, index) => `${own}${index}`).join(', ')}];\n`;
}
