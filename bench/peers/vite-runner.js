/** Vite: a real dev server and its module runner, in one Node process of their own. */
import { fileURLToPath } from 'node:url';
import { startChild } from './child.js';
import { createProgram, recorder } from './program.js';
import { writeProgram } from './workspace.js';

export { byHand, variants } from './vite-variants.js';
export const name = 'vite';
export const how = 'dev server, ssr module runner';

export async function start(accepts) {
  const program = createProgram({ hot: 'import.meta.hot', accepts });
  const { dir, edit } = writeProgram('vite-runner', { ...program.files, 'recorder.js': recorder });
  const child = await startChild(fileURLToPath(new URL('vite-runner-child.js', import.meta.url)), { cwd: dir, args: [dir] });
  const version = await child.ask('version');
  return { ...child, edit, program, version };
}
