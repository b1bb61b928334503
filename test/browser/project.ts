/**
 * A project in a temporary folder, as users have it: a package with `node_modules` that link to those of this repository.
 */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

/** Text by path below the root. */
export type Files = Readonly<Record<string, string>>;

/** What a project of Vite and relup is made of. */
export interface ProjectOptions {
  readonly files: Files;
  /** Fields of Vite's configuration as source text, e.g. `base: '/app/',`. */
  readonly config?: string;
  /** Statements above it. */
  readonly imports?: string;
  /** Plugins in front of relup's, as source text. */
  readonly plugins?: string;
  /** Options of relup as source text; null leaves it out. */
  readonly relup?: string | null;
  /** Packages of this repository's `node_modules` that the project has, besides vite and relup. */
  readonly packages?: readonly string[];
}

/** Text of `vite.config.js`. */
export const configText = ({ config = '', imports = '', plugins = '', relup = '{}' }: Omit<ProjectOptions, 'files'>): string =>
  `import relup from 'relup/vite';\n${imports}\nexport default { ${config}\n plugins: [${plugins}${plugins ? ',' : ''} ${relup === null ? '' : `relup(${relup})`}] };\n`;

export class Project {
  /** Holds the root, and whatever a test puts beside it. */
  readonly home: string;
  readonly root: string;
  #written = 0;

  /** Shape: `packages` of this repository's `node_modules` that the project has, besides vite and relup. */
  constructor(name: string, files: Files, packages: readonly string[] = []) {
    this.home = realpathSync(mkdtempSync(join(tmpdir(), `relup-${name}-`)));
    this.root = join(this.home, 'app');
    mkdirSync(join(this.home, 'scratch'));
    mkdirSync(join(this.root, 'node_modules'), { recursive: true });
    for (const each of ['vite', 'rolldown', ...packages]) link(join(packageFolder, 'node_modules', each), join(this.root, 'node_modules', each));
    link(packageFolder, join(this.root, 'node_modules/relup'));
    this.write({ 'package.json': JSON.stringify({ name: 'app', version: '1.0.0', type: 'module' }), ...files });
  }

  /** Write files, each of them in one step, and those steps as close to each other as can be. */
  write(files: Files): void {
    const steps = Object.entries(files).map(([file, text]) => {
      const [path, scratch] = [join(this.root, file), join(this.home, 'scratch', `${++this.#written}`)];
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(scratch, text);
      return [scratch, path] as const;
    });
    for (const [scratch, path] of steps) renameSync(scratch, path);
  }

  edit(file: string, text: string | ((before: string) => string)): void {
    this.write({ [file]: typeof text === 'string' ? text : text(this.text(file)) });
  }

  text(file: string): string {
    return readFileSync(join(this.root, file), 'utf8');
  }

  remove(file: string): void {
    rmSync(join(this.root, file), { recursive: true });
  }

  delete(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(realpathSync(target), path);
}
