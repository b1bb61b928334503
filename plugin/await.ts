/**
 * Edits for what a module awaits at its top level. The body is a synchronous generator that the runtime drives: `await` becomes
 * `yield`, and `for await` is spelled out by the steps of the specification, because no loop of a generator does them.
 */
import type { AwaitExpression, ForOfStatement, LabeledStatement } from '@babel/types';
import { move, replace, wrap } from './edits.js';
import { type Editing, guard } from './imports.js';
import { endOf, startOf } from './tree.js';

/** await x */
export function editAwait(editing: Editing, node: AwaitExpression): void {
  const start = startOf(node);
  editing.edits.push(
    replace(start, start + 'await'.length, `${guard(editing, start)}(yield (`),
    wrap(start, endOf(node), '', '))'),
  );
}

/**
 * for await (left of right) body
 *
 * Source: ECMA-262 14.7.5.6 ForIn/OfHeadEvaluation, 14.7.5.7 ForIn/OfBodyEvaluation, 7.4.13 AsyncIteratorClose.
 * The fields of the loop's state: i iterator, n its next method, o whether leaving has to close it, r last result, v last value, m the method that closes.
 */
export function editAsyncLoop(editing: Editing, { node, labels }: { readonly node: ForOfStatement; readonly labels: readonly LabeledStatement[] }, index: number): void {
  const { edits, emitted } = editing;
  const { left, right, body } = node;
  const state = emitted.loop(index);
  const isDeclaration = left.type === 'VariableDeclaration';
  const names = labels.map(({ label }) => `${label.name}: `).join('');
  const start = startOf(labels[0] ?? node);
  // The parentheses around both sides go; a sequence on the right needs some.
  const isSequence = right.type === 'SequenceExpression';
  const isObject = `if (Object(${state}.r) !== ${state}.r) throw new TypeError('Iterator result is not an object');`;
  // Leaving by a throw closes, too, but then nothing that closing does counts.
  const close = `${state}.m = ${state}.i.return; if (${state}.m !== undefined && ${state}.m !== null) { ${state}.r = yield (${state}.m.call(${state}.i));`;
  edits.push(
    replace(start, startOf(left), `{ const ${state} = {}; ${state}.i = ${emitted.context}.asyncIterator(${isSequence ? '(' : ''}`),
    move(startOf(right), endOf(right), startOf(left)),
    wrap(startOf(left), startOf(right), [
      `${isSequence ? ')' : ''}); ${state}.n = ${state}.i.next; ${state}.o = false;`,
      `try { ${names}for (;;) { ${state}.o = false; ${state}.r = yield (${state}.n.call(${state}.i)); ${isObject}`,
      `if (${state}.r.done) break; ${state}.v = ${state}.r.value; ${state}.o = true; ${isDeclaration ? '' : '('}`,
    ].join(' '), ''),
    replace(endOf(left), startOf(right), ` = ${state}.v${isDeclaration ? '' : ')'}; `),
    replace(endOf(right), startOf(body), ' '),
    wrap(startOf(node), endOf(node), '', [
      ` } } catch (${emitted.temporary}) { if (${state}.o) { ${state}.o = false; try { ${close} } } catch {} } throw ${emitted.temporary}; }`,
      `finally { if (${state}.o) { ${close} ${isObject} } } } }`,
    ].join(' ')),
  );
}
