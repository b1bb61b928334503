/**
 * The shapes that plugin, store and runtime exchange. Types only (and the format number): no code lives here.
 */

/** Format of manifests, pointers and artifacts. A reader refuses any other number (`FORMAT_UNKNOWN`). */
export const format = 1;

/** Under this key of `ClassEntry.statics` stands the hash of all static blocks: what they set has no initialiser of its own. */
export const staticBlocks = 'static {}';

/**
 * How a module is bound to others; a literal in the emitted code. Absent fields are empty.
 *
 * ```
 * import { a, b as c } from './x.js'; export * from './y.js'; export { a as d } from './x.js'
 * -> { n: [['a', 'b'], []], s: [1], i: [['d', 0, 'a']], r: ['src/x.js', 'src/y.js'] }
 * ```
 */
export interface Link {
  /** Exports that have a value once the module is instantiated: functions and `var`s. */
  readonly f?: readonly string[];
  /** Exports that are dead until their declaration ran: `let`, `const`, `class`, `default`. */
  readonly l?: readonly string[];
  /** Those of `f` and `l` that are assigned again after their declaration. */
  readonly w?: readonly string[];
  /** Indirect exports: exported name, request index, imported name (null: the namespace). */
  readonly i?: readonly (readonly [exported: string, request: number, imported: string | null])[];
  /** Request indices of `export *`. */
  readonly s?: readonly number[];
  /** Own exports that are handled: functions by their text, never assigned again. A further name of one is `[alias, canonical]`. */
  readonly h?: readonly (string | readonly [alias: string, canonical: string])[];
  /** Request indices whose value tables the body takes as parameters behind those of `requests`; -1: its own. */
  readonly v?: readonly number[];
  /** 1 if the last parameter is the object by which its classes find their newest version. */
  readonly c?: 1;
  /** 1 if the body awaits at its top level. */
  readonly a?: 1;
  /** Imported names by request index, for the link check; '*' is the namespace. Only in artifacts. */
  readonly n?: readonly (readonly string[])[];
  /** Targets by request index: a hot module's id, or `cold:` and a key of `Manifest.cold`. Only in artifacts. */
  readonly r?: readonly string[];
}

/** The body of a module. Step one instantiates (hoisted exports enter the table), step two evaluates, `yield` awaits. */
export type Factory = (exports: Table, context: unknown, ...requests: unknown[]) => Generator<unknown, void, unknown>;

/** An export table: one property an export. Importers read it. */
export type Table = Record<string, unknown>;

/** Import calls with a literal specifier: its target as in `Link.r`, and in a bundle what loads the chunk. */
export type Dynamic = Readonly<Record<string, readonly [target: string, load?: () => Promise<unknown>]>>;

/** What an artifact hands to `__relup__`, in this order. */
export interface Artifact {
  readonly id: string;
  readonly link: Link;
  readonly factory: Factory;
  readonly dynamic: Dynamic;
}

/** A place in the source. Line is 1-based. */
export interface Finding {
  readonly line: number;
  /** What was found there: a binding's name or a piece of source, at most 80 characters. */
  readonly what: string;
  /** Why it stands in the way: one sentence without the place. */
  readonly why?: string;
  /** Source text that takes the place of the statement. */
  readonly fix?: string;
  /** Nothing is known of what is called: declared pure, it stands in nobody's way. */
  readonly unknown?: 1;
}

/**
 * Something of another module that code reads: request index and imported name ('*': the namespace). `held`: the value is only
 * kept or handed on, neither called nor looked into, so what the name stands for decides whether the reader has to know of a change.
 */
export type Read = readonly [request: number, name: string, held?: 1];

export interface StateEntry {
  readonly key: string;
  /** 1 if the declaration names none; null if it is not a literal. */
  readonly version: number | null;
  readonly renamedFrom?: string;
  /** Target versions of the chains, or null where they are not literal. */
  readonly up: readonly number[] | null;
  readonly down: readonly number[] | null;
  readonly line: number;
}

/** A class of a module's top level, by the layouts that two releases are compared in. */
export interface ClassEntry {
  readonly line: number;
  /** Names under which it is exported, sorted. */
  readonly exports: readonly string[];
  /** SHA-256 of the class's text, first 16 digits. */
  readonly text: string;
  /** Source text of `extends`, null without. */
  readonly heritage: string | null;
  /** Where the root of `heritage` comes from, if it is a name but none of this module: a global, or request index and imported name. */
  readonly base?: 'global' | readonly [request: number, name: string];
  /** Names of instance fields: declared, or assigned as `this.x = ` by the constructor's own statements. Sorted; computed ones are not known. */
  readonly fields: readonly string[];
  /** Static data by name, with a hash of the initialiser's text. Methods and accessors are not data. */
  readonly statics: Readonly<Record<string, string>>;
  /** Hash of the members that touch static private names; absent without static private names. */
  readonly staticPrivates?: string;
  /** Names of instance private names, sorted. */
  readonly privates: readonly string[];
  /** Line where private names are read of something else than `this` (`other.#x`), where no brand can be asked. */
  readonly privateOfOthers?: number;
  /** Whether there is `static upgrade(instance, change)`. */
  readonly upgrade: boolean;
  /** `static renamedFrom = 'Old'` */
  readonly renamedFrom?: string;
  /** Line of a second class under the same key: then neither has a lineage. */
  readonly twice?: number;
}

/** What the text of a module does with `import.meta.hot`. Calls under a condition count. */
export interface HotEntry {
  /** It accepts itself: `accept()`, `accept(callback)`. */
  readonly self?: 1;
  /** Names that it accepts for itself: `acceptExports(names)`. Sorted. */
  readonly exports?: readonly string[];
  /** As `Link.r`: what it accepts of others, `accept('./x.js', callback)`. Sorted. */
  readonly deps?: readonly string[];
  /** It registers `dispose`. */
  readonly dispose?: 1;
  readonly prune?: 1;
  readonly decline?: 1;
}

/** One module in a manifest: its artifact, and what a plan has to know of it. */
export interface ModuleEntry {
  /** SHA-256 (hex) of the artifact's bytes, and its name in the store: `modules/<stamp>.js`. */
  readonly stamp: string;
  /** Bytes of the artifact. */
  readonly size: number;
  /** As `Link.r`. */
  readonly requests: readonly string[];
  /** As `Link.n`. */
  readonly names: readonly (readonly string[])[];
  /** Line of each of `requests`, for messages. */
  readonly requestLines?: readonly number[];
  /** Names of local exports, sorted. */
  readonly exports: readonly string[];
  /** As `Link.i`. */
  readonly indirect: readonly (readonly [exported: string, request: number, imported: string | null])[];
  /** As `Link.s`. */
  readonly stars: readonly number[];
  /** Targets of literal import calls. */
  readonly dynamic: readonly string[];
  readonly async: boolean;
  /** What the body reads of others while it runs, directly or through local functions that it calls or passes on. */
  readonly loads: readonly Read[];
  /** Line of each of `loads`. */
  readonly loadLines: readonly number[];
  /** What calling an export (or what it holds) may read later; the plan closes it across modules. */
  readonly reaches: Readonly<Record<string, readonly Read[]>>;
  readonly states: readonly StateEntry[];
  /** Undeclared effects at top level. */
  readonly effects: readonly Finding[];
  /** Top-level bindings that functions change, neither `state()` nor `reset()`. */
  readonly undeclared: readonly Finding[];
  /** Top-level uses of a state root while the body runs. */
  readonly stateAtLoad: readonly Finding[];
  /** Whether the module calls `onUpgrade` at top level. */
  readonly hook: boolean;
  /** Exported names that stand for a handled function, sorted. */
  readonly functions: readonly string[];
  /** Exported names that stand for a framework's component, which is one object in all releases. Absent if there is none. */
  readonly components?: readonly string[];
  /** Classes with a lineage by key: the name of the binding, or `default`. */
  readonly classes: Readonly<Record<string, ClassEntry>>;
  /** Exported functions and classes whose value got away before it was exported: whoever has it keeps the old one. */
  readonly captured: readonly Finding[];
  /** What the body calls of other modules while it runs, whether or not it keeps the answer. */
  readonly calls: readonly (readonly [request: number, name: string, line: number])[];
  /** Exports that are not free of side effects when they are called, and why; the plan closes it over `reaches`. */
  readonly impure: Readonly<Record<string, Finding>>;
  /** Exported functions that the bundle of this release does without, because nothing in it mentions them. The artifact has them. */
  readonly pruned?: readonly string[];
  /** Absent if the module does not use `import.meta.hot`. */
  readonly hot?: HotEntry;
  /** Code of workers that the module names, by file: the first line that does so outside of an effect, or 0. Absent without any. */
  readonly workers?: Readonly<Record<string, number>>;
}

/** A package outside relup's care that hot modules import. */
export interface ColdEntry {
  /** Version of the package, `builtin` for the platform's own, null if unknown. */
  readonly version: string | null;
  /** The host imports it at run time; otherwise it is part of the bundle. */
  readonly external: boolean;
  /** Names that the bundle holds, for a cold module that is not external. */
  readonly names: readonly string[];
  /** 1 for a style sheet: it changes with the files of the release, and nobody holds anything of it. */
  readonly style?: 1;
}

/** A release of an application. */
export interface Manifest {
  readonly format: typeof format;
  /** Name of the application and of the build target: releases of different ones never mix. */
  readonly app: string;
  /** SHA-256 (hex, first 16 digits) of this manifest without `release` and `number`, keys sorted. */
  readonly release: string;
  /** Grows by one with every new release of the store. */
  readonly number: number;
  /** The user's own name of the release. */
  readonly label?: string;
  readonly target: 'node' | 'browser';
  /** Entry modules by id. */
  readonly entries: readonly string[];
  readonly modules: Readonly<Record<string, ModuleEntry>>;
  readonly cold: Readonly<Record<string, ColdEntry>>;
  /** SHA-256 (hex) of other files of the build by file name. */
  readonly chunks: Readonly<Record<string, string>>;
  readonly styles: Readonly<Record<string, string>>;
  /** What the style sheets were made of, by file: ids of modules, or keys of `cold`. Absent without any. */
  readonly sheets?: Readonly<Record<string, readonly string[]>>;
  readonly assets: Readonly<Record<string, string>>;
  readonly workers: Readonly<Record<string, string>>;
  /** Stamp of what pages load to be upgraded; in the store beside the artifacts. */
  readonly engine?: string;
  /** State that this release gives up on purpose: `id#key`, or an id for all of a module. */
  readonly drop: readonly string[];
  /** Options `include` and `exclude` of the build, as text. */
  readonly managed?: { readonly include: readonly string[]; readonly exclude: readonly string[] };
  /** How plans towards this release decide where there is a choice; options of the one who plans win. */
  readonly policy?: { readonly onStale?: 'refuse' | 'reevaluate'; readonly allow?: readonly string[] };
  /** Public keys that releases after this one are checked with, raw, in base64. Absent: with none. */
  readonly keys?: readonly string[];
  /** Never in a store: only what upgrades by patches took is known of this release here. */
  readonly partial?: true;
}

/** The way from one release to another in one file (patch.ts). */
export interface Patch {
  readonly plan: Plan;
  /** As much of both as carrying the plan out asks. */
  readonly from: Manifest;
  readonly to: Manifest;
}

/** `latest.json`. */
export interface Pointer {
  readonly format: typeof format;
  readonly app: string;
  readonly release: string;
  readonly number: number;
  /** Number of the newest release that older ones must not outlive: pages wait for no good moment then. */
  readonly mandatory?: number;
  /** Time in ISO 8601 from which a signed pointer says nothing any more. */
  readonly expires?: string;
  /** Stamps of the patches that lead to the release, by the release that they begin at; in the store beside the artifacts. */
  readonly patches?: Readonly<Record<string, string>>;
}

/** `refreshed`: unchanged, but it accepts itself and imports something that changed, so it is evaluated again (plan-accept.ts). */
export type Decision = 'unchanged' | 'added' | 'removed' | 'changed' | 'stale' | 'refreshed';

/** Why an upgrade cannot go the way it should: code, place, and what to do. */
export interface Refusal {
  readonly code: string;
  /** Module id, with `:line` where one is known. */
  readonly place: string;
  /** One sentence with names. */
  readonly reason: string;
  /** What to do now, imperative. */
  readonly hint: string;
}

/** The difference of two releases, with a decision for every module. */
export interface Plan {
  readonly from: { readonly release: string; readonly number: number };
  readonly to: { readonly release: string; readonly number: number };
  /** `none`: the releases are the same. `refused`: see `refusals`. */
  readonly way: 'none' | 'inPlace' | 'reload' | 'handover' | 'refused';
  readonly modules: Readonly<Record<string, Exclude<Decision, 'unchanged'>>>;
  readonly unchanged: number;
  /** Why the way is not `inPlace`. */
  readonly refusals: readonly Refusal[];
  /** Changed files besides modules, by kind. */
  readonly files: Readonly<Record<'styles' | 'assets' | 'workers' | 'cold', readonly string[]>>;
  /** Why the way back is closed; empty if rollback is possible. */
  readonly noRollback: readonly Refusal[];
  /** Stale modules by id: the line of the read, and what was read, up to what changed, as `id#name`. */
  readonly stale: Readonly<Record<string, { readonly line: number; readonly chain: readonly string[] }>>;
  /** Who accepts what by `import.meta.hot`, and is told after the commit. Both are ids; equal where a module accepts itself. */
  readonly accepted: readonly (readonly [boundary: string, accepted: string])[];
  /** What stays old although nothing is refused. */
  readonly notes: readonly Refusal[];
  /** Why jobs pinned to the running release cannot live on beside the new one; empty if they can. */
  readonly drain: readonly Refusal[];
}
