/**
 * Signatures of hooks: what a component's state hangs on. An ordered list of the hooks that a function calls, with the names that it
 * gives to what they answer, as Fast Refresh has it; initial values are left out, because state that is there has no use for them. Pure.
 */
import { hookCalls, type FunctionNode, type Names } from './react-names.js';

/** The signature of one function by its text. */
export interface SignatureText {
  readonly text: string;
  /** Hooks that are not of this module's own, or that others can change: expressions that are hooks where they stand. */
  readonly hooks: readonly string[];
}

/** Shape: `inner` are the module's functions that are hooks and that nobody else can ask: theirs is part of this one. */
export function signatureOf(names: Names, code: string, node: FunctionNode, inner: ReadonlyMap<string, FunctionNode>, above: ReadonlySet<FunctionNode> = new Set()): SignatureText {
  const parts: string[] = [];
  const hooks = new Set<string>();
  for (const { name, pattern, own } of hookCalls(names, code, node)) {
    const called = inner.get(name);
    let part = `${name}{${pattern.replace(/\s+/g, ' ')}}`;
    if (called && !above.has(called)) {
      const below = signatureOf(names, code, called, inner, new Set([...above, node, called]));
      part += `(${below.text})`;
      for (const each of below.hooks) hooks.add(each);
    } else if (own === null && !called && names.top.has(name.split(/[.?[]/)[0] ?? '')) hooks.add(name);
    parts.push(part);
  }
  return { text: parts.join(';'), hooks: [...hooks] };
}
