/**
 * What a call does beyond its module: nothing, something that is known by name, or nobody knows. By where the called function comes
 * from, with the tables in started.ts and pure-packages.ts. Must never call pure what nobody said is.
 */
import type { Node } from '@babel/types';
import type { Origin, Origins } from './origins.js';
import { pureGlobals, purePackages, readers } from './pure-packages.js';
import type { Judged } from './remedies.js';
import type { Binding } from './scope.js';
import { globalObjects, readingName, sharedGlobals, startedExports, startedGlobals, startedMethods, type Started } from './started.js';
import { isMember, propertyName } from './tree.js';
import type { RawRequest } from './walk.js';

/** Why a call takes effect. */
export interface Verdict extends Judged {
  readonly why: string;
  readonly request?: number;
}

/** Methods by which something is told to listen to somebody. */
const listeners: Readonly<Record<string, string>> = { on: 'off', once: 'off', addListener: 'removeListener', prependListener: 'removeListener', prependOnceListener: 'removeListener', addEventListener: 'removeEventListener' };
/** Methods by which something is put into an object that another module made. */
const registering = new Set([
  'push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'fill', 'set', 'add', 'delete', 'clear', 'use', 'get', 'post', 'put', 'patch', 'del', 'all', 'head', 'options', 'route', 'mount', 'register', 'unregister',
  'define', 'provide', 'component', 'directive', 'mixin', 'plugin', 'extend', 'addHook', 'hook', 'handle', 'command', 'subscribe', 'intercept',
]);
/** They change what they are given first. */
const definers = new Set(['assign', 'defineProperty', 'defineProperties', 'setPrototypeOf', 'set', 'deleteProperty', 'freeze', 'seal', 'preventExtensions']);

/** A call as it is judged. */
export interface Judgeable {
  readonly callee: Node;
  readonly args: readonly Node[];
  /** It stands for itself: nobody wants the answer. */
  readonly isStatement: () => boolean;
  /** In a function that others may call: changing what the module made before counts, too. */
  readonly strict: boolean;
}

/** Judges the calls of one module. */
export class Verdicts {
  readonly #pure: ReadonlySet<string>;

  /** Shape: `pure` as the user's option; `indexOf` as in requests.ts. */
  constructor(readonly origins: Origins, readonly requests: readonly RawRequest[], readonly indexOf: (raw: number) => number, pure: readonly string[]) {
    this.#pure = new Set(pure);
  }

  /** Null: nothing happens. */
  of({ callee, args, isStatement, strict }: Judgeable): Verdict | null {
    const origin = this.origins.of(callee);
    const name = isMember(callee) ? propertyName(callee) : callee.type === 'Identifier' ? callee.name : null;
    const isMethod = isMember(callee);
    // server.listen(80)
    if (isMethod && name === 'listen') return { why: 'It opens a server, and a second version would open another.', started: { why: '', stop: '@.close()' } };
    if (isMethod && name === 'observe' && isObserver(callee.object, origin)) return { why: 'It observes from now on, and a second version would observe as well.', started: { why: '', stop: '@.disconnect()' } };
    if (name !== null && Object.hasOwn(listeners, name) && (isMethod ? origin.kind !== 'own' : name === 'addEventListener' && origin.kind !== 'own') && (name === 'addEventListener' || args[0]?.type === 'StringLiteral')) {
      return { why: 'It adds a listener, and a second version would add another.', listener: listeners[name] as string };
    }
    switch (origin.kind) {
      case 'global':
        return this.#judgeGlobal(origin.name, origin.members, args);
      case 'import':
        return this.#judgeImport(origin.binding, origin.members, name, isMethod, isStatement);
      case 'own':
        if (strict && isMethod && origin.binding?.top && isData(origin.binding) && name !== null && !readers.has(name)) return { why: `It calls ${name}() of "${origin.binding.name}", which may change it.` };
        return null;
      default:
        if (strict && isMethod && (name === null || !readers.has(name))) return { why: `Nothing is known of ${name === null ? 'the method' : `${name}()`}.`, unknown: 1 };
        return null;
    }
  }

  #judgeGlobal(global: string, members: readonly (string | null)[], args: readonly Node[]): Verdict | null {
    // window.setTimeout is setTimeout
    let root = global;
    let rest = members;
    while (globalObjects.has(root) && rest.length > 0) {
      root = rest[0] ?? '';
      rest = rest.slice(1);
    }
    const last = rest.at(-1) ?? null;
    if (rest.length === 0) {
      if (Object.hasOwn(startedGlobals, root)) return known(startedGlobals[root] as Started);
      if (root === 'fetch' && !sendsData(args)) return null;
      if (pureGlobals.has(root)) return null;
      return { why: `Nothing is known of ${root}().`, unknown: 1 };
    }
    const method = `${root}.${last}`;
    if (Object.hasOwn(startedMethods, method)) return known(startedMethods[method] as Started);
    if ((root === 'Object' || root === 'Reflect') && last !== null && definers.has(last)) {
      const origin = args[0] ? this.origins.of(args[0]) : null;
      return origin?.kind === 'global' || origin?.kind === 'import' ? { why: 'It changes something that this module did not make.' } : null;
    }
    if (sharedGlobals.has(root)) return last !== null && readingName.test(last) || last !== null && readers.has(last) ? null : { why: `It may change "${root}", which the whole program shares.`, unknown: 1 };
    if (pureGlobals.has(root) || (last !== null && readers.has(last))) return null;
    return { why: `Nothing is known of ${root}.${last ?? '[]'}().`, unknown: 1 };
  }

  #judgeImport(binding: Binding, members: readonly (string | null)[], name: string | null, isMethod: boolean, isStatement: () => boolean): Verdict | null {
    const { imported } = binding;
    const request = imported && this.requests[imported.request];
    if (!request) return null;
    const specifier = request.specifier.replace(/^node:/, '');
    const exported = imported.name === '*' ? members[0] ?? '*' : imported.name;
    const inner = imported.name === '*' || imported.name === 'default' ? members[0] ?? null : null;
    if (this.#isDeclaredPure(specifier, exported, inner)) return null;
    // What is one for all stays it when it is imported: import process from 'node:process'
    if (specifier === 'process') return this.#judgeGlobal('process', exported === 'default' ? members : [exported, ...members.slice(1)], []);
    for (const each of inner === null ? [exported] : [inner, exported]) {
      // mongoose.Schema is not mongoose
      if (each === 'default' && members.length > 0 && imported.name === 'default') continue;
      const started = startedExports[`${specifier}#${each}`] ?? (isPackage(specifier) && !isMethod && Object.hasOwn(startedGlobals, each) ? startedGlobals[each] : undefined);
      if (started) return known(started);
    }
    if (isKnownPure(specifier, exported, inner)) return null;
    const isOnValue = members.length > (imported.name === '*' ? 1 : 0);
    if (isOnValue && name !== null && registering.has(name) && isStatement()) return { why: `It changes "${binding.name}", which another module made, and every version would do it again.` };
    if (isOnValue && name !== null && readers.has(name)) return null;
    return { why: `Nothing is known of what ${isPackage(specifier) ? `"${request.specifier}"` : 'it'} does in this call.`, request: this.indexOf(imported.request), unknown: 1 };
  }

  #isDeclaredPure(specifier: string, exported: string, inner: string | null): boolean {
    if (this.#pure.size === 0) return false;
    const keys = [specifier, `node:${specifier}`, packageOf(specifier)];
    return keys.some((key) => this.#pure.has(key) || this.#pure.has(`${key}#${exported}`) || (inner !== null && this.#pure.has(`${key}#${inner}`)));
  }
}

const known = (started: Started): Verdict => ({ why: started.why, started, ...(started.passes && { unknown: 1 }) });

/** Whether a request changes something where it arrives. */
const sendsData = ([, options]: readonly Node[]): boolean => options !== undefined && !(options.type === 'ObjectExpression' && !options.properties.some((property) => property.type === 'SpreadElement' || ('key' in property && property.key.type === 'Identifier' && property.key.name === 'method')));

/** `new MutationObserver(f)`, or a constant that is one. */
function isObserver(object: Node, origin: Origin): boolean {
  const init = object.type === 'NewExpression' ? object : origin.kind === 'own' ? origin.binding?.declarator?.init : null;
  return init?.type === 'NewExpression' && init.callee.type === 'Identifier' && init.callee.name.endsWith('Observer');
}

/** A variable that holds data, not a function or class. */
const isData = ({ kind, declarator }: Binding): boolean => kind !== 'function' && kind !== 'class' && !/Function|^Class/.test(declarator?.init?.type ?? '');

const isPackage = (specifier: string): boolean => /^(?:@[\w.-]+\/)?\w/.test(specifier);

const packageOf = (specifier: string): string => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

function isKnownPure(specifier: string, exported: string, inner: string | null): boolean {
  const name = packageOf(specifier);
  const found = lookUp(specifier) ?? lookUp(`${specifier.slice(0, specifier.lastIndexOf('/'))}/*`) ?? lookUp(`${name}/*`) ?? lookUp(`${specifier.split('-')[0]}-*`) ?? (lookUp(name) === '*' ? '*' : undefined);
  if (found === undefined) return false;
  return found === '*' || found.includes(exported) || (inner !== null && found.includes(inner));
}

const lookUp = (key: string): '*' | readonly string[] | undefined => (Object.hasOwn(purePackages, key) ? purePackages[key] : undefined);
