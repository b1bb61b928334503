/** Arithmetic of cents. Amounts are integers; rates are basis points (1/100 of a per cent). Pure. */

/** The part of an amount that a rate stands for, rounded half up. */
export function share(cents: number, basisPoints: number): number {
  return Math.floor((cents * basisPoints + 5_000) / 10_000);
}

export function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
