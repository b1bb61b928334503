/** Builds a project again and again by its own vite.config.js, in a process that stays (site-builder.mjs). */
import { fork } from 'node:child_process';
import { join } from 'node:path';

export interface Builder {
  /** Errors: that the build failed, with what it said. */
  build(): Promise<void>;
  stop(): void;
}

export function startBuilder(folder: string, env: NodeJS.ProcessEnv): Builder {
  const child = fork(join(import.meta.dirname, 'site-builder.mjs'), { cwd: folder, execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'], env });
  return {
    async build() {
      const { failed } = await new Promise<{ readonly failed?: string }>((resolve, reject) => {
        child.once('message', resolve);
        child.once('exit', () => reject(new Error('The builder ended.')));
        child.send({});
      });
      child.removeAllListeners('exit');
      if (failed !== undefined) throw new Error(failed);
    },
    stop: () => void child.kill(),
  };
}
