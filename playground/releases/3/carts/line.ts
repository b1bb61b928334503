/** What the rest of the service sees of a cart: so many bags of one lot. How carts store it is their own affair. */
export interface Line {
  readonly sku: string;
  readonly bags: number;
  /** What the customer wants the warehouse to know. */
  readonly note: string | null;
}
