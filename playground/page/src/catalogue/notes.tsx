/** What the customer writes down about a lot; it stays in the page. */
import { useState } from 'react';
import { noteOf, takeNote } from './note-book.js';

export function Notes({ sku }: { readonly sku: string }) {
  const [text, setText] = useState(() => noteOf(sku));
  return <textarea aria-label="Notes" placeholder="Notes" value={text} onChange={({ target }) => { setText(target.value); takeNote(sku, target.value); }} />;
}
