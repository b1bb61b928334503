/**
 * Which calls keep the functions that they are given for later, and which run them on the spot. `app.get('/', () => show())`
 * must not count as reading `show` while the module loads; `prices.map(p => rate(p))` must. Pure.
 *
 * A call into a package or the platform counts as keeping, unless its name is that of an operation which calls back at once:
 * a rule of thumb, said under "cannot" in the README. Calls of the application's own code always count as running.
 */
import type { Identifier, Node, Program, Statement } from '@babel/types';
import { isHotCall } from './hot.js';
import { isMember, propertyName, rootOf } from './tree.js';

/** Operations of arrays, iterators, strings, promises and functions, and those that packages named after them. */
const immediate = new Set([
  'map', 'filter', 'reduce', 'reduceRight', 'forEach', 'each', 'some', 'every', 'find', 'findIndex', 'findLast', 'findLastIndex', 'flatMap',
  'sort', 'toSorted', 'sortBy', 'orderBy', 'groupBy', 'keyBy', 'countBy', 'partition', 'uniqBy', 'maxBy', 'minBy', 'sumBy', 'times', 'mapValues',
  'mapKeys', 'pickBy', 'omitBy', 'tap', 'thru', 'from', 'replace', 'replaceAll', 'Promise', 'then', 'catch', 'finally', 'all', 'allSettled', 'race', 'any',
  'apply', 'call', 'construct', 'compose', 'pipe', 'flow', 'run', 'exec', 'execute',
]);

/** Of the language: what they are given they convert or look through on the spot. */
const converters = new Set([
  'Number', 'String', 'Boolean', 'BigInt', 'Symbol', 'JSON', 'Math', 'Date', 'RegExp', 'Intl', 'Error', 'TypeError', 'RangeError', 'parseInt', 'parseFloat', 'isNaN', 'isFinite', 'structuredClone', 'encodeURIComponent', 'decodeURIComponent', 'encodeURI', 'decodeURI',
]);
/** Methods by which a collection takes something in. */
const adders = new Set(['push', 'unshift', 'add', 'set']);

const isPackage = (specifier: string): boolean => /^(?:node:)?(?:@[\w.-]+\/)?\w/.test(specifier);

/** Names at the top level that stand for the application's own code: it may call what it is given. */
export function findOwnCode(program: Program): Set<string> {
  const names = new Set<string>();
  for (const statement of program.body) collect(statement, names);
  return names;
}

function collect(statement: Statement, names: Set<string>): void {
  switch (statement.type) {
    case 'ImportDeclaration':
      if (!isPackage(statement.source.value)) for (const { local } of statement.specifiers) names.add(local.name);
      return;
    case 'ExportNamedDeclaration':
    case 'ExportDefaultDeclaration':
      if (statement.declaration && /Declaration$/.test(statement.declaration.type)) collect(statement.declaration as Statement, names);
      return;
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
      if (statement.id) names.add(statement.id.name);
      return;
    case 'VariableDeclaration':
      for (const { id, init } of statement.declarations) if (id.type === 'Identifier' && init && isOwnValue(init, names)) names.add(id.name);
  }
}

/** A function, class or object of this module, or what its own code made. */
function isOwnValue(init: Node, names: ReadonlySet<string>): boolean {
  if (/^(?:Arrow)?Function|^Class|^Object|^Array/.test(init.type)) return true;
  const root = init.type === 'NewExpression' || init.type === 'CallExpression' ? rootOf(init.callee) : rootOf(init);
  return root !== null && names.has(root.name);
}

/** Top-level constants that are collections by their text: what is added to them is kept, not called. */
export function findCollections(program: Program): Set<string> {
  const names = new Set<string>();
  for (const statement of program.body) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration?.type !== 'VariableDeclaration' || declaration.kind !== 'const') continue;
    for (const { id, init } of declaration.declarations) {
      const isCollection = init?.type === 'ArrayExpression' || (init?.type === 'NewExpression' && init.callee.type === 'Identifier' && /^(?:Weak)?(?:Map|Set)$/.test(init.callee.name));
      if (id.type === 'Identifier' && isCollection) names.add(id.name);
    }
  }
  return names;
}

/** `all.push(f)`, `byName.set('f', f)` */
export const isAdding = (callee: Node, collections: ReadonlySet<string>): boolean =>
  isMember(callee) && callee.object.type === 'Identifier' && collections.has(callee.object.name) && adders.has(propertyName(callee) ?? '');

/** The name that a chain of members and calls starts from: `document` of `document.querySelector('a').addEventListener`. */
function originOf(callee: Node): Identifier | null {
  let at = callee;
  while (isMember(at) || at.type === 'CallExpression') at = isMember(at) ? at.object : at.callee;
  return at.type === 'Identifier' ? at : null;
}

/** What they make gives back what it was given, for whoever asks. */
const containers = new Set(['Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef', 'Array', 'Object', 'Promise', 'Proxy', 'Reflect', 'Iterator']);

/** `new Map([['a', f]])`, `Object.freeze({ f })`: the functions among the arguments are no farther away than before. */
export function isContaining(callee: Node, own: ReadonlySet<string>): boolean {
  const root = originOf(callee);
  return root !== null && containers.has(root.name) && !own.has(root.name);
}

/** Whether a call is an operation that calls back at once. */
export function isImmediate(callee: Node): boolean {
  const name = callee.type === 'Identifier' ? callee.name : isMember(callee) ? propertyName(callee) : null;
  return name !== null && immediate.has(name);
}

/** Whether the functions among the arguments of a call are only kept. */
export function isDeferring(callee: Node, own: ReadonlySet<string>): boolean {
  if (isHotCall(callee)) return true;
  const root = originOf(callee);
  const name = callee.type === 'Identifier' ? callee.name : isMember(callee) ? propertyName(callee) : null;
  return root !== null && name !== null && !immediate.has(name) && !converters.has(root.name) && !own.has(root.name);
}
