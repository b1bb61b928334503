/** Static data of the classes of a random program: state for as long as its initialiser stays the same. */
import type { Application } from './application.js';
import { classOf } from './observe.js';
import { classesOf, type Program } from './programs.js';

/** By class and name. */
export type StaticData = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

export function staticsOf(app: Application, program: Program): StaticData {
  return new Map([...classesOf(program)].map(([name, { shape }]) => {
    const made = classOf(app, program, name);
    return [name, Object.fromEntries(shape.statics.map((each) => [each.name, structuredClone(made[each.name])]))] as const;
  }));
}

/** Give a program that was started freshly the static data of a running one, where it is kept on the way from `before`. */
export function seedStatics(fresh: Application, program: Program, data: StaticData, before = program): void {
  const old = classesOf(before);
  for (const [name, { shape }] of classesOf(program)) {
    const made = classOf(fresh, program, name);
    for (const { name: key, init } of shape.statics) {
      const isKept = old.get(name)?.shape.statics.some((each) => each.name === key && each.init === init);
      if (isKept) (made as Record<string, unknown>)[key] = structuredClone(data.get(name)?.[key]);
    }
  }
}
