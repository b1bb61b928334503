/** The load generator as a child process; see ../load/main.js for what it does. */
import { fork } from 'node:child_process';
import { once } from 'node:events';

export const intensity = { customers: 24, sockets: 48, paceMs: 60, seed: 1 };

export class Load {
  #child = fork(new URL('../load/main.js', import.meta.url));

  /** Resolves once every socket is open and every customer works. */
  static async start(port) {
    const load = new Load();
    load.#child.send({ kind: 'start', port, ...intensity });
    await load.#message('started');
    return load;
  }

  /** From now on, what happens belongs to this phase. */
  begin(name) {
    this.#child.send({ kind: 'phase', name });
  }

  /** Ends the load and answers all that it saw. */
  async stop() {
    this.#child.send({ kind: 'stop' });
    return this.#message('report');
  }

  kill() {
    this.#child.kill();
  }

  async #message(kind) {
    const gone = new AbortController();
    this.#child.once('exit', () => gone.abort(new Error('The load generator ended.')));
    for (;;) {
      const [message] = await once(this.#child, 'message', { signal: gone.signal });
      if (message.kind === kind) return message;
    }
  }
}
