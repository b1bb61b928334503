/** The program's folder: its files, and writing them the way an editor does. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createWorkspace } from '../measure.js';

/** Shape: `packages` is a node_modules folder whose packages the program may import by name. Answers { dir, edit }. */
export function writeProgram(name, files, { packages = null, names = [] } = {}) {
  const dir = createWorkspace(`peers-${name}`);
  mkdirSync(join(dir, 'src'));
  for (const each of names) symlinkSync(join(packages, each), join(dir, 'node_modules', each));
  const edit = async changed => { for (const [file, text] of Object.entries(changed)) writeFileSync(join(dir, 'src', file), text); };
  for (const [file, text] of Object.entries(files)) writeFileSync(join(dir, 'src', file), text);
  return { dir, edit };
}
