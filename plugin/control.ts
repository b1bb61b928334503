/**
 * Asks a running process over its control socket: one line of JSON there, one back. Prints nothing.
 */
import { createConnection } from 'node:net';

export interface ControlRequest {
  readonly command: string;
  readonly args: readonly string[];
}

export type ControlAnswer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: { readonly code?: string; readonly message: string } };

/** Rejects if nobody listens, if the line is not an answer, or after `timeoutMs`. */
export function askProcess(socketPath: string, request: ControlRequest, timeoutMs: number): Promise<ControlAnswer> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = createConnection(socketPath);
    const settle = (act: () => void): void => {
      socket.destroy();
      act();
    };
    socket.setEncoding('utf8');
    socket.setTimeout(timeoutMs, () => settle(() => reject(new Error(`No answer from ${socketPath} within ${timeoutMs} ms.`))));
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on('error', error => settle(() => reject(error)));
    socket.on('end', () => settle(() => reject(new Error(`${socketPath} closed the connection without an answer.`))));
    socket.on('data', (chunk: string) => {
      received += chunk;
      const end = received.indexOf('\n');
      if (end < 0) return;
      settle(() => {
        try {
          resolve(readAnswer(received.slice(0, end)));
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  });
}

function readAnswer(line: string): ControlAnswer {
  const value = JSON.parse(line) as { ok?: unknown; result?: unknown; error?: unknown };
  if (value.ok === true) return { ok: true, result: value.result };
  const error = value.error as { code?: unknown; message?: unknown } | string | null | undefined;
  if (typeof error === 'string') return { ok: false, error: { message: error } };
  const message = typeof error?.message === 'string' ? error.message : 'The process gave no reason.';
  return { ok: false, error: typeof error?.code === 'string' ? { code: error.code, message } : { message } };
}
