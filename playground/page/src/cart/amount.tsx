/** A labelled amount. */
import { money } from '../format/money.js';

export function Amount({ label, cents, isMain = false }: { readonly label: string; readonly cents: number; readonly isMain?: boolean }) {
  return <div className={isMain ? 'amount main' : 'amount'}><dt>{label}</dt><dd>{money(cents)}</dd></div>;
}
