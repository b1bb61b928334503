/** When a customer has to pay. Pure. */
import type { Customer } from '../customers/customer.js';

export function paymentTerms(customer: Customer): string {
  return customer.loyalty === 'none' ? 'in advance' : 'net 30 days';
}
