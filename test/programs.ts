/**
 * Random programs of several modules, and random edits of them. A program is data (`Program`), so that an edit is a
 * change of data and the expected state is computed, not guessed.
 *
 * Every module `m0`, `m1`... calls others, may have state and classes, may read others while it loads, and tells of itself.
 * `h0`, `h1`... are never edited: they hold functions and classes of others, and listen by them.
 */
import { int, pick, type Random } from './chance.js';
import { createClass, editClass, exportedClass, sourceOfClass, type ClassShape, type Place } from './programs-classes.js';
import { createImports, flatName, type Exported, type Imports, type Through } from './programs-imports.js';
import { createLoads, forms, holdForms, holdings, type HoldForm, type Load } from './programs-loads.js';

const kinds = ['declaration', 'arrow', 'async', 'generator', 'default', 'class', 'captured'] as const;
type Kind = (typeof kinds)[number];

/** How a module reaches another one. */
interface Use {
  readonly module: number;
  readonly through: Through;
}

interface Module {
  readonly kind: Kind;
  readonly factor: number;
  readonly constant: number;
  readonly uses: readonly Use[];
  readonly loads: readonly Load[];
  readonly classes: readonly ClassShape[];
  /** Null: the module has no state. */
  readonly state: { readonly version: number; readonly fields: number } | null;
  /** Declares an effect that listens on the bus. */
  readonly listens: boolean;
  readonly extra: number;
}

/** What a module that is never edited holds of others. */
interface Holder {
  readonly holds: readonly { readonly module: number; readonly name: string; readonly form: HoldForm }[];
  /** Modules whose `hear` it listens by. */
  readonly listens: readonly number[];
}

export interface Program {
  readonly modules: readonly Module[];
  readonly holders: readonly Holder[];
}

export function createProgram(random: Random): Program {
  const count = 3 + int(random, 6);
  const modules: Module[] = [];
  // From the last to the first, so that classes have bases to choose from.
  for (let index = count - 1; index >= 0; index--) modules.unshift(createModule(random, index, count, placesAfter(modules, index + 1)));
  return { modules, holders: Array.from({ length: int(random, 3) }, () => createHolder(random, modules)) };
}

/** Classes that a module may extend: those of later ones, and its own before. */
const placesAfter = (modules: readonly Module[], from: number, offset = from): Place[] =>
  modules.slice(from - offset).flatMap(({ classes }, index) => classes.filter(({ form }) => form !== 'unexported').map((shape) => ({ module: from + index, shape })));

function createModule(random: Random, index: number, count: number, bases: readonly Place[]): Module {
  const kind = random() < 0.05 ? 'captured' : pick(random, kinds.slice(0, -1));
  const classes: ClassShape[] = [];
  for (let wanted = random() < 0.5 ? 0 : 1 + int(random, 2); wanted > 0; wanted--) classes.push(createNextClass(random, { kind, classes }, index, bases));
  return {
    kind, classes,
    factor: 1 + int(random, 9),
    constant: int(random, 100),
    uses: createUses(random, index, count),
    loads: createLoads(random, index, count),
    state: random() < 0.5 ? { version: 1, fields: 1 + int(random, 2) } : null,
    listens: random() < 0.2,
    extra: 0,
  };
}

/** Only one thing can be the default export of a module. */
const hasDefault = ({ kind, classes }: Pick<Module, 'kind' | 'classes'>): boolean => kind === 'default' || classes.some(({ form }) => form === 'anonymous');

function createNextClass(random: Random, module: Pick<Module, 'kind' | 'classes'>, index: number, bases: readonly Place[]): ClassShape {
  const own = module.classes.map((shape) => ({ module: index, shape }));
  // A name that was given up by a rollback does not come back as something else.
  return createClass(random, `C${index}${String.fromCharCode(97 + module.classes.length)}${int(random, 10_000)}`, hasDefault(module), [...bases, ...own, ...own]);
}

function createUses(random: Random, index: number, count: number): Use[] {
  const uses = new Map<number, Use>();
  for (let wanted = int(random, 4); wanted > 0; wanted--) {
    const module = int(random, count);
    // Uses of earlier modules make cycles, in which what is read at load may be in its dead zone.
    if (module === index || (module < index && random() < 0.5)) continue;
    uses.set(module, { module, through: pick(random, ['named', 'namespace', 'barrel'] as const) });
  }
  return [...uses.values()];
}

function createHolder(random: Random, modules: readonly Module[]): Holder {
  const holds = Array.from({ length: 1 + int(random, 3) }, () => {
    const module = int(random, modules.length);
    const classes = (modules[module]?.classes ?? []).filter(({ form }) => form !== 'unexported');
    return { module, name: classes.length && random() < 0.4 ? pick(random, classes).name : pick(random, ['hear', 'mark', 'make', 'call']), form: pick(random, holdForms) };
  });
  return { holds, listens: random() < 0.5 ? [int(random, modules.length)] : [] };
}

/** Change one to three things. Importers stay right: what is imported is there. */
export function editProgram(random: Random, program: Program): Program {
  const modules = [...program.modules];
  for (let edits = 1 + int(random, 3); edits > 0; edits--) {
    const index = int(random, modules.length);
    const module = modules[index] as Module; // index is below the length
    const bases = placesAfter(modules, index + 1, 0);
    switch (int(random, 13)) {
      case 0:
        modules[index] = { ...module, factor: module.factor + 1 };
        break;
      case 1:
        modules[index] = { ...module, constant: module.constant + 1 };
        break;
      case 2:
        modules[index] = { ...module, extra: module.extra + 1 };
        break;
      case 3: {
        const kind = random() < 0.03 ? 'captured' : pick(random, kinds.slice(0, -1));
        if (kind !== 'default' || !hasDefault(module)) modules[index] = { ...module, kind };
        break;
      }
      case 4:
        if (module.state) modules[index] = { ...module, state: { version: module.state.version + 1, fields: module.state.fields + int(random, 2) } };
        break;
      case 5:
        modules[index] = { ...module, uses: createUses(random, index, modules.length) };
        break;
      case 6:
        modules.push({ ...createModule(random, modules.length, modules.length, []), uses: [], loads: [], state: null });
        break;
      case 7:
        modules[index] = { ...module, loads: createLoads(random, index, modules.length) };
        break;
      case 8:
        if (module.classes.length < 3) modules[index] = { ...module, classes: [...module.classes, createNextClass(random, module, index, bases)] };
        break;
      default: {
        if (!module.classes.length) break;
        const at = int(random, module.classes.length);
        const own = module.classes.slice(0, at).map((shape) => ({ module: index, shape }));
        modules[index] = { ...module, classes: module.classes.map((shape, each) => (each === at ? editClass(random, shape, [...bases, ...own]) : shape)) };
      }
    }
  }
  return { ...program, modules };
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

/** All classes of a program by name. */
export const classesOf = ({ modules }: Program): Map<string, Place> =>
  new Map(modules.flatMap(({ classes }, module) => classes.map((shape) => [shape.name, { module, shape }] as const)));

/** What every module exports besides its classes. */
const common = ['f', 'K', 'live', 'make', 'mark', 'hear', 'call', 'several', 'relay', 'keep', 'mix'] as const;

/** The sources of a program; the entry is `main.js`. Every module answers `await f(x, depth)`. */
export function sourcesOf(program: Program): Record<string, string> {
  const { modules, holders } = program;
  const exported = (module: Module, index: number): Exported[] => [
    ...common.map((name) => ({ module: index, name })),
    ...module.classes.filter(({ form }) => form !== 'unexported').map((shape) => exportedClass({ module: index, shape })),
  ];
  const sources: Record<string, string> = {
    'main.js': `${modules.map((_, index) => `import * as m${index} from './m${index}.js';`).join('\n')}
${holders.map((_, index) => `import './h${index}.js';`).join('\n')}
import './all.js';
import { state, onUpgrade } from 'relup';
export const list = state([]);
export const map = state(new Map());
export const set = state(new Set());
export const run = async (module, x, depth) => { const all = { ${modules.map((_, index) => `m${index}`).join(', ')} }; const it = all['m' + module]; return [await it.call(x, depth), it.live, it.K]; };
export const states = () => [${modules.map((_, index) => `m${index}.peek()`).join(', ')}];
export const count = ${modules.length};
onUpgrade(() => {});`,
    'all.js': modules.map((module, index) => `export { ${exported(module, index).map((each) => `${each.isDefault ? 'default' : each.name} as ${flatName(each)}`).join(', ')} } from './m${index}.js';`).join('\n'),
    'bus.js': 'export const bus = new EventTarget();',
  };
  modules.forEach((module, index) => void (sources[`m${index}.js`] = sourceOf(program, module, index)));
  holders.forEach((holder, index) => void (sources[`h${index}.js`] = sourceOfHolder(program, holder)));
  return sources;
}

const listening = (f: string): string => `effect(() => { bus.addEventListener('go', ${f}); return () => bus.removeEventListener('go', ${f}); });`;

function sourceOfHolder(program: Program, { holds, listens }: Holder): string {
  const imports = createImports(new Map());
  const classes = classesOf(program);
  const read = (module: number, name: string): string => {
    const place = classes.get(name);
    return imports.read(place ? exportedClass(place) : { module, name });
  };
  const made = holds.map(({ module, name, form }, at) => holdings[form](read(module, name), String(at)));
  const effects = listens.map((module) => listening(read(module, 'hear')));
  return `import { effect } from 'relup'; import { bus } from './bus.js';
${imports.text()}
${made.map(([text]) => text).join('\n')}
${effects.join('\n')}
export const held = () => [${made.map(([, value]) => value).join(', ')}];`;
}

function sourceOf(program: Program, module: Module, index: number): string {
  const { kind, factor, constant, uses, loads, state, listens, extra } = module;
  const imports = createImports(new Map(uses.map((use) => [use.module, use.through])));
  const name = (use: { readonly module: number }, of: string): string => imports.read({ module: use.module, name: of });
  const read = loads.map(({ module: target, form }, at) => {
    const classes = (program.modules[target]?.classes ?? []).filter((shape) => shape.form !== 'unexported');
    const shape = classes[at % Math.max(1, classes.length)];
    const of = (each: string): string => name({ module: target }, each);
    const reads = { C: () => (shape ? imports.read(exportedClass({ module: target, shape })) : null), K: () => of('K'), make: () => of('make'), several: () => of('several'), relay: () => of('relay'), keep: () => of('keep'), mix: () => of('mix'), space: () => imports.namespace(target) };
    // Asked for when the form reads it: all others would be imported for nothing.
    const lazily = Object.defineProperties({}, Object.fromEntries(Object.entries(reads).map(([key, get]) => [key, { get }])));
    return forms[form](lazily as never, `${index}_${at}`);
  });
  const loaded = `[${read.map(([, value]) => value).join(', ')}]`;
  const calls = uses.map((use) => `total += (await ${name(use, 'f')}(x, depth - 1)) + ${name(use, 'live')} + ${name(use, 'K')};`);
  const fields = state ? Array.from({ length: state.fields }, (_, field) => `field${field}: ${field}`).join(', ') : '';
  const steps = state ? Array.from({ length: state.version - 1 }, (_, step) => step + 2) : [];
  const body = `let total = x * ${factor}; ${state ? 's.count++;' : ''} if (depth > 0) { ${calls.join(' ')} } live = total % 97; return total${state ? ' + s.count' : ''};`;
  const classes = sourcesOfClasses(program, module, index, imports);
  const values = [...uses.flatMap((use) => (['f', 'make', 'mark', 'hear'] as const).map((each) => [`${each}${use.module}`, name(use, each)] as const)), ...(['f', 'make', 'mark', 'hear', 'call', 'peek'] as const).map((each) => [`${each}${index}`, each] as const)];
  const text = `${read.map(([declarations]) => declarations).join('\n')}
${state ? `const s = state({ count: 0, steps: [], ${fields} }, { version: ${state.version}, up: { ${steps.map((v) => `${v}: (s) => { s.steps.push(${v}); return { ...s, count: s.count * 2 }; }`).join(', ')} }, down: { ${steps.map((v) => `${v - 1}: (s) => ({ ...s, count: s.count / 2, steps: s.steps.filter((step) => step !== ${v}) })`).join(', ')} } });` : ''}
export const K = ${constant};
export let live = 0;
export function make() { return ${factor}${uses.filter(({ module: target }) => target > index).map((use) => ` + ${name(use, 'K')}`).join('')}; }
export const mark = () => 'm${index} ${factor} ${constant} ${extra}';
export function hear(event) { event.detail.push(mark()); }
export function* several() { yield ${constant}; yield make(); }
export const relay = (f) => f();
export const keep = (f) => ({ kept: f });
export const mix = (Base) => class extends Base { mixed() { return ['m${index}', ${factor}]; } };
export const peek = () => ${state ? 's' : 'undefined'};
${functionOf(kind, body)}
export const call = (x, depth) => f(x, depth);
${extra ? `export const extra${extra} = () => ${extra};` : ''}
function initial(value) { return [value, make()]; }
${classes.text}
${listens ? listening('hear') : ''}
export const loaded = () => ${loaded};
export const inner = () => ({ ${classes.names.join(', ')} });
export const routes = () => ({ ${[...values, ...classes.routes].map(([key, value]) => `${key}: ${value}`).join(', ')} });
const look = () => JSON.stringify([mark(), K, make(), ${uses.flatMap((use) => [`${name(use, 'mark')}()`, name(use, 'K'), `${name(use, 'make')}()`]).join(', ')}]);
export const watch = async (gate) => { const seen = [look()]; while (await gate()) seen.push(look()); return seen; };
export const finds = (map) => [${values.map(([, value]) => `map.get(${value})`).join(', ')}];`;
  return `import { state, effect } from 'relup'; import { bus } from './bus.js';\n${imports.text()}\n${text}`;
}

function sourcesOfClasses(program: Program, { classes, uses }: Module, index: number, imports: Imports): { text: string; names: string[]; routes: (readonly [string, string])[] } {
  const all = classesOf(program);
  const texts: string[] = [];
  const names: string[] = [];
  for (const shape of classes) {
    const place = { module: index, shape };
    const own = shape.form === 'anonymous' ? imports.read(exportedClass(place)) : shape.name;
    const found = shape.base && all.get(shape.base.name);
    const base = found && found.module === index && found.shape.form !== 'anonymous' ? { module: -1, shape: found.shape } : (found ?? null);
    const mix = !shape.base?.isMixed ? '' : shape.base.module === index ? 'mix' : imports.read({ module: shape.base.module, name: 'mix' });
    texts.push(sourceOfClass(shape, imports, { own, base, mix, others: uses.slice(0, 1).map((use) => imports.read({ module: use.module, name: 'mark' })) }));
    names.push(`${shape.name}: ${own}`);
  }
  const routes = uses.flatMap((use) => (program.modules[use.module]?.classes ?? []).filter(({ form }) => form !== 'unexported').map((shape) => [shape.name, imports.read(exportedClass({ module: use.module, shape }))] as const));
  return { text: texts.join('\n'), names, routes };
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
    case 'captured':
      return `function through(f) { return f; } export const f = through(async (x, depth) => { ${body} });`;
  }
}
