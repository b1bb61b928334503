/**
 * What an entry hands to a package while it loads and no later upgrade could reach: `serve(app)`. An entry is not run again, so the
 * package keeps that very value; a function that reads it anew would do. Only says so: nothing is refused.
 */
import type { Node } from '@babel/types';
import type { PluginContext } from 'rollup';
import { kindOf } from '../runtime/kinds.js';
import { createResolver } from '../runtime/resolve.js';
import { isTableRead } from './imports.js';
import { pureGlobals } from './pure-packages.js';
import type { Reach } from './reach.js';
import type { HotModule, Session } from './session.js';
import { endOf, isMember, lineOf, propertyName, startOf } from './tree.js';
import type { Walk } from './walk.js';

/** A value of another module in the arguments of a call that keeps it. */
export interface Handed {
  readonly request: number;
  readonly name: string;
  readonly line: number;
  /** As it is written: `app`, `app.fetch`. */
  readonly what: string;
  /** The call. */
  readonly call: string;
  readonly fix: string;
  /** A member of the export is handed over, not the export itself. */
  readonly isMember: boolean;
}

/** Calls that keep what answers requests and events. */
const takers = /^(?:serve|createServer|createSecureServer|createAdaptorServer|getRequestListener|toNodeListener|toNodeHandler|toFetchHandler|handle|on|once|addListener|addEventListener|use|mount)$/;

/** Shape: `load` is what runs while the module loads; `indexOf` as in requests.ts. */
export function findHanded(walk: Walk, load: Reach, indexOf: (raw: number) => number): Handed[] {
  const found: Handed[] = [];
  const { text } = walk.parsed;
  for (const use of load.reads.keys()) {
    const { binding, hold, chain } = use;
    if (!binding?.imported || !hold?.call || !hold.argument || use.active) continue;
    const { call, argument } = hold;
    const callee = call.callee.type === 'Identifier' ? call.callee.name : isMember(call.callee) ? propertyName(call.callee) : null;
    if (callee === null || !takers.test(callee)) continue;
    const { request, name } = binding.imported;
    const isNamespace = name === '*' && isTableRead(use);
    const start = startOf(use.node);
    const end = chain ? endOfChain(text, use.parent, chain.length) : endOf(use.node);
    const value = text.slice(start, end);
    const isWhole = startOf(argument) === start && endOf(argument) === end;
    const again = `(...args) => ${value}(...args)`;
    const instead = use.shorthand ? `${use.name}: ${again}` : isWhole && !chain && callee === 'serve' ? `{ fetch: (...args) => ${value}.fetch(...args) }` : again;
    found.push({
      request: indexOf(request),
      name: isNamespace ? use.chain.first : name,
      line: lineOf(use.node),
      what: value,
      call: shorten(text.slice(startOf(call), endOf(call))),
      fix: `${text.slice(startOf(call), start)}${instead}${text.slice(end, endOf(call))}`,
      isMember: chain !== null && chain.length > (isNamespace ? 1 : 0),
    });
  }
  return found;
}

const shorten = (text: string): string => text.replace(/\s+/g, ' ').slice(0, 80);

/** Where a chain of members ends. Members nest outwards, so it is found by its length from the first one on. */
function endOfChain(text: string, first: Node, length: number): number {
  const step = /\s*\??\.\s*[\w$]+|\s*\[[^\]]*\]/y;
  let end = endOf(first);
  for (let at = 1; at < length; at++) {
    step.lastIndex = end;
    if (step.test(text)) end = step.lastIndex;
  }
  return end;
}

/** Exports that are made by a call, so that a package may keep more of them than a plain value. */
export function listMade(walk: Walk): string[] {
  const made: string[] = [];
  const isMade = (init: Node | null | undefined): boolean =>
    init?.type === 'AwaitExpression' ? isMade(init.argument)
    : init?.type === 'ObjectExpression' || ((init?.type === 'NewExpression' || init?.type === 'CallExpression') && !(init.callee.type === 'Identifier' && pureGlobals.has(init.callee.name)));
  for (const { exported, declarator } of walk.module.bindings.values()) if (exported.length > 0 && declarator?.id.type === 'Identifier' && isMade(declarator.init)) made.push(...exported);
  const declaration = walk.defaultExport?.declaration;
  const init = declaration?.type === 'Identifier' ? walk.module.bindings.get(declaration.name)?.declarator?.init : declaration;
  if (isMade(init)) made.push('default');
  return made;
}

/** Warn of values that entries hand away. */
export function hintHanded(session: Session, context: PluginContext, current: readonly HotModule[]): void {
  const modules = Object.fromEntries(current.map((module) => [module.id, { ...module.outline, requests: module.targets }]));
  const { resolve } = createResolver(modules);
  for (const { id, outline, targets } of current) {
    if (!session.entries.has(id)) continue;
    for (const { request, name, line, what, call, fix, isMember: isPart } of outline.handed) {
      const found = resolve(targets[request] ?? 'cold:', name);
      const exporter = found.kind === 'found' ? modules[found.id] : undefined;
      if (found.kind !== 'found' || !exporter || kindOf(exporter, found.name) !== 'value' || !(isPart || exporter.made.includes(found.name))) continue;
      context.warn({
        code: 'HELD_VALUE',
        message: `[relup] HELD_VALUE: "${call}" keeps "${what}" of this release, and no upgrade reaches what it keeps. (${id}:${line})\n  Hint: Write ${fix}`,
      });
    }
  }
}
