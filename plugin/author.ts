/**
 * Calls of the author API: edits that hand them to the version's context, and what a manifest has to know of declared state.
 * A use that is not such a call in its place is an error: it would quietly mean something else after an upgrade.
 */
import type { CallExpression, Node, ObjectExpression, ObjectProperty } from '@babel/types';
import type { StateEntry } from '../runtime/protocol.js';
import { rename, replace, wrap, type Edit } from './edits.js';
import { type Editing, guard } from './imports.js';
import type { Binding, Use } from './scope.js';
import { endOf, keyName, lineOf, literalString, outerStart, startOf } from './tree.js';
import type { AuthorSite, Walk } from './walk.js';

type Api = AuthorSite['api'];

const places: Readonly<Record<Api, { readonly code: 'STATE_PLACE' | 'EFFECT_PLACE' | 'HOOK_PLACE'; readonly hint: string }>> = {
  state: { code: 'STATE_PLACE', hint: 'Write `const name = state({ ... })` at the top level of the module.' },
  reset: { code: 'STATE_PLACE', hint: 'Write `const name = reset(...)` or `let name = reset(...)` at the top level of the module.' },
  effect: { code: 'EFFECT_PLACE', hint: 'Write `effect(() => ...)` as a statement at the top level of the module.' },
  onUpgrade: { code: 'HOOK_PLACE', hint: 'Write `onUpgrade(() => ...)` as a statement at the top level of the module.' },
  onRetire: { code: 'HOOK_PLACE', hint: 'Write `onRetire(() => ...)` as a statement at the top level of the module.' },
};

/**
 * Refuse uses of the author API out of place, and mark the bindings that it declares.
 *
 * Errors: STATE_PLACE, EFFECT_PLACE, HOOK_PLACE.
 */
export function checkAuthorUses(walk: Walk): void {
  const calls = new Set<Node>(walk.authors.map(({ call }) => call.callee));
  for (const binding of walk.module.bindings.values()) {
    const { imported } = binding;
    if (!imported || walk.requests[imported.request]?.specifier !== 'relup') continue;
    for (const use of binding.uses) {
      const api = imported.name === '*' ? use.chain?.first : imported.name;
      if (!isApi(api) || calls.has(use.node) || use.role === 'export') continue;
      const { code, hint } = places[api];
      const how = imported.name === '*' ? 'is used through a namespace, where it cannot be seen' : use.role === 'call' ? 'is called where it cannot be followed' : 'is used as a value';
      walk.fail(code, use.node, `${api}() ${how}.`, imported.name === '*' ? `Import it by name: import { ${api} } from 'relup'.` : hint);
    }
  }
  for (const { api, name } of walk.authors) {
    const binding = name === null ? undefined : walk.module.bindings.get(name);
    if (binding) binding.author = api === 'onUpgrade' || api === 'onRetire' ? 'hook' : api;
  }
}

const isApi = (name: string | null | undefined): name is Api => typeof name === 'string' && Object.hasOwn(places, name);

/** Whether a binding is `pure` of the author API, by the specifier that it was imported from. */
export const isPureImport = (walk: Walk, { imported }: Binding): boolean => imported?.name === 'pure' && walk.requests[imported.request]?.specifier === 'relup';

/** pure(value) -> (value): what it says is known by now. */
export function editPure({ edits, emitted, text, openings }: Editing, use: Use): void {
  const start = startOf(use.node);
  const end = endOf(use.node);
  const call = use.parent.type === 'CallExpression' && use.role === 'call' ? use.parent : null;
  const [value, ...more] = call?.arguments ?? [];
  const isSimple = call && value && value.type !== 'SpreadElement' && more.length === 0 && /^[\s)]*\)$/.test(text.slice(endOf(value), endOf(call))) && text[end] === '(';
  // Anything else, a value for example, is a function that does as little.
  const same = `((${emitted.temporary}) => ${emitted.temporary})`;
  const semicolon = call ? guard({ openings }, startOf(call)) : '';
  if (use.role !== 'export') edits.push(isSimple ? replace(start, end, semicolon) : rename(start, end, use.shorthand ? `${use.name}: ${same}` : `${semicolon}${same}`));
}

/** Whether an import of the author API has nothing left that needs it. */
export function isVanished(binding: Binding): boolean {
  if (binding.imported?.name === 'pure') return binding.uses.every(({ role }) => role !== 'export');
  return isApi(binding.imported?.name) && binding.uses.every(({ role }) => role === 'call');
}

/** Hand one call to the context. */
export function editAuthorCall(editing: Editing, { api, call, name }: AuthorSite): void {
  const { edits, emitted } = editing;
  const { callee } = call;
  edits.push(rename(startOf(callee), endOf(callee), `${emitted.context}.${api}`));
  if (api === 'state' && name !== null) editState(editing, call, name);
}

/** const cart = state({ items: [] }, { version: 2 }) -> $x.state("cart", { items: () => [] }, { version: 2 }) */
function editState({ edits, text, thunked }: Editing, call: CallExpression, name: string): void {
  const key = JSON.stringify(keyOf(call) ?? name);
  const [init] = call.arguments;
  if (!init) {
    edits.push(replace(endOf(call) - 1, endOf(call), `${key}, () => undefined)`));
    return;
  }
  const first = outerStart(init);
  if (init.type !== 'ObjectExpression' || first !== startOf(init) || !isPlain(init)) {
    const isObject = init.type === 'ObjectExpression' && first === startOf(init);
    edits.push(wrap(first, first === startOf(init) ? endOf(init) : closing(text, endOf(init)), `${key}, () => ${isObject ? '(' : ''}`, isObject ? ')' : ''));
    return;
  }
  edits.push(wrap(startOf(init), endOf(init), `${key}, `, ''));
  for (const property of init.properties) if (property.type === 'ObjectProperty') editField(edits, text, property, thunked);
}

/** items: [] -> items: () => [] */
function editField(edits: Edit[], text: string, property: ObjectProperty, thunked: Set<Node>): void {
  const { value } = property;
  if (property.shorthand) {
    const plain = `${text.slice(startOf(value), endOf(value))}: () => `;
    thunked.add(value);
    edits.push(wrap(startOf(value), endOf(value), plain, ''));
    return;
  }
  const start = outerStart(value);
  const isObject = text[start] === '{';
  edits.push(wrap(start, endOf(property), `() => ${isObject ? '(' : ''}`, isObject ? ')' : ''));
}

/** The place behind the parenthesis that closes an expression. White space and comments may be in between. */
function closing(text: string, end: number): number {
  const between = /(?:\s|\/\*[^]*?\*\/|\/\/.*)*\)/y;
  let last = end;
  between.lastIndex = end;
  if (between.test(text)) last = between.lastIndex;
  return last;
}

const isPlain = ({ properties }: ObjectExpression): boolean =>
  properties.every((property) => property.type === 'ObjectProperty' && keyName(property) !== null && (keyName(property) !== '__proto__' || property.shorthand));

function optionOf(call: CallExpression, name: string): Node | null | undefined {
  const options = call.arguments[1];
  if (!options) return undefined;
  if (options.type !== 'ObjectExpression') return null;
  if (options.properties.some((property) => property.type === 'SpreadElement' || ('computed' in property && property.computed))) return null;
  const found = options.properties.find((property) => property.type !== 'SpreadElement' && keyName(property) === name);
  if (!found) return undefined;
  return found.type === 'ObjectProperty' ? found.value : null;
}

function keyOf(call: CallExpression): string | null {
  const value = optionOf(call, 'key');
  return value?.type === 'StringLiteral' || value?.type === 'TemplateLiteral' ? literalString(value) : null;
}

/** What a manifest says of a declared state. */
export function describeState({ call, name }: AuthorSite): StateEntry {
  const version = optionOf(call, 'version');
  const renamedFrom = optionOf(call, 'renamedFrom');
  const renamed = renamedFrom?.type === 'StringLiteral' ? renamedFrom.value : null;
  return {
    key: keyOf(call) ?? name ?? '',
    version: version === undefined ? 1 : version?.type === 'NumericLiteral' ? version.value : null,
    ...(renamed !== null && { renamedFrom: renamed }),
    up: stepsOf(optionOf(call, 'up')),
    down: stepsOf(optionOf(call, 'down')),
    line: lineOf(call),
  };
}

/** { 2: s => ..., 3: s => ... } -> [2, 3] */
function stepsOf(chain: Node | null | undefined): number[] | null {
  if (chain === undefined) return [];
  if (chain?.type !== 'ObjectExpression') return null;
  const steps: number[] = [];
  for (const property of chain.properties) {
    const name = property.type === 'SpreadElement' ? null : keyName(property);
    if (name === null || !/^\d+$/.test(name)) return null;
    steps.push(Number(name));
  }
  return steps.sort((a, b) => a - b);
}
