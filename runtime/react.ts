/**
 * `relup/react`: what the plugin makes React components of in production builds; applications need not import it. It uses React's
 * public API only, and knows nothing of releases but that one came or went.
 */
import type { Component } from 'react';
import { runtime } from './main.js';
import { render, run } from './react-components.js';
import { kept, ownOf } from './react-modules.js';
import { list } from './react-root.js';
import { answer, asks } from './react-signature.js';

/** A class component's render(). */
function renderClass(instance: object, code: () => unknown): unknown {
  list(instance as Component);
  return run(code, instance, undefined);
}

/** Changes with every release: a dependency of what React would keep. */
const release = (): number => runtime.commits;

/** What says in a component's cache of which release its values are. */
let mark = { commits: runtime.commits };

/** The cache of a component that React Compiler compiled, empty after every release: its places mean what the code says. */
function cache(make: (size: number) => unknown[], size: number): unknown[] {
  if (mark.commits !== runtime.commits) mark = { commits: runtime.commits };
  const values = make(size + 1);
  if (values[size] !== mark) values.fill(Symbol.for('react.memo_cache_sentinel'))[size] = mark;
  return values;
}

/** All that emitted code calls, as one binding: a release may need what no module of the one before did. */
export const react = { render, renderClass, module: ownOf, kept, asks, answer, release, cache };
