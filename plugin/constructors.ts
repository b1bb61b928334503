/**
 * Edits of constructors of classes that have a lineage: first of all a constructor asks whether there is a newer one. Whatever the
 * language would run before that, fields and patterns of parameters, waits for the answer, so that nothing happens twice.
 */
import type { Class, ClassMethod, Node } from '@babel/types';
import { move, only, replace, wrap } from './edits.js';
import type { Editing } from './imports.js';
import { eachChild, endOf, identifierNames, isFunction, outerStart, patternNames, startOf, varNames } from './tree.js';

/** `cell`: where the newer constructor is found, `$k.Cart`. */
export function editConstructor(editing: Editing, node: Class, cell: string): void {
  const { edits, emitted, text } = editing;
  const check = (object: string, args: string): string => ` if (${cell}) return ${cell}(${object}, new.target, ${args});`;
  const found = node.body.body.find((member): member is ClassMethod => member.type === 'ClassMethod' && member.kind === 'constructor');
  if (!found) {
    const start = startOf(node.body) + 1;
    const args = emitted.parameter();
    if (node.superClass) edits.push(replace(start, start, ` constructor(...${args}) {${check('undefined', args)} super(...${args}); }`));
    else {
      edits.push(only('bundle', replace(start, start, ` constructor() {${check('this', 'arguments')} }`)));
      edits.push(only('artifact', replace(start, start, ` constructor() {${check('undefined', 'arguments')} super(); }`)));
    }
  } else {
    const put = (statements: string) => wrap(startOf(found), startOf(found.body) + 1, '', statements);
    if (node.superClass || staysBase(found)) edits.push(put(check(node.superClass ? 'undefined' : 'this', 'arguments')));
    else edits.push(only('bundle', put(check('this', 'arguments'))), only('artifact', put(`${check('undefined', 'arguments')} super();`)));
    moveParameters(editing, found);
  }
  if (node.superClass) return;
  if (!found || !staysBase(found)) edits.push(only('artifact', wrap(startOf(node), startOf(node.body), '', `${/\s/.test(text[startOf(node.body) - 1] ?? '') ? '' : ' '}extends ${emitted.context}.adopt `)));
  // A class with a heritage asks before its fields are there.
  for (const member of node.body.body) if (member.type === 'ClassProperty' || member.type === 'ClassPrivateProperty') editField(editing, member, cell);
}

/** x = open() -> x = $k.Cart ? 0 : (open()) */
function editField({ edits, text }: Editing, member: Extract<Node, { type: 'ClassProperty' | 'ClassPrivateProperty' }>, cell: string): void {
  const { value } = member;
  // A class without a name takes the field's, which it could not from within.
  if (member.static || !value || isHarmless(value) || (value.type === 'ClassExpression' && !value.id)) return;
  const end = endOf(member);
  const close = text[end - 1] === ';' ? end - 1 : end;
  // Outside of all that is written around the value.
  edits.push(wrap(outerStart(value), end + 1, `${cell} ? 0 : (`, ''), wrap(startOf(member), close, '', ')'));
}

/** In artifacts a class without heritage takes its object from a base (runtime/adopt.ts), unless it could notice. */
function staysBase(found: ClassMethod): boolean {
  if (returnsValue(found.body)) return true;
  return firstMoved(found) < 0 && found.params.some((param) => !isSimple(param) && mentionsThis(param));
}

function returnsValue(node: Node): boolean {
  if (node.type === 'ReturnStatement') return node.argument !== null && node.argument !== undefined;
  return someChild(node, (child) => !isOwnCode(child) && child.type !== 'ArrowFunctionExpression' && returnsValue(child));
}

const mentionsThis = (node: Node): boolean => node.type === 'ThisExpression' || node.type === 'Super' || someChild(node, (child) => !isOwnCode(child) && mentionsThis(child));

const isOwnCode = ({ type }: Node): boolean => type === 'FunctionExpression' || type === 'FunctionDeclaration' || type === 'ObjectMethod' || type === 'ClassExpression' || type === 'ClassDeclaration';

function someChild(node: Node, test: (child: Node) => boolean): boolean {
  let found = false;
  eachChild(node, (child) => {
    found ||= test(child);
  });
  return found;
}

/**
 * constructor({ a }, b = f(a), ...c) { body } -> constructor($p1, $p2 = void 0, ...$p3) { check let { a } = $p1, { 0: b = f(a) } = [$p2], c = $p3; { body } }
 */
function moveParameters({ edits, emitted }: Editing, found: ClassMethod): void {
  const { params, body } = found;
  const first = firstMoved(found);
  if (first < 0) return;
  const firstDefault = params.findIndex(({ type }) => type === 'AssignmentPattern' || type === 'RestElement');
  const place = startOf(body) + 1;
  const declares = redeclared(found, params.slice(first)).size > 0 ? 'var' : 'let';
  params.forEach((param, index) => {
    if (index < first) return;
    const moved = param.type === 'RestElement' ? param.argument : param;
    const isLast = index === params.length - 1;
    const [start, end] = [startOf(moved), endOf(moved)];
    // The number of parameters in front of the first default is the constructor's length.
    const name = emitted.parameter(index);
    const hasDefault = param.type === 'AssignmentPattern';
    const open = index === first ? ` ${declares} ` : '';
    const close = isLast ? ';' : ', ';
    edits.push(
      wrap(startOf(found), start, '', `${name}${hasDefault && index === firstDefault ? ' = void 0' : ''}`),
      hasDefault ? wrap(start, end, `${open}{ 0: `, ` } = [${name}]${close}`) : wrap(start, end, open, ` = ${name}${close}`),
      move(start, end, place),
    );
  });
  // What the body declares is not seen by the parameters.
  edits.push(replace(place, place, ' {'), replace(endOf(body) - 1, endOf(body) - 1, ' }'));
}

/** Index of the first parameter that cannot stay in front of the check, and all behind it; -1 if all stay. */
function firstMoved(found: ClassMethod): number {
  const { params } = found;
  const first = params.findIndex((param) => !isSimple(param));
  if (first < 0) return -1;
  // The body's own `var`s would be those of the parameters.
  const moved = params.slice(first);
  const again = redeclared(found, moved);
  if (again.size === 0) return first;
  const declared = new Set<string>();
  for (const param of moved) patternNames(param, declared);
  return [...again].every((name) => declared.has(name)) && !moved.some(holdsCode) ? first : -1;
}

/** Names that parameters mention and that the body declares by `var`. */
function redeclared({ body }: ClassMethod, params: readonly Node[]): Set<string> {
  const vars = varNames(body);
  const mentioned = new Set<string>();
  if (vars.size > 0) for (const param of params) identifierNames(param, mentioned);
  return new Set([...vars].filter((name) => mentioned.has(name)));
}

const holdsCode = (node: Node): boolean => isFunction(node) || isOwnCode(node) || someChild(node, holdsCode);

/** a, a = 1, ...a */
function isSimple(param: Node): boolean {
  if (param.type === 'AssignmentPattern') return param.left.type === 'Identifier' && isHarmless(param.right);
  return param.type === 'Identifier' || (param.type === 'RestElement' && param.argument.type === 'Identifier');
}

/** Making such a value and throwing it away is nothing that anybody could see. */
export function isHarmless(node: Node): boolean {
  switch (node.type) {
    case 'NumericLiteral':
    case 'StringLiteral':
    case 'BooleanLiteral':
    case 'NullLiteral':
    case 'BigIntLiteral':
    case 'RegExpLiteral':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return true;
    case 'Identifier':
      return node.name === 'undefined';
    case 'TemplateLiteral':
      return node.expressions.length === 0;
    case 'UnaryExpression':
      return node.argument.type === 'NumericLiteral' || node.argument.type === 'BooleanLiteral';
    case 'ArrayExpression':
      return node.elements.every((element) => element === null || isHarmless(element));
    case 'ObjectExpression':
      return node.properties.every((property) => property.type !== 'SpreadElement' && !property.computed && (property.type === 'ObjectMethod' || isHarmless(property.value)));
    default:
      return false;
  }
}
