/** Looks for lots. */
export function SearchField({ query, onChange }: { readonly query: string; readonly onChange: (query: string) => void }) {
  return <input className="search" type="search" aria-label="Search" placeholder="washed, jasmine ..." value={query} onChange={event => onChange(event.target.value)} />;
}
