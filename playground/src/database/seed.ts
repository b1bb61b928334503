/** Fills an empty database: what the house sells, what lies in store, and who buys. */
import { one, run, transaction } from './connection.js';
import { sampleCustomers, sampleProducts } from './samples.js';

const bagsAtStart = 1_000_000;

export function seed(): void {
  if (one('SELECT 1 FROM products LIMIT 1')) return;
  transaction(() => {
    for (const product of sampleProducts()) {
      run(
        'INSERT INTO products (sku, name, origin, cropYear, basePrice, description) VALUES (?, ?, ?, ?, ?, ?)',
        product.sku, product.name, product.origin, product.cropYear, product.basePrice, product.description,
      );
      run('INSERT INTO stock (sku, bags) VALUES (?, ?)', product.sku, bagsAtStart);
    }
    for (const customer of sampleCustomers()) {
      run(
        'INSERT INTO customers (id, name, country, loyalty) VALUES (?, ?, ?, ?)',
        customer.id, customer.name, customer.country, customer.loyalty,
      );
    }
  });
}
