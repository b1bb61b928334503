/**
 * The control socket: `relup ctl` asks, this answers; one line of JSON each way. Only the user who runs the process may connect.
 */
import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { basename } from 'node:path';
import { RelupError } from './errors.js';
import type { Follower } from './follower.js';

export interface Control {
  close(): Promise<void>;
}

/**
 * Listen for commands.
 *
 * Errors: CONTROL_TAKEN if another process answers there, or a file that is no socket is in the way.
 */
export async function listenForControl(path: string, follower: Follower): Promise<Control> {
  const server = createServer((socket) => serve(socket, follower));
  if (process.platform !== 'win32' && isInTheWay(path)) throw taken(path, 'Something that is no socket lies in its place');
  if (await answers(path)) throw taken(path, 'Another process answers there');
  try {
    // A socket without a listener is left by a process that was killed.
    if (process.platform !== 'win32') rmSync(path, { force: true });
    const listening = new Promise<void>((resolve, reject) => server.once('error', reject).once('listening', resolve));
    // Closed to others from the first moment, not only after chmod. Files that the application makes are not concerned: binding is synchronous.
    const mask = process.umask(0o177);
    try {
      server.listen(path);
    } finally {
      process.umask(mask);
    }
    await listening;
    if (process.platform !== 'win32') chmodSync(path, 0o600);
  } catch (cause) {
    throw taken(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
  server.unref();
  return { close: () => new Promise((resolve) => server.close(() => resolve())) };
}

function taken(path: string, why: string, cause?: unknown): RelupError {
  return new RelupError('CONTROL_TAKEN', basename(path), `The control socket cannot be opened: ${why}.`, 'Free the path, or give this process one of its own: follow({ control: path }). It goes on without.', cause);
}

function isInTheWay(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found !== undefined && !found.isSocket();
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}

function serve(socket: Socket, follower: Follower): void {
  let received = '';
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    received += chunk;
    const end = received.indexOf('\n');
    if (end < 0) return void (received.length > 65_536 && socket.destroy());
    void answer(received.slice(0, end), follower).then((line) => socket.end(`${JSON.stringify(line, errorsAsText)}\n`));
  });
}

/** Errors have nothing that JSON would write. */
const errorsAsText = (_key: string, value: unknown): unknown => (value instanceof Error && !(value instanceof RelupError) ? String(value) : value);

async function answer(line: string, follower: Follower): Promise<object> {
  try {
    const { command, args = [] } = JSON.parse(line) as { command?: string; args?: string[] };
    return { ok: true, result: await run(command, args, follower) };
  } catch (error) {
    return { ok: false, error: { ...(error instanceof RelupError && { code: error.code }), message: error instanceof Error ? error.message : String(error) } };
  }
}

async function run(command: string | undefined, args: readonly string[], follower: Follower): Promise<unknown> {
  const { upgrader } = follower;
  if (command === 'status') {
    const { release, number, state, modules } = upgrader.versions();
    return { release, number, state, modules: modules.length, canRollBack: upgrader.canRollBack(), rejected: [...follower.rejected] };
  }
  if (command === 'versions') return upgrader.versions();
  if (command === 'purge') return upgrader.purge(args[0] === undefined ? {} : { graceMs: Number(args[0]) });
  if (command === 'upgrade') return follower.upgrade(args[0]);
  if (command === 'rollback') return follower.rollback();
  if (command === 'confirm') return { confirmed: upgrader.confirm() };
  throw new RelupError('OPTION', '', `There is no command "${String(command)}".`, 'Commands: status, upgrade, rollback, confirm, versions, purge. Nothing was changed.');
}

