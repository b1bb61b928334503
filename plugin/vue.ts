/**
 * Vue in production builds: what @vitejs/plugin-vue emits -> modules whose components are permanent objects and whose state is known by
 * its place in the code, both by `relup/vue`. Goes by the tree; what it does not know stays as it is.
 */
import type { CallExpression, File, ImportDeclaration, Node, VariableDeclarator } from '@babel/types';
import MagicString from 'magic-string';
import type { Adapter, ConfiguredPlugin, Rewritten } from './adapters.js';
import { hashOf } from './manifest.js';
import { parseModule } from './parse.js';
import { keyOf, shapeOf } from './shapes.js';
import { endOf, startOf } from './tree.js';
import { availableNames } from './vue-names.js';

const own = '__relup__';
/** What makes state that later versions of a setup function go on with. */
const keepable = new Set(['ref', 'shallowRef', 'reactive', 'shallowReactive']);
/** What `relup/vue` does in the place of Vue. */
const replaced = new Map([['computed', 'computed'], ['createStaticVNode', 'createStaticVNode']]);
/** All that this writes calls of. */
const ownNames = ['component', 'definition', 'kept', ...replaced.values()] as const;
/** Who calls one of these begins an application; once a page is enough. */
const beginnings = new Set(['createApp', 'createSSRApp']);

export const vueAdapter: Adapter = { name: 'vue', isUsed: (names) => names.includes('vite:vue'), configure: configureVue, rewrite: rewriteVue };

interface VueOptions {
  readonly features?: { readonly componentIdGenerator?: unknown };
}

/**
 * In production plugin-vue compiles a template into the setup function, so that one cannot be run without the other, and derives the ids of
 * scoped styles from the text, so that a new text would lose the style of what is mounted. What it does for Vue's devtools separates the
 * two; an id by path is its own option. A page and the server that renders it first have to agree on ids.
 */
function configureVue(plugins: readonly ConfiguredPlugin[], isServer: boolean): void {
  const api = plugins.find(({ name }) => name === 'vite:vue')?.api as { options: VueOptions } | undefined;
  if (!api) return;
  const { options } = api;
  const features = { componentIdGenerator: 'filepath', ...options.features };
  api.options = { ...options, features, ...(!isServer && { devToolsEnabled: true }) } as VueOptions;
}

interface Names {
  /** Local names of what the module imports of Vue. */
  readonly locals: ReadonlyMap<string, string>;
  /** Imports of `relup/vue` that are needed. */
  readonly used: Set<string>;
}

function rewriteVue(code: string, id: string, readSource: () => string | null): Rewritten | null {
  const [file = id, query = ''] = id.split('?');
  if (query !== '' && !/(?:^|&)type=script\b/.test(query)) return null;
  const isSfc = query === '' && code.includes('_sfc_main');
  if (!isSfc && !/["']vue["']/.test(code)) return null;
  const { file: tree } = parseModule(code, id);
  const names: Names = { locals: vueNames(tree), used: new Set() };
  const text = new MagicString(code);
  const makes = (node: Node | null | undefined): node is CallExpression => node?.type === 'CallExpression' && vueNameOf(names, node) === 'defineComponent';
  const script = (): string => hashOf(`${scriptOf(tree, code)}\0${query === '' && importsScript(tree) ? scriptBlocks(readSource() ?? '') : ''}`).slice(0, 16);
  const wrap = (node: Node, key: string): void => {
    names.used.add('component');
    text.appendRight(startOf(node), `/*#__PURE__*/ ${own}component(${JSON.stringify(key)}, /*#__PURE__*/ `).appendLeft(endOf(node), `, ${JSON.stringify(script())})`);
  };
  for (const statement of tree.program.body) {
    if (statement.type === 'ExportDefaultDeclaration') {
      const { declaration } = statement;
      if (query === '' && (isSfc ? isValue(declaration) : makes(declaration))) wrap(declaration, file);
      if (isSfc) editParts(text, names, declaration);
      continue;
    }
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration?.type !== 'VariableDeclaration' || isSfc || query !== '') continue;
    for (const { id: name, init } of declaration.declarations) if (name.type === 'Identifier' && makes(init)) wrap(init, `${file}#${name.name}`);
  }
  visit(tree.program, null, (node, name) => {
    if (node.type === 'CallExpression') replaceCall(text, names, node, file);
    if (name !== null && isFunction(node) && node.body.type === 'BlockStatement' && (name === 'setup' || /^use[A-Z]/.test(name))) {
      for (const statement of node.body.body) {
        const declared = statement.type === 'VariableDeclaration' ? statement.declarations : [];
        for (const declarator of declared) keep(text, names, declarator, `${file}#${name}`);
      }
    }
  });
  const begins = importsOf(tree).some(({ source, specifiers }) => source.value === 'vue' && specifiers.some(({ local }) => beginnings.has(names.locals.get(local.name) ?? '')));
  if (begins) text.append(`\n${holdNames()}`);
  if (names.used.size === 0) return begins ? finish(text, file) : null;
  text.append(`\nimport { ${[...names.used].map((name) => `${name} as ${own}${name}`).join(', ')} } from "relup/vue";\n`);
  return finish(text, file);
}

const finish = (text: MagicString, file: string): Rewritten => ({ code: text.toString(), map: text.generateMap({ hires: 'boundary', source: file, includeContent: true }) });

/** import { ref as __relup__0 } from "vue"; void [__relup__0]; */
function holdNames(): string {
  const held = [...availableNames.map((name) => ['vue', name] as const), ...ownNames.map((name) => ['relup/vue', name] as const)];
  const imports = ['vue', 'relup/vue'].map((source) => `import { ${held.flatMap(([from, name], index) => (from === source ? [`${name} as ${own}${index}`] : [])).join(', ')} } from "${source}";`);
  return `${imports.join('\n')}\nvoid [${held.map((_, index) => `${own}${index}`).join(', ')}];\n`;
}

const isValue = ({ type }: Node): boolean => type !== 'FunctionDeclaration' && type !== 'ClassDeclaration';

const isFunction = (node: Node): node is Extract<Node, { type: 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression' | 'ObjectMethod' }> =>
  node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression' || node.type === 'ObjectMethod';

const importsOf = (tree: File): readonly ImportDeclaration[] => tree.program.body.filter((node) => node.type === 'ImportDeclaration');

function vueNames(tree: File): Map<string, string> {
  const names = new Map<string, string>();
  for (const { source, specifiers } of importsOf(tree)) {
    if (source.value !== 'vue') continue;
    for (const each of specifiers) if (each.type === 'ImportSpecifier') names.set(each.local.name, each.imported.type === 'Identifier' ? each.imported.name : each.imported.value);
  }
  return names;
}

const vueNameOf = ({ locals }: Names, { callee }: CallExpression): string | undefined => (callee.type === 'Identifier' ? locals.get(callee.name) : undefined);

/** computed(() => n) -> computed("src/Cart.vue", () => n) */
function replaceCall(text: MagicString, names: Names, call: CallExpression, file: string): void {
  const name = replaced.get(vueNameOf(names, call) ?? '');
  const [first] = call.arguments;
  if (name === undefined || !first) return;
  names.used.add(name);
  text.update(startOf(call.callee), endOf(call.callee), `${own}${name}`);
  if (name === 'computed') text.appendRight(startOf(first), `${JSON.stringify(file)}, `);
}

/** const count = ref(0) -> const count = kept("src/Counter.vue#setup.count", "ref number", () => ref(0)) */
function keep(text: MagicString, names: Names, { id, init }: VariableDeclarator, place: string): void {
  if (id.type !== 'Identifier' || init?.type !== 'CallExpression') return;
  const maker = vueNameOf(names, init);
  if (maker === undefined || !keepable.has(maker)) return;
  names.used.add('kept');
  const [first] = init.arguments;
  const shape = `${maker} ${first ? shapeOf(first) : 'undefined'}`;
  text.appendRight(startOf(init), `${own}kept(${JSON.stringify(`${place}.${id.name}`)}, ${JSON.stringify(shape)}, () => `).appendLeft(endOf(init), ')');
}

/** _export_sfc(_sfc_main, [['render', f], ['__file', 'App.vue']]) -> definition(_sfc_main, [['render', f]]): the name is for devtools. */
function editParts(text: MagicString, names: Names, declaration: Node): void {
  const list = declaration.type === 'CallExpression' ? declaration.arguments[1] : null;
  if (declaration.type !== 'CallExpression' || declaration.callee.type !== 'Identifier' || list?.type !== 'ArrayExpression') return;
  names.used.add('definition');
  text.update(startOf(declaration.callee), endOf(declaration.callee), `${own}definition`);
  list.elements.forEach((element, index) => {
    const [name] = element?.type === 'ArrayExpression' ? element.elements : [];
    if (!element || name?.type !== 'StringLiteral' || name.value !== '__file') return;
    const before = list.elements[index - 1];
    text.remove(before ? endOf(before) : startOf(element), endOf(element));
  });
}

/** The text of all that is not the template: when it is the same, so are setup functions. */
function scriptOf(tree: File, code: string): string {
  return tree.program.body.filter((node) => !isOfTemplate(node)).map((node) => code.slice(startOf(node), endOf(node))).join('\n');
}

function isOfTemplate(node: Node): boolean {
  switch (node.type) {
    case 'ImportDeclaration': return (node.source.value === 'vue' && node.specifiers.every(({ local }) => local.name.startsWith('_'))) || /[?&]type=(?:style|template)\b/.test(node.source.value);
    case 'FunctionDeclaration': return node.id?.name === '_sfc_render';
    case 'VariableDeclaration': return node.declarations.every(({ id }) => id.type === 'Identifier' && id.name.startsWith('_hoisted_'));
    default: return false;
  }
}

/** A script in TypeScript is a module of its own, of whose text this one holds nothing. */
const importsScript = (tree: File): boolean => importsOf(tree).some(({ source }) => /[?&]type=script\b/.test(source.value));

const scriptBlocks = (source: string): string => source.match(/<script\b[^]*?<\/script\s*>/g)?.join('\n') ?? '';

/** Visit a tree, outer nodes first; functions with the name that they are declared by. */
function visit(node: Node, name: string | null, see: (node: Node, name: string | null) => void): void {
  see(node, name);
  for (const key of Object.keys(node)) {
    if (key === 'loc' || key === 'extra') continue;
    const value = (node as unknown as Record<string, unknown>)[key];
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, nameOf(child, node), see);
  }
}

const isNode = (value: unknown): value is Node => typeof (value as { type?: unknown } | null)?.type === 'string';

function nameOf(child: Node, parent: Node): string | null {
  if (child.type === 'FunctionDeclaration') return child.id?.name ?? null;
  if (child.type === 'ObjectMethod') return keyOf(child.key);
  if (parent.type === 'ObjectProperty' && child === parent.value) return keyOf(parent.key);
  if (parent.type === 'VariableDeclarator' && parent.id.type === 'Identifier') return parent.id.name;
  return null;
}
