/**
 * What a plan has to know of a module's functions and classes: which exports are handled, how instances of each class are laid
 * out, and whose value got away before it was exported. Goes by the text of the module alone.
 */
import type { Class, ClassMethod, Expression, Node } from '@babel/types';
import { staticBlocks, type ClassEntry, type Finding } from '../runtime/protocol.js';
import type { Handled } from './handles.js';
import { hashOf } from './manifest.js';
import type { Binding } from './scope.js';
import { eachChild, endOf, isMember, keyName, lineOf, literalString, propertyName, rootOf, startOf } from './tree.js';
import type { Walk } from './walk.js';

/** A class that has a lineage, or would have one if it were alone under its key. */
export interface TopClass {
  /** Name of the binding, or `default`. */
  readonly key: string;
  readonly node: Class;
  /** Null: a default export without a name. */
  readonly binding: Binding | null;
}

/** Classes that are declared at the top level, or are the whole initialiser of a top-level variable. */
export function listTopClasses(walk: Walk): TopClass[] {
  const found: TopClass[] = [];
  const add = (name: string, node: Class): void => {
    const binding = walk.module.bindings.get(name);
    if (binding) found.push({ key: name, node, binding });
  };
  for (const statement of walk.program.body) {
    const isExport = statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration';
    const declaration = isExport ? statement.declaration : statement;
    if (declaration?.type === 'VariableDeclaration') {
      for (const { id, init } of declaration.declarations) if (id.type === 'Identifier' && init?.type === 'ClassExpression') add(id.name, init);
    } else if (declaration?.type === 'ClassDeclaration' && declaration.id) add(declaration.id.name, declaration);
    // export default class {}, export default (class {})
    else if (declaration?.type === 'ClassDeclaration' || declaration?.type === 'ClassExpression') found.push({ key: 'default', node: declaration, binding: null });
  }
  return found;
}

/** The classes of a module by key. Shape: `indexOf` as in requests.ts. */
export function describeClasses(walk: Walk, indexOf: (raw: number) => number): Record<string, ClassEntry> {
  const classes: Record<string, ClassEntry> = {};
  for (const { key, node, binding } of listTopClasses(walk)) {
    const known = classes[key];
    if (known) classes[key] = { ...known, twice: lineOf(node) };
    else classes[key] = { ...describeClass(walk, node, indexOf), exports: binding ? [...binding.exported].sort() : ['default'], ...secondOf(binding) };
  }
  return classes;
}

/** `let Foo = class {}; Foo = class {}` */
function secondOf(binding: Binding | null): { readonly twice?: number } {
  const second = binding?.uses.find(({ role, parent }) => role === 'assign' && parent.type === 'AssignmentExpression' && parent.right.type === 'ClassExpression');
  return second ? { twice: lineOf(second.node) } : {};
}

function describeClass(walk: Walk, node: Class, indexOf: (raw: number) => number): Omit<ClassEntry, 'exports'> {
  const { text } = walk.parsed;
  const textOf = (inner: Node): string => text.slice(startOf(inner), endOf(inner));
  const fields = new Set<string>();
  const accessors = new Set<string>();
  const privates = new Set<string>();
  const staticPrivates = new Set<string>();
  const statics: Record<string, string> = {};
  let upgrade = false;
  let renamedFrom: string | null = null;
  for (const member of node.body.body) {
    if (member.type === 'ClassPrivateProperty' || member.type === 'ClassPrivateMethod') {
      (member.static ? staticPrivates : privates).add(member.key.id.name);
      continue;
    }
    const name = member.type === 'ClassProperty' || member.type === 'ClassMethod' ? keyName(member) : null;
    if (name === null) continue;
    if (member.type === 'ClassMethod') {
      if (member.static && member.kind === 'method' && name === 'upgrade') upgrade = true;
      if (!member.static && member.kind === 'constructor') addAssigned(member, fields);
      else if (!member.static && member.kind !== 'method') accessors.add(name);
    } else if (member.type === 'ClassProperty') {
      if (!member.static) fields.add(name);
      else if (name === 'upgrade' && member.value && /Function/.test(member.value.type)) upgrade = true;
      else statics[name] = shortHash(member.value ? textOf(member.value) : '');
      if (member.static && name === 'renamedFrom') renamedFrom = literalString(member.value);
    }
  }
  const blocks = node.body.body.filter(({ type }) => type === 'StaticBlock');
  if (blocks.length > 0) statics[staticBlocks] = shortHash(blocks.map(textOf).join('\n'));
  const touching = staticPrivates.size > 0 ? node.body.body.filter((member) => mentions(member, staticPrivates)) : [];
  const others = privates.size > 0 ? findOther(node.body, privates) : null;
  const base = node.superClass ? originOf(walk, node.superClass, indexOf) : undefined;
  return {
    line: lineOf(node),
    text: shortHash(textOf(node)),
    heritage: node.superClass ? textOf(node.superClass).replace(/\s+/g, ' ') : null,
    ...(base !== undefined && { base }),
    fields: [...fields].filter((name) => !accessors.has(name)).sort(),
    statics,
    ...(staticPrivates.size > 0 && { staticPrivates: shortHash(touching.map(textOf).join('\n')) }),
    privates: [...privates].sort(),
    ...(others && { privateOfOthers: lineOf(others) }),
    upgrade,
    ...(renamedFrom !== null && { renamedFrom }),
  };
}

const shortHash = (text: string): string => hashOf(text).slice(0, 16);

/** Where a base comes from that is no class of this module: `global`, or request index and name. Undefined where it cannot be said. */
function originOf(walk: Walk, heritage: Expression, indexOf: (raw: number) => number): NonNullable<ClassEntry['base']> | undefined {
  if (heritage.type === 'NullLiteral') return 'global';
  const root = rootOf(heritage);
  if (!root) return undefined;
  const binding = walk.module.bindings.get(root.name);
  if (!binding) return 'global';
  if (!binding.imported) return undefined;
  const { request, name } = binding.imported;
  return [indexOf(request), name === '*' && isMember(heritage) && heritage.object === root ? propertyName(heritage) ?? '*' : name];
}

/** this.x = 1, [this.x] = a, Object.assign(this, { x }): what the constructor itself puts on an instance. */
function addAssigned(constructor: ClassMethod, fields: Set<string>): void {
  const visit = (node: Node): void => {
    if (isFunctionOrClass(node)) return;
    if (node.type === 'AssignmentExpression') addTargets(node.left, fields);
    else if (node.type === 'CallExpression') addDefined(node.callee, node.arguments, fields);
    eachChild(node, visit);
  };
  visit(constructor.body);
}

function addTargets(target: Node, fields: Set<string>): void {
  if (isMember(target)) {
    const name = target.object.type === 'ThisExpression' ? propertyName(target) : null;
    if (name !== null) fields.add(name);
    return;
  }
  if (target.type === 'ObjectPattern') for (const property of target.properties) addTargets(property.type === 'RestElement' ? property.argument : property.value, fields);
  else if (target.type === 'ArrayPattern') for (const element of target.elements) element && addTargets(element, fields);
  else if (target.type === 'AssignmentPattern') addTargets(target.left, fields);
  else if (target.type === 'RestElement') addTargets(target.argument, fields);
}

function addDefined(callee: Node, [target, second]: readonly Node[], fields: Set<string>): void {
  if (target?.type !== 'ThisExpression' || !isMember(callee) || rootOf(callee)?.name !== 'Object') return;
  const method = propertyName(callee);
  if (method === 'defineProperty' && second?.type === 'StringLiteral') fields.add(second.value);
  if ((method !== 'assign' && method !== 'defineProperties') || second?.type !== 'ObjectExpression') return;
  for (const property of second.properties) {
    const name = property.type === 'SpreadElement' ? null : keyName(property);
    if (name !== null) fields.add(name);
  }
}

const isFunctionOrClass = (node: Node): boolean => /Function|^Class(?:Declaration|Expression)$|^ObjectMethod$/.test(node.type);

/** Whether code has a private name out of `names`. */
function mentions(node: Node, names: ReadonlySet<string>): boolean {
  if (node.type === 'PrivateName') return names.has(node.id.name);
  if ((node.type === 'ClassPrivateProperty' || node.type === 'ClassPrivateMethod') && names.has(node.key.id.name)) return true;
  let found = false;
  eachChild(node, (child) => {
    found ||= mentions(child, names);
  });
  return found;
}

/** A member `other.#x` whose object is not `this`. */
function findOther(node: Node, names: ReadonlySet<string>): Node | null {
  if (isMember(node) && (node.property as Node).type === 'PrivateName' && node.object.type !== 'ThisExpression') {
    const { id } = node.property as unknown as { readonly id: { readonly name: string } };
    if (names.has(id.name)) return node;
  }
  // `#x in other`
  if (node.type === 'BinaryExpression' && node.left.type === 'PrivateName' && names.has(node.left.id.name) && node.right.type !== 'ThisExpression') return node;
  let found: Node | null = null;
  eachChild(node, (child) => {
    found ??= findOther(child, names);
  });
  return found;
}

const isFunctionLiteral = ({ type }: Node): boolean => type === 'FunctionExpression' || type === 'ArrowFunctionExpression';

/**
 * Exported functions and classes that were in somebody else's hands before the export had them, or that are assigned again: what others
 * hold of them stays what it is.
 */
export function findCaptured(walk: Walk, handled: readonly Handled[]): Finding[] {
  const found: Finding[] = [];
  const permanent = new Set(handled.map(({ binding }) => binding));
  const add = (what: string, node: Node, why: string): void => {
    found.push({ line: lineOf(node), what, why });
  };
  for (const binding of walk.module.bindings.values()) {
    const [name] = binding.exported;
    if (name === undefined || binding.author || permanent.has(binding)) continue;
    if (binding.kind === 'function') add(name, binding.node, 'It is assigned again, so nothing permanent stands for it.');
    const { init } = binding.declarator ?? {};
    if (!init || binding.declarator?.id.type !== 'Identifier') continue;
    if (isFunctionLiteral(init)) add(name, binding.node, 'It is assigned again, so nothing permanent stands for it.');
    else addCaptured(name, init, add);
  }
  const declaration = walk.defaultExport?.declaration;
  if (declaration && !/Declaration$/.test(declaration.type)) addCaptured('default', declaration, add);
  return found.sort((a, b) => a.line - b.line);
}

function addCaptured(name: string, init: Node, add: (what: string, node: Node, why: string) => void): void {
  switch (init.type) {
    case 'AwaitExpression':
      return addCaptured(name, init.argument, add);
    case 'CallExpression':
    case 'NewExpression': {
      const literal = init.arguments.find((argument) => isFunctionLiteral(argument) || argument.type === 'ClassExpression');
      if (literal) add(name, literal, `It was handed over as a ${literal.type === 'ClassExpression' ? 'class' : 'function'} before it was exported.`);
      return;
    }
    case 'ConditionalExpression':
    case 'LogicalExpression': {
      const branches = init.type === 'ConditionalExpression' ? [init.consequent, init.alternate] : [init.left, init.right];
      if (branches.some((branch) => isFunctionLiteral(branch) || branch.type === 'ClassExpression')) add(name, init, 'Which of several functions or classes it is turns out only when the module loads.');
    }
  }
}

