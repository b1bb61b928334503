/**
 * Random programs under random edits. Oracle: the upgraded program behaves as a fresh start of the new release over the
 * kept state; a refused edit leaves the old behaviour; a rollback returns; references and instances from before are as new.
 *
 * RELUP_PROGRAMS sets how many (default 100), RELUP_SEED the first seed. A failure names its seed.
 */
import { describe, expect, test } from '@jest/globals';
import { boot, type Application } from './application.js';
import { createRandom, type Random } from './chance.js';
import { behaviour, expectSame, main, moduleOf, statesOf } from './observe.js';
import { createKept, type Kept } from './kept.js';
import { createPinned, type Pinned } from './pinned.js';
import { createProgram, editProgram, migratedState, sourcesOf, type Program } from './programs.js';
import { seedStatics, staticsOf, type StaticData } from './statics.js';

const programs = Number(process.env['RELUP_PROGRAMS'] ?? 100);
const firstSeed = Number(process.env['RELUP_SEED'] ?? 1);
const editsEach = 4;
const allow = ['STATE_UNDECLARED'];

/** Start a program freshly. Cycles can leave a body reading a binding in its dead zone; such a program says nothing about upgrades. */
async function startAlone(program: Program, patched = false): Promise<Application | null> {
  return boot(sourcesOf(program), { patched }).catch((error: unknown) => {
    if (error instanceof ReferenceError) return null;
    throw error;
  });
}

/** Put the state of a running program into one that was started freshly. */
function seed(fresh: Application, states: readonly unknown[]): void {
  main(fresh).states().forEach((state, index) => state && states[index] && Object.assign(state, structuredClone(states[index])));
}

interface Tally {
  programs: number;
  committed: number;
  refused: Map<string, number>;
  stale: number;
  rolledBack: number;
  /** Instances and references that were looked at after an upgrade. */
  instances: number;
  references: number;
  /** Times that a module that only holds functions and classes was called stale. */
  heldStale: number;
  /** Times that a pinned job looked around, and commits with such jobs alive. */
  looks: number;
  besideJobs: number;
}

/** One application that goes through releases, and what is known of it. */
interface Run {
  readonly app: Application;
  readonly kept: Kept;
  readonly jobs: Pinned;
  readonly tally: Tally;
}

/** The application behaves as one that was started freshly with `program` over the same state. */
async function expectAlike({ app, kept, tally }: Run, fresh: Application, program: Program): Promise<void> {
  expectSame(await behaviour(app, program), await behaviour(fresh, program));
  tally.references += await kept.expectReferences(fresh, program);
  tally.instances += await kept.expectInstances(fresh, program);
}

async function expectUnchanged(run: Run, program: Program, statics: StaticData): Promise<void> {
  const fresh = (await startAlone(program)) as Application; // it runs
  seed(fresh, statesOf(run.app));
  seedStatics(fresh, program, statics);
  await expectAlike(run, fresh, program);
}

async function runEdit(run: Run, random: Random, program: Program): Promise<Program> {
  const { app, kept, jobs, tally } = run;
  const next = editProgram(random, program);
  const fresh = await startAlone(next);
  if (!fresh) return program;
  const onStale = random() < 0.7 ? 'reevaluate' : 'refuse';
  const before = statesOf(app);
  const statics = staticsOf(app, program);
  const rollBack = random() < 0.3;
  // State and layouts never coexist: the jobs end first.
  if (app.plan(sourcesOf(next), { onStale, allow }).drain.length) tally.looks += await jobs.end();
  const result = await app.upgrade(sourcesOf(next), { onStale, allow, jobs: { maxReleases: 100 }, ...(rollBack && { probation: { ms: 0 } }) });
  for (const [id, decision] of Object.entries(result.plan?.modules ?? {})) if (decision === 'stale' && id.startsWith('h')) tally.heldStale++;
  if (result.outcome !== 'committed') {
    const code = result.refusals[0]?.code ?? result.outcome;
    tally.refused.set(code, (tally.refused.get(code) ?? 0) + 1);
    if (result.outcome !== 'none') expect([result.outcome, result.error]).toEqual(['refused', undefined]);
    expect(statesOf(app)).toEqual(before);
    expect(staticsOf(app, program)).toEqual(statics);
    await expectUnchanged(run, program, statics);
    return program;
  }
  tally.committed++;
  if (jobs.alive) tally.besideJobs++;
  tally.looks += await jobs.step();
  if (Object.values(result.plan?.modules ?? {}).includes('stale')) tally.stale++;
  next.modules.forEach((module, index) => {
    if (program.modules[index]?.state && module.state) expect(statesOf(app)[index]).toEqual(migratedState(before[index], program, next, index));
  });
  seed(fresh, statesOf(app));
  seedStatics(fresh, next, statics, program);
  kept.upgraded(next);
  await expectAlike(run, fresh, next);
  if (rollBack && result.plan?.drain.length) tally.looks += await jobs.end();
  const back = rollBack ? await app.upgrader.rollback() : null;
  if (back && back.outcome !== 'rolledBack') expectSame([back.refusals, back.error, result.plan?.noRollback.length], [back.refusals, undefined, back.refusals.length]);
  if (back?.outcome === 'rolledBack') {
    tally.rolledBack++;
    kept.upgraded(program);
    tally.looks += await jobs.step();
    await expectUnchanged(run, program, staticsOf(app, program));
    return program;
  }
  app.upgrader.confirm();
  return next;
}

async function runProgram(number: number, tally: Tally): Promise<void> {
  const random = createRandom(number);
  let program = createProgram(random);
  // Every other one as a page between releases that the build knew.
  const app = await startAlone(program, number % 2 === 0);
  if (!app) return;
  tally.programs++;
  const run: Run = { app, tally, kept: createKept(app, program, random), jobs: createPinned(app, random) };
  await behaviour(app, program);
  for (let edit = 0; edit < editsEach; edit++) {
    run.kept.add(program);
    if (random() < 0.4) run.jobs.start(program);
    tally.looks += await run.jobs.step();
    program = await runEdit(run, random, program);
    tally.looks += await run.jobs.step();
  }
  tally.looks += await run.jobs.end();
}

describe('random programs', () => {
  test(`${programs} programs, ${editsEach} edits each, from seed ${firstSeed}`, async () => {
    const tally: Tally = { programs: 0, committed: 0, refused: new Map(), stale: 0, rolledBack: 0, instances: 0, references: 0, heldStale: 0, looks: 0, besideJobs: 0 };
    const failures: string[] = [];
    for (let number = firstSeed; number < firstSeed + programs; number++) {
      try {
        await runProgram(number, tally);
      } catch (error) {
        if (!process.env['RELUP_ALL']) throw new Error(`seed ${number}: ${(error as Error).message}`, { cause: error });
        failures.push(`seed ${number}: ${(error as Error).message.slice(0, 1500)}`);
      }
    }
    const { refused, ...counts } = tally;
    console.info(`random programs from seed ${firstSeed}: ${JSON.stringify({ ...counts, refused: Object.fromEntries(refused) })}`);
    expect(failures).toEqual([]);
    // The oracle says nothing about programs that do not start and upgrades that did not happen.
    expect(tally.programs).toBeGreaterThan(programs * 0.6);
    expect(tally.committed).toBeGreaterThan(tally.programs * editsEach * 0.5);
    expect(tally.rolledBack).toBeGreaterThan(tally.programs * 0.2);
    expect(tally.heldStale).toBe(0);
  }, 3_000_000);
});
