/**
 * A project in a temporary folder whose server is run from its sources: by `relup dev`, or by a script that embeds Vite. Everything is
 * the packed code in processes of their own.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const packages = ['vite', 'rolldown', 'ws', 'express'];

export class DevProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'relup-dev-'));
  #child: ChildProcess | null = null;
  /** All that the process printed, both streams. */
  output = '';
  #heard = new Set<() => void>();

  constructor(files: Readonly<Record<string, string>>) {
    mkdirSync(join(this.folder, 'node_modules'));
    for (const name of packages) symlinkSync(join(root, 'node_modules', name), join(this.folder, 'node_modules', name));
    symlinkSync(root, join(this.folder, 'node_modules/relup'));
    this.write({ 'package.json': '{ "name": "desk", "type": "module" }', ...files });
  }

  /** Each file by rename, so that nobody sees half of it. */
  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      const file = join(this.folder, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(join(this.folder, 'node_modules/.saving'), text);
      renameSync(join(this.folder, 'node_modules/.saving'), file);
    }
  }

  delete(name: string): void {
    rmSync(join(this.folder, name));
  }

  /** `relup dev <args>` */
  dev(...args: string[]): void {
    this.#start([join(root, 'dist/plugin/cli.js'), 'dev', ...args]);
  }

  script(name: string): void {
    this.#start([name]);
  }

  #start(args: string[]): void {
    const child = spawn(process.execPath, args, { cwd: this.folder, env: { ...process.env, NODE_OPTIONS: '' } });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        for (const tell of this.#heard) tell();
      });
    }
  }

  /** The part of the output behind `from` that a pattern matches. */
  async says(pattern: RegExp, from = 0, limitMs = 20_000): Promise<string> {
    const ends = Date.now() + limitMs;
    for (;;) {
      const found = pattern.exec(this.output.slice(from));
      if (found) return found[0];
      if (Date.now() > ends) throw new Error(`The process did not say ${pattern} within ${limitMs} ms. It said:\n${this.output.slice(from)}`);
      await new Promise<void>((resolve) => {
        const tell = (): void => {
          this.#heard.delete(tell);
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(tell, 250);
        this.#heard.add(tell);
      });
    }
  }

  /** Save files and wait for the line that tells what became of it. */
  async save(files: Readonly<Record<string, string>>, line: RegExp = /\[relup\] .* upgraded, .*\n/): Promise<string> {
    const from = this.output.length;
    this.write(files);
    return this.says(line, from);
  }

  async end(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Where a server says that it listens. */
export const addressIn = (output: string): string => /listens on (http\S+)/.exec(output)?.[1] ?? '';

export async function get(url: string): Promise<string> {
  return (await fetch(url)).text();
}
