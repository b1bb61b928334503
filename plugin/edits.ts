/**
 * Edits of a text as plain data, and how they are put into it. An outline holds edits, so that a rewrite needs no tree and an
 * outline can be stored. Positions are offsets into the text as it was.
 */
import type MagicString from 'magic-string';

/** What is written for an import may depend on what the request turns out to be. */
export type Wording = string | { readonly request: number; readonly hot: string; readonly cold: string };

/** The two forms of a module's code. */
export type Form = 'bundle' | 'artifact';

/** `only`: the other form is without the edit. */
interface Limited {
  readonly only?: Form;
}

/** Put `text` in the place of a range. `named`: the range is a name that source maps should know. */
export interface Replacement extends Limited {
  readonly kind: 'replace';
  readonly start: number;
  readonly end: number;
  readonly text: Wording;
  readonly named?: true;
}

/** Write around a range, which may hold other edits. */
export interface Wrapping extends Limited {
  readonly kind: 'wrap';
  readonly start: number;
  readonly end: number;
  readonly open: string;
  readonly close: string;
}

/** Move a range, with all edits in it, in front of what stands at `to`. */
export interface Move {
  readonly kind: 'move';
  readonly start: number;
  readonly end: number;
  readonly to: number;
}

export type Edit = Replacement | Wrapping | Move;

export const replace = (start: number, end: number, text: Wording): Replacement => ({ kind: 'replace', start, end, text });
export const rename = (start: number, end: number, text: Wording): Replacement => ({ kind: 'replace', start, end, text, named: true });
export const wrap = (start: number, end: number, open: string, close: string): Wrapping => ({ kind: 'wrap', start, end, open, close });
export const only = <Kind extends Replacement | Wrapping>(form: Form, edit: Kind): Kind => ({ ...edit, only: form });
export const move = (start: number, end: number, to: number): Move => ({ kind: 'move', start, end, to });

/**
 * Put edits into a text.
 *
 * Shape:   replacements do not overlap and hold no other edits; wrappings nest.
 * Changes: `text`.
 */
export function applyEdits(text: MagicString, edits: readonly Edit[], form: Form, isHot: (request: number) => boolean): void {
  const replacements: Replacement[] = [];
  const opens: Wrapping[] = [];
  const closes: Wrapping[] = [];
  const moves: Move[] = [];
  for (const edit of edits) {
    if ('only' in edit && edit.only !== form) continue;
    if (edit.kind === 'replace') replacements.push(edit);
    else if (edit.kind === 'move') moves.push(edit);
    else {
      if (edit.open) opens.push(edit);
      if (edit.close) closes.push(edit);
    }
  }
  replacements.sort((a, b) => a.start - b.start);
  // At one place the outer opens first and the inner closes first.
  opens.sort((a, b) => a.start - b.start || b.end - a.end);
  closes.sort((a, b) => a.end - b.end || b.start - a.start);
  for (const { start, end, text: wording, named } of replacements) {
    const content = typeof wording === 'string' ? wording : isHot(wording.request) ? wording.hot : wording.cold;
    if (end > start) text.update(start, end, content, { storeName: named === true });
    else text.appendRight(start, content);
  }
  for (const { end, close } of closes) text.appendLeft(end, close);
  for (const { start, open } of opens) text.appendRight(start, open);
  for (const { start, end, to } of moves) text.move(start, end, to);
}
