/**
 * Random edits of random programs, saved one after the other, on a page and on server code of one dev server at once. Oracle: both
 * behave as a fresh page and a fresh module runner of the same sources over the same state; what is refused changes nothing; nothing
 * grows: timers, listeners, old versions.
 *
 * RELUP_EDITS sets how many edits (default 200), RELUP_SEED the first seed. A failure names its seed and edit.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { boot } from '../application.js';
import { createRandom, type Random } from '../chance.js';
import { createProgram, editProgram, sourcesOf, type Program } from '../programs.js';
import { launch, serve, type DevPage, type Server } from './dev-page.js';

const edits = Number(process.env['RELUP_EDITS'] ?? 200);
const firstSeed = Number(process.env['RELUP_SEED'] ?? 1);
/** Then the program, the page and the server are other ones. */
const editsEach = 50;

/** Not edited; looks at all modules, and calls what it took of them when it was first asked. */
const probe = (modules: number): string => `${Array.from({ length: modules }, (_, index) => `import * as m${index} from './m${index}.js';`).join('\n')}
import * as main from './main.js';
import { bus } from './bus.js';
import { runtime } from 'relup:runtime';
const modules = () => [${Array.from({ length: modules }, (_, index) => `m${index}`).join(', ')}];
const kept = [];
export const keep = () => { for (const { mark, make, call } of modules()) kept.push({ mark, make, call, bound: mark.bind(null) }); };
export const states = () => JSON.stringify(main.states());
export const seed = (text) => { JSON.parse(text).forEach((state, index) => state && main.states()[index] && Object.assign(main.states()[index], state)); };
export const look = async () => {
  const seen = [];
  for (let index = 0; index < modules().length; index++) seen.push(await main.run(index, index + 1, 2));
  for (const m of modules()) seen.push([m.mark(), m.make(), [...m.several()], m.loaded(), Object.keys(m.inner())]);
  for (const { mark, make, call, bound } of kept) seen.push([mark(), make(), bound(), await call(2, 1)]);
  const detail = [];
  bus.dispatchEvent(new CustomEvent('go', { detail }));
  return JSON.stringify([seen, detail.sort(), main.states()]);
};
export const oldTables = () => [...runtime.records.values()].reduce((sum, { older }) => sum + older.filter((ref) => ref.deref()).length, 0);
export const requests = () => [...runtime.records.values()].reduce((sum, { current }) => sum + current.requests.length, 0);
export const commits = () => runtime.commits;
`;

const files = (program: Program): Record<string, string> => Object.fromEntries(Object.entries(sourcesOf(program)).map(([name, text]) => [`src/${name}`, text]));

/** What an editor would save. */
const changed = (from: Program, to: Program): Record<string, string> => {
  const before = files(from);
  return Object.fromEntries(Object.entries(files(to)).filter(([file, text]) => text !== before[file]));
};

/** Where the program runs, on the page or on the server. */
interface Side {
  readonly name: string;
  ask(call: string): Promise<string>;
  /** What a fresh start says over the same state, with references of its own. */
  fresh(states: string): Promise<string>;
}

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
}, 60_000);
afterAll(() => browser?.close());

/** `other` is loaded anew for each fresh start; in between it is one more page that is upgraded. */
const pageSide = (page: DevPage, other: DevPage): Side => ({
  name: 'page',
  ask: (call) => page.value(`window.probe.${call}`) as Promise<string>,
  async fresh(states) {
    await other.page.reload();
    await other.until('Boolean(window.probe)', true);
    return (await other.value(`(window.probe.keep(), window.probe.seed(${JSON.stringify(states)}), window.probe.look())`)) as string;
  },
});

const serverSide = (server: Server): Side => ({
  name: 'server',
  ask: (call) => server.run(`const probe = await server.environments.ssr.runner.import('/src/probe.js'); return probe.${call}`) as Promise<string>,
  fresh: (states) => server.run(`const runner = vite.createServerModuleRunner(server.environments.ssr, { hmr: false, sourcemapInterceptor: false });
    try { const probe = await runner.import('/src/probe.js'); probe.keep(); probe.seed(${JSON.stringify(states)}); return await probe.look(); } finally { await runner.close(); }`) as Promise<string>,
});

/** Cycles can leave a body reading a binding in its dead zone; such a program says nothing about upgrades. */
const runs = (program: Program): Promise<boolean> => boot(sourcesOf(program)).then(() => true, () => false);

async function createRunning(random: Random): Promise<Program> {
  for (;;) {
    const program = createProgram(random);
    if (await runs(program)) return program;
  }
}

interface Tally {
  committed: number;
  refused: number;
}

async function runSession(number: number, tally: Tally): Promise<void> {
  const random = createRandom(number);
  let program = await createRunning(random);
  const server = await serve({ files: {
    'index.html': '<!doctype html><title>random</title><link rel="icon" href="data:,"><script type="module" src="/src/page.js"></script>',
    // It reads nothing while it loads: as an entry it would be stale.
    'src/page.js': `import { commits, keep, look, oldTables, requests, seed, states } from './probe.js';
window.probe = { commits: () => commits(), keep: () => keep(), look: () => look(), oldTables: () => oldTables(), requests: () => requests(), seed: (text) => seed(text), states: () => states() };`,
    'src/probe.js': probe(program.modules.length), ...files(program),
  } });
  try {
    const page = await server.open();
    await page.until('Boolean(window.probe)', true);
    const sides = [pageSide(page, await server.open({ observes: false })), serverSide(server)];
    for (const { ask } of sides) await ask('keep()');
    for (let edit = 0; edit < editsEach; edit++) {
      const next = editProgram(random, program);
      if (Object.keys(changed(program, next)).length === 0 || !(await runs(next))) continue;
      const [from, before] = [server.log.length, (await page.value('window.probe.commits()')) as string];
      server.write(changed(program, next));
      if ((await outcomeOf(server, page, from, before)).refused) {
        tally.refused++;
        server.write(changed(next, program));
        // Nothing is to be done then; the page says so.
        await page.overlayShows(null);
      } else {
        tally.committed++;
        program = next;
      }
      await Promise.all(sides.map(async ({ name, ask, fresh }) => {
        const states = await ask('states()');
        const [live, expected] = await Promise.all([ask('look()'), fresh(states)]);
        if (live !== expected) expect([number, edit, name, JSON.parse(live)]).toEqual([number, edit, name, JSON.parse(expected)]);
      }));
    }
    await page.stays();
    await expectNoGrowth(server, page, sides);
  } finally {
    await server.close();
  }
}

/**
 * What became of a save; `before` is what the page had committed. The server prints what the other page does too: each side is asked
 * itself. A save is several files: what is refused of the first of them counts only if it stays refused, on both sides.
 */
async function outcomeOf(server: Server, page: DevPage, from: number, before: string): Promise<{ refused: boolean }> {
  const ends = Date.now() + 15_000;
  for (;;) {
    const said = server.log.slice(from);
    const [onPage, onServer] = [await pageOutcome(page, before), serverOutcome(said)];
    if (onPage && onPage === onServer) return { refused: onPage === 'refused' };
    if (Date.now() > ends) throw new Error(`Of a save became nothing, or two things (page ${onPage}, server ${onServer}):\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const serverOutcome = (said: string): 'refused' | 'committed' | null => {
  const [refused, upgraded] = [said.lastIndexOf('(ssr) refused'), said.lastIndexOf('(ssr) upgraded')];
  return refused === upgraded ? null : refused > upgraded ? 'refused' : 'committed';
};

const pageOutcome = async (page: DevPage, before: string): Promise<'refused' | 'committed' | null> =>
  (await page.overlay()) !== null ? 'refused' : (await page.value('window.probe.commits()')) !== before ? 'committed' : null;

/** Old versions are garbage, but for the few that V8 has not collected; scripts and timers are gone. */
async function expectNoGrowth(server: Server, page: DevPage, sides: readonly Side[]): Promise<void> {
  const session = await page.page.context().newCDPSession(page.page);
  await session.send('HeapProfiler.collectGarbage');
  await server.run(`const { setFlagsFromString } = await import('node:v8'); setFlagsFromString('--expose-gc'); const { runInNewContext } = await import('node:vm'); for (let turn = 0; turn < 3; turn++) { await new Promise((resolve) => setTimeout(resolve, 5)); runInNewContext('gc')(); }`);
  for (const { name, ask } of sides) {
    const commits = Number(await ask('commits()'));
    expect([name, commits > 5]).toEqual([name, true]);
    // Who was not evaluated again goes on to hold the tables that it was linked with: one a request, however many commits there were.
    expect([name, Number(await ask('oldTables()')) <= Number(await ask('requests()'))]).toEqual([name, true]);
  }
  expect(await page.value(`document.querySelectorAll('script').length`)).toBeLessThan(6);
  expect(await server.run(`return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length`)).toBeLessThan(20);
}

describe('random edits on the dev server', () => {
  test(`${edits} edits from seed ${firstSeed}`, async () => {
    const tally: Tally = { committed: 0, refused: 0 };
    for (let session = 0; session < Math.ceil(edits / editsEach); session++) await runSession(firstSeed + session, tally);
    expect(tally.committed).toBeGreaterThan(edits / 4);
  }, 600_000);
});
