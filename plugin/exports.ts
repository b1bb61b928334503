/**
 * Edits for exported bindings: the binding stays what it was, and whatever writes it also writes the table, right after. So
 * dead zones, hoisting and closures are the language's own.
 */
import type { ExportDefaultDeclaration, ForInStatement, ForOfStatement, UpdateExpression } from '@babel/types';
import { replace, wrap, move, rename } from './edits.js';
import { member } from './emitted.js';
import { type Editing, guard } from './imports.js';
import type { Binding, TopDeclaration, Use } from './scope.js';
import { endOf, isAnonymous, outerStart, startOf } from './tree.js';

/** `$e.a = $e.b = ` for a binding that is exported as `a` and `b`. */
export const writePrefix = ({ emitted }: Editing, binding: Binding): string => binding.exported.map((name) => `${member(emitted.exports, name)} = `).join('');

/** `$e.a = a;` */
export const writeStatement = (editing: Editing, binding: Binding): string => `${writePrefix(editing, binding)}${binding.name};`;

/** Whether a role gives the binding a value. */
export const isWrite = ({ role }: Use): boolean => role === 'assign' || role === 'update' || role === 'target' || role === 'head' || role === 'init';

/** Rewrite one write to an exported binding. Answers whether it needs the temporary. */
export function editWrite(editing: Editing, use: Use, binding: Binding): boolean {
  const { edits, emitted } = editing;
  const prefix = writePrefix(editing, binding);
  switch (use.role) {
    // x = 1, x += 1, x ||= 1: the whole is an assignment expression either way, and a function keeps its name
    case 'assign':
      edits.push(wrap(startOf(use.parent), endOf(use.parent), prefix, ''));
      return false;
    case 'update':
      return editUpdate(editing, use.parent as UpdateExpression, use, prefix);
    // [x, ...{ y }] = v: the setter runs exactly when the element is assigned, even if the next one throws
    case 'target': {
      const setter = `({ set _(${emitted.temporary}) { ${prefix}${binding.name} = ${emitted.temporary}; } })._`;
      edits.push(rename(startOf(use.node), endOf(use.node), use.shorthand ? `${use.name}: ${setter}` : setter));
      if (use.parent.type === 'AssignmentPattern' && isAnonymous(use.parent.right)) {
        // The default value would have taken its name from the target.
        edits.push(wrap(outerStart(use.parent.right), endOf(use.parent), `{ ${nameKey(binding.name)}: `, ` }.${binding.name}`));
      }
      return false;
    }
    // for (x of v) body; for (var { x } of v) body
    case 'head':
      writeInBody(editing, use.parent as ForOfStatement, binding);
      return false;
    // var x = 1, anywhere in the module's own code: one declarator more is allowed wherever a declarator is
    case 'init': {
      const { parent } = use;
      if (parent.type === 'VariableDeclarator') {
        edits.push(wrap(startOf(parent), endOf(parent), '', `, ${emitted.temporary} = ${prefix}${binding.name}`));
      } else writeInBody(editing, parent as ForOfStatement, binding);
      return false;
    }
    default:
      return false;
  }
}

/** `{ __proto__: f }` would set a prototype. */
const nameKey = (name: string): string => (name === '__proto__' ? '["__proto__"]' : name);

function writeInBody(editing: Editing, { body }: ForInStatement | ForOfStatement, binding: Binding): void {
  editing.edits.push(wrap(startOf(body), endOf(body), `{ ${writeStatement(editing, binding)} `, ' }'));
}

/** ++x, x++ */
function editUpdate(editing: Editing, node: UpdateExpression, use: Use, prefix: string): boolean {
  const { edits, emitted, openings } = editing;
  const start = startOf(node);
  const end = endOf(node);
  const semicolon = guard(editing, start);
  if (node.prefix) {
    edits.push(wrap(start, end, `${semicolon}(${prefix}`, ')'));
    return false;
  }
  if (openings.has(start)) {
    // Nobody looks at the value of a statement.
    edits.push(wrap(start, end, `${semicolon}(${prefix}${node.operator}`, ''), replace(end - 2, end, ')'));
    return false;
  }
  // The value is the old one, made numeric, which may be a BigInt.
  edits.push(wrap(start, end, `${semicolon}(${emitted.temporary} = `, `, ${prefix}${use.name}, ${emitted.temporary})`));
  return true;
}

/** Write the exported names of a top-level `let`, `const` or `using` right after each declarator. */
export function editDeclaration(editing: Editing, { node, bindings }: TopDeclaration): void {
  const { edits, text } = editing;
  const { declarations, kind } = node;
  declarations.forEach((declarator, index) => {
    const written = (bindings[index] ?? []).filter(({ exported }) => exported.length > 0).map((binding) => writeStatement(editing, binding));
    if (written.length === 0) return;
    const next = declarations[index + 1];
    if (next) edits.push(replace(endOf(declarator), startOf(next), `; ${written.join(' ')} ${kind} `));
    else edits.push(wrap(startOf(node), endOf(node), '', `${text[endOf(node) - 1] === ';' ? '' : ';'} ${written.join(' ')}`));
  });
}

/**
 * `export default` of what has no name of its own. A function is hoisted: it moves to the front, into the first step.
 * `isWrapped`: a class that was given its name already.
 */
export function editDefault(editing: Editing, node: ExportDefaultDeclaration, isWrapped: boolean): void {
  const { edits, emitted, text } = editing;
  const { declaration } = node;
  const start = startOf(node);
  const end = endOf(node);
  const target = member(emitted.exports, 'default');
  if (declaration.type === 'FunctionDeclaration') {
    // export default function () {}
    edits.push(
      replace(start, startOf(declaration), ';'),
      wrap(startOf(declaration), endOf(declaration), `${target} = { default: `, ' }.default; '),
      move(startOf(declaration), endOf(declaration), 0),
    );
    return;
  }
  const from = declaration.type === 'ClassDeclaration' ? startOf(declaration) : outerStart(declaration);
  const isNamed = !isWrapped && (declaration.type === 'ClassDeclaration' || isAnonymous(declaration));
  edits.push(replace(start, from, `${target} = ${isNamed ? '{ default: ' : ''}`));
  const semicolon = text[end - 1] === ';' ? '' : ';';
  if (!isNamed) edits.push(wrap(start, end, '', semicolon));
  // Inside of the statement's own semicolon.
  else if (semicolon) edits.push(wrap(start, end, '', ' }.default;'));
  else edits.push(replace(end - 1, end, ' }.default;'));
}
