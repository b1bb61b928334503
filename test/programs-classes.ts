/**
 * Classes of random programs, as data: what they say of themselves, their members, fields, static data, private names and what
 * they extend. Names of fields are unique in a program, names of methods are not: subclasses override them.
 */
import { int, pick, type Random } from './chance.js';
import type { Exported, Imports } from './programs-imports.js';

/** How a class is written and exported. An anonymous one is `export default`. */
const forms = ['declaration', 'expression', 'named', 'listed', 'anonymous', 'unexported'] as const;
export type ClassForm = (typeof forms)[number];

export interface Field {
  readonly name: string;
  readonly how: 'declared' | 'computedLate' | 'assigned';
  readonly value: number;
}

export interface Static {
  readonly name: string;
  /** Text of the initialiser. Data is state for as long as it stays the same. */
  readonly init: string;
}

export interface ClassShape {
  readonly name: string;
  readonly form: ClassForm;
  readonly base: { readonly module: number; readonly name: string; readonly isMixed: boolean } | null;
  /** Stands for the text of all members. */
  readonly label: number;
  readonly factor: number;
  /** How many of `m0`, `m1`... there are. `m0` is always there. */
  readonly methods: number;
  readonly getters: number;
  readonly statics: readonly Static[];
  readonly fields: readonly Field[];
  readonly privates: boolean;
  /** `static upgrade` brings instances of older layouts to the newest one. */
  readonly hook: boolean;
  /** Its constructor is written out. Fields that are assigned need one. */
  readonly constructed: boolean;
  /** Number of members and fields that there ever were, for new names. */
  readonly serial: number;
}

/** Where a class of a program is. */
export interface Place {
  readonly module: number;
  readonly shape: ClassShape;
}

export const exportedClass = ({ module, shape: { name, form } }: Place): Exported => ({ module, name, isDefault: form === 'anonymous', isUnique: true });

/** A value that `static upgrade` gives a field. */
export const upgradedField = (name: string): string => `up:${name}`;

export function createClass(random: Random, name: string, hasDefault: boolean, bases: readonly Place[]): ClassShape {
  const shape: ClassShape = {
    name, base: createBase(random, bases), label: int(random, 100), factor: 1 + int(random, 9), methods: 1 + int(random, 3), getters: int(random, 2),
    form: pick(random, hasDefault ? forms.filter((form) => form !== 'anonymous') : forms),
    statics: [], fields: [], privates: random() < 0.2, hook: random() < 0.3, constructed: random() < 0.6, serial: 0,
  };
  let made = shape;
  for (let fields = int(random, 3); fields > 0; fields--) made = addField(random, made);
  for (let statics = int(random, 3); statics > 0; statics--) made = addStatic(random, made);
  return made;
}

const createBase = (random: Random, bases: readonly Place[]): ClassShape['base'] => {
  if (!bases.length || random() < 0.5) return null;
  const { module, shape } = pick(random, bases);
  return { module, name: shape.name, isMixed: random() < 0.15 };
};

function addField(random: Random, shape: ClassShape): ClassShape {
  const how = pick(random, shape.constructed ? (['declared', 'computedLate', 'assigned'] as const) : (['declared', 'computedLate'] as const));
  return { ...shape, serial: shape.serial + 1, fields: [...shape.fields, { name: `${shape.name}_f${shape.serial}`, how, value: int(random, 100) }] };
}

function addStatic(random: Random, shape: ClassShape): ClassShape {
  return { ...shape, serial: shape.serial + 1, statics: [...shape.statics, { name: `s${shape.serial}`, init: staticValue(random) }] };
}

const staticValue = (random: Random): string => pick(random, [`${int(random, 100)}`, `{ n: ${int(random, 100)} }`, `[${int(random, 100)}]`]);

/** Change one thing of a class. */
export function editClass(random: Random, shape: ClassShape, bases: readonly Place[]): ClassShape {
  const { fields, statics } = shape;
  switch (int(random, 14)) {
    case 0:
    case 1:
    case 2:
      return { ...shape, label: shape.label + 1 };
    case 3:
      return { ...shape, factor: shape.factor + 1 };
    case 4:
      return { ...shape, methods: shape.methods + 1 };
    case 5:
      return { ...shape, methods: Math.max(1, shape.methods - 1) };
    case 6:
      return { ...shape, getters: 1 - shape.getters };
    case 7:
    case 8:
      return { ...addField(random, shape), hook: shape.hook || random() < 0.85 };
    case 9:
      return { ...shape, fields: fields.filter((_, index) => index !== fields.length - 1) };
    case 10:
      return { ...shape, statics: statics.map((each, index) => (index === 0 ? { ...each, init: staticValue(random) } : each)) };
    case 11:
      return random() < 0.5 ? addStatic(random, shape) : { ...shape, statics: statics.slice(1) };
    case 12:
      return { ...shape, privates: random() < 0.3 ? !shape.privates : shape.privates, constructed: shape.constructed || random() < 0.5, label: shape.label + 1 };
    default:
      return random() < 0.3 ? { ...shape, base: createBase(random, bases) } : { ...shape, label: shape.label + 1 };
  }
}

/** The text of a class, with a factory that the test makes instances by. `others` are functions that methods call. */
export function sourceOfClass(shape: ClassShape, imports: Imports, { own, base, mix, others }: { own: string; base: Place | null; mix: string; others: readonly string[] }): string {
  const { name, form } = shape;
  const parent = base ? (base.module === -1 ? base.shape.name : imports.read(exportedClass(base))) : null;
  const heritage = parent === null ? '' : ` extends ${shape.base?.isMixed ? `${mix}(${parent})` : parent}`;
  const body = `${heritage} {\n${membersOf(shape, parent !== null, others).join('\n')}\n}`;
  const text = {
    declaration: `export class ${name}${body}`,
    expression: `export const ${name} = class${body};`,
    named: `export const ${name} = class Inner${name}${body};`,
    listed: `class ${name}${body}\nexport { ${name} };`,
    anonymous: `export default class${body}`,
    unexported: `class ${name}${body}`,
  }[form];
  return `${text}\nexport function new${name}(x) { return new ${own}(x); }`;
}

function membersOf(shape: ClassShape, isDerived: boolean, others: readonly string[]): string[] {
  const { name, label, factor, methods, getters, statics, fields, privates, hook } = shape;
  const read = fields.map((field) => `this.${field.name}`).join(', ');
  const assigned = fields.filter(({ how }) => how === 'assigned');
  const members: string[] = [];
  if (privates) members.push(`#p = 0; #own() { return '${label}'; } priv${name}() { return ['${name}', ${label}, this.#p, this.#own()]; } has${name}() { return #p in this; }`);
  for (const { name: field, how, value } of fields) {
    if (how === 'declared') members.push(`${field} = ${value};`);
    if (how === 'computedLate') members.push(`${field} = initial(${value});`);
  }
  if (shape.constructed || assigned.length || privates) {
    members.push(`constructor(x) { ${isDerived ? 'super(x + 1);' : ''} ${assigned.map(({ name: field, value }) => `this.${field} = x + ${value};`).join(' ')} ${privates ? `this.#p = x * ${factor};` : ''} }`);
  }
  for (let method = 0; method < methods; method++) {
    members.push(`m${method}(x) { return ['${name}.m${method}', ${label}, x * ${factor}, ${read ? `${read}, ` : ''}${isDerived ? `super.m${method}?.(x), ` : ''}${others.map((other) => `${other}()`).join(', ')}]; }`);
  }
  members.push(`again(x) { return [new this.constructor(x) instanceof this.constructor, this.m0(x)]; }`);
  members.push(`async later(x) { const before = this.m0(x); await null; return [before, this.m0(x)]; }`);
  members.push(`*[Symbol.iterator]() { yield ${label}; ${isDerived ? 'if (super[Symbol.iterator]) yield* super[Symbol.iterator]();' : ''} }`);
  if (getters) members.push(`get g() { return ['${name}.g', ${label}${read ? `, ${read}` : ''}${isDerived ? ', super.g' : ''}]; } set g(value) { this.got${name} = value; }`);
  for (const { name: data, init } of statics) members.push(`static ${data} = ${init};`);
  members.push(`static kind() { return '${name} ${label}' + ${isDerived ? "(super.kind ? super.kind() : '')" : "''"}; }`);
  members.push(`static get size() { return ${label}; }`);
  members.push(`static make(x) { return new this(x); }`);
  if (statics[0] && /^\d/.test(statics[0].init)) members.push(`static bump() { return ++this.${statics[0].name}; }`);
  if (hook) members.push(`static upgrade(instance, { added }) { for (const name of added) instance[name] = 'up:' + name; }`);
  return members;
}
