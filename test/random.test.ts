/**
 * Random programs under random edits. Oracle: the upgraded program behaves as a fresh start of the new release over the
 * kept state; a refused edit leaves the old behaviour; references taken before still work.
 *
 * RELUP_PROGRAMS sets how many (default 500), RELUP_SEED the first seed. A failure names its seed.
 */
import { describe, expect, test } from '@jest/globals';
import { boot, type Application } from './application.js';
import { createProgram, createRandom, editProgram, migratedState, sourcesOf, type Program } from './programs.js';

const programs = Number(process.env['RELUP_PROGRAMS'] ?? 500);
const firstSeed = Number(process.env['RELUP_SEED'] ?? 1);
const editsEach = 4;

type Main = { run(module: number, x: number, depth: number): Promise<unknown>; states(): (Record<string, unknown> | undefined)[] };
const main = (app: Application): Main => app.module<Main>('main.js');
const statesOf = (app: Application): unknown[] => main(app).states().map((state) => (state ? structuredClone(state) : undefined));

/** What a few calls answer, and what they leave behind. */
async function behaviour(app: Application, count: number): Promise<unknown> {
  const answers: unknown[] = [];
  for (let module = 0; module < count; module++) answers.push(await main(app).run(module, module + 1, 2));
  return { answers, states: statesOf(app) };
}

/** Boot a program freshly and put state into it. */
async function freshOver(program: Program, states: readonly unknown[]): Promise<Application> {
  const app = await boot(sourcesOf(program));
  main(app).states().forEach((state, index) => state && states[index] && Object.assign(state, structuredClone(states[index])));
  return app;
}

/** Cycles can leave a body reading a binding in its dead zone; such a program says nothing about upgrades. */
async function startsAlone(program: Program): Promise<boolean> {
  return boot(sourcesOf(program)).then(
    () => true,
    (error: unknown) => {
      if (error instanceof ReferenceError) return false;
      throw error;
    },
  );
}

interface Tally {
  committed: number;
  refused: Map<string, number>;
  stale: number;
  rolledBack: number;
}

async function runProgram(seed: number, tally: Tally): Promise<void> {
  const random = createRandom(seed);
  let program = createProgram(random);
  if (!(await startsAlone(program))) return;
  const app = await boot(sourcesOf(program));
  await behaviour(app, program.modules.length);
  for (let edit = 0; edit < editsEach; edit++) {
    const next = editProgram(random, program);
    if (!(await startsAlone(next))) continue;
    const onStale = random() < 0.7 ? 'reevaluate' : 'refuse';
    const saved = program.modules.map((_, index) => app.module<{ f: (x: number, depth: number) => Promise<number> }>(`m${index}.js`).f);
    const before = statesOf(app);
    const rollBack = random() < 0.3;
    const result = await app.upgrade(sourcesOf(next), { onStale, allow: ['STATE_UNDECLARED'], ...(rollBack && { probation: { ms: 0 } }) });
    if (result.outcome === 'committed') {
      tally.committed++;
      if (Object.values(result.plan?.modules ?? {}).includes('stale')) tally.stale++;
      next.modules.forEach((module, index) => {
        const kept = program.modules[index]?.state && module.state;
        if (kept) expect(statesOf(app)[index]).toEqual(migratedState(before[index], program, next, index));
      });
      const fresh = await freshOver(next, statesOf(app));
      const states = statesOf(app);
      expect(await behaviour(app, next.modules.length)).toEqual(await behaviour(fresh, next.modules.length));
      if (rollBack && (await app.upgrader.rollback()).outcome === 'rolledBack') {
        tally.rolledBack++;
        expect(states).toBeDefined();
        const back = await freshOver(program, statesOf(app));
        expect(await behaviour(app, program.modules.length)).toEqual(await behaviour(back, program.modules.length));
      } else {
        app.upgrader.confirm();
        program = next;
      }
    } else {
      const code = result.refusals[0]?.code ?? result.outcome;
      tally.refused.set(code, (tally.refused.get(code) ?? 0) + 1);
      if (result.outcome !== 'none') expect(result.outcome).toBe('refused');
      expect(statesOf(app)).toEqual(before);
      const old = await freshOver(program, before);
      expect(await behaviour(app, program.modules.length)).toEqual(await behaviour(old, program.modules.length));
    }
    for (const f of saved) expect(typeof (await f(1, 1))).toBe('number');
  }
}

describe('random programs', () => {
  test(`${programs} programs, ${editsEach} edits each, from seed ${firstSeed}`, async () => {
    const tally: Tally = { committed: 0, refused: new Map(), stale: 0, rolledBack: 0 };
    for (let seed = firstSeed; seed < firstSeed + programs; seed++) {
      try {
        await runProgram(seed, tally);
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
      }
    }
    console.info(`random programs: ${programs} from seed ${firstSeed}; committed ${tally.committed} (${tally.stale} with stale modules evaluated again), rolled back ${tally.rolledBack}, refused ${JSON.stringify(Object.fromEntries(tally.refused))}`);
    // The oracle says nothing about upgrades that did not happen.
    expect(tally.committed).toBeGreaterThan(programs * editsEach * 0.5);
    expect(tally.rolledBack).toBeGreaterThan(programs * 0.2);
  }, 300_000);
});
