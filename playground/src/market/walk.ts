/** One step of a price. Pure and reproducible: the same step of the same lot is always the same number. */

/** Cents after step `step`; wanders at most 5 % around `base`. */
export function walk(price: number, base: number, sku: string, step: number): number {
  const drift = (hash(`${sku}:${step}`) % 201) - 100;
  const pull = Math.round((base - price) / 20);
  const next = price + drift + pull;
  return Math.min(Math.round(base * 1.05), Math.max(Math.round(base * 0.95), next));
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
