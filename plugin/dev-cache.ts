/**
 * What earlier dev servers made of modules, in `node_modules/.cache/relup/dev`: one file for each server that had something new
 * to add, so that servers side by side never write the same one. Only saves time: whatever is wrong with a file, it is left out.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deserialize, serialize } from 'node:v8';

/** More files than this are written together into one. */
const manyFiles = 8;
/** Entries that no server has asked for in the last so many writes are dropped. */
const unusedWrites = 20;

interface Kept<Entry> {
  readonly entry: Entry;
  /** Writes since it was last used. */
  readonly unused: number;
}

/** Entries by the hash of a text and of all that shapes what becomes of it. */
export class DevCache<Entry> {
  readonly #folder: string | null;
  readonly #format: string;
  #files: string[] = [];
  #kept: Map<string, Kept<Entry>> | null = null;
  readonly #used = new Set<string>();
  readonly #added = new Map<string, Entry>();

  /** `folder` null: nothing is kept beyond the process. `format` changes when entries of another version could not be read. */
  constructor(folder: string | null, format: string) {
    this.#folder = folder;
    this.#format = format;
  }

  get(key: string): Entry | undefined {
    const entry = this.#added.get(key) ?? this.#known().get(key)?.entry;
    if (entry !== undefined) this.#used.add(key);
    return entry;
  }

  set(key: string, entry: Entry): void {
    this.#added.set(key, entry);
    this.#used.add(key);
  }

  /** All that is there, in no order. */
  *entries(): Iterable<Entry> {
    for (const { entry } of this.#known().values()) yield entry;
    yield* this.#added.values();
  }

  /** Write what is new; many files become one, without what nobody used for long. */
  write(): void {
    if (this.#folder === null || this.#added.size === 0) return;
    const isWhole = this.#files.length >= manyFiles;
    const entries = new Map<string, Kept<Entry>>();
    if (isWhole) {
      for (const [key, { entry, unused }] of this.#known()) {
        const age = this.#used.has(key) ? 0 : unused + 1;
        if (age < unusedWrites) entries.set(key, { entry, unused: age });
      }
    }
    for (const [key, entry] of this.#added) entries.set(key, { entry, unused: 0 });
    const name = `${Date.now().toString(36)}-${process.pid}.bin`;
    const temporary = join(this.#folder, `${name}.tmp`);
    try {
      mkdirSync(this.#folder, { recursive: true });
      writeFileSync(temporary, serialize({ format: this.#format, entries }));
      renameSync(temporary, join(this.#folder, name));
      for (const [key, kept] of entries) this.#known().set(key, kept);
      this.#added.clear();
      // A server that began meanwhile may read them still, or not any more: then it makes their entries again.
      if (isWhole) for (const file of this.#files) rmSync(join(this.#folder, file), { force: true });
      this.#files = isWhole ? [name] : [...this.#files, name];
    } catch {
      rmSync(temporary, { force: true });
    }
  }

  /** What is on disk, from the first time that somebody asks. */
  #known(): Map<string, Kept<Entry>> {
    if (this.#kept) return this.#kept;
    const kept = new Map<string, Kept<Entry>>();
    this.#files = this.#folder === null ? [] : filesOf(this.#folder);
    for (const file of this.#files) for (const [key, each] of this.#read(file)) kept.set(key, each);
    return (this.#kept = kept);
  }

  #read(file: string): ReadonlyMap<string, Kept<Entry>> {
    try {
      const value = deserialize(readFileSync(join(this.#folder ?? '', file))) as { format?: unknown; entries?: unknown };
      return value.format === this.#format && value.entries instanceof Map ? (value.entries as Map<string, Kept<Entry>>) : new Map();
    } catch {
      return new Map();
    }
  }
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder).filter((file) => file.endsWith('.bin')).sort();
  } catch {
    return [];
  }
}

/** In the nearest `node_modules`; a project without one has no cache. */
export function cacheFolder(root: string): string | null {
  for (let folder = root; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'node_modules'))) return join(folder, 'node_modules', '.cache', 'relup', 'dev');
    if (folder === dirname(folder)) return null;
  }
}
