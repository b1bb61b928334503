/**
 * What a test keeps of a random program across its upgrades, as a running program does: functions, bound copies, listeners,
 * constructors, and instances in state roots and in closures. After every upgrade it must behave as in a fresh start.
 */
import type { Application } from './application.js';
import { int, pick, type Random } from './chance.js';
import { busOf, chainOf, classOf, describeClass, describeInstance, expectSame, fieldsOf, handled, hearing, heldOf, main, moduleOf, newOf, tryOut, type Class, type Namespace } from './observe.js';
import { classesOf, type Program } from './programs.js';
import { upgradedField, type ClassShape } from './programs-classes.js';

export interface Kept {
  /** Make some instances of the classes of the running release. */
  add(program: Program): void;
  /** Another release is running. */
  upgraded(program: Program): void;
  /** Everything kept behaves as in `fresh`. Answers how much it was. */
  expectReferences(fresh: Application, program: Program): Promise<number>;
  expectInstances(fresh: Application, program: Program): Promise<number>;
}

interface Instance {
  readonly name: string;
  readonly object: object;
  /** What it was made of. */
  readonly x: number;
  readonly release: number;
  /** The class and what it extended when it was made. */
  readonly chain: readonly ClassShape[];
}

/** What is taken of a module once, when the first release runs. */
interface References {
  readonly functions: Record<(typeof handled)[number], Namespace['f']>;
  readonly bound: Record<(typeof handled)[number], Namespace['f']>;
}

const basesOf = (chain: readonly ClassShape[]): string => chain.map(({ name, base }) => `${name} ${base?.isMixed ?? false}`).join(' ');

export function createKept(app: Application, first: Program, random: Random): Kept {
  const pickFunctions = (namespace: Namespace, change: (f: never) => unknown): never => Object.fromEntries(handled.map((name) => [name, change(namespace[name] as never)])) as never;
  const references: References[] = first.modules.map((_, index) => ({
    functions: pickFunctions(moduleOf(app, index), (f) => f),
    bound: pickFunctions(moduleOf(app, index), (f) => (f as () => void).bind(null)),
  }));
  const listeners = (of: Application): EventTarget => {
    const bus = new EventTarget();
    first.modules.forEach((_, index) => bus.addEventListener('saved', moduleOf(of, index).hear as never));
    return bus;
  };
  const bus = listeners(app);
  const held = first.holders.map((_, index) => heldOf(app, index));
  const classes = new Map([...classesOf(first).keys()].map((name) => [name, classOf(app, first, name)]));
  /** A function that escaped raw before it was exported stays what it was. */
  const captured = new Set<number>();
  const withPrivates = new Set<string>();
  const instances: Instance[] = [];
  let release = 0;

  const note = (program: Program): void => {
    program.modules.forEach(({ kind, classes: shapes }, index) => {
      if (kind === 'captured') captured.add(index);
      for (const { name, privates } of shapes) if (privates) withPrivates.add(name);
    });
  };
  note(first);

  const place = (name: string, object: object): void => {
    const { list, map, set } = main(app);
    const where = int(random, 4);
    if (where === 0) list.push(object);
    if (where === 1) map.set(`${name} ${instances.length}`, object);
    if (where === 2) set.add(object);
  };

  return {
    add(program) {
      for (const name of classesOf(program).keys()) {
        const saved = classes.get(name) ?? classOf(app, program, name);
        const x = int(random, 9);
        const object = pick(random, [() => newOf(app, program, name)(x), () => new saved(x), () => Reflect.construct(saved, [x]) as object])();
        instances.push({ name, object, x, release, chain: chainOf(program, name) });
        place(name, object);
      }
    },
    upgraded(program) {
      release++;
      note(program);
      for (const name of classesOf(program).keys()) if (!classes.has(name)) classes.set(name, classOf(app, program, name));
    },
    async expectReferences(fresh, program) {
      let count = 0;
      for (const [index, { functions, bound }] of references.entries()) {
        const there = moduleOf(fresh, index);
        for (const name of handled) {
          if (name === 'f' && captured.has(index)) continue;
          count += 2;
          expectSame([index, name, moduleOf(app, index)[name] === (functions[name] as unknown)], [index, name, true]);
          if (name === 'several') {
            expectSame([...(functions[name] as unknown as Namespace['several'])()], [...there.several()]);
          } else {
            const other = there[name] as Namespace['f'];
            expectSame([index, name, await tryOut(functions[name])], [index, name, await tryOut(other)]);
            expectSame([index, name, await tryOut(bound[name])], [index, name, await tryOut(other)]);
          }
        }
      }
      expectSame(hearing(bus, 'saved'), hearing(listeners(fresh), 'saved'));
      for (const [index, values] of held.entries()) {
        count += values.length;
        expectSame(heldOf(app, index).map((value, at) => value === values[at]), values.map(() => true));
        expectSame(await Promise.all(values.map(tryOut)), await Promise.all(heldOf(fresh, index).map(tryOut)));
      }
      for (const [name, saved] of classes) {
        if (!classesOf(program).has(name)) continue;
        count++;
        expectSame([name, classOf(app, program, name) === saved], [name, true]);
        const other = classOf(fresh, program, name);
        expectSame([name, describeClass(saved)], [name, describeClass(other)]);
        expectSame([name, await describeInstance(new saved(5), fieldsOf(program, name))], [name, await describeInstance(new other(5), fieldsOf(program, name))]);
      }
      return count;
    },
    async expectInstances(fresh, program) {
      let count = 0;
      for (const instance of instances) {
        const { name, object } = instance;
        // Some are touched late, after several upgrades.
        if (!classesOf(program).has(name) || random() < 0.4) continue;
        count++;
        const saved = classes.get(name) as Class; // since it was made
        expectSame([name, object instanceof saved, object.constructor === saved], [name, true, true]);
        const chain = chainOf(program, name);
        if (basesOf(chain) !== basesOf(instance.chain)) continue;
        if (instance.release < release && chain.some((shape) => withPrivates.has(shape.name))) {
          await expectOldPrivates(object, instance.chain);
          continue;
        }
        const other = new (classOf(fresh, program, name))(instance.x) as Record<string, unknown>;
        const fields = fieldsOf(program, name);
        for (const field of fields) {
          const isThere = Object.hasOwn(object, field);
          if (instance.release === release) expectSame([name, field, isThere], [name, field, true]);
          other[field] = isThere ? (object as Record<string, unknown>)[field] : upgradedField(field);
        }
        expectSame([name, await describeInstance(object, fields)], [name, await describeInstance(other, fields)]);
      }
      return count;
    },
  };
}

/** Instances keep the methods of the version whose private names they have: never a brand error at a distance. */
async function expectOldPrivates(object: object, chain: readonly ClassShape[]): Promise<void> {
  const members = object as Record<string, (() => unknown) | undefined>;
  for (const { name, privates } of chain) {
    if (!privates || !members[`priv${name}`]) continue;
    expectSame([name, members[`has${name}`]?.()], [name, true]);
    const answer = members[`priv${name}`]?.() as unknown[];
    expectSame(answer[3], String(answer[1]));
  }
}
