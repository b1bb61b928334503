/** The flag of a country of origin. Pure. */
export function flagOf(origin: string): string {
  const codes: Readonly<Record<string, string>> = { Ethiopia: 'ET', Kenya: 'KE', Rwanda: 'RW', Burundi: 'BI', Colombia: 'CO', Brazil: 'BR', Guatemala: 'GT', 'Costa Rica': 'CR', Panama: 'PA', Indonesia: 'ID', Yemen: 'YE' };
  return [...(codes[origin] ?? '')].map(letter => String.fromCodePoint(0x1f1a5 + letter.charCodeAt(0))).join('');
}
