/**
 * Random programs of several modules, and random edits of them. A program is data (`Program`), so that an edit is a
 * change of data and the expected state is computed, not guessed.
 */
export type Random = () => number;

/** Mulberry32: small, seedable, good enough to choose branches by. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const kinds = ['declaration', 'arrow', 'async', 'generator', 'default', 'class'] as const;
type Kind = (typeof kinds)[number];

/** How a module reaches another one. */
interface Use {
  readonly module: number;
  readonly through: 'named' | 'namespace' | 'barrel';
  /** Read when the body runs, not later. */
  readonly atLoad: 'no' | 'value' | 'call';
}

interface Module {
  readonly kind: Kind;
  readonly factor: number;
  readonly constant: number;
  readonly uses: readonly Use[];
  /** Null: the module has no state. */
  readonly state: { readonly version: number; readonly fields: number } | null;
  readonly extra: number;
}

export interface Program {
  readonly modules: readonly Module[];
}

const int = (random: Random, below: number): number => Math.floor(random() * below);
const pick = <T>(random: Random, from: readonly T[]): T => from[int(random, from.length)] as T;

export function createProgram(random: Random): Program {
  const count = 3 + int(random, 6);
  return { modules: Array.from({ length: count }, (_, index) => createModule(random, index, count)) };
}

function createModule(random: Random, index: number, count: number): Module {
  return {
    kind: pick(random, kinds),
    factor: 1 + int(random, 9),
    constant: int(random, 100),
    uses: createUses(random, index, count),
    state: random() < 0.5 ? { version: 1, fields: 1 + int(random, 2) } : null,
    extra: 0,
  };
}

function createUses(random: Random, index: number, count: number): Use[] {
  const uses = new Map<number, Use>();
  for (let wanted = int(random, 4); wanted > 0; wanted--) {
    const module = int(random, count);
    if (module === index) continue;
    // Only later modules are read at load: the reverse would be a dead zone in a fresh start as well.
    const atLoad = module > index && random() < 0.25 ? pick(random, ['value', 'call'] as const) : 'no';
    uses.set(module, { module, through: pick(random, ['named', 'namespace', 'barrel'] as const), atLoad });
  }
  return [...uses.values()];
}

/** Change one to three things. Importers stay right: what is imported is there. */
export function editProgram(random: Random, program: Program): Program {
  const modules = [...program.modules];
  for (let edits = 1 + int(random, 3); edits > 0; edits--) {
    const index = int(random, modules.length);
    const module = modules[index] as Module; // index is below the length
    const change = int(random, 7);
    if (change === 0) modules[index] = { ...module, factor: module.factor + 1 };
    else if (change === 1) modules[index] = { ...module, constant: module.constant + 1 };
    else if (change === 2) modules[index] = { ...module, extra: module.extra + 1 };
    else if (change === 3) modules[index] = { ...module, kind: pick(random, kinds) };
    else if (change === 4 && module.state) modules[index] = { ...module, state: { version: module.state.version + 1, fields: module.state.fields + int(random, 2) } };
    else if (change === 5) modules[index] = { ...module, uses: createUses(random, index, modules.length) };
    else if (change === 6) modules.push({ ...createModule(random, modules.length, modules.length), uses: [], state: null });
  }
  return { modules };
}

/** What becomes of a module's state: every step up doubles the count and notes itself. */
export function migratedState(before: unknown, from: Program, to: Program, index: number): unknown {
  const old = from.modules[index]?.state;
  const next = to.modules[index]?.state;
  if (!old || !next) return undefined;
  const { count, steps } = before as { count: number; steps: number[] };
  const added: number[] = [];
  for (let version = old.version + 1; version <= next.version; version++) added.push(version);
  const fields = Object.fromEntries(Array.from({ length: next.fields }, (_, field) => [`field${field}`, (before as Record<string, unknown>)[`field${field}`] ?? field]));
  return { ...(before as object), count: count * 2 ** added.length, steps: [...steps, ...added], ...fields };
}

/** The sources of a program; the entry is `main.js`. Every module answers `await f(x, depth)`. */
export function sourcesOf({ modules }: Program): Record<string, string> {
  const sources: Record<string, string> = {
    'main.js': `${modules.map((_, index) => `import * as m${index} from './m${index}.js';`).join('\n')}
export const run = async (module, x, depth) => { const all = { ${modules.map((_, index) => `m${index}`).join(', ')} }; const it = all['m' + module]; return [await it.call(x, depth), it.live, it.K]; };
export const states = () => [${modules.map((_, index) => `m${index}.peek()`).join(', ')}];
export const count = ${modules.length};
import { onUpgrade } from 'relup'; onUpgrade(() => {});`,
    'all.js': modules.map((_, index) => `export { f as f${index}, K as K${index}, live as live${index}, make as make${index} } from './m${index}.js';`).join('\n'),
  };
  modules.forEach((module, index) => void (sources[`m${index}.js`] = sourceOf(module, index)));
  return sources;
}

function sourceOf({ kind, factor, constant, uses, state, extra }: Module, index: number): string {
  const imports = uses.map(({ module, through }) => {
    if (through === 'namespace') return `import * as n${module} from './m${module}.js';`;
    return through === 'barrel' ? `import { f${module}, K${module}, live${module}, make${module} } from './all.js';` : `import { f as f${module}, K as K${module}, live as live${module}, make as make${module} } from './m${module}.js';`;
  });
  const name = ({ module, through }: Use, of: string): string => (through === 'namespace' ? `n${module}.${of}` : `${of}${module}`);
  const loaded = uses.filter(({ atLoad }) => atLoad !== 'no').map((use) => `const loaded${use.module} = ${use.atLoad === 'call' ? `${name(use, 'make')}()` : name(use, 'K')};`);
  const calls = uses.map((use) => `total += (await ${name(use, 'f')}(x, depth - 1)) + ${name(use, 'live')} + ${name(use, 'K')};`);
  const fields = state ? Array.from({ length: state.fields }, (_, field) => `field${field}: ${field}`).join(', ') : '';
  const steps = state ? Array.from({ length: state.version - 1 }, (_, step) => step + 2) : [];
  const body = `let total = x * ${factor}; ${state ? 's.count++;' : ''} ${uses.filter(({ atLoad }) => atLoad !== 'no').map(({ module }) => `total += loaded${module};`).join(' ')} if (depth > 0) { ${calls.join(' ')} } live = total % 97; return total${state ? ' + s.count' : ''};`;
  return `import { state } from 'relup';
${imports.join('\n')}
${loaded.join('\n')}
${state ? `const s = state({ count: 0, steps: [], ${fields} }, { version: ${state.version}, up: { ${steps.map((v) => `${v}: (s) => { s.steps.push(${v}); return { ...s, count: s.count * 2 }; }`).join(', ')} }, down: { ${steps.map((v) => `${v - 1}: (s) => ({ ...s, count: s.count / 2, steps: s.steps.filter((step) => step !== ${v}) })`).join(', ')} } });` : ''}
export const K = ${constant};
export let live = 0;
export function make() { return ${factor}${uses.filter(({ module }) => module > index).map((use) => ` + ${name(use, 'K')}`).join('')}; }
export const peek = () => ${state ? 's' : 'undefined'};
${functionOf(kind, body)}
export const call = (x, depth) => f(x, depth);
${extra ? `export const extra${extra} = () => ${extra};` : ''}`;
}

function functionOf(kind: Kind, body: string): string {
  switch (kind) {
    case 'declaration':
    case 'async':
      return `export async function f(x, depth) { ${body} }`;
    case 'arrow':
      return `export const f = async (x, depth) => { ${body} };`;
    case 'generator':
      return `export async function f(x, depth) { for await (const value of steps(x, depth)) return value; } async function* steps(x, depth) { yield await (async () => { ${body} })(); }`;
    case 'default':
      return `export default async function f(x, depth) { ${body} } export { f };`;
    case 'class':
      return `export class Work { constructor(x) { this.x = x; } async run(depth) { const { x } = this; ${body} } } export const f = (x, depth) => new Work(x).run(depth);`;
  }
}
