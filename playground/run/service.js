/** The service as a child process: started, listened to, and stopped. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const linesKept = 200;

export class Service {
  /** What the process printed last. */
  lines = [];
  /** Everything that it reported about upgrades. */
  upgrades = [];
  #child;
  #waiting = new Set();

  /** Resolves once the service listens. */
  static async start({ bundle, cwd, port = 0, dataFile, env = {}, onLine }) {
    const service = new Service();
    await service.#start(bundle, cwd, { PORT: String(port), DATA_FILE: dataFile, ...env }, onLine);
    return service;
  }

  get pid() {
    return this.#child.pid;
  }

  /** Resolves with the first report from index `from` on that `matches`; rejects after `ms`, or if the process ends. */
  async upgrade(matches, { from = 0, ms = 10_000 } = {}) {
    const limit = AbortSignal.timeout(ms);
    for (let i = from; ; i++) {
      while (i >= this.upgrades.length) await this.#report(limit);
      if (matches(this.upgrades[i])) return this.upgrades[i];
    }
  }

  /** Asks the service to stop, as a supervisor would, and waits until it is gone. */
  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 4_000);
    await gone;
    clearTimeout(late);
  }

  async #start(bundle, cwd, env, onLine) {
    this.#child = fork(bundle, {
      cwd,
      env: { ...process.env, ...env },
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', text => {
        for (const line of text.split('\n').filter(Boolean)) {
          this.lines.push(line);
          if (this.lines.length > linesKept) this.lines.shift();
          onLine?.(line);
        }
      });
    }
    await new Promise((resolve, reject) => {
      this.#child.once('exit', code => {
        const error = new Error(`The service ended with ${code}:\n${this.lines.slice(-20).join('\n')}`);
        reject(error);
        for (const waiting of this.#waiting) waiting.reject(error);
      });
      this.#child.on('message', message => {
        if (message.kind === 'listening') {
          this.port = message.port;
          resolve();
        }
        if (message.kind === 'upgrade') {
          this.upgrades.push({ ...message, at: performance.now() });
          for (const waiting of this.#waiting) waiting.resolve();
        }
      });
    });
  }

  #report(limit) {
    return new Promise((resolve, reject) => {
      const waiting = { resolve, reject };
      this.#waiting.add(waiting);
      limit.addEventListener('abort', () => reject(new Error('The service reported nothing in time.')), { once: true });
    });
  }
}

/** Milliseconds until something answers on `port`, asked again and again. */
export async function firstAnswer(port, limitMs = 10_000) {
  const began = performance.now();
  while (performance.now() - began < limitMs) {
    if (await getJson(port, '/health').catch(() => null)) return performance.now() - began;
    await delay(2);
  }
  throw new Error('Nobody answers.');
}

export function getJson(port, path) {
  return new Promise((resolve, reject) => {
    request({ port, path, host: '127.0.0.1', agent: false }, async response => {
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      resolve(JSON.parse(text));
    }).on('error', reject).end();
  });
}
