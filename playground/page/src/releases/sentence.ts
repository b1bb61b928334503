/** What an event of an upgrade means to who looks at the page; null if nothing. Pure. */
export function sentenceOf(event: { readonly type: string; readonly release?: string }): string | null {
  switch (event.type) {
    case 'committed': return 'came in place.';
    case 'refused': return `(${event.release?.slice(0, 8)} was refused)`;
    case 'rolledBack': return `(${event.release?.slice(0, 8)} was taken back)`;
    default: return null;
  }
}
