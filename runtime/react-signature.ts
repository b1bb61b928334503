/**
 * Which hooks a component calls, through hooks of other modules: where that changes, React cannot go on with the state it has.
 * Text is known when a module is compiled; hooks of other modules are asked for theirs when it is needed.
 */
import { runtime } from './main.js';

/** Hooks that a text calls, in order, and those of them that are written in hot modules or packages. */
export interface Signature {
  readonly text: string;
  readonly hooks: (() => readonly unknown[]) | undefined;
}

class Answer implements Signature {
  constructor(readonly text: string, readonly hooks: Signature['hooks']) {}
}

type Hook = (...values: readonly unknown[]) => unknown;

let asking = false;

/** Whether a hook is called for its signature, and not to run. */
export const asks = (): boolean => asking;

/** What a hook answers then. */
export const answer = (text: string, hooks?: Signature['hooks']): Signature => new Answer(text, hooks);

/** The signature of a text with those of all hooks behind it. */
export function describe({ text, hooks }: Signature, above: ReadonlySet<unknown> = new Set()): string {
  const below = hooks ? values(hooks).filter((hook) => !above.has(hook)) : [];
  if (!below.length) return text;
  return `${text}(${below.map((hook) => {
    const signature = ask(hook);
    return signature ? describe(signature, new Set([...above, hook])) : '';
  }).join()})`;
}

/** A hook may be a member of what is not there. */
function values(hooks: () => readonly unknown[]): readonly unknown[] {
  try {
    return hooks();
  } catch {
    return [];
  }
}

/** The signature of a hook of a hot module; null for what only its package knows. */
function ask(hook: unknown): Signature | null {
  if (!isHot(hook)) return null;
  asking = true;
  try {
    const answered = hook(anything, anything, anything, anything, anything, anything);
    return answered instanceof Answer ? answered : null;
  } catch {
    return null;
  } finally {
    asking = false;
  }
}

/** Arguments are taken apart before a function can answer: this can be, in whatever way. */
const anything: unknown = new Proxy(() => {}, {
  get: (_, key) => (key === Symbol.toPrimitive ? () => '' : key === Symbol.iterator ? endless : anything),
  apply: () => anything,
});

function* endless(): Generator {
  for (;;) yield anything;
}

const hot = new WeakSet<object>();
const cold = new WeakSet<object>();
/** Modules of which a hook that is exported by default answers. */
export const answering = new Set<string>();

/** Exported functions of hot modules are known by their handles. Whatever is exported under a hook's name answers. */
function isHot(hook: unknown): hook is Hook {
  if (typeof hook !== 'function' || cold.has(hook)) return false;
  if (!hot.has(hook)) for (const record of runtime.records.values()) for (const [name, { value }] of record.handles) if (isAnswering(record.id, name)) hot.add(value);
  if (!hot.has(hook)) cold.add(hook);
  return hot.has(hook);
}

const isAnswering = (id: string, name: string): boolean => /^use[A-Z]/.test(name) || (name === 'default' && answering.has(id));
