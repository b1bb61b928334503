/**
 * Packages that only a figure needs: installed the first time that they are wanted, into a folder of their own that git ignores,
 * so that `npm install` stays small. Never touches the project's own packages.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { project } from './measure.js';

/** Shape: `packages` is { name: version range }. Answers the folder that holds them, `project/folder/node_modules`. */
export function installOnDemand(folder, packages) {
  const modules = join(project, folder, 'node_modules');
  const missing = Object.entries(packages).filter(([name]) => !existsSync(join(modules, name, 'package.json')));
  if (missing.length) {
    const wanted = Object.entries(packages).map(([name, range]) => `${name}@${range}`);
    execFileSync('npm', ['install', '--prefix', join(project, folder), '--no-save', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error', ...wanted], { stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  }
  return modules;
}

/** Version of an installed package. */
export const versionOf = (modules, name) => JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')).version;

/** Path of Node 24's binary, the one that the tests use, too. */
export function node24() {
  const name = `node-${process.platform}-${process.arch}`;
  return join(installOnDemand('.node24', { [name]: '24' }), name, 'bin', `node${process.platform === 'win32' ? '.exe' : ''}`);
}
