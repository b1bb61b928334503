/**
 * Node 24 for the tests that run on both: its binary comes as a package, into a folder of its own, so that `node` in npm
 * scripts stays the one that the user has.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../.node24', import.meta.url));

/** Path of the binary. */
export const node24 = `${folder}/node_modules/node-${process.platform}-${process.arch}/bin/node${process.platform === 'win32' ? '.exe' : ''}`;

/** Jest's global set-up: installs the binary if it is not there. */
export default function install(): void {
  if (existsSync(node24)) return;
  execFileSync('npm', ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--no-package-lock', `node-${process.platform}-${process.arch}@24`], { stdio: 'inherit', shell: process.platform === 'win32' });
}
