/**
 * Every identifier that rewritten code may contain. The plugin emits them, the runtime answers to them,
 * so neither side may spell one out by itself.
 */
// What every page carries stands apart.

/** What an artifact calls with its module: a parameter on Node, a global in a browser. */
export const registerName = '__relup__';
/** The hoisted accessor that every hot module exports: `export function $()` answers its record. */
export const accessorName = '$';
/** What it is exported as by a dev server, where everybody sees a module's exports: frameworks let pass what begins with `_`. */
export const servedAccessorName = '_$relup';

export const names = {
  accessor: accessorName,
  servedAccessor: servedAccessorName,
  /** Holds the record behind the accessor. A `var`, because an accessor may be called before its module's turn. */
  record: '$record',
  /** Local name of the runtime's `define` in a hot module. */
  define: '$define',
  /** Local name of a hot request's accessor. */
  requestAccessor: (index: number): string => `$a${index + 1}`,
  /** Local name of a cold request's namespace, or of one of its bindings. */
  cold: (index: number, binding?: number): string => (binding === undefined ? `$c${index + 1}` : `$c${index + 1}_${binding}`),
  /** Factory parameter: the export table of this version. */
  exports: '$e',
  /** Factory parameter: import.meta, dynamic import, state, effects and hooks of this version. */
  context: '$x',
  /** Factory parameters `$1`, `$2`, ...: the table of a hot request, the bindings of a cold one. */
  request: (index: number): string => `$${index + 1}`,
  /** Factory parameters `$h`, `$h1`, ...: what exports are as values, of this version and of hot requests. */
  values: (index: number): string => (index < 0 ? '$h' : `$h${index + 1}`),
  /** Factory parameter: by which the constructors of this version's classes find newer ones. */
  cells: '$k',
  /** A `var` of the factory that holds a class for the code in its body. */
  self: (index: number): string => `$s${index + 1}`,
  /** A parameter of a constructor or of a function that is written for a class. */
  parameter: (index?: number): string => (index === undefined ? '$p' : `$p${index + 1}`),
  /** What gives a module's record to those who import it by a module runner, and the record. */
  serve: '$serve',
  served: '$served',
  /** A live export of a module that a dev server serves, and the parameter of what sets it. */
  live: (index?: number): string => (index === undefined ? '$v' : `$v${index + 1}`),
  /** A `var` of the factory that holds a value for the length of one expression. */
  temporary: '$t',
  /** A constant of the factory that holds the state of one top-level `for await`. */
  loop: (index: number): string => `$l${index + 1}`,
  register: registerName,
  /** Where the bundle form imports `define` from. */
  runtime: 'relup:runtime',
} as const;
