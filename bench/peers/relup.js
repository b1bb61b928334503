/** relup: releases built by Rollup, a real process that follows the store. The code and the runtime are those of production. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { buildWithRollup } from '../build.js';
import { project } from '../measure.js';
import { startChild } from './child.js';
import { createProgram, recorder } from './program.js';
import { writeProgram } from './workspace.js';

export const name = 'relup';
export const how = 'Rollup build, `relup/node`';
export const variants = { 'nothing to declare': {} };

/** A thin entry: it stays the same in all releases. */
const entry = `import { follow } from 'relup/node';
import { late, look, save } from './main.js';

const ended = {};
const answers = { late: () => late(), look: () => look(), save: () => save(), ended: () => ended };
process.on('message', (what) => {
  Promise.resolve().then(() => answers[what]()).then((answer) => process.send({ answer }), (error) => process.send({ failed: error.stack }));
});
await follow({ store: process.argv[2], log: false, control: false, signal: false, onEvent({ type, release, result }) {
  if (type === 'committed' || type === 'refused') ended[release] = { outcome: type, refusals: result.refusals.map(({ code, reason }) => code + ': ' + reason) };
} });
process.send('ready');
`;

export async function start() {
  const program = createProgram();
  const { dir, edit: write } = writeProgram(name, { ...program.files, 'recorder.js': recorder, 'start.js': entry });
  const store = join(dir, 'store');
  const build = out => buildWithRollup({ dir, entry: join(dir, 'src', 'start.js'), out, hot: true, options: { store, keep: 50 } });
  const { file } = await build('dist');
  const child = await startChild(file, { cwd: dir, args: [store], execArgv: ['--import', pathToFileURL(join(dir, 'src', 'recorder.js')).href] });
  const outcomes = [];
  /** Write, build, and wait until the running process has taken the release or refused it. */
  const edit = async files => {
    await write(files);
    await build(`dist-${outcomes.length + 2}`);
    const { release } = JSON.parse(readFileSync(join(store, 'latest.json'), 'utf8'));
    for (let waited = 0; waited < 10_000; waited += 20) {
      const outcome = (await child.ask('ended'))[release];
      if (outcome) return outcomes.push(outcome), outcome;
      await delay(20);
    }
    throw new Error('The process neither takes the release nor refuses it.');
  };
  const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  return { ...child, edit, answersEdits: true, outcomes, program, version };
}
