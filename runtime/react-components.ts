/**
 * Components as React sees them: one type for ever. A component with hooks renders a second one, which is the same for as long as
 * its signature is: so another signature mounts just that component anew, and the same one keeps its state under new code.
 */
import { forwardRef, useContext } from 'react';
import { jsx } from 'react/jsx-runtime';
import { runtime } from './main.js';
import { contain } from './react-errors.js';
import { isFirstPass, Release, Root } from './react-root.js';
import { describe, type Signature } from './react-signature.js';

export type Code = (props: object, ref?: unknown) => unknown;

/** What runs the code of one signature. */
interface Inner {
  code: Code;
  readonly plain: Code;
  /** What React wants where a ref comes beside the properties. */
  readonly forwarding: unknown;
}

interface Entry {
  code: Code | null;
  /** `runtime.commits` when the signature was looked at: hooks of other modules may have changed since. */
  commits: number;
  current: Inner | null;
  readonly inners: Map<string, Inner>;
  /** The component itself, where a ref comes beside the properties. */
  forwarding?: unknown;
}

/** By what React has as the type of a component. */
const entries = new WeakMap<Code, Entry>();

/**
 * Render a component: called by the permanent function that stands for it.
 *
 * Shape: `ref` is undefined but within forwardRef(); an empty signature is that of a component without hooks that keep anything.
 */
export function render(outer: Code, code: Code, props: object, ref?: unknown, text = '', hooks?: Signature['hooks']): unknown {
  const release = readRelease();
  // Called as a function: then it is one.
  if (release === undefined || typeof props !== 'object') return code(props, ref);
  if (text === '' && release !== null) return run(code, props, ref);
  const entry = entryOf(outer);
  if (release === null) return jsx(Root, { type: ref === undefined ? outer : (entry.forwarding ??= forwarding(outer)), props: withRef(props, ref) });
  if (entry.code !== code || entry.commits !== runtime.commits) {
    entry.code = code;
    entry.commits = runtime.commits;
    entry.current = innerOf(entry, describe({ text, hooks }), outer.name);
    entry.current.code = code;
  }
  const inner = entry.current as Inner; // set above the first time
  return jsx(ref === undefined ? inner.plain : inner.forwarding, withRef(props, ref));
}

/** Undefined outside of rendering. */
function readRelease(): number | null | undefined {
  try {
    return useContext(Release);
  } catch {
    return undefined;
  }
}

function entryOf(outer: Code): Entry {
  let entry = entries.get(outer);
  if (!entry) entries.set(outer, (entry = { code: null, commits: -1, current: null, inners: new Map() }));
  return entry;
}

const withRef = (props: object, ref: unknown): object => (ref === undefined ? props : { ...props, ref });

function innerOf({ inners }: Entry, signature: string, name: string): Inner {
  let inner = inners.get(signature);
  if (!inner) {
    const plain: Code = (props, ref) => {
      useContext(Release);
      return run(made.code, props, ref);
    };
    Object.defineProperty(plain, 'name', { value: name });
    const made: Inner = { code: plain, plain, forwarding: forwarding(plain) };
    inner = made;
  }
  // The one before is what a rollback returns to; older ones nobody sees again.
  const [before] = [...inners.keys()].filter((each) => each !== signature).slice(-1);
  for (const each of inners.keys()) if (each !== before) inners.delete(each);
  inners.set(signature, inner);
  return inner;
}

function forwarding(code: Code): unknown {
  return forwardRef((props, ref) => code(props, ref));
}

/** Run code that may be new. */
export function run(code: Code, props: object, ref: unknown): unknown {
  try {
    return code(props, ref);
  } catch (error) {
    throw contain(error, isFirstPass());
  }
}
