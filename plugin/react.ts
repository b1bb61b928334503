/**
 * React in production builds: components get permanent identities, and `relup/react` renders them. What is emitted:
 * ```
 * export function Cart({ n }) { ... }      function $Cart({ n }) { ... } export function Cart(props) { return $react.render(Cart, $Cart, props, void 0, "useState{[a, setA]}"); }
 * function Row() { ... }                   const Row = $own.component("Row", $Row); ... function $Row() { ... }
 * const Row = memo(() => ...)              const Row = $react.kept("src/Cart.jsx#Row", memo($own.component("Row", () => ...)))
 * export function useStep() { ... }        export function useStep() { if ($react.asks()) return $react.answer("useState{[step]}"); ... }
 * useEffect(run, [id])                     useEffect(run, [id, "1f3870be"])
 * render() { ... }                         render() { return $react.renderClass(this, () => { ... }); }
 * ```
 * Exported functions keep being functions: their handle is what React knows. Pure.
 */
import type { CallExpression, ClassDeclaration, Identifier, Node, Program, Statement, StringLiteral, VariableDeclaration } from '@babel/types';
import MagicString from 'magic-string';
import type { Adapter, Rewritten } from './adapters.js';
import { hashOf } from './manifest.js';
import { parseModule } from './parse.js';
import { hookCalls, isElementRuntime, isHookName, makesElements, readNames, reactExport, usedOtherwise, wrapperOf, type FunctionNode, type Names } from './react-names.js';
import { signatureOf } from './react-signatures.js';
import { eachChild, endOf, isFunction, isMember, outerStart, patternNames, propertyName, startOf } from './tree.js';

export const reactAdapter: Adapter = {
  name: 'react',
  isUsed: (pluginNames) => pluginNames.some((name) => name.startsWith('vite:react')),
  rewrite: rewriteReact,
};

/** A module without any of it has nothing of React. */
const mentions = /\buse[A-Z]|\breact-dom\/client\b|\bjsxs?\b|\bcreateElement\b|\bmemo\b|\bforwardRef\b|\blazy\b|\bextends\b/;

/** A function at the top level with a name. */
interface Named {
  readonly name: string;
  readonly node: FunctionNode;
  readonly statement: Statement;
  readonly isExported: boolean;
}

/** One module while it is rewritten. */
interface Module {
  readonly id: string;
  readonly text: string;
  readonly program: Program;
  readonly out: MagicString;
  readonly names: Names;
  /** Local names of emitted things. */
  readonly react: string;
  readonly own: string;
  /** Hooks of the module that only the module itself can ask. */
  readonly inner: ReadonlyMap<string, FunctionNode>;
  /** Names of what the module exports by default. */
  readonly defaults: ReadonlySet<string>;
  /** Constants of components that are function declarations. */
  readonly constants: string[];
  needsOwn: boolean;
}

/** Errors: PARSE. */
export function rewriteReact(text: string, id: string): Rewritten | null {
  if (!mentions.test(text)) return null;
  const { program } = parseModule(text, id).file;
  const names = readNames(program);
  const exported = exportedNames(program);
  const functions = listFunctions(program, exported);
  const inner = new Map(functions.filter(({ name, isExported }) => isHookName(name) && !isExported).map(({ name, node }) => [name, node]));
  const module: Module = { id, text, program, out: new MagicString(text), names, react: free(text, '$react'), own: free(text, '$own'), inner, defaults: defaultNames(program), constants: [], needsOwn: false };
  const otherwise = usedOtherwise(program);
  for (const each of functions) {
    if (isHook(names, text, each)) {
      if (each.isExported) answerFor(module, each);
    } else if (isComponent(names, text, each.name, each.node) && !otherwise.has(each.name)) editComponent(module, each);
  }
  for (const statement of program.body) editStatement(module, statement, functions);
  editDependencies(module);
  editCaches(module);
  const whole = holdWhole(module);
  if (!module.out.hasChanged() && whole === '') return null;
  open(module, whole);
  return { code: module.out.toString(), map: module.out.generateMap({ hires: 'boundary', source: id, includeContent: true }) };
}

/** A name that the module does not have. */
function free(text: string, name: string): string {
  return text.includes(name) ? free(text, `${name}_`) : name;
}

/** What the module needs of relup, in front of its first statement and on its line. Directives stay first. */
function open({ id, program, out, react, own, constants, needsOwn }: Module, whole: string): void {
  const declared = needsOwn ? `const ${own} = /* @__PURE__ */ ${react}.module(${JSON.stringify(id)}); ${constants.join('')}` : '';
  const [first] = program.body;
  if (first) out.prependLeft(startOf(first), `import { react as ${react} } from "relup/react"; ${whole}${declared}`);
}

/** Where a page gets its root, its bundle is made to hold all of React: a release may use of it what no module of the one before did. */
function holdWhole({ program, text }: Module): string {
  const sources = program.body.flatMap((statement) => (statement.type === 'ImportDeclaration' ? [statement.source.value] : []));
  if (!sources.includes('react-dom/client')) return '';
  const held = ['react', 'react-dom', ...new Set(sources.filter(isElementRuntime))].map((source, index) => ({ source, name: free(text, `$all${index}`) }));
  return `${held.map(({ source, name }) => `import * as ${name} from "${source}"; `).join('')}function ${free(text, '$all')}() { return [${held.map(({ name }) => name).join(', ')}]; } `;
}

/** Local names that are exported as they are; `export default name` is the same for what is never assigned again. */
function exportedNames({ body }: Program): Set<string> {
  const names = new Set<string>();
  for (const statement of body) {
    if (statement.type === 'ExportDefaultDeclaration' && statement.declaration.type === 'Identifier') names.add(statement.declaration.name);
    if (statement.type !== 'ExportNamedDeclaration' || statement.source) continue;
    for (const specifier of statement.specifiers) if (specifier.type === 'ExportSpecifier') names.add(specifier.local.name);
    if (statement.declaration?.type === 'VariableDeclaration') for (const { id } of statement.declaration.declarations) patternNames(id, names);
  }
  return names;
}

function defaultNames({ body }: Program): Set<string> {
  const names = new Set(['default']);
  for (const statement of body) {
    if (statement.type === 'ExportDefaultDeclaration') {
      const { declaration } = statement;
      if (declaration.type === 'Identifier') names.add(declaration.name);
      if (declaration.type === 'FunctionDeclaration' && declaration.id) names.add(declaration.id.name);
    }
    if (statement.type === 'ExportNamedDeclaration') for (const specifier of statement.specifiers) if (specifier.type === 'ExportSpecifier' && nameOf(specifier.exported) === 'default') names.add(specifier.local.name);
  }
  return names;
}

const nameOf = (node: Identifier | StringLiteral): string => (node.type === 'Identifier' ? node.name : node.value);

function listFunctions({ body }: Program, exported: ReadonlySet<string>): Named[] {
  return body.flatMap((statement) => {
    const isExport = statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration';
    const declaration = isExport ? statement.declaration : statement;
    if (declaration?.type === 'FunctionDeclaration') {
      const name = declaration.id?.name ?? 'default';
      return [{ name, node: declaration, statement, isExported: isExport || exported.has(name) }];
    }
    if (statement.type === 'ExportDefaultDeclaration' && declaration && isFunction(declaration)) return [{ name: 'default', node: declaration as FunctionNode, statement, isExported: true }];
    if (declaration?.type !== 'VariableDeclaration' || declaration.kind === 'var') return [];
    return declaration.declarations.flatMap(({ id, init }) =>
      id.type === 'Identifier' && init && isFunction(init) ? [{ name: id.name, node: init as FunctionNode, statement, isExported: exported.has(id.name) }] : []);
  });
}

/** Capitalised, with a component's parameters, and it makes elements or calls hooks. */
function isComponent(names: Names, text: string, name: string, node: FunctionNode): boolean {
  if (!/^(?:[A-Z]|default$)/.test(name) || node.async || node.generator || node.params.length > 2) return false;
  return makesElements(names, node.body) || hookCalls(names, text, node).length > 0;
}

/** The arguments that tell a signature: `, "useState{[a, setA]}", () => [useStep]`. */
function writeSignature({ names, text, inner }: Module, node: FunctionNode): string {
  const { text: signature, hooks } = signatureOf(names, text, node, inner);
  return signature === '' ? '' : `, ${JSON.stringify(signature)}${hooks.length ? `, () => [${hooks.join(', ')}]` : ''}`;
}

/** A default export may have no name. */
const isHook = (names: Names, text: string, { name, node }: Named): boolean =>
  isHookName(name) || (name === 'default' && !makesElements(names, node) && hookCalls(names, text, node).length > 0);

/** if (asks) return answer; in front of all that a hook does. A default export says that it answers by its module, a name says it by itself. */
function answerFor(module: Module, { name, node }: Named): void {
  const { text: signature, hooks } = signatureOf(module.names, module.text, node, module.inner);
  const asked = module.defaults.has(name) ? module.own : module.react;
  module.needsOwn ||= asked === module.own;
  const answer = `${asked}.answer(${JSON.stringify(signature)}${hooks.length ? `, () => [${hooks.join(', ')}]` : ''})`;
  const { body } = node;
  if (body.type !== 'BlockStatement') {
    module.out.appendRight(outerStart(body), `${asked}.asks() ? ${answer} : `);
    return;
  }
  const directive = body.directives.at(-1);
  module.out.appendLeft(directive ? endOf(directive) : startOf(body) + 1, ` if (${asked}.asks()) return ${answer};`);
}

function editComponent(module: Module, named: Named): void {
  const { name, node, statement, isExported } = named;
  const { out, text, own, constants } = module;
  const code = free(text, name === 'default' ? '$Default' : `$${name}`);
  if (node.type !== 'FunctionDeclaration') {
    if (statement.type === 'ExportDefaultDeclaration') {
      out.overwrite(startOf(statement), outerStart(node), `const ${code} = `);
      const outer = `${code}Export`;
      out.appendLeft(endOf(statement), ` const ${outer} = ${writeArrow(module, outer, code, node)}; export { ${outer} as default };`);
    } else if (isExported) {
      // const Cart = (props) => ... -> const $Cart = (props) => ..., Cart = (props) => render(Cart, $Cart, props)
      out.appendLeft(startOf(declaratorOf(statement, node)), `${code} = `).remove(startOf(declaratorOf(statement, node)), outerStart(node));
      out.appendLeft(endOfInit(text, node), `, ${name} = ${writeArrow(module, name, code, node)}`);
      if (statement.type === 'ExportNamedDeclaration') exportAfter(out, statement);
    } else declareOwn(module, name, node);
    return;
  }
  const { id } = node;
  if (!isExported) {
    module.needsOwn = true;
    constants.push(`const ${name} = /* @__PURE__ */ ${own}.component(${JSON.stringify(name)}, ${code}${writeSignature(module, node)}); `);
    if (id) out.overwrite(startOf(id), endOf(id), code);
    return;
  }
  const head = text.slice(startOf(statement), startOf(node));
  out.remove(startOf(statement), startOf(node));
  if (id) out.overwrite(startOf(id), endOf(id), code);
  else out.appendLeft(startOf(node) + 'function'.length, ` ${code}`);
  const outer = id ? name : `${code}Export`;
  const { parameters, values } = writeParameters(node);
  out.appendLeft(endOf(statement), ` ${head}function ${outer}(${parameters}) { return ${module.react}.render(${outer}, ${code}, ${values}${writeSignature(module, node)}); }`);
}

/** (props) => $react.render(Cart, $Cart, props, void 0, "useState{[a, setA]}") */
function writeArrow(module: Module, outer: string, code: string, node: FunctionNode): string {
  const { parameters, values } = writeParameters(node);
  return `(${parameters}) => ${module.react}.render(${outer}, ${code}, ${values}${writeSignature(module, node)})`;
}

/** As many parameters as the component has: `length` tells. */
function writeParameters({ params }: FunctionNode): { readonly parameters: string; readonly values: string } {
  if (params.length === 0) return { parameters: '', values: '{}, void 0' };
  return params.length === 1 && params[0]?.type !== 'RestElement' ? { parameters: 'props', values: 'props, void 0' } : { parameters: 'props, ref', values: 'props, ref' };
}

/** const Row = (props) => ... -> const Row = $own.component("Row", (props) => ...) */
function declareOwn(module: Module, name: string, node: FunctionNode): void {
  module.needsOwn = true;
  module.out.appendRight(outerStart(node), `/* @__PURE__ */ ${module.own}.component(${JSON.stringify(name)}, `);
  module.out.appendLeft(endOfInit(module.text, node), `${writeSignature(module, node)})`);
}

/** Behind an expression and the parentheses that it stands in. */
function endOfInit(text: string, node: Node): number {
  return outerStart(node) < startOf(node) ? text.indexOf(')', endOf(node)) + 1 : endOf(node);
}

function declaratorOf(statement: Statement, init: Node): Node {
  const declaration = (statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement) as VariableDeclaration;
  return declaration.declarations.find((each) => each.init === init) as Node; // it was found there
}

const parted = new WeakSet<Statement>();

/** export const a = 1; -> const a = 1; export { a }; once. */
function exportAfter(out: MagicString, statement: Extract<Statement, { type: 'ExportNamedDeclaration' }>): void {
  const { declaration } = statement;
  if (declaration?.type !== 'VariableDeclaration' || parted.has(statement)) return;
  parted.add(statement);
  const names = new Set<string>();
  for (const { id } of declaration.declarations) patternNames(id, names);
  out.remove(startOf(statement), startOf(declaration));
  out.appendRight(endOf(statement), ` export { ${[...names].join(', ')} };`);
}

function editStatement(module: Module, statement: Statement, functions: readonly Named[]): void {
  const { out } = module;
  const declaration = statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration' ? statement.declaration : statement;
  if (declaration?.type === 'ClassDeclaration') editClass(module, declaration);
  if (declaration?.type === 'VariableDeclaration') {
    for (const { id, init } of declaration.declarations) if (id.type === 'Identifier' && wrapperOf(module.names, init)) keep(module, id.name, init as CallExpression);
  }
  if (statement.type === 'ExpressionStatement') editStatic(module, statement.expression);
  if (statement.type !== 'ExportDefaultDeclaration') return;
  if (wrapperOf(module.names, declaration)) keep(module, 'default', declaration as CallExpression);
  // So it has a handle, as what is exported by name.
  const named = declaration?.type === 'Identifier' && functions.find(({ name }) => name === declaration.name);
  if (named) out.overwrite(startOf(statement), endOf(statement), `export { ${named.name} as default };`);
}

/** Cart.Slot = (props) => ... -> Cart.Slot = $own.component("Cart.Slot", (props) => ...) */
function editStatic(module: Module, node: Node): void {
  if (node.type !== 'AssignmentExpression' || node.operator !== '=' || !isMember(node.left) || node.left.object.type !== 'Identifier') return;
  const { left, right } = node;
  const name = propertyName(left) ?? '';
  const key = module.text.slice(startOf(left), endOf(left));
  if (wrapperOf(module.names, right)) keep(module, key, right as CallExpression);
  else if (isFunction(right) && isComponent(module.names, module.text, name, right as FunctionNode)) declareOwn(module, key, right as FunctionNode);
}

/** memo(Row) -> $react.kept("src/Cart.jsx#Cart 1f3870be", memo(Row), [Row]) */
function keep(module: Module, name: string, call: CallExpression): void {
  const { out, id, react } = module;
  const literals: Node[] = [];
  const inputs: string[] = [];
  wrap(module, name, call, literals, inputs);
  const key = `${id}#${name} ${hashOf(textWithout(module.text, call, literals)).slice(0, 8)}`;
  out.prependRight(outerStart(call), `/* @__PURE__ */ ${react}.kept(${JSON.stringify(key)}, /* @__PURE__ */ `);
  out.appendLeft(endOfInit(module.text, call), `${inputs.length ? `, [${inputs.join(', ')}]` : ''})`);
}

/** Functions among the arguments of wrappers become permanent; names are what the result was made of. */
function wrap(module: Module, name: string, call: CallExpression, literals: Node[], inputs: string[]): void {
  const wrapper = wrapperOf(module.names, call);
  const [first, ...rest] = call.arguments;
  for (const each of [first, ...rest]) if (each?.type === 'Identifier') inputs.push(each.name);
  if (wrapper === 'lazy' || !first) return;
  if (isFunction(first)) {
    literals.push(first);
    declareOwn(module, name, first as FunctionNode);
  } else if (wrapperOf(module.names, first)) {
    module.out.prependRight(outerStart(first), '/* @__PURE__ */ ');
    wrap(module, name, first as CallExpression, literals, inputs);
  }
}

function textWithout(text: string, node: Node, parts: readonly Node[]): string {
  let at = startOf(node);
  let rest = '';
  for (const part of parts) {
    rest += text.slice(at, startOf(part));
    at = endOf(part);
  }
  return rest + text.slice(at, endOf(node));
}

/** render() { ... } -> render() { return $react.renderClass(this, () => { ... }); } */
function editClass({ names, out, react }: Module, { superClass, body }: ClassDeclaration): void {
  if (!superClass || names.react.size + names.elements.size === 0) return;
  for (const member of body.body) {
    if (member.type !== 'ClassMethod' || member.kind !== 'method' || member.static || member.computed || member.key.type !== 'Identifier' || member.key.name !== 'render' || member.params.length > 0) continue;
    out.appendLeft(startOf(member.body) + 1, ` return ${react}.renderClass(this, () => {`);
    out.appendRight(endOf(member.body) - 1, '}); ');
  }
}

const effects = new Set(['useEffect', 'useLayoutEffect', 'useInsertionEffect', 'useImperativeHandle']);

/** What React would keep although its code is another: effects by their own text, callbacks by that of their function, values with every release. */
function editDependencies(module: Module): void {
  const { program, names, text, out, react } = module;
  /** `around`: the outermost function. */
  const visit = (node: Node, around: Node): void => {
    const name = node.type === 'CallExpression' ? reactExport(names, node.callee) : null;
    const list = node.type === 'CallExpression' && node.arguments.at(-1);
    if (name !== null && list && list.type === 'ArrayExpression') {
      const hash = (of: Node): string => JSON.stringify(hashOf(text.slice(startOf(of), endOf(of))).slice(0, 8));
      const added = effects.has(name) ? hash(node) : name === 'useCallback' ? hash(around) : name === 'useMemo' ? `${react}.release()` : null;
      if (added !== null) out.appendRight(endOf(list) - 1, `${list.elements.length && !/,\s*$/.test(text.slice(startOf(list), endOf(list) - 1)) ? ', ' : ''}${added}`);
    }
    eachChild(node, (child) => visit(child, !isFunction(around) && isFunction(child) ? child : around));
  };
  visit(program, program);
}

/** What React Compiler lets a component keep is of the release that made it: _c(4) -> $react.cache(_c, 4) */
function editCaches({ program, names, out, react }: Module): void {
  const visit = (node: Node): void => {
    if (node.type === 'CallExpression' && node.callee.type === 'Identifier' && names.caches.has(node.callee.name) && node.arguments[0]) {
      out.appendRight(startOf(node), `${react}.cache(`).overwrite(endOf(node.callee), startOf(node.arguments[0]), ', ');
    }
    eachChild(node, visit);
  };
  if (names.caches.size > 0) visit(program);
}
