/**
 * The modules of one environment of a dev server: as its peers were last told of them, and as they are now. Data and questions
 * about it; who transforms modules and who hears of changes is not known here.
 */
import type { Stamps } from '../runtime/dev-protocol.js';
import type { ColdEntry, ModuleEntry } from '../runtime/protocol.js';
import type { DevModule } from './dev-modules.js';

/** Older versions of a module whose facts are remembered, for peers that still run them. */
const remembered = 100;

/** What happened to the graph from one revision to the next. */
export interface Change {
  readonly after: Readonly<Record<string, ModuleEntry>>;
  readonly removed: readonly string[];
}

type Entries = Record<string, ModuleEntry>;

export class DevGraph {
  /** As of the last revision, by id. */
  readonly published = new Map<string, DevModule>();
  /** Transformed since, with another stamp. */
  readonly #changed = new Map<string, DevModule>();
  readonly #past = new Map<string, Map<string, ModuleEntry>>();
  /** Ids of what imports a module statically, and by `import()`. */
  readonly #importers = new Map<string, Set<string>>();
  readonly #lazyImporters = new Map<string, Set<string>>();
  readonly #roots = new Set<string>();
  /** Entries of all modules, as of the last revision and of the one before; what came since stands in both. */
  readonly now: Entries = {};
  readonly then: Entries = {};
  /** Any cold module can be imported: a peer asks the server for it by its key, as a host imports an external. */
  readonly cold: Record<string, ColdEntry> = {};
  /** Where the two differ. */
  #differing: string[] = [];
  revision = 0;

  /** Take note of a module as it was just transformed. Answers whether peers have to hear of it. */
  note(module: DevModule): boolean {
    const known = this.published.get(module.id);
    if (!known) {
      this.#publish(module);
      this.then[module.id] = module.entry;
      return false;
    }
    if (known.entry.stamp === module.entry.stamp) {
      this.published.set(module.id, module);
      this.now[module.id] = module.entry;
      if (this.then[module.id]?.stamp === module.entry.stamp) this.then[module.id] = module.entry;
      this.#changed.delete(module.id);
      return false;
    }
    this.#changed.set(module.id, module);
    return true;
  }

  /** The newest version of a module. */
  latest(id: string): DevModule | undefined {
    return this.#changed.get(id) ?? this.published.get(id);
  }

  isImported(id: string): boolean {
    return this.importersOf(id).size > 0 || (this.#lazyImporters.get(id)?.size ?? 0) > 0;
  }

  /** Over static imports. */
  importersOf(id: string): ReadonlySet<string> {
    return this.#importers.get(id) ?? nobody;
  }

  /**
   * Make what changed the next revision. Null if nothing did.
   *
   * Shape: `isKept` says of a module that nobody imports any more whether something else needs it: an entry.
   */
  advance(isKept: (module: DevModule) => boolean): Change | null {
    if (this.#changed.size === 0) return null;
    const after: Entries = {};
    const lost: string[] = [];
    for (const id of this.#differing) set(this.then, id, this.now[id]);
    for (const [id, module] of this.#changed) {
      const known = this.published.get(id) as DevModule; // note() puts others into `published`
      after[id] = module.entry;
      this.#remember(id, known.entry);
      for (const target of this.#withdraw(id, known)) lost.push(target);
      this.#publish(module);
    }
    this.#changed.clear();
    const removed = this.#removeLost(lost, isKept);
    this.#differing = [...Object.keys(after), ...removed];
    this.revision++;
    return { after, removed };
  }

  /** Modules that nobody can be running yet, as something below them is still on its way. Those of `except` need not have it. */
  incomplete(except: (id: string) => boolean): Set<string> {
    const found = new Set<string>();
    const look = (target: string): void => {
      for (const id of this.importersOf(target)) {
        if (!found.has(id) && !except(id) && this.published.get(id)?.entry.requests.includes(target)) found.add(id);
      }
    };
    for (const target of this.#importers.keys()) if (!this.published.has(target)) look(target);
    for (const id of found) look(id);
    return found;
  }

  /** Modules that no other one imports. */
  roots(): string[] {
    return [...this.#roots];
  }

  /** What is known of a version that a peer runs; undefined if nothing is. */
  factsOf(id: string, stamp: string): ModuleEntry | undefined {
    for (const { entry } of [this.published.get(id), this.#changed.get(id)].flatMap((module) => module ?? [])) if (entry.stamp === stamp) return entry;
    return this.#past.get(id)?.get(stamp);
  }

  /** Remember facts that were found elsewhere. */
  remember(id: string, entry: ModuleEntry): void {
    this.#remember(id, entry);
  }

  /** Ids of a peer that the graph does not have. */
  unknownTo(stamps: Stamps): string[] {
    return Object.keys(stamps).filter((id) => !this.published.has(id));
  }

  /** Some modules and all that they request statically, dependencies or not. */
  below(ids: readonly string[]): Set<string> {
    const found = new Set(ids.filter((id) => this.published.has(id)));
    for (const id of found) for (const target of this.published.get(id)?.entry.requests ?? []) if (this.published.has(target)) found.add(target);
    return found;
  }

  /** Entries of a module and of all that imports it. */
  above(id: string): Entries {
    const found = new Set([id]);
    for (const each of found) for (const importers of [this.#importers, this.#lazyImporters]) for (const importer of importers.get(each) ?? []) found.add(importer);
    return Object.fromEntries([...found].flatMap((each) => {
      const module = this.published.get(each);
      return module ? [[each, module.entry]] : [];
    }));
  }

  #publish(module: DevModule): void {
    const { id, entry } = module;
    this.published.set(id, module);
    this.now[id] = entry;
    if (!this.isImported(id)) this.#roots.add(id);
    for (const [importers, targets] of [[this.#importers, entry.requests], [this.#lazyImporters, entry.dynamic]] as const) {
      for (const target of targets) {
        if (target.startsWith('cold:')) {
          this.cold[target.slice('cold:'.length)] ??= { version: null, external: true, names: [] };
          continue;
        }
        const known = importers.get(target);
        if (known) known.add(id);
        else importers.set(target, new Set([id]));
        this.#roots.delete(target);
      }
    }
  }

  /** Forget that a version imports anything. Answers what it imported. */
  #withdraw(id: string, module: DevModule): string[] {
    const targets = targetsOf(module);
    for (const target of targets) {
      this.#importers.get(target)?.delete(id);
      this.#lazyImporters.get(target)?.delete(id);
      if (this.published.has(target) && !this.isImported(target)) this.#roots.add(target);
    }
    return targets;
  }

  #removeLost(lost: string[], isKept: (module: DevModule) => boolean): string[] {
    const removed: string[] = [];
    for (const id of lost) {
      const module = this.published.get(id);
      if (!module || this.isImported(id) || isKept(module)) continue;
      removed.push(id);
      this.#remember(id, module.entry);
      this.published.delete(id);
      this.#roots.delete(id);
      delete this.now[id];
      lost.push(...this.#withdraw(id, module));
    }
    return removed;
  }

  #remember(id: string, entry: ModuleEntry): void {
    const versions = this.#past.get(id) ?? new Map<string, ModuleEntry>();
    this.#past.set(id, versions);
    versions.delete(entry.stamp);
    versions.set(entry.stamp, entry);
    for (const [oldest] of versions) if (versions.size > remembered) versions.delete(oldest);
  }
}

const nobody: ReadonlySet<string> = new Set();

function set(entries: Entries, id: string, entry: ModuleEntry | undefined): void {
  if (entry) entries[id] = entry;
  else delete entries[id];
}

const targetsOf = ({ entry }: DevModule): string[] => [...new Set([...entry.requests, ...entry.dynamic])].filter((target) => !target.startsWith('cold:'));
