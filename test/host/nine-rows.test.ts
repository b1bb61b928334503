/**
 * The nine rows of `npm run bench:peers`: the same program, the same four edits, the same questions, here on real builds of both
 * bundlers and on both versions of Node. `main` never runs again; an instance and a reference were saved before the first edit.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createProgram, recorder } from '../../bench/peers/program.js';
import { measureRows, rows } from '../../bench/peers/rows.js';
import { node24 } from '../node24.js';
import { Application, type BuildOptions, type Files, type Release } from './server.js';

const program = createProgram();

/** The program below the entry of all host tests. Its own `main` has another name there. */
const files: Files = {
  'src/app.js': `import { late, look, save } from './program.js';
export const answer = (path) => (path === '/save' ? (save(), 'saved') : path === '/late' ? late() : look());`,
  ...Object.fromEntries(Object.entries(program.files).map(([name, text]) => [`src/${name.replace('main', 'program')}`, text])),
};

const passes = [
  { pass: 'bodies change', extended: false },
  { pass: 'an export, a method, a field with its hook and a binding are added', extended: true },
];
const places: { place: string; bundler: NonNullable<BuildOptions['bundler']>; node: string }[] = [
  { place: 'Rollup, this Node', bundler: 'rollup', node: process.execPath },
  { place: 'Vite, Node 24', bundler: 'vite', node: node24 },
];

describe.each(places)('$place', ({ bundler, node }) => {
  describe.each(passes)('$pass', ({ extended }) => {
    let application: Application;
    let measured: Awaited<ReturnType<typeof measureRows>>;
    const outcomes: object[] = [];

    beforeAll(async () => {
      application = new Application(files, { bundler });
      await application.build();
      const edits: Files[] = [
        { 'src/lib.js': program.lib('two', { extended }) },
        { 'src/c.js': program.c('two') },
        { 'src/lib.js': program.lib('three', { extended, broken: extended ? 'end' : 'start' }) },
        { 'src/lib.js': program.lib('four', { extended }) },
      ];
      const releases: Release[] = [];
      for (const [index] of edits.entries()) releases.push(await application.build(Object.assign({}, ...edits.slice(0, index + 1)) as Files));
      const deployment = application.deploy();
      const recorderFile = join(application.folder, 'recorder.mjs');
      writeFileSync(recorderFile, recorder);
      const server = await deployment.start({ node, flags: ['--import', recorderFile] });
      const running = {
        answersEdits: true,
        look: () => server.ask('/look'),
        save: () => server.ask('/save'),
        late: () => server.ask('/late'),
        async edit(): Promise<{ outcome: string; refusals: string[] }> {
          const release = releases[outcomes.length] as Release; // one a question
          deployment.publish(release);
          const { event, result } = await server.next('an outcome', (said) => said.release === release.name && (said.event === 'committed' || said.event === 'refused'));
          const refusals = result?.refusals ?? [];
          outcomes.push({ outcome: event, codes: refusals.map(({ code }) => code) });
          return { outcome: event as string, refusals: refusals.map(({ reason }) => reason) };
        },
      };
      measured = await measureRows(running, program, { extended });
    });
    afterAll(() => application.close());

    test.each(rows.map((row: string, index: number) => [index + 1, row] as const))('%i: %s', (number) => {
      expect({ facts: measured.facts, reached: measured.rows[number - 1] }).toEqual({ facts: measured.facts, reached: true });
    });

    test('three releases are committed, the one that throws is refused', () => {
      const committed = { outcome: 'committed', codes: [] };
      expect(outcomes).toEqual([committed, committed, { outcome: 'refused', codes: ['EVALUATE'] }, committed]);
    });

    test('an export that was added is there for who asks now', () => {
      expect(measured.facts.added).toBe(extended ? 'added!' : null);
    });
  });
});
