/** Notes by lot. */
import { state } from 'relup';

const book = state({ notes: {} as Record<string, string> });

export function noteOf(sku: string): string {
  return book.notes[sku] ?? '';
}

export function takeNote(sku: string, text: string): void {
  book.notes[sku] = text;
}
