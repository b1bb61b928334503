/** A roastery that buys. */
export interface Customer {
  readonly id: string;
  readonly name: string;
  /** ISO 3166 code of two letters. */
  readonly country: string;
  readonly loyalty: 'none' | 'silver' | 'gold';
}
