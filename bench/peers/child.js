/**
 * The program in a real Node process, asked over its channel. Ends only processes that it started, by their own ids.
 */
import { fork } from 'node:child_process';

/** Entry of a Node process: the program, and answers to 'look', 'late' and 'save'. */
export const entry = `import './recorder.js';
import { late, look, save } from './main.js';
const answers = { late, look, save };
process.on('message', async (what) => {
  try { process.send({ answer: await answers[what]() }); } catch (error) { process.send({ failed: error.stack }); }
});
process.on('unhandledRejection', (error) => { seen.problems.push(String(error?.message ?? error)); });
process.send('ready');
`;

/** Start a script and wait until it is ready. Answers { look, late, save, ask, stop }. */
export async function startChild(file, { cwd, execArgv = [], args = [], limitMs = 20_000, node = process.execPath }) {
  const child = fork(file, args, { cwd, execPath: node, execArgv: ['--no-warnings', ...execArgv], stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' } });
  let said = '';
  child.stdout.on('data', data => { said += data; });
  child.stderr.on('data', data => { said += data; });
  const exited = new Promise(resolve => child.once('exit', resolve));
  const next = what => new Promise((resolve, reject) => {
    const done = (settle, value) => { clearTimeout(limit); child.off('message', take); settle(value); };
    const take = message => done(resolve, message);
    const limit = setTimeout(() => done(reject, new Error(`No answer to ${what} within ${limitMs} ms. ${said.slice(0, 1500)}`)), limitMs);
    child.on('message', take);
    exited.then(code => done(reject, new Error(`The program ended with ${code}. ${said.slice(0, 1500)}`)));
  });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
  };
  const ask = async what => {
    const answered = next(JSON.stringify(what).slice(0, 60));
    child.send(what);
    const { answer, failed } = await answered;
    if (failed) throw new Error(failed);
    return answer;
  };
  try {
    await next('the start');
  } catch (error) {
    await stop();
    throw error;
  }
  return { look: () => ask('look'), late: () => ask('late'), save: () => ask('save'), ask, stop };
}
