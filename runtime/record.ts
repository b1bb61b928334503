/**
 * The store: what the runtime keeps for each module. It holds and hands out; it decides nothing.
 * A record is for ever, versions come and go.
 */
import type { Hot } from './hot.js';
import type { Coexistence } from './coexist.js';
import type { UpgradeEvent } from './events.js';
import type { Follower } from './follower.js';
import type { Dynamic, Factory, Link, Manifest, Table } from './protocol.js';
import type { Mirrors } from './table.js';

/** The bindings of a cold module as a factory sees them. */
export type ColdBindings = Readonly<Record<string, unknown>>;

/** How far a version has come. `waiting`: started, and something below it awaits. */
export type Status = 'defined' | 'linked' | 'evaluating' | 'waiting' | 'evaluated';

/** An effect that a version declared. `stop` is there while it runs. */
export interface Effect {
  readonly start: () => unknown;
  running: boolean;
  stop: unknown;
}

export type Thunks = Readonly<Record<string, () => unknown>>;

export interface StateOptions {
  readonly key?: string;
  readonly version?: number;
  readonly renamedFrom?: string;
  readonly up?: Readonly<Record<number, (state: never) => unknown>>;
  readonly down?: Readonly<Record<number, (state: never) => unknown>>;
}

/** A state root that lives on across versions. */
export interface Root {
  readonly value: object;
  /** Version of the shape that `value` has now. Written by commit and restore only. */
  version: number;
  /** Fields that the last migration dropped, still readable to old frames. Emptied at confirm. */
  dropped: string[];
}

/** What one version says of a root. */
export interface Declaration {
  readonly key: string;
  readonly init: Thunks | (() => unknown);
  readonly options: StateOptions;
  readonly root: Root;
}

/** Told after the upgrade that brought or took a version. */
export type Hook = (change: { from: string | null; to: string | null }) => unknown;

export type Callable = (this: unknown, ...args: never[]) => unknown;
export type Constructor = (new (...args: never[]) => object) & Record<PropertyKey, unknown>;

/** The permanent function that stands for an exported function. */
export interface Handle {
  readonly value: Callable;
  /** Exported names that it stood for, the first one first. */
  readonly names: string[];
  /** What it calls. Written by pin, commit and restore. */
  target: Callable;
}

/** A class as the body of one version made it. */
export interface MadeClass {
  readonly made: Constructor;
  /** Bit 1: it declares instance fields; 2: instance private names; 4: static private names. */
  readonly flags: number;
  /** Keys of what its body declared, before anybody else could add to it. Written by adopt.ts. */
  declared?: { readonly statics: readonly PropertyKey[]; readonly members: readonly PropertyKey[] };
  /** Instances of older layouts, to be brought to this one. Written by overlay.ts. */
  population?: Population;
}

/** What stands for all versions of one class. */
export interface Lineage {
  readonly key: string;
  /** The first version: the constructor and prototype that everybody knows, for ever. */
  readonly first: Constructor;
  /** Of `first`. */
  readonly flags: number;
  /** Of the version that made `first`: by them its constructor finds the newest version. */
  readonly cells: Record<string, unknown>;
  readonly adoption: Adoption;
}

/** Instances of a class whose layout changed; how many there are nobody knows. */
export interface Population {
  /** Fields that instances of older layouts lack. */
  readonly tracked: readonly string[];
  migrated: number;
  /** What hooks threw, with the instance for as long as it lives. */
  readonly quarantined: { readonly error: unknown; readonly instance: WeakRef<object> }[];
}

/** A call that `import.meta.hot` keeps for later. */
export type HotCallback = (...args: never[]) => unknown;

/** What one version said through `import.meta.hot`. Written by hot.ts; it counts for as long as the version is current. */
export interface HotState {
  /** What `import.meta.hot` is. */
  readonly api: object;
  /** Ids that are accepted, and who is told with a namespace for each that is new, and what the plan says of the module itself. */
  readonly accepts: { readonly ids: readonly string[]; call(namespaces: readonly (object | undefined)[], decision?: string): unknown }[];
  readonly disposers: HotCallback[];
  readonly pruners: HotCallback[];
  listeners: readonly { readonly event: string; readonly callback: HotCallback }[];
  declined: boolean;
  /** Its disposers have run: it cannot be put back as it is. Written by hot-update.ts. */
  disposed: boolean;
}

/** One evaluated instance of a module. */
export interface Version {
  readonly record: ModuleRecord;
  /** Null for what the bundle itself brought: its stamp stands in the manifest of the release that booted. */
  readonly stamp: string | null;
  readonly link: Link;
  readonly factory: Factory;
  readonly dynamic: Dynamic;
  readonly meta: object;
  /** By request index: what answers a hot module's record, or the bindings of a cold one, or 0 (only evaluated). */
  readonly requests: readonly ((() => ModuleRecord) | ColdBindings | 0)[];
  readonly table: Table;
  /** Whether importers hold the table. Nobody else would see what a commit writes there. Written by instantiate. */
  shared?: boolean;
  /** This version's own values while its table shows those of another version. Written by commit. */
  own: Table | null;
  /** Who shows exports of this one: barrels, facades, tables of replaced versions. */
  readonly mirrors: Mirrors;
  /** What its exports are as values; made when somebody needs it. Written by values.ts. */
  values: Table | null;
  /** By key of a class: how its constructor finds the newest version of it. Null without classes. Written by lineage.ts. */
  readonly cells: Record<string, unknown> | null;
  /** Its own classes by key, as its body made them. */
  readonly classes: Map<string, MadeClass>;
  body: Generator<unknown, void, unknown> | null;
  status: Status;
  /** Set once evaluation failed. */
  failure: { readonly error: unknown } | null;

  // Evaluation, named after ECMA-262 "Cyclic Module Records".
  /** [[AsyncEvaluationOrder]]: 0 unset. */
  asyncOrder: number;
  /** [[PendingAsyncDependencies]]. */
  pendingDependencies: number;
  /** [[AsyncParentModules]]. */
  readonly asyncParents: Version[];
  /** [[CycleRoot]], once its strongly connected component is complete. */
  cycleRoot: Version | null;
  /** Modules above in a cycle that this one still waits for, to know its component. Null once complete. */
  ancestors: Set<Version> | null;
  /** [[TopLevelCapability]], made when somebody asks. */
  done: { readonly promise: Promise<void>; readonly resolve: () => void; readonly reject: (error: unknown) => void } | null;

  /** False while under preparation: effects do not start, new state roots are not registered. Written by commit. */
  live: boolean;
  /** How to run one synchronous stretch of the body while under preparation; see prepare.ts. */
  pin: (<T>(run: () => T) => T) | null;
  readonly states: Map<string, Declaration>;
  readonly effects: Effect[];
  readonly upgradeHooks: Hook[];
  readonly retireHooks: Hook[];
  /** The namespace by which the module sees itself, `import * as self`. There once it does; written by link.ts. */
  self?: object;
  /** There once its body used `import.meta.hot`. */
  hot: HotState | null;
}

/** What the runtime keeps for one module id. */
export interface ModuleRecord {
  readonly id: string;
  readonly runtime: Runtime;
  /** The version that new work reaches. Written by define (first) and commit. */
  current: Version;
  /** The version being prepared, visible to pending code only. Null outside an upgrade. */
  pending: Version | null;
  /** Tables of replaced versions that importers may still hold. */
  older: WeakRef<Table>[];
  /** Tables whose slots are the live bindings of facades: what cold importers see of this module. */
  readonly facades: Table[];
  /** State roots by key; they outlive versions. */
  readonly roots: Map<string, Root>;
  /** Symbols, weak maps and weak sets by name and kind; they outlive versions, which ask instances of all versions by them. */
  readonly hidden: Map<string, unknown>;
  /** Handles of exported functions by all their names; they outlive versions. */
  readonly handles: Map<string, Handle>;
  /** Lineages of classes by key; they outlive versions. Written by context.ts (first) and commit. */
  readonly lineages: Map<string, Lineage>;
  /** `import.meta.hot.data`; it outlives versions. There once somebody asks. */
  data?: Record<string, unknown>;
  /** The namespace object, and the commit after which its exported names were last looked at. */
  namespace: { object: object; commits: number } | null;
  /** Run the module at the place where the bundler put it. */
  start(): void;
  /** Connect the live bindings of a facade; `url` is given by entries. `isOnly`: it takes the place of all others. */
  facade(setters: Readonly<Record<string, (value: unknown) => void>>, url?: string, isOnly?: boolean): void;
  /** Settles when the module and all below it are evaluated. */
  readonly done: Promise<void>;
}

/** Keeps what new bodies do to permanent objects away from running code until the commit. */
export interface Overlay {
  /** Pending code got hold of a handle. */
  touch(handle: Handle, version: Version, name: string): void;
  /** Pending code made a class. Answers what its name stands for. */
  adopt(version: Version, key: string, made: MadeClass): Constructor;
}

/** How newer versions of a class get at objects that its permanent constructor allocated; see adopt.ts. */
export interface Adoption {
  /** What classes without heritage extend in artifacts. */
  readonly base: Constructor;
  /** Let the next construction of such a class initialise this object. */
  adopt(object: object): void;
}

/** Files besides modules that change with a release and are at hand already, e.g. style sheets. None of it throws. */
export interface FileSwap {
  /** Switch to the new ones, in the turn of the commit. */
  commit(): void;
  /** Switch back. */
  restore(): void;
  /** Let go of those that are not in use. */
  end(): void;
}

/** What an embedder fills in: browser.ts, node.ts, tests. */
export interface Host {
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** Run a task on an empty stack, outside any user code. */
  schedule(task: () => void): void;
  /** Run synchronous user code, stopped after `ms`; without it such code is not limited. Throws ERR_SCRIPT_EXECUTION_TIMEOUT when it was. */
  limit?<T>(ms: number, run: () => T): T;
  /** Import a module that relup does not manage. */
  importCold(specifier: string, options?: unknown): Promise<unknown>;
  /** Import a cold module by its key in manifests, where that is not its specifier. `names`: those that are needed. */
  importKey?(key: string, names: readonly string[]): Promise<unknown>;
  /** What stands for a module of a chunk that arrives after an upgrade. */
  late?(record: ModuleRecord): ModuleRecord;
  /**
   * Somebody listens to an event by `import.meta.hot.on` for the first time. What was listened to before a host was there
   * stands in `Runtime.heard`.
   */
  listen?(event: string): void;
  /** `import.meta.hot.send`. Without it nobody is there to hear. */
  send?(event: string, data: unknown): void;
  /** Learns who is above a module, where that is not known here: before it is said who deals with what the module gave up. */
  learnAbove?(id: string): Promise<unknown>;
  /** Loads the artifacts of a module that no chunk of the bundle brought yet, and answers its record. */
  load?(id: string): Promise<ModuleRecord>;
  /** Told before a chunk of the bundle is asked for: it may be gone, and what is told may bring another release. */
  beforeChunk?(): Promise<void>;
  /** Fetch the files that a release needs besides modules; `loaded` are ids of the modules that run then. */
  files?(from: Manifest, to: Manifest, loaded: Iterable<string>): Promise<FileSwap>;
}

/** Who runs on which release. */
export interface Jobs {
  /** Commits that code running now may see: those up to this one. Infinity outside pinned jobs, and in the context of one that ended. */
  horizon(): number;
  /** Smallest horizon of the pinned jobs that live; Infinity if there are none. */
  oldest(): number;
  /** Run something for no job. */
  outside<T>(work: () => T): T;
}

/** What a module's component threw. */
export interface Failure {
  readonly module: string;
  readonly error: unknown;
}

/** One application in one realm. */
export interface Runtime {
  readonly records: Map<string, ModuleRecord>;
  /** Written by whoever follows a store. */
  host: Host;
  /** Value tables by the tables that they stand on: a table outlives its version. Here, because a bundle holds some files twice. */
  readonly values: WeakMap<Table, Table>;
  readonly adoption: Adoption;
  /** Makes what factories reach besides their imports. Here, because linking needs it and it needs linking. */
  readonly createContext: (version: Version) => object;
  /** Makes `import.meta.hot`. Absent until there is a module that uses it, or whatever may bring one. */
  hotOf?: (version: Version) => Hot;
  /** URL of the entry chunk, from the first facade of an entry. */
  url: string | null;
  /** Order counter of asynchronous evaluation. */
  asyncCount: number;
  /** Started versions whose strongly connected component is not complete. */
  readonly open: Set<Version>;
  /** True only during synchronous stretches of prepare and commit: linking and namespaces then see pending versions. */
  preparing: boolean;
  /** Records that an upgrade under preparation adds, for `import()` by its bodies. */
  upcoming?: ReadonlyMap<string, ModuleRecord>;
  /** What an upgrade does when a new body makes a class or gets at a handle; see overlay.ts. There once an upgrader is. */
  overlay?: Overlay;
  /** There once a job was started. */
  jobs?: Jobs;
  /** What lets two releases live at a time; see coexist.ts. There once an upgrader is. */
  coexistence?: Coexistence;
  /** Events that modules have listened to. There once one has. */
  heard?: Set<string>;
  /** What `import.meta.hot.invalidate` does. There once an upgrader is. */
  invalidate?: (version: Version, message: string | undefined) => void;
  /** Called when `jobs.oldest()` grew. */
  settle?: () => void;
  /**
   * What adapters of frameworks do at the end of each commit, when all that it writes is written: told the ids of the modules that have
   * another version or are gone. A failure takes the commit back; they are called once more when that is done.
   */
  settling?: Set<(changed: ReadonlySet<string>) => Failure | null>;
  /** Number of commits. While it is 0, chunks of the bundle are what is current. */
  commits: number;
  /** Grows whenever something comes into being that a commit may have to write to: a linked module, a facade, a handle. */
  traces: number;
  /** Who brings upgrades, and who wants to hear of them; see attach.ts. */
  follower?: Follower;
  listeners?: Set<(event: UpgradeEvent) => void>;
  /** A dev server brings the modules. */
  isServed?: true;
}
