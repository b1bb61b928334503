/**
 * What earlier dev servers made of modules, in `node_modules/.cache/relup/dev`: one file for each server that had something new
 * to add, so that servers side by side never write the same one. Only saves time: whatever is wrong with a file, it is left out.
 *
 * A file is the length of its index, the index, and the entries one after the other. Entries stay on disk until they are asked for.
 */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deserialize, serialize } from 'node:v8';

/** More files than this are written together into one. */
const manyFiles = 8;
/** Entries that no server has asked for when files were written together so many times are dropped. */
const unusedWrites = 3;
/** A server's own file goes on to grow up to this size, in bytes; then it begins another one. */
const smallFile = 1 << 20;

/** Where an entry lies. */
interface Kept {
  readonly file: CacheFile;
  readonly offset: number;
  readonly length: number;
  /** How many times files were written together since it was last used. */
  readonly unused: number;
}

interface CacheFile {
  readonly name: string;
  readonly descriptor: number;
}

type Index = Map<string, readonly [offset: number, length: number, unused: number]>;

/** Entries by the hash of a text and of all that shapes what becomes of it. */
export class DevCache<Entry> {
  readonly #folder: string | null;
  readonly #format: string;
  #files: CacheFile[] = [];
  /** The last file that this server wrote, if there is room in it. */
  #own: CacheFile | null = null;
  readonly #kept = new Map<string, Kept>();
  readonly #used = new Set<string>();
  readonly #added = new Map<string, Buffer>();

  /** `folder` null: nothing is kept beyond the process. `format` changes when entries of another version could not be read. */
  constructor(folder: string | null, format: string) {
    this.#folder = folder;
    this.#format = format;
    this.#look();
  }

  get(key: string): Entry | undefined {
    const bytes = this.#bytes(key);
    if (!bytes) return undefined;
    try {
      const entry = deserialize(bytes) as Entry;
      this.#used.add(key);
      return entry;
    } catch {
      this.#kept.delete(key);
      return undefined;
    }
  }

  set(key: string, entry: Entry): void {
    this.#added.set(key, serialize(entry));
    this.#used.add(key);
  }

  /** All that is there, in no order; also what a server has written that this one takes the place of. */
  *entries(): Iterable<Entry> {
    this.#look();
    for (const key of new Set([...this.#kept.keys(), ...this.#added.keys()])) {
      const bytes = this.#bytes(key);
      if (bytes) yield deserialize(bytes) as Entry;
    }
  }

  /** Write what is new; many files become one, without what nobody used for long. */
  write(): void {
    if (this.#folder === null || this.#added.size === 0) return;
    const isWhole = this.#files.length >= manyFiles;
    const replaced = isWhole ? this.#files : this.#own ? [this.#own] : [];
    const entries = new Map<string, { readonly bytes: Buffer; readonly unused: number }>();
    for (const [key, { file, unused }] of this.#kept) {
      if (!replaced.includes(file)) continue;
      const age = !isWhole ? unused : this.#used.has(key) ? 0 : unused + 1;
      const bytes = age < unusedWrites ? this.#bytes(key) : undefined;
      if (bytes) entries.set(key, { bytes, unused: age });
    }
    for (const [key, bytes] of this.#added) entries.set(key, { bytes, unused: 0 });
    const name = `${Date.now().toString(36)}-${process.pid}-${this.#files.length}.bin`;
    const temporary = join(this.#folder, `${name}.tmp`);
    try {
      mkdirSync(this.#folder, { recursive: true });
      const whole = pack(this.#format, entries);
      writeFileSync(temporary, whole);
      renameSync(temporary, join(this.#folder, name));
      this.#added.clear();
      for (const file of replaced) this.#drop(file);
      const written = this.#open(name);
      this.#own = whole.length < smallFile ? written : null;
    } catch {
      rmSync(temporary, { force: true });
    }
  }

  #bytes(key: string): Buffer | undefined {
    const added = this.#added.get(key);
    const kept = this.#kept.get(key);
    if (added || !kept) return added;
    return readAt(kept.file.descriptor, kept.offset, kept.length) ?? undefined;
  }

  /** Open what is in the folder and is not open yet. */
  #look(): void {
    if (this.#folder === null) return;
    const open = new Set(this.#files.map(({ name }) => name));
    for (const name of namesOf(this.#folder)) if (!open.has(name)) this.#open(name);
  }

  #open(name: string): CacheFile | null {
    try {
      const file: CacheFile = { name, descriptor: openSync(join(this.#folder ?? '', name), 'r') };
      const index = readIndex(file.descriptor, this.#format);
      if (!index) {
        closeSync(file.descriptor);
        return null;
      }
      this.#files.push(file);
      for (const [key, [offset, length, unused]] of index) this.#kept.set(key, { file, offset, length, unused });
      return file;
    } catch {
      return null;
    }
  }

  /** A server that began meanwhile may read it still, or not any more: then it makes its entries again. */
  #drop(file: CacheFile): void {
    for (const [key, kept] of this.#kept) if (kept.file === file) this.#kept.delete(key);
    this.#files = this.#files.filter((each) => each !== file);
    closeSync(file.descriptor);
    rmSync(join(this.#folder ?? '', file.name), { force: true });
  }
}

const headLength = 8;

function pack(format: string, entries: ReadonlyMap<string, { readonly bytes: Buffer; readonly unused: number }>): Buffer {
  const places: Index = new Map();
  let offset = 0;
  for (const [key, { bytes, unused }] of entries) {
    places.set(key, [offset, bytes.length, unused]);
    offset += bytes.length;
  }
  const index = serialize({ format, entries: places });
  const head = Buffer.alloc(headLength);
  head.writeDoubleLE(index.length);
  return Buffer.concat([head, index, ...[...entries.values()].map(({ bytes }) => bytes)]);
}

/** Offsets are from the beginning of the file. Null for what is of another format. */
function readIndex(descriptor: number, format: string): Index | null {
  const length = readAt(descriptor, 0, headLength)?.readDoubleLE() ?? 0;
  const bytes = readAt(descriptor, headLength, length);
  const value = bytes && (deserialize(bytes) as { format?: unknown; entries?: unknown });
  if (value?.format !== format || !(value.entries instanceof Map)) return null;
  const start = headLength + length;
  return new Map([...(value.entries as Index)].map(([key, [offset, size, unused]]) => [key, [start + offset, size, unused]]));
}

function readAt(descriptor: number, offset: number, length: number): Buffer | null {
  try {
    const bytes = Buffer.allocUnsafe(length);
    return readSync(descriptor, bytes, 0, length, offset) === length ? bytes : null;
  } catch {
    return null;
  }
}

function namesOf(folder: string): string[] {
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
