/** What the house sells beside what lies in the cart. */
import { useState } from 'react';
import { Cart } from '../cart/cart.js';
import { Lots } from './lots.js';
import { LotDialog } from './lot-dialog.js';
import { SearchField } from './search-field.js';

export function CataloguePage() {
  const [query, setQuery] = useState('');
  const [open, setOpen] = useState<string | null>(null);
  return (
    <main className="trade">
      <section>
        <SearchField query={query} onChange={setQuery} />
        <Lots query={query} onOpen={setOpen} />
      </section>
      <Cart />
      {open && <LotDialog sku={open} onClose={() => setOpen(null)} />}
    </main>
  );
}
