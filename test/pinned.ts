/**
 * Pinned jobs of a random program: each waits again and again, and what it sees of any module, by function, value, class,
 * namespace and saved reference, is what it saw when it began, whatever was committed or taken back meanwhile.
 */
import { endWith, jobsOf } from '../runtime/jobs.js';
import type { Application } from './application.js';
import type { Random } from './chance.js';
import { classOf, expectSame, handled, heldOf, moduleOf, newOf, type Class, type Namespace } from './observe.js';
import { classesOf, type Program } from './programs.js';

export interface Pinned {
  /** Start some jobs on the running release. */
  start(program: Program): void;
  /** Let some go on to their next await, and some end. Answers how often one looked. */
  step(): Promise<number>;
  /** Let all end. */
  end(): Promise<number>;
  readonly alive: number;
}

interface Job {
  /** Go on: look once more, and end if so told. */
  readonly go: (end: boolean) => Promise<void>;
  readonly ended: Promise<unknown>;
}

/** What a job sees of all modules, without state. */
function look(app: Application, program: Program, saved: readonly Namespace[], instances: ReadonlyMap<string, object>): unknown {
  const text = (value: unknown): string => JSON.stringify(value);
  const seen: unknown[] = program.modules.map(({ kind }, index) => {
    const namespace = moduleOf(app, index);
    const { mark, make, several, K, loaded } = namespace as Namespace & { K: number };
    const old = saved[index] as Namespace; // one a module
    return [mark(), make(), text([...several()]), K, text(loaded()), old.mark(), old.make(), handled.every((name) => (name === 'f' && kind === 'captured') || namespace[name] === old[name]), Object.keys(namespace).join()];
  });
  for (const [name, object] of instances) {
    const made = classOf(app, program, name);
    const members = (of: object): string => {
      const { m0, m1, m2, g } = of as Record<string, ((this: unknown, x: number) => unknown) | undefined>;
      return text([m0?.call(of, 1), m1?.call(of, 1), m2?.call(of, 1), g, [...(of as Iterable<unknown>)]]);
    };
    seen.push([name, (made['kind'] as () => string)(), made['size'], members(object), members(new made(2)), members(newOf(app, program, name)(2)), object instanceof made]);
  }
  program.holders.forEach((_, index) => seen.push(heldOf(app, index).map((each) => typeof each)));
  return seen;
}

export function createPinned(app: Application, random: Random): Pinned {
  const jobs = new Set<Job>();
  let looks = 0;

  const run = async (program: Program, gate: () => Promise<boolean>): Promise<void> => {
    const saved = program.modules.map((_, index) => ({ ...moduleOf(app, index) }));
    const instances = new Map([...classesOf(program).keys()].map((name) => [name, new (classOf(app, program, name) as Class)(1)]));
    const first = look(app, program, saved, instances);
    // Code of the modules waits, too: each looks by its own imports.
    const watching = saved.map((namespace) => namespace.watch(gate));
    const looking = (async () => {
      while (await gate()) {
        looks++;
        expectSame(look(app, program, saved, instances), first);
      }
    })();
    for (const seen of await Promise.all(watching)) expectSame(new Set(seen).size, 1);
    await looking;
  };

  return {
    start(program) {
      let waiting: ((goesOn: boolean) => void)[] = [];
      const gate = (): Promise<boolean> => new Promise((resolve) => void waiting.push(resolve));
      const ended = jobsOf(app.runtime).start({ name: 'pinned', mode: 'pinned' }, (_, end) => endWith(run(program, gate), end)) as Promise<unknown>;
      // It is looked at when it goes on.
      ended.catch(() => {});
      const job: Job = {
        ended,
        async go(end) {
          const now = waiting;
          waiting = [];
          for (const resolve of now) resolve(!end);
          if (end) {
            jobs.delete(job);
            await ended;
          } else {
            await Promise.race([ended, new Promise((resolve) => setImmediate(resolve))]);
          }
        },
      };
      jobs.add(job);
    },
    async step() {
      const before = looks;
      for (const job of [...jobs]) {
        const chance = random();
        if (chance < 0.8) await job.go(false);
        if (chance < 0.25) await job.go(true);
      }
      return looks - before;
    },
    async end() {
      const before = looks;
      for (const job of [...jobs]) {
        await job.go(false);
        await job.go(true);
      }
      return looks - before;
    },
    get alive() {
      return jobs.size;
    },
  };
}
