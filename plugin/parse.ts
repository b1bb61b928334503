/**
 * Text to syntax tree, and errors with the place and a picture of it. Accepts what an ES module may contain and nothing else:
 * no JSX, no types, no proposals. Must never recover from an error: a tree is a whole module or there is none.
 */
import { parse } from '@babel/parser';
import type { Comment, File, Node } from '@babel/types';
import { type Code, RelupError } from '../runtime/errors.js';

/** A parsed module. */
export interface Parsed {
  readonly id: string;
  readonly text: string;
  readonly file: File;
  readonly comments: readonly Comment[];
}

/**
 * Parse a module.
 *
 * Errors: PARSE with the place and a code frame.
 */
export function parseModule(text: string, id: string): Parsed {
  try {
    const file = parse(text, {
      sourceType: 'module',
      attachComment: false,
      createImportExpressions: true,
      createParenthesizedExpressions: false,
      errorRecovery: false,
      // The two phases of import are parsed so that they can be refused by name.
      plugins: ['importAttributes', 'explicitResourceManagement', 'deferredImportEvaluation', 'sourcePhaseImports'],
    });
    return { id, text, file, comments: file.comments ?? [] };
  } catch (error) {
    const { message, loc } = error as Error & { loc?: { line: number; column: number } };
    const sentence = message.replace(/ \(\d+:\d+\)$/, '');
    const { line, column } = loc ?? { line: 1, column: 0 };
    throw new RelupError('PARSE', `${id}:${line}`, `${sentence}\n${drawFrame(text, line, column)}`, 'Correct the syntax. A plugin that compiles this kind of file has to come before relup.', error);
  }
}

/** An error about a piece of a module, with a code frame in its reason. */
export function createError(code: Code, { id, text }: Pick<Parsed, 'id' | 'text'>, node: Node, sentence: string, hint: string): RelupError {
  const { line, column } = node.loc?.start ?? { line: 1, column: 0 };
  return new RelupError(code, `${id}:${line}`, `${sentence}\n${drawFrame(text, line, column)}`, hint);
}

/** Two lines before, the line with a caret under the column (0-based), one line after. */
export function drawFrame(text: string, line: number, column: number): string {
  const lines = text.split(/\r\n|[\n\r\u2028\u2029]/);
  const first = Math.max(1, line - 2);
  const last = Math.min(lines.length, line + 1);
  const width = String(last).length;
  const drawn: string[] = [];
  for (let number = first; number <= last; number++) {
    // A minified line would fill the screen: only what is around the column is drawn.
    const from = number === line && column > 100 ? column - 60 : 0;
    const source = (lines[number - 1] ?? '').slice(from, from + 120);
    drawn.push(`${number === line ? '>' : ' '} ${String(number).padStart(width)} | ${source}`.trimEnd());
    if (number === line) drawn.push(`  ${' '.repeat(width)} | ${source.slice(0, column - from).replace(/[^\t]/g, ' ')}^`);
  }
  return drawn.join('\n');
}
