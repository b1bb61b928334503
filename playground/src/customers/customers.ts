/** Reads and adds customers. */
import { one, run } from '../database/connection.js';
import { NotFound } from '../problem.js';
import type { Customer } from './customer.js';

export function customerOf(id: string): Customer {
  const customer = one<Customer>('SELECT * FROM customers WHERE id = ?', id);
  if (!customer) throw new NotFound(`There is no customer ${id}.`);
  return customer;
}

/** Adds a customer, or leaves the one with this id as it is. */
export function addCustomer({ id, name, country, loyalty }: Customer): Customer {
  run('INSERT OR IGNORE INTO customers (id, name, country, loyalty) VALUES (?, ?, ?, ?)', id, name, country, loyalty);
  return customerOf(id);
}
