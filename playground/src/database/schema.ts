/** The tables. Created where they are absent; rows are never touched here. */
import { execute } from './connection.js';

export function createSchema(): void {
  execute(`
    CREATE TABLE IF NOT EXISTS products (
      sku TEXT PRIMARY KEY, name TEXT NOT NULL, origin TEXT NOT NULL, cropYear INTEGER NOT NULL,
      basePrice INTEGER NOT NULL, description TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS stock (sku TEXT PRIMARY KEY REFERENCES products, bags INTEGER NOT NULL CHECK (bags >= 0));
    CREATE TABLE IF NOT EXISTS customers (id TEXT PRIMARY KEY, name TEXT NOT NULL, country TEXT NOT NULL, loyalty TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS orders (
      number INTEGER PRIMARY KEY, customer TEXT NOT NULL REFERENCES customers, status TEXT NOT NULL,
      total INTEGER NOT NULL, quote TEXT NOT NULL, placedAt INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS jobs (
      id INTEGER PRIMARY KEY, kind TEXT NOT NULL, payload TEXT NOT NULL, dueAt INTEGER NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'ready'
    );
    CREATE INDEX IF NOT EXISTS jobsByDue ON jobs (state, dueAt);
    CREATE TABLE IF NOT EXISTS audit (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL);
  `);
}
