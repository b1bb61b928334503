/**
 * Scopes, bindings and uses of names, as the walk (walk.ts) finds them. A use is resolved when its scope is left, because a
 * declaration may come after it; what no scope knows is a global. Also the frame of the reach analysis: units of code that
 * run at a time of their own, and what flows into which binding. Knows nothing of imports being rewritten.
 */
import type { Identifier, Node, VariableDeclaration, VariableDeclarator } from '@babel/types';
import type { Hold } from './holding.js';

export type BindingKind = 'import' | 'var' | 'let' | 'const' | 'using' | 'function' | 'class' | 'param' | 'catch' | 'self';

/** What an import binding stands for. */
export interface Imported {
  /** Position of the request in the walk's list, before requests that vanish are dropped. */
  readonly request: number;
  /** Imported name; '*' is the namespace. */
  readonly name: string;
  /** The export that is really called "*" (`import { '*' as x }`): read through the namespace. */
  readonly literalStar?: true;
}

export interface Binding {
  readonly name: string;
  readonly kind: BindingKind;
  readonly node: Node;
  /** Declared by the module itself, not by something inside. */
  readonly top: boolean;
  readonly imported: Imported | null;
  /** Where a variable got its value, if it has a declaration of its own. */
  readonly declarator: VariableDeclarator | null;
  /** Uses, once the scope is left. */
  readonly uses: Use[];
  /** What flowed into it. */
  readonly sinks: Sink[];
  /** Names under which the module exports it. */
  readonly exported: string[];
  /** Declared by a call of the author API. */
  author: 'state' | 'reset' | 'effect' | 'hook' | null;
}

/**
 * How an identifier is used:
 * `call` `x()` x`` | `new` `new x` | `assign` `x = 1`, `x += 1` | `update` `x++` | `target` in a destructuring assignment |
 * `head` `for (x of y)` | `init` `var x = 1`, `for (var x of y)` | `export` `export { x }` | `read` everything else.
 */
export type Role = 'read' | 'call' | 'new' | 'assign' | 'update' | 'target' | 'head' | 'init' | 'export';

/** The chain of members that an identifier begins: `x.a.b` in `x.a.b()`, `x.a.b = 1`, `new x.a.b()`, `f(x.a.b)`. */
export interface Chain {
  readonly use: 'call' | 'new' | 'write' | 'read';
  /** First property, null if computed. Its member expression is the use's parent. */
  readonly first: string | null;
  /** Last property, null if computed. */
  readonly last: string | null;
  /** Number of members. */
  readonly length: number;
  /** What the whole chain is part of. */
  readonly owner: Node;
  /** What the first member holds cannot get away from here; see raw.ts. */
  readonly raw: boolean;
}

export interface Use {
  readonly name: string;
  readonly node: Identifier;
  readonly parent: Node;
  readonly role: Role;
  readonly unit: Unit;
  /** Handed to code that may do anything with it: an argument, a callee, something awaited. */
  active: boolean;
  /** A collection that something is added to. */
  adds?: true;
  /** Only kept, not looked into: the value of a property, an element, a constant, an export. */
  readonly captured: boolean;
  /** Where the value of it, or of its chain, goes untouched; of a name that is called, the answer. */
  readonly hold: Hold | null;
  /** Handed to a function of another module that may keep it as well as call it. */
  readonly handed: boolean;
  /** Called, or turned into a primitive: nothing gets hold of what it is. See raw.ts. */
  readonly raw: boolean;
  /** `{ x }` as an expression or as a pattern. */
  readonly shorthand: boolean;
  readonly chain: Chain | null;
  /** Null: a global. */
  binding: Binding | null;
}

/** Code that runs at a time of its own: the module's body, a function, an instance field, a thunk of `state()`. */
export interface Unit {
  readonly parent: Unit | null;
  readonly kind: 'module' | 'function' | 'thunk';
  /** How the code around treats it: runs it at once, hands it to code that may run it, or only keeps it. */
  readonly fate: 'run' | 'passed' | 'kept';
  /** As of a use. */
  readonly handed: boolean;
  readonly uses: Use[];
  readonly children: Unit[];
}

/** What flows into a binding from one expression. */
export interface Sink {
  readonly outer: Sink | null;
  /** The expression is itself a function or class: calling the binding runs it and nothing else. */
  readonly literal: boolean;
  readonly units: Unit[];
  readonly uses: Use[];
  /** Uses in the heritage of a class: making an instance runs what that holds. */
  readonly heritage: Use[];
  /** Values of static fields of a class: who has the class has them. */
  readonly statics: Sink[];
  /** The expression is a call that keeps the functions it is given: calling a method of what it returns does not run them. */
  keeps: boolean;
}

export const createSink = (outer: Sink | null, literal: boolean): Sink => ({ outer, literal, units: [], uses: [], heritage: [], statics: [], keeps: false });

export class Scope {
  readonly bindings = new Map<string, Binding>();
  /** Declared names anywhere in the module that could be emitted ones. */
  readonly dollars: Set<string>;
  readonly #pending: Use[] = [];

  /** `holdsVars`: a module, a function body or a class static block. */
  constructor(readonly parent: Scope | null, readonly holdsVars: boolean) {
    this.dollars = parent?.dollars ?? new Set();
  }

  /** Declare a name here; a second declaration (`var` again, a function over a `var`) keeps the first. */
  declare(name: string, kind: BindingKind, node: Node, declarator: VariableDeclarator | null = null, imported: Imported | null = null): Binding {
    const known = this.bindings.get(name);
    if (known) return known;
    if (name.charCodeAt(0) === 36) this.dollars.add(name);
    const binding: Binding = { name, kind, node, top: this.parent === null, imported, declarator, uses: [], sinks: [], exported: [], author: null };
    this.bindings.set(name, binding);
    return binding;
  }

  /** The scope in which a `var` of this place lives. */
  varScope(): Scope {
    return this.holdsVars || !this.parent ? this : this.parent.varScope();
  }

  /** Whether a name means what the module's own scope says, judged by what was declared so far. */
  isTop(): boolean {
    return this.parent === null;
  }

  use(use: Use): void {
    this.#pending.push(use);
  }

  /** Resolve what was used inside; the rest is the business of the scope around. Answers the globals of a module. */
  leave(): readonly Use[] {
    for (const use of this.#pending) {
      const binding = this.bindings.get(use.name);
      if (binding) {
        use.binding = binding;
        binding.uses.push(use);
      } else {
        this.parent?.use(use);
      }
    }
    return this.#pending;
  }
}

/** A top-level `let`, `const` or `using`, for writing its exports after it. */
export interface TopDeclaration {
  readonly node: VariableDeclaration;
  readonly bindings: readonly (readonly Binding[])[];
}
