/**
 * What a user may set, checked and filled in. Knows nothing of a bundler.
 */
import { isAbsolute, resolve } from 'node:path';
import type { FollowOptions } from '../runtime/browser.js';
import { RelupError } from '../runtime/errors.js';
import { isPublicKey } from './keys.js';

/**
 * A string is a module id (`src/main.ts`), a folder (`src/legacy/`) or a package's name; ids are relative to the root.
 */
export type Pattern = string | RegExp;

/** Options of `follow()` of relup/browser that are data. */
export type FollowData = Pick<FollowOptions, 'mode' | 'pollMs' | 'events' | 'tabs' | 'limitMs' | 'beacon' | 'evaluateLimitMs' | 'instances'> & { readonly probation?: false | { readonly ms: number; readonly errors?: number } };

export interface RelupOptions {
  /** Modules to manage besides the application's own, for example packages by name. */
  readonly include?: Pattern | readonly Pattern[];
  /** Modules to leave alone. Wins over `include`. */
  readonly exclude?: Pattern | readonly Pattern[];
  /** Folder that module ids are relative to. Default: Vite's root, or the working directory. */
  readonly root?: string;
  /** Name of the application; releases of different ones never mix. Default: the package's name and the target. */
  readonly app?: string;
  /** Your own name of the release, kept in its manifest. */
  readonly release?: string;
  /** Pages follow their releases, without a line of their own: as `follow()` of relup/browser, by what of its options is data. */
  readonly follow?: boolean | FollowData;
  /** Pages on older releases are to leave them without waiting for a good moment; what the application defers is still waited for. */
  readonly mandatory?: boolean;
  /** Folder of the store; `false` writes none. Default: `relup` in the output folder. */
  readonly store?: string | false;
  /** Releases to keep in the store. Default: 10. */
  readonly keep?: number;
  /** Where the code runs. Default: `browser` for Vite's client builds, else `node`. */
  readonly target?: 'node' | 'browser';
  /** State that this release gives up on purpose: `id#key`, or an id for all of a module. */
  readonly drop?: readonly string[];
  /** What becomes of unchanged modules that hold values of changed ones. Default: `refuse`. */
  readonly onStale?: 'refuse' | 'reevaluate';
  /**
   * Codes of refusals to accept: `EFFECT_AT_LOAD`, `STATE_UNDECLARED`, `ENTRY_CHANGED`, `EXPORT_KIND`, `CLASS_LAYOUT`, `CLASS_HERITAGE`,
   * `CLASS_RENAMED`.
   */
  readonly allow?: readonly string[];
  /** Packages whose calls have no effects, as `package` or `package#export`, besides those that relup knows. */
  readonly pure?: readonly string[];
  /**
   * Public keys that the application checks releases with, several during a rotation: base64 of 32 bytes each, or the path of a file with
   * one a line. Default: `relup.keys` in the root, if there is one (`relup keys new` makes it); none check nothing.
   */
  readonly keys?: string | readonly string[];
  /**
   * How releases are signed. `key` is the path of the private keys' file; default: what the environment has as `RELUP_KEY` (their text, or
   * a path), else `relup.pem` in the root, if there is one. `expires`: days after which a pointer that no build renewed is refused.
   */
  readonly sign?: { readonly key?: string; readonly expires?: number };
  /**
   * Components of React, Vue and Svelte keep their state when a page built for production is upgraded. It costs size and time, most with
   * Vue (docs/frameworks.md). Default: true; without it such components are mounted anew, or the release is refused.
   */
  readonly components?: boolean;
  /** Keep what the dev server makes of modules on disk, in `node_modules/.cache/relup`. Default: true. */
  readonly cache?: boolean;
  /** @internal File of the bundled runtime. */
  readonly runtimeFile?: string;
}

export interface CheckedOptions {
  readonly include: readonly Pattern[];
  readonly exclude: readonly Pattern[];
  readonly root: string | null;
  readonly app: string | null;
  readonly release: string | null;
  /** Null: the application follows by itself, or not at all. */
  readonly follow: FollowData | null;
  readonly mandatory: boolean;
  readonly store: string | false | null;
  readonly keep: number;
  readonly target: 'node' | 'browser' | null;
  readonly drop: readonly string[];
  readonly onStale: 'refuse' | 'reevaluate';
  readonly allow: readonly string[];
  readonly pure: readonly string[];
  readonly keys: string | readonly string[] | null;
  readonly sign: { readonly key?: string; readonly expires?: number };
  readonly components: boolean;
  readonly cache: boolean;
  readonly runtimeFile: string | null;
}

const known: readonly (keyof RelupOptions)[] = [
  'include', 'exclude', 'root', 'app', 'release', 'follow', 'mandatory', 'store', 'keep', 'target', 'drop', 'onStale', 'allow', 'pure', 'keys', 'sign', 'components', 'cache', 'runtimeFile',
];
const followable = ['mode', 'pollMs', 'events', 'tabs', 'limitMs', 'beacon', 'evaluateLimitMs', 'instances', 'probation'];
const allowable = ['EFFECT_AT_LOAD', 'STATE_UNDECLARED', 'ENTRY_CHANGED', 'EXPORT_KIND', 'CLASS_LAYOUT', 'CLASS_HERITAGE', 'CLASS_RENAMED'];

/** Errors: OPTION. */
export function checkOptions(options: RelupOptions): CheckedOptions {
  for (const key of Object.keys(options)) {
    if (!(known as readonly string[]).includes(key)) fail(key, 'is not an option', `Options are: ${known.slice(0, -1).join(', ')}.`);
  }
  const { keep = 10, onStale = 'refuse', target = null, store = null } = options;
  if (!Number.isInteger(keep) || keep < 1) fail('keep', `is ${String(keep)}`, 'Give a whole number from 1.');
  if (onStale !== 'refuse' && onStale !== 'reevaluate') fail('onStale', `is ${JSON.stringify(onStale)}`, 'Give "refuse" or "reevaluate".');
  if (target !== null && target !== 'node' && target !== 'browser') fail('target', `is ${JSON.stringify(target)}`, 'Give "node" or "browser".');
  if (store !== null && store !== false && (typeof store !== 'string' || store === '')) fail('store', 'is not a folder', 'Give the path of a folder, or false.');
  for (const key of Object.keys(typeof options.follow === 'object' ? options.follow : {})) {
    if (!followable.includes(key)) fail('follow', `holds "${key}"`, `What can be given here: ${followable.join(', ')}. Call follow() of relup/browser for the rest.`);
  }
  for (const code of options.allow ?? []) {
    if (!allowable.includes(code)) fail('allow', `holds ${JSON.stringify(code)}`, `What can be allowed: ${allowable.join(', ')}.`);
  }
  for (const each of options.pure ?? []) {
    if (typeof each !== 'string' || !/^[^#]+(?:#[^#]+)?$/.test(each)) fail('pure', `holds ${JSON.stringify(each)}`, 'Give packages as "package" or "package#export".');
  }
  const { keys = null, sign = {} } = options;
  if (keys !== null && typeof keys !== 'string' && !(Array.isArray(keys) && keys.every(isPublicKey))) fail('keys', 'holds something that is no public key', 'Give the path of a file, or a list of what "relup keys list" prints.');
  if (typeof sign !== 'object' || sign === null) fail('sign', 'is not an object', 'Give { key, expires }.');
  for (const key of Object.keys(sign)) if (key !== 'key' && key !== 'expires') fail(`sign.${key}`, 'is not an option', 'Options are: key, expires.');
  if (sign.key !== undefined && (typeof sign.key !== 'string' || sign.key === '')) fail('sign.key', 'is not a path', 'Give the path of the file with the private keys.');
  if (sign.expires !== undefined && !(typeof sign.expires === 'number' && sign.expires > 0 && sign.expires < 36_500)) fail('sign.expires', `is ${JSON.stringify(sign.expires)}`, 'Give a number of days.');
  return {
    include: patterns('include', options.include),
    exclude: patterns('exclude', options.exclude),
    root: options.root === undefined ? null : resolve(options.root),
    app: options.app ?? null,
    release: options.release ?? null,
    follow: options.follow === true ? {} : options.follow || null,
    mandatory: options.mandatory ?? false,
    store, keep, target,
    drop: options.drop ?? [],
    onStale,
    allow: options.allow ?? [],
    pure: options.pure ?? [],
    keys, sign,
    components: options.components ?? true,
    cache: options.cache ?? true,
    runtimeFile: options.runtimeFile ?? null,
  };
}

function patterns(key: string, value: Pattern | readonly Pattern[] | undefined): readonly Pattern[] {
  const list = value === undefined ? [] : typeof value === 'string' || value instanceof RegExp ? [value] : value;
  for (const each of list) {
    if (typeof each !== 'string' && !(each instanceof RegExp)) fail(key, 'holds something that is neither a string nor a regular expression', 'Give ids, folders, package names or regular expressions.');
  }
  return list;
}

function fail(key: string, what: string, hint: string): never {
  throw new RelupError('OPTION', '', `The option "${key}" ${what}.`, hint);
}

const sideEffectStyle = /\.(?:css|scss|sass|less|styl|stylus|pcss|postcss|sss)$/;
const moduleStyle = /\.module\.\w+$/;
/** Parts of single-file components: `App.vue?vue&type=style&lang.css`. */
const stylePart = /[?&]lang\.(?!module\.)(?:css|scss|sass|less|styl|stylus|pcss|postcss|sss)\b/;
const styleAsValue = /[?&](?:inline|raw|url)\b/;
/** No module by itself, but JavaScript where Vite is asked for its text, its address or what instantiates it. */
const foreign = /\.(?:html|node|wasm)$/;
const foreignAsValue = /[?&](?:init|inline|raw|url)\b/;

/**
 * Whether relup manages a module, by its resolved id.
 *
 * Cold are: virtual modules, packages, files outside the root, style sheets imported for their effect, HTML.
 */
export function isHotModule(resolvedId: string, root: string, options: Pick<CheckedOptions, 'include' | 'exclude'>): boolean {
  if (resolvedId.startsWith('\0') || !isAbsolute(resolvedId)) return false;
  const mark = resolvedId.indexOf('?');
  const path = mark < 0 ? resolvedId : resolvedId.slice(0, mark);
  const query = mark < 0 ? '' : resolvedId.slice(mark);
  if (query.includes('commonjs-') || query.includes('html-proxy') || foreign.test(path) && !foreignAsValue.test(query)) return false;
  if (/[?&](?:worker|sharedworker)\b/.test(query)) return false;
  if ((sideEffectStyle.test(path) && !moduleStyle.test(path) || stylePart.test(query)) && !styleAsValue.test(query)) return false;
  const id = moduleIdOf(resolvedId, root);
  if (options.exclude.some(pattern => matches(pattern, id, path))) return false;
  if (options.include.some(pattern => matches(pattern, id, path))) return true;
  return !id.startsWith('../') && !isAbsolute(id) && !path.includes('/node_modules/');
}

/** Whether a file is neither JavaScript nor made of it: its code then only names it, whatever is in it. */
export const isForeign = (resolvedId: string): boolean => foreign.test(resolvedId.split('?')[0] ?? '');

/** Whether a module is a style sheet, by its resolved id. */
export function isStyle(resolvedId: string): boolean {
  const mark = resolvedId.indexOf('?');
  const query = mark < 0 ? '' : resolvedId.slice(mark);
  return (sideEffectStyle.test(mark < 0 ? resolvedId : resolvedId.slice(0, mark)) || /[?&]lang\.(?:module\.)?(?:css|scss|sass|less|styl|stylus|pcss|postcss|sss)\b/.test(query)) && !styleAsValue.test(query);
}

/** Parts of bundlers and of framework plugins, without which nothing else runs. */
const internal = /^(?:\0(?:vite|rolldown|rollup|commonjs|plugin-vue:|relup:|@)|\/@)/;

/**
 * Whether a dev server manages a module: besides what builds manage, virtual modules, and sources outside the root that no
 * package manager put there (linked packages), because who edits them wants to see it.
 */
export function isServedModule(resolvedId: string, root: string, options: Pick<CheckedOptions, 'include' | 'exclude'>): boolean {
  if (internal.test(resolvedId)) return false;
  const id = servedIdOf(resolvedId, root);
  const path = resolvedId.split('?')[0] ?? '';
  if (resolvedId.startsWith('\0')) return !resolvedId.includes('html-proxy') && !sideEffectStyle.test(path) && !options.exclude.some(pattern => matches(pattern, id, path));
  if (isForeign(resolvedId)) return false;
  if (isHotModule(resolvedId, root, options)) return true;
  return isHotModule(resolvedId, root, { ...options, include: [id.split('?')[0] ?? id] }) && !path.includes('/node_modules/');
}

/** As moduleIdOf; of virtual modules, what stands for the zero that begins their ids. */
export const servedIdOf = (resolvedId: string, root: string): string => resolvedId.startsWith('\0') ? `${virtual}${resolvedId.slice(1)}` : moduleIdOf(resolvedId, root);

/** The resolved id behind the id of a served module. */
export const servedModuleOf = (id: string, root: string): string => id.startsWith(virtual) ? `\0${id.slice(virtual.length)}` : resolve(root, id).replaceAll('\\', '/');

const virtual = '__x00__';

/** Where a dev server serves a module, without its base. */
export function moduleUrlOf(resolvedId: string, root: string): string {
  if (resolvedId.startsWith('\0')) return `/@id/${virtual}${resolvedId.slice(1)}`;
  return resolvedId.startsWith(`${root}/`) ? resolvedId.slice(root.length) : `/@fs${resolvedId.startsWith('/') ? '' : '/'}${resolvedId}`;
}

function matches(pattern: Pattern, id: string, path: string): boolean {
  if (pattern instanceof RegExp) return pattern.test(id);
  if (pattern === id || id.split('?')[0] === pattern) return true;
  if (pattern.endsWith('/')) return id.startsWith(pattern);
  return path.includes(`/node_modules/${pattern}/`);
}

/** Path relative to the root, with forward slashes and with the query; what messages and manifests say. */
export function moduleIdOf(resolvedId: string, root: string): string {
  const normal = resolvedId.replaceAll('\\', '/');
  const base = root.replaceAll('\\', '/').replace(/\/$/, '');
  if (normal.startsWith(`${base}/`)) return normal.slice(base.length + 1);
  // Outside the root (a workspace's package): count the folders up, so that the id does not depend on the machine.
  const from = base.split('/');
  const to = normal.split('/');
  let shared = 0;
  while (shared < from.length && from[shared] === to[shared]) shared++;
  return shared < 2 ? normal : [...from.slice(shared).map(() => '..'), ...to.slice(shared)].join('/');
}
