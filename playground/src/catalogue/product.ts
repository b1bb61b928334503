/** A lot of green coffee, as the house sells it. */
export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly origin: string;
  /** Year of the harvest. */
  readonly cropYear: number;
  /** Cents for a bag of 60 kg; the market moves around it. */
  readonly basePrice: number;
  readonly description: string;
}
