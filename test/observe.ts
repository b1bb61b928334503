/**
 * What can be seen of a random program from outside: answers, state, what was read at load, classes with their members and
 * data, identities, listeners. Two applications that behave alike are equal here. Looking changes them, both in the same way.
 */
import { isDeepStrictEqual } from 'node:util';
import { expect } from '@jest/globals';
import type { Application } from './application.js';
import { classesOf, type Program } from './programs.js';
import type { ClassShape } from './programs-classes.js';

export type Callable = (...args: unknown[]) => unknown;
export type Class = (new (x: number) => object) & Record<string, unknown>;
type Heard = { detail: string[] };

/** `expect` takes its time, and there are millions of these. */
export function expectSame(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toEqual(expected);
}

export interface Namespace {
  readonly f: (x: number, depth: number) => Promise<number>;
  readonly make: () => number;
  readonly mark: () => string;
  readonly hear: (event: Heard) => void;
  readonly call: (x: number, depth: number) => Promise<number>;
  readonly several: () => Iterable<number>;
  readonly peek: () => object | undefined;
  readonly loaded: () => unknown[];
  readonly inner: () => Record<string, Class>;
  readonly routes: () => Record<string, unknown>;
  /** What it sees of itself and others each time that `gate` answers true. */
  readonly watch: (gate: () => Promise<boolean>) => Promise<string[]>;
  readonly finds: (map: Map<unknown, unknown>) => unknown[];
}

export interface Main {
  run(module: number, x: number, depth: number): Promise<unknown>;
  states(): (Record<string, unknown> | undefined)[];
  readonly list: object[];
  readonly map: Map<unknown, unknown>;
  readonly set: Set<object>;
}

export const main = (app: Application): Main => app.module<Main>('main.js');
export const moduleOf = (app: Application, index: number): Namespace => app.module<Namespace>(`m${index}.js`);
export const statesOf = (app: Application): unknown[] => main(app).states().map((state) => (state ? structuredClone(state) : undefined));
export const busOf = (app: Application): EventTarget => app.module<{ bus: EventTarget }>('bus.js').bus;
export const heldOf = (app: Application, holder: number): unknown[] => app.module<{ held(): unknown[] }>(`h${holder}.js`).held();
export const classOf = (app: Application, program: Program, name: string): Class => {
  const place = classesOf(program).get(name);
  if (!place) throw new Error(`no class ${name}`);
  return moduleOf(app, place.module).inner()[name] as Class;
};

/** Functions of a module that are for ever the same as values. */
export const handled = ['f', 'make', 'mark', 'hear', 'call', 'several', 'peek'] as const;

const keysOf = (object: object): PropertyKey[] => Reflect.ownKeys(object).sort((a, b) => (String(a) < String(b) ? -1 : 1));

/** What an error says is part of the behaviour, what it is called of an upgrade is not. */
const attempt = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return `threw ${String(error)}`;
  }
};

/** Members of an instance, called, by name; fields by the names that its class has. */
export async function describeInstance(object: object, fields: readonly string[]): Promise<Record<string, unknown>> {
  const seen: Record<string, unknown> = {};
  for (const field of fields) seen[field] = (object as Record<string, unknown>)[field];
  for (let level = Object.getPrototypeOf(object) as object; level && level !== Object.prototype; level = Object.getPrototypeOf(level) as object) {
    for (const key of keysOf(level)) {
      // Accessors that stand for fields that an instance may still lack.
      if (key === 'constructor' || String(key).includes('_f') || Object.hasOwn(seen, String(key))) continue;
      const value = attempt(() => Reflect.get(level, key, object) as unknown);
      seen[String(key)] = typeof value !== 'function' ? value : key === Symbol.iterator ? attempt(() => [...(object as Iterable<unknown>)]) : await attempt(() => (Reflect.apply(value, object, [2]) as unknown));
    }
  }
  return seen;
}

/** Static data and functions, of the class and of what it inherits. */
export function describeClass(made: Class): Record<string, unknown> {
  const seen: Record<string, unknown> = { name: made.name, length: made.length };
  for (let level: object = made; level && level !== Function.prototype && level !== Object; level = Object.getPrototypeOf(level) as object) {
    for (const key of keysOf(level)) {
      if (['name', 'length', 'prototype', 'upgrade'].includes(String(key)) || Object.hasOwn(seen, String(key))) continue;
      const value = attempt(() => Reflect.get(level, key, made) as unknown);
      if (typeof value !== 'function') seen[String(key)] = structuredClone(value);
      else if (key === 'make') seen['make'] = attempt(() => (Reflect.apply(value, made, [2]) as object) instanceof made);
      else if (key !== 'bump') seen[String(key)] = attempt(() => (Reflect.apply(value, made, [2]) as unknown));
      // An heir would get data of its own.
      else if (level === made) seen['bump'] = Reflect.apply(value, made, []);
    }
  }
  return seen;
}

/** Names of all fields of a class, and of what it extends. */
export function fieldsOf(program: Program, name: string): string[] {
  return chainOf(program, name).flatMap(({ fields }) => fields.map((field) => field.name));
}

/** A class and what it extends. */
export function chainOf(program: Program, name: string): ClassShape[] {
  const all = classesOf(program);
  const chain: ClassShape[] = [];
  for (let place = all.get(name); place; place = place.shape.base ? all.get(place.shape.base.name) : undefined) chain.push(place.shape);
  return chain;
}

/** What a few calls answer, and what they leave behind. */
export async function behaviour(app: Application, program: Program): Promise<Record<string, unknown>> {
  const answers: unknown[] = [];
  for (let module = 0; module < program.modules.length; module++) answers.push(await main(app).run(module, module + 1, 2));
  const modules = program.modules.map((_, index) => moduleOf(app, index));
  const classes: Record<string, unknown> = {};
  for (const name of classesOf(program).keys()) {
    const made = classOf(app, program, name);
    classes[name] = [describeClass(made), await describeInstance(new made(3), fieldsOf(program, name)), await describeInstance(newOf(app, program, name)(4), fieldsOf(program, name))];
  }
  return {
    answers, classes,
    marks: modules.map(({ mark, make, several }) => [mark(), make(), [...several()]]),
    loaded: modules.map(({ loaded }) => loaded()),
    identities: identities(app, program),
    heard: hearing(busOf(app), 'go'),
    held: await Promise.all(program.holders.map((_, index) => Promise.all(heldOf(app, index).map((each) => tryOut(each))))),
    states: statesOf(app),
  };
}

export const newOf = (app: Application, program: Program, name: string): ((x: number) => object) => {
  const place = classesOf(program).get(name);
  return (moduleOf(app, place?.module ?? 0) as unknown as Record<string, (x: number) => object>)[`new${name}`] as (x: number) => object;
};

/** What listeners of a bus say to an event, in any order: an upgrade starts effects again. */
export function hearing(bus: EventTarget, type: string): string[] {
  const detail: string[] = [];
  bus.dispatchEvent(new CustomEvent(type, { detail }));
  return detail.sort();
}

/** Call whatever it is, a function or a class. */
export async function tryOut(value: unknown): Promise<unknown> {
  if (typeof value !== 'function') return value;
  if (/^class\b/.test(Function.prototype.toString.call(value))) return [describeClass(value as Class), await describeInstance(new (value as Class)(3), [])];
  const detail: string[] = [];
  return [await (value as Callable)({ detail, valueOf: () => 2 }, 0), detail];
}

/** Whatever way a value is reached, it is the same; what differs is named. */
function identities(app: Application, program: Program): unknown {
  const canonical = new Map<string, unknown>();
  program.modules.forEach((_, index) => {
    const namespace = moduleOf(app, index) as unknown as Record<string, unknown>;
    for (const name of handled) canonical.set(`${name}${index}`, namespace[name]);
    for (const [name, made] of Object.entries(moduleOf(app, index).inner())) canonical.set(name, made);
  });
  const keys = new Map([...canonical].map(([name, value]) => [value, name]));
  const barrel = app.module<Record<string, unknown>>('all.js');
  const differing = Object.keys(barrel).filter((name) => canonical.has(name) && barrel[name] !== canonical.get(name));
  for (const [name, { module, shape }] of classesOf(program)) {
    const { prototype } = canonical.get(name) as Class;
    const exported = shape.form === 'anonymous' ? 'default' : name;
    const outside = (moduleOf(app, module) as unknown as Record<string, unknown>)[exported];
    if (shape.form !== 'unexported' && outside !== canonical.get(name)) differing.push(`export ${name}`);
    if (prototype.constructor !== canonical.get(name)) differing.push(`constructor of ${name}`);
    if (shape.base && !shape.base.isMixed && Object.getPrototypeOf(canonical.get(name)) !== canonical.get(shape.base.name)) differing.push(`parent of ${name}`);
  }
  const finds = program.modules.map((_, index) => {
    const { routes, finds } = moduleOf(app, index);
    for (const [name, value] of Object.entries(routes())) if (value !== canonical.get(name)) differing.push(`${name} in m${index}`);
    return finds(keys);
  });
  return { differing, finds };
}
