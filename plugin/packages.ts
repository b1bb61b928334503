/**
 * Which package a cold import comes from, in which version; and where relup's own files are. Reads package.json files only.
 */
import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface PackageJson {
  readonly name?: string;
  readonly version?: string;
  readonly exports?: Readonly<Record<string, string | { readonly default?: string }>>;
}

const read = new Map<string, PackageJson | null>();

function readPackage(file: string): PackageJson | null {
  let found = read.get(file);
  if (found === undefined) {
    try {
      found = JSON.parse(readFileSync(file, 'utf8')) as PackageJson;
    } catch {
      found = null;
    }
    read.set(file, found);
  }
  return found;
}

/** A watching build must see a package that was upgraded. */
export function forgetPackages(): void {
  read.clear();
}

/** `@scope/name/sub/path` -> `@scope/name`; null if it is not a package's specifier. */
export function packageNameOf(specifier: string): string | null {
  if (isPath(specifier) || /^[\w+.-]+:/.test(specifier)) return null;
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0] ?? null;
}

export function isPath(specifier: string): boolean {
  return specifier.startsWith('.') || specifier.startsWith('\0') || isAbsolute(specifier);
}

/**
 * Version of what a specifier stands for: `builtin`, a package's, or null if no package owns it.
 *
 * Shape: `resolvedId` is a file's path, or for an external module anything.
 */
export function versionOf(specifier: string, resolvedId: string | null, importer: string): string | null {
  if (isBuiltin(specifier)) return 'builtin';
  const path = resolvedId?.split('?')[0] ?? '';
  const inside = path.lastIndexOf('/node_modules/');
  if (isAbsolute(path) && inside >= 0) {
    const name = packageNameOf(path.slice(inside + '/node_modules/'.length));
    if (name !== null) return readPackage(join(path.slice(0, inside), 'node_modules', name, 'package.json'))?.version ?? null;
  }
  const name = packageNameOf(specifier);
  if (name === null) return null;
  for (let folder = dirname(importer); ; folder = dirname(folder)) {
    const found = readPackage(join(folder, 'node_modules', name, 'package.json'));
    if (found) return found.version ?? null;
    if (folder === dirname(folder)) return null;
  }
}

/** Name of the application's own package, from the nearest package.json. */
export function applicationName(root: string): string {
  for (let folder = root; ; folder = dirname(folder)) {
    const found = readPackage(join(folder, 'package.json'));
    if (found?.name !== undefined) return found.name;
    if (folder === dirname(folder)) return 'app';
  }
}

/** Files of relup that application code may import. They become part of the bundle, beside the one runtime. */
export interface OwnFiles {
  readonly folder: string;
  /** The runtime in one file without imports. */
  readonly bundled: string;
  /** What the other files import as the runtime; the bundled one stands for it. */
  readonly main: string;
  /** What the plugin answers with a build's own values; see built.ts. */
  readonly built: string;
  /** What pages load when there is something to do. */
  readonly engine: string;
  readonly version: string;
  /** Files of the package by specifier, but for those of the build. */
  readonly entries: Readonly<Record<string, string>>;
}

/** Relup's package, found upwards from this file, so that sources and build share the code. */
export function ownFiles(): OwnFiles {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  const own = readPackage(join(folder, 'package.json'));
  const entries: Record<string, string> = {};
  for (const [name, target] of Object.entries(own?.exports ?? {})) {
    const file = typeof target === 'string' ? target : target.default;
    if (file?.includes('/runtime/')) entries[`relup${name.slice(1)}`] = join(folder, file);
  }
  const runtime = join(folder, 'dist', 'runtime');
  return { folder: runtime, bundled: `${runtime}.js`, main: join(runtime, 'main.js'), built: join(runtime, 'built.js'), engine: join(folder, 'dist', 'engine.js'), version: own?.version ?? '0', entries };
}
