/**
 * Runs build scripts one after the other in a process of its own, and answers what each said: starting bundlers takes most of the time
 * of a small build.
 */
import { pathToFileURL } from 'node:url';

const kept = { out: process.stdout.write, err: process.stderr.write };
let count = 0;

process.on('message', async ({ folder, file }) => {
  const said = { out: '', err: '' };
  process.stdout.write = (text) => ((said.out += text), true);
  process.stderr.write = (text) => ((said.err += text), true);
  process.chdir(folder);
  process.exitCode = 0;
  try {
    await import(`${pathToFileURL(file).href}?${++count}`);
  } catch (error) {
    said.err += error.stack;
    process.exitCode = 1;
  }
  Object.assign(process.stdout, { write: kept.out });
  Object.assign(process.stderr, { write: kept.err });
  process.send({ code: process.exitCode, ...said });
});
