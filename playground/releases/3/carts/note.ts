/** What a note on a line may be. Pure. */
import { Invalid } from '../problem.js';

/** Trimmed and on one line; an empty note is none. */
export function cleanNote(text: string): string | null {
  const note = text.trim().replace(/\s+/g, ' ');
  if (note.length > 80) throw new Invalid('A note has at most 80 characters.');
  return note === '' ? null : note;
}
