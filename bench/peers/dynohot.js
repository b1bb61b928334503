/** dynohot: Node's loader, as its README says: `node --import dynohot/register`. */
import { join } from 'node:path';
import { installOnDemand, versionOf } from '../install.js';
import { entry, startChild } from './child.js';
import { createProgram, recorder } from './program.js';
import { writeProgram } from './workspace.js';

export const name = 'dynohot';
export const how = 'Node loader';

export const variants = {
  'main accepts b and lib': { main: ['b', 'lib'] },
  'b accepts itself, main accepts lib': { main: ['lib'], b: true },
};

export async function start(accepts) {
  const packages = installOnDemand('.peers', { webpack: '5', dynohot: '1' });
  const program = createProgram({ hot: 'import.meta.hot', accepts });
  const { dir, edit } = writeProgram(name, { ...program.files, 'recorder.js': recorder, 'start.js': entry }, { packages, names: ['dynohot'] });
  const child = await startChild(join(dir, 'src', 'start.js'), { cwd: dir, execArgv: ['--import', 'dynohot/register'] });
  return { ...child, edit, program, version: versionOf(packages, 'dynohot') };
}
