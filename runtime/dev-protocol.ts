/**
 * What the dev server and a running page, worker or server tell each other. Types only. A peer is known by what it runs: its
 * stamps. So a first load during a save, a lost socket and a server that was started again are one case.
 */
import type { ColdEntry, Dynamic, Factory, Link, ModuleEntry, Plan, Refusal } from './protocol.js';

/** Stamps of modules by id. */
export type Stamps = Readonly<Record<string, string>>;

/** What a lazy module and all below it request: as much of a manifest as loading it needs. */
export type Skeleton = Pick<ModuleEntry, 'stamp' | 'requests' | 'dynamic' | 'async'>;

/** The text of one module, ready to be run. */
export interface DevArtifact {
  readonly id: string;
  readonly stamp: string;
  /** With a source map in it. */
  readonly code: string;
  /** `import.meta.url` and what else the platform gives, but for `env`. */
  readonly meta: Readonly<Record<string, unknown>>;
}

/** From one state of the sources to another. */
export interface DevPatch {
  /** Of the server that runs now; another one knows nothing of earlier revisions. */
  readonly session: string;
  /** Who has the revision before it can take the patch as it is; null if it was made for the stamps that the peer named. */
  readonly from: number | null;
  readonly to: number;
  /** `plan.way` is `refused`, `reload` or `handover` where the patch cannot be taken. */
  readonly plan: Plan;
  /** Entries of the modules that the plan names, before and after. */
  readonly before: Readonly<Record<string, ModuleEntry>>;
  readonly after: Readonly<Record<string, ModuleEntry>>;
  readonly cold: Readonly<Record<string, ColdEntry>>;
  /** Of the changed modules that are not too large together; others are asked for. */
  readonly artifacts: readonly DevArtifact[];
  /** `import.meta.env` from now on. */
  readonly env: Readonly<Record<string, unknown>>;
  /** Files that were saved, relative to the root. */
  readonly files: readonly string[];
  /** Source around the places of refusals, drawn. By place. */
  readonly frames: Readonly<Record<string, string>>;
}

/** From the peer to the server. */
export type Request =
  /** `session`: the one it was served by, or null. Answers a patch, or null if it runs what there is. */
  | { readonly type: 'hello'; readonly session: string | null; readonly config: string; readonly stamps: Stamps }
  /** Answers what loading a module and all below it takes. */
  | { readonly type: 'graph'; readonly ids: readonly string[] }
  /** Answers the entries of all that imports a module, over any number of others. */
  | { readonly type: 'above'; readonly id: string }
  /** Answers artifacts. */
  | { readonly type: 'artifacts'; readonly ids: readonly string[] };

export interface Answers {
  hello: { readonly session: string; readonly revision: number; readonly patch: DevPatch | null } | { readonly reload: string };
  graph: Readonly<Record<string, Skeleton>>;
  above: Readonly<Record<string, ModuleEntry>>;
  artifacts: readonly DevArtifact[];
}

/** What became of a patch, from the peer to the server. */
export interface DevReport {
  readonly to: number;
  readonly outcome: 'committed' | 'refused' | 'none';
  readonly modules: number;
  readonly pauseMs: number | null;
  /** Refused by the peer itself, not by the plan that the server has printed. */
  readonly refusals: readonly Refusal[];
}

/** What goes wrong before there is a patch: a module does not compile. */
export interface DevProblem {
  readonly message: string;
  readonly stack: string;
  readonly id?: string;
  readonly frame?: string;
  readonly plugin?: string;
  readonly loc?: { readonly file?: string; readonly line: number; readonly column: number };
}

/** Events of the channel between the two. */
export const devEvents = {
  request: 'relup:request',
  answer: 'relup:answer',
  patch: 'relup:patch',
  report: 'relup:report',
  problem: 'relup:problem',
} as const;

/** Registered by the code of an artifact. */
export type Register = (id: string, link: Link, factory: Factory, dynamic: Dynamic) => void;

/** What a dev server offers to the code that it runs in its own process. */
export interface InProcessServer {
  /** Answers how to send, how to import by the server's module runner, and how to hear no more. */
  connect(listen: (event: string, data: unknown) => void): { send(event: string, data: unknown): void; importUrl(url: string): Promise<unknown>; close(): void };
}

/** The dev servers of a process, by root and environment; one that is started again takes the place of the one before. */
export interface InProcess {
  readonly servers: Map<string, InProcessServer>;
  /** Told when a server comes, with its key. */
  readonly waiting: Set<(key: string) => void>;
}

/** Where both sides find it: `globalThis[inProcess]`. */
export const inProcess = Symbol.for('relup.dev');
