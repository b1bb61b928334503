/**
 * The one connection to the embedded database. Nobody else holds it, so it may outlive every release.
 * SQLite runs in this thread (WebAssembly): a statement is synchronous, and a transaction never spans a turn.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import sqlite, { type Database, type SQLiteValue } from 'node-sqlite3-wasm';
import { state } from 'relup';

export type Value = SQLiteValue;

const connection = state({ database: null as Database | null });

export function openDatabase(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  // The driver locks with a directory and leaves it behind when the process was killed. The file is ours alone.
  rmSync(`${file}.lock`, { recursive: true, force: true });
  const database = new sqlite.Database(file);
  database.exec('PRAGMA locking_mode = EXCLUSIVE');
  database.exec('PRAGMA journal_mode = MEMORY');
  // A power cut may cost the last orders. A shop would pay for the fsync; here it would drown what is measured.
  database.exec('PRAGMA synchronous = OFF');
  connection.database = database;
}

export function closeDatabase(): void {
  connection.database?.close();
  connection.database = null;
}

/** Several statements without results. */
export function execute(sql: string): void {
  opened().exec(sql);
}

export function run(sql: string, ...values: Value[]): void {
  opened().run(sql, values);
}

export function all<Row>(sql: string, ...values: Value[]): Row[] {
  return opened().all(sql, values) as Row[];
}

export function one<Row>(sql: string, ...values: Value[]): Row | null {
  return opened().get(sql, values) as Row | null;
}

/** All of `work` or nothing of it. `work` is synchronous, so no other request sees a half. */
export function transaction<Result>(work: () => Result): Result {
  execute('BEGIN');
  try {
    const result = work();
    execute('COMMIT');
    return result;
  } catch (error) {
    execute('ROLLBACK');
    throw error;
  }
}

function opened(): Database {
  if (!connection.database) throw new Error('The database is not open.');
  return connection.database;
}
