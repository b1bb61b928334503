/**
 * `relup dev server.ts`: runs a Node server from its sources and upgrades it in place at every save. The server runs in a process of
 * its own, which is started anew only when nothing else helps: it ended with an error, or the configuration changed.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { watch } from 'chokidar';
import { RelupError } from '../runtime/errors.js';

export interface ServeFlags {
  readonly config?: string;
  readonly mode?: string;
}

/** Exit code by which the process asks to be started again at once. */
export const startAgain = 75;

/**
 * Run until the server ends by itself or is told to.
 *
 * Shape:  `args` are the server's own. Answers its exit code.
 * Errors: OPTION if the entry is not there.
 */
export async function serve(entry: string, args: readonly string[], flags: ServeFlags, say: (line: string) => void): Promise<number> {
  const file = resolve(entry);
  if (!existsSync(file)) throw new RelupError('OPTION', entry, `There is no file "${entry}".`, 'Name the server\'s entry, for example: relup dev src/server.ts');
  for (;;) {
    const code = await runOnce(file, args, flags);
    if (code === startAgain) continue;
    if (code === 0 || code >= 128) return code;
    await nextChange(process.cwd(), () => say(`[relup] The server ended with code ${code}; it is started again when a file changes.\n`));
  }
}

/** Signals reach both processes; the server decides what they mean. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function runOnce(file: string, args: readonly string[], flags: ServeFlags): Promise<number> {
  const child: ChildProcess = spawn(process.execPath, [...process.execArgv, '--enable-source-maps', fileURLToPath(new URL('serve-process.js', import.meta.url)), JSON.stringify(flags), file, ...args], { stdio: 'inherit' });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of signals) process.on(signal, forward);
  return new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(signal ? 128 + (signal === 'SIGINT' ? 2 : 15) : code ?? 0));
  }).finally(() => {
    for (const signal of signals) process.off(signal, forward);
  });
}

const unwatched = /(?:^|[\\/])(?:node_modules|\.git|dist)(?:[\\/]|$)/;

async function nextChange(folder: string, onWatching: () => void): Promise<void> {
  const watcher = watch(folder, { ignored: (path) => unwatched.test(relative(folder, path)), ignoreInitial: true });
  watcher.once('ready', onWatching);
  await new Promise((resolve) => watcher.once('all', resolve));
  await watcher.close();
}
