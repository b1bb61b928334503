/**
 * Edits of classes that have a lineage: the name of such a class stands for its first version for ever, also inside of its own
 * body, and its text says what the runtime has to know to give it newer code. Classes anywhere but at the top level are not touched.
 */
import type { Class, ClassMethod, Node } from '@babel/types';
import { isHarmless, editConstructor } from './constructors.js';
import { replace, wrap } from './edits.js';
import { isWrite } from './exports.js';
import { editConstant, editValue, type Editing } from './imports.js';
import type { TopClass } from './layout.js';
import type { Use } from './scope.js';
import { endOf, keyName, startOf } from './tree.js';
import type { Walk } from './walk.js';

/** What a browser calls as it found it when the element was defined. */
const callbacks = new Set([
  'connectedCallback', 'disconnectedCallback', 'attributeChangedCallback', 'adoptedCallback', 'connectedMoveCallback',
  'formAssociatedCallback', 'formDisabledCallback', 'formResetCallback', 'formStateRestoreCallback',
]);

/**
 * class Cart extends Base { ... } -> const Cart = $x.class("Cart", { Cart: class extends Base { ... } }.Cart, flags);
 *
 * Shape: `index` is the number of the class in its module. Answers the name that has to be hoisted, if any.
 */
export function editClass(editing: Editing, walk: Walk, { key, node, binding }: TopClass, index: number): string | null {
  const { edits, emitted } = editing;
  const { body } = node;
  const self = walk.selves.get(node);
  const isDeclaration = node.type === 'ClassDeclaration' && Boolean(node.id);
  const isAgain = binding?.uses.some((use) => isWrite(use) && use.parent !== binding.declarator) ?? false;
  const inside = self?.uses.filter((use) => !isEarly(use, node)) ?? [];
  // Until its static parts have run, and once the name means something else, the class has to know itself by another one.
  const hasStaticCode = body.body.some(runsCode);
  const needsSelf = inside.length > 0 && (hasStaticCode || isAgain || self?.name !== key);
  const selfName = needsSelf ? emitted.self(index) : null;
  for (const use of inside) editSelf(editing, use, selfName ?? key, isDeclaration);

  const cell = `${emitted.cells}.${key}`;
  const brand = brandOf(node);
  const parts: string[] = [];
  if (selfName && hasStaticCode) parts.push(` static { ${selfName} = this; }`);
  if (brand) parts.push(` static { ${emitted.cells}.$${key} = (${emitted.parameter()}) => ${brand} in ${emitted.parameter()}; }`);
  if (parts.length > 0) edits.push(replace(startOf(body) + 1, startOf(body) + 1, parts.join('')));
  editConstructor(editing, node, cell);
  if (node.superClass) for (const member of body.body) if (member.type === 'ClassMethod') editCallback(editing, member, cell, brand);

  const flags = flagsOf(node);
  const open = `${selfName ? `${selfName} = ` : ''}${emitted.context}.class(${JSON.stringify(key)}, `;
  const close = `${flags > 0 ? `, ${flags}` : ''})`;
  // An object's property gives its name to the class, as a declaration does, without one inside that means another version.
  const named = { open: `{ ${key === '__proto__' ? '["__proto__"]' : key}: `, close: ` }.${key}` };
  if (isDeclaration && node.id) {
    edits.push(
      replace(startOf(node), startOf(node.id), isAgain ? 'let ' : 'const '),
      wrap(startOf(node.id), endOf(node.id), '', ` = ${open}${named.open}class`),
      wrap(startOf(node), endOf(node), '', `${named.close}${close};`),
    );
  } else if (node.id) edits.push(wrap(startOf(node), endOf(node), open, close));
  else edits.push(wrap(startOf(node), endOf(node), `${open}${named.open}`, `${named.close}${close}`));
  return selfName;
}

/** Heritage and computed keys are evaluated before there is a class. */
function isEarly({ node: { start } }: Use, { superClass, body }: Class): boolean {
  const isIn = (piece: Node): boolean => typeof start === 'number' && start >= startOf(piece) && start < endOf(piece);
  return Boolean(superClass && isIn(superClass)) || body.body.some((member) => 'computed' in member && member.computed && isIn(member.key));
}

const runsCode = (member: Node): boolean =>
  member.type === 'StaticBlock' || ((member.type === 'ClassProperty' || member.type === 'ClassPrivateProperty') && member.static === true && Boolean(member.value && !isHarmless(member.value)));

/** A use of the class's name in its own body, where it is a constant. */
function editSelf(editing: Editing, use: Use, name: string, isDeclaration: boolean): void {
  if (isWrite(use)) {
    // A class expression has kept its own name.
    if (isDeclaration) editConstant(editing, use, () => name);
  } else if (use.name !== name) editValue(editing, use, name);
}

/** Any of the names that only instances of this very version have. */
function brandOf({ body }: Class): string | null {
  for (const member of body.body) if (isPrivate(member) && !member.static) return `#${member.key.id.name}`;
  return null;
}

type Private = Extract<Node, { type: 'ClassPrivateMethod' | 'ClassPrivateProperty' }>;
const isPrivate = (member: Node): member is Private => member.type === 'ClassPrivateMethod' || member.type === 'ClassPrivateProperty';

/** As `MadeClass.flags` in runtime/record.ts. */
function flagsOf({ body }: Class): number {
  let flags = 0;
  for (const member of body.body) {
    if ((member.type === 'ClassProperty' || member.type === 'ClassPrivateProperty') && !member.static) flags |= 1;
    if (isPrivate(member)) flags |= member.static ? 4 : 2;
  }
  return flags;
}

/** connectedCallback() { ... } -> connectedCallback() { if ($k.Box && !(#x in this)) return this.connectedCallback?.(...arguments); ... } */
function editCallback({ edits, text }: Editing, method: ClassMethod, cell: string, brand: string | null): void {
  const name = keyName(method);
  if (method.static || method.kind !== 'method' || name === null || !callbacks.has(name)) return;
  // What touches private names stays with instances that have them.
  const isOld = brand && /#[A-Za-z_$\\]/.test(text.slice(startOf(method), endOf(method))) ? `${cell} && !(${brand} in this)` : cell;
  edits.push(wrap(startOf(method), startOf(method.body) + 1, '', ` if (${isOld}) return this.${name}?.(...arguments);`));
}
