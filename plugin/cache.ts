/**
 * What earlier builds made of a module, kept in `node_modules/.cache/relup`: an unchanged module is neither parsed nor rendered
 * again. Only saves time: whatever is wrong with the file, the build goes on without it.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { hashOf } from './manifest.js';

/** Modules by the hash of their text and of all that shapes what becomes of it. */
export class BuildCache<Entry> {
  readonly #file: string | null;
  readonly #format: string;
  #before: ReadonlyMap<string, Entry>;
  readonly #used = new Map<string, Entry>();
  #isChanged = false;

  /** `format` changes whenever entries of another version of relup could not be read. */
  constructor(root: string, name: string, format: string) {
    this.#file = cacheFile(root, name);
    this.#format = format;
    this.#before = this.#read();
  }

  get(key: string): Entry | undefined {
    const entry = this.#before.get(key);
    if (entry !== undefined) this.#used.set(key, entry);
    return entry;
  }

  set(key: string, entry: Entry): void {
    this.#used.set(key, entry);
    this.#isChanged = true;
  }

  /** Keeps, besides what this build used, as much again of what it did not: two branches in turn stay fast. */
  write(): void {
    if (this.#file === null || !this.#isChanged) return;
    const older = [...this.#before].filter(([key]) => !this.#used.has(key));
    const entries = new Map([...older.slice(-this.#used.size), ...this.#used]);
    const temporary = `${this.#file}.${process.pid}.tmp`;
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      writeFileSync(temporary, serialize({ format: this.#format, entries }));
      renameSync(temporary, this.#file);
    } catch {
      rmSync(temporary, { force: true });
    }
  }

  #read(): ReadonlyMap<string, Entry> {
    if (this.#file === null) return new Map();
    try {
      const value = deserialize(readFileSync(this.#file)) as { format?: unknown; entries?: unknown };
      return value.format === this.#format && value.entries instanceof Map ? value.entries as Map<string, Entry> : new Map();
    } catch {
      return new Map();
    }
  }
}

/** In the nearest `node_modules`; a project without one has no cache. */
function cacheFile(root: string, name: string): string | null {
  for (let folder = root; ; folder = dirname(folder)) {
    const modules = join(folder, 'node_modules');
    if (existsSync(modules)) return join(modules, '.cache', 'relup', `${hashOf(`${root}\0${name}`).slice(0, 16)}.bin`);
    if (folder === dirname(folder)) return null;
  }
}
