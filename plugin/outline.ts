/**
 * Text of a module -> its outline: what it requests and exports, the edits that make a factory of it, and what a plan has to
 * know. Pure, and the outline is plain data: the tree is gone once it is made. Must never look at other modules.
 */
import type { Program } from '@babel/types';
import type { Link, ModuleEntry, Read } from '../runtime/protocol.js';
import { listAddresses, type Address } from './addresses.js';
import { checkAuthorUses, describeState, editAuthorCall, editPure, isPureImport } from './author.js';
import { editAsyncLoop, editAwait } from './await.js';
import { editClass } from './classes.js';
import { type Edit, replace, rename, wrap } from './edits.js';
import { Effects, type Suspect } from './effects.js';
import { chooseNames, member } from './emitted.js';
import { findComponents } from './components.js';
import { editDeclaration, editDefault, editWrite, isWrite, writePrefix, writeStatement } from './exports.js';
import { editHandled, findHandled, type Handled, linkHandled } from './handles.js';
import { findHanded, type Handed, listMade } from './hints.js';
import { editHidden, findHidden } from './hidden.js';
import { editHot, findHot, hotRanges, isHot, type HotOutline } from './hot.js';
import { editArguments, editImport, type Editing } from './imports.js';
import { describeClasses, findCaptured, listTopClasses, type TopClass } from './layout.js';
import { listNeeds, type Needs } from './needs.js';
import { parseModule } from './parse.js';
import { settlePassing } from './passing.js';
import { isSideEffectFree } from './pure.js';
import { findStateAtLoad, findUndeclared, listReads, Reach } from './reach.js';
import { type DynamicOutline, listDynamic, listIndirect, listRequests, type RequestOutline } from './requests.js';
import type { Binding, Use } from './scope.js';
import { endOf, isMember, lineOf, propertyName, startOf } from './tree.js';
import { Walk } from './walk.js';

export type { DynamicOutline, RequestOutline } from './requests.js';

export interface OutlineOptions {
  /** Module id: path relative to the project root. */
  readonly id: string;
  /** Constants of the build as source text, for conditions: `{ 'import.meta.env.DEV': 'false' }`. */
  readonly define?: Readonly<Record<string, string>>;
  /** Leave `import.meta.env` as it is: something after relup replaces it. */
  readonly keepMetaEnv?: boolean;
  /** Packages, or `package#export`, whose calls have no effects. */
  readonly pure?: readonly string[];
  /** Another plugin refreshes what the module exports and knows it by identity: functions and classes stay what they are. */
  readonly raw?: boolean;
  /** Replace `process.env.NODE_ENV` by its definition; only a dev server leaves that to the transform. */
  readonly nodeEnv?: boolean;
}

/** What a manifest says of a module and its text alone decides. */
type TextFacts = Pick<ModuleEntry, 'exports' | 'indirect' | 'stars' | 'async' | 'loads' | 'loadLines' | 'reaches' | 'states' | 'undeclared' | 'stateAtLoad' | 'hook' | 'functions' | 'components' | 'classes' | 'captured' | 'calls'>;

export interface Outline extends TextFacts {
  /** Undeclared effects at top level; see `settleEffects`. */
  readonly effects: readonly Suspect[];
  /** Why using an export is not free of side effects, by exported name. */
  readonly impure: Readonly<Record<string, readonly Suspect[]>>;
  /** What is handed to packages while the module loads, and which exports are made by calls: for the hint of an entry. */
  readonly handed: readonly Handed[];
  readonly made: readonly string[];
  /** Files that the bundler names later. */
  readonly addresses: readonly Address[];
  readonly requests: readonly RequestOutline[];
  readonly dynamic: readonly DynamicOutline[];
  /** Null if the module does not use `import.meta.hot`. */
  readonly hot: HotOutline | null;
  /** Without `n` and `r`. */
  readonly link: Link;
  readonly sideEffectFree: boolean;
  /** For leaving out of bundles what nothing needs. */
  readonly needs: Needs;
  readonly body: Body;
}

/** The factory's body, as edits of the text. */
export interface Body {
  readonly edits: readonly Edit[];
  /** Statements of the first step, besides a moved default function. */
  readonly hoisted: readonly string[];
  /** What all emitted names end with. */
  readonly suffix: string;
  /** Names that the module takes from outside without importing them. */
  readonly globals: readonly string[];
  /** First line without its end, if it is a `#!` line. */
  readonly hashbang: string | null;
}

/**
 * Outline a module.
 *
 * Errors: PARSE, UNSUPPORTED_SYNTAX, STATE_PLACE, EFFECT_PLACE, HOOK_PLACE, with the place and a code frame.
 */
export function outlineModule(text: string, options: OutlineOptions): Outline {
  const walk = new Walk(parseModule(text, options.id), options.define ?? {});
  walk.visit(walk.program, walk.parsed.file);
  const globals = walk.module.leave().filter(({ binding }) => !binding);
  settle(walk);
  checkAuthorUses(walk);
  const { requests, indexOf } = listRequests(walk);
  const emitted = chooseNames(mentionedNames(walk));
  const editing: Editing = { text, emitted, edits: [], openings: walk.openings, thunked: new Set(), values: new Set(), indexOf };
  const indirect = listIndirect(walk, indexOf);
  const exported = listExports(walk);
  const handled = options.raw ? [] : findHandled(walk);
  const facts = { ...gatherFacts(walk, handled, options.pure ?? [], indexOf), ...(options.raw && { classes: {}, captured: [] }) };
  const classes = options.raw ? [] : listTopClasses(walk).filter(({ key }) => facts.classes[key]?.twice === undefined);
  const hoisted = editModule(walk, editing, { handled, classes, globals }, options.keepMetaEnv === true);
  const nodeEnv = options.nodeEnv ? options.define?.['process.env.NODE_ENV'] : undefined;
  if (nodeEnv !== undefined) for (const use of globals) editNodeEnv(editing, use, nodeEnv);
  const isAsync = walk.awaits.length > 0 || walk.asyncLoops.length > 0;
  const stars = walk.stars.map(indexOf);
  const interpreter = walk.program.interpreter;
  const sideEffectFree = !isAsync && isSideEffectFree(walk.program as Program, { declared: walk.module.bindings, pureStarts: walk.pureStarts, dead: new Set(walk.cuts.map(({ node }) => node)) });
  const isDivisible = sideEffectFree && walk.authors.length === 0 && facts.undeclared.length === 0 && facts.effects.length === 0
    && exported.l.length === 0 && exported.w.length === 0 && onlyFunctions(walk);
  return {
    requests,
    addresses: listAddresses(walk, globals),
    dynamic: listDynamic(walk),
    hot: findHot(walk),
    exports: [...exported.f, ...exported.l].sort(),
    indirect,
    stars,
    link: {
      ...(exported.f.length > 0 && { f: exported.f }),
      ...(exported.l.length > 0 && { l: exported.l }),
      ...(exported.w.length > 0 && { w: exported.w }),
      ...(indirect.length > 0 && { i: indirect }),
      ...(stars.length > 0 && { s: stars }),
      ...(handled.length > 0 && { h: linkHandled(handled) }),
      ...(editing.values.size > 0 && { v: [...editing.values].sort((a, b) => a - b) }),
      ...(classes.length > 0 && { c: 1 as const }),
      ...(isAsync && { a: 1 as const }),
    },
    async: isAsync,
    sideEffectFree,
    ...facts,
    needs: listNeeds(walk, indexOf, isDivisible),
    body: { edits: editing.edits, hoisted, suffix: emitted.suffix, globals: [...new Set(globals.map(({ name }) => name))], hashbang: interpreter ? text.slice(0, endOf(interpreter)) : null },
  };
}

/** Tie what the walk could not know before all names were resolved. */
function settle(walk: Walk): void {
  for (const { exported, use } of walk.localExports) if (!use.binding?.imported) use.binding?.exported.push(exported);
  for (const { use, sink } of walk.flows) use.binding?.sinks.push(sink);
  settlePassing(walk);
}

/** Every name that could be one of those that are emitted. */
function mentionedNames(walk: Walk): Set<string> {
  const names = new Set(walk.module.dollars);
  for (const { name } of walk.uses) if (name.charCodeAt(0) === 36) names.add(name);
  return names;
}

function listExports(walk: Walk): { readonly f: string[]; readonly l: string[]; readonly w: string[] } {
  const f: string[] = [];
  const l: string[] = [];
  const w: string[] = [];
  for (const { exported, kind, uses } of walk.module.bindings.values()) {
    if (exported.length === 0) continue;
    (kind === 'function' || kind === 'var' ? f : l).push(...exported);
    if (uses.some(isWrite)) w.push(...exported);
  }
  const declaration = walk.defaultExport?.declaration;
  const isNamed = declaration && (declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration') && declaration.id;
  if (declaration && !isNamed) (declaration.type === 'FunctionDeclaration' ? f : l).push('default');
  return { f, l, w };
}

/** No exported `var`: its value could be kept by others. */
const onlyFunctions = (walk: Walk): boolean => [...walk.module.bindings.values()].every(({ exported, kind }) => exported.length === 0 || kind === 'function' || kind === 'import');

/** What of a module is edited besides its imports. */
interface Found {
  readonly handled: readonly Handled[];
  readonly classes: readonly TopClass[];
  readonly globals: readonly Use[];
}

/** All edits of a module. Answers the statements of its first step. */
function editModule(walk: Walk, editing: Editing, { handled, classes, globals }: Found, keepMetaEnv: boolean): string[] {
  const { edits, emitted } = editing;
  for (const site of walk.authors) editAuthorCall(editing, site);
  for (const hidden of findHidden(walk)) editHidden(editing, hidden);
  const authored = new Set(walk.authors.map(({ call }) => call.callee));
  const hoisted: string[] = [];
  let needsTemporary = false;
  for (const binding of walk.module.bindings.values()) {
    const { imported, exported, kind } = binding;
    if (imported) {
      for (const use of binding.uses) {
        if (isPureImport(walk, binding)) editPure(editing, use);
        else if (!authored.has(use.node)) editImport(editing, use, imported);
      }
    } else if (exported.length > 0) {
      if (kind === 'function' || kind === 'var') hoisted.push(writeStatement(editing, binding));
      for (const use of binding.uses) if (isWrite(use)) needsTemporary = editWrite(editing, use, binding) || needsTemporary;
    }
  }
  for (const each of handled) editHandled(editing, walk, each);
  if (needsTemporary) hoisted.push(`var ${emitted.temporary};`);
  classes.forEach((each, index) => {
    const name = editClass(editing, walk, each, index);
    if (name) hoisted.push(`var ${name};`);
  });
  for (const declaration of walk.topDeclarations) editDeclaration(editing, declaration);
  for (const node of walk.topClasses) {
    const binding = node.id && walk.module.bindings.get(node.id.name);
    if (binding && binding.exported.length > 0) edits.push(wrap(startOf(node), endOf(node), '', ` ${writePrefix(editing, binding)}${binding.name};`));
  }
  for (const { from, to } of walk.exportHeads) edits.push(replace(from, to, ''));
  // A removed statement leaves its end, so that the lines around it stay apart.
  for (const node of walk.removed) edits.push(replace(startOf(node), endOf(node), ';'));
  if (walk.defaultExport && !hasName(walk)) editDefault(editing, walk.defaultExport, classes.some(({ binding }) => !binding));
  for (const { node, text } of walk.cuts) edits.push(replace(startOf(node), endOf(node), text));
  for (const node of walk.awaits) editAwait(editing, node);
  walk.asyncLoops.forEach((loop, index) => editAsyncLoop(editing, loop, index));
  for (const use of globals) if (use.name === 'arguments') editArguments(editing, use);
  for (const node of walk.imports) edits.push(replace(startOf(node), startOf(node) + 'import'.length, `${emitted.context}.import`));
  for (const { node, parent } of walk.metas) {
    // Where the build says what it is, that is not ours.
    if (isMember(parent) && isHot(parent) && parent.object === node && !walk.folder.isDefined('import.meta.hot')) {
      edits.push(editHot(emitted, parent));
      continue;
    }
    if (keepMetaEnv && isMember(parent) && parent.object === node && propertyName(parent) === 'env') continue;
    edits.push(rename(startOf(node), endOf(node), member(emitted.context, 'meta')));
  }
  const { interpreter } = walk.program;
  if (interpreter) edits.push(replace(startOf(interpreter), endOf(interpreter), ''));
  return hoisted;
}

/** process.env.NODE_ENV -> "development" */
function editNodeEnv({ text, edits }: Editing, { name, node, chain }: Use, value: string): void {
  const start = startOf(node);
  const path = 'process.env.NODE_ENV';
  if (name === 'process' && chain?.use !== 'write' && text.startsWith(path, start) && !/[\w$]/.test(text[start + path.length] ?? '')) edits.push(replace(start, start + path.length, value));
}

function hasName(walk: Walk): boolean {
  const declaration = walk.defaultExport?.declaration;
  return Boolean(declaration && (declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration') && declaration.id);
}

type Facts = Pick<Outline, 'loads' | 'loadLines' | 'reaches' | 'states' | 'effects' | 'undeclared' | 'stateAtLoad' | 'hook' | 'functions' | 'components' | 'classes' | 'captured' | 'calls' | 'impure' | 'handed' | 'made'>;

function gatherFacts(walk: Walk, handled: readonly Handled[], pure: readonly string[], indexOf: (raw: number) => number): Facts {
  const load = new Reach();
  load.run(walk.body, 1);
  const held = new Reach(walk.discards);
  held.run(walk.body, 1);
  const { reads, lines } = listReads(held.reads, indexOf);
  const bindings = [...walk.module.bindings.values()];
  const effects = new Effects(walk, { pure, indexOf });
  const components = findComponents(walk);
  return {
    loads: reads,
    loadLines: lines,
    // What the adapter of a framework upgrades holds nothing of what it read.
    reaches: { ...listReaches(walk, bindings, indexOf), ...Object.fromEntries(components.map((name) => [name, []])) },
    states: walk.authors.filter(({ api }) => api === 'state').map(describeState),
    effects: effects.atLoad(),
    undeclared: findUndeclared(bindings, hotRanges(walk)),
    stateAtLoad: findStateAtLoad(load, bindings),
    hook: walk.authors.some(({ api }) => api === 'onUpgrade'),
    functions: handled.flatMap(({ names }) => names).sort(),
    ...(components.length > 0 && { components }),
    classes: describeClasses(walk, indexOf),
    captured: findCaptured(walk, handled),
    calls: effects.calls(),
    impure: listImpure(walk, effects, bindings),
    handed: findHanded(walk, load, indexOf),
    made: listMade(walk),
  };
}

/** Why using a local export is not free of side effects; without those that are. */
function listImpure(walk: Walk, effects: Effects, bindings: readonly Binding[]): Record<string, readonly Suspect[]> {
  const impure: Record<string, readonly Suspect[]> = {};
  for (const binding of bindings) {
    if (binding.exported.length === 0) continue;
    const found = effects.ofExport((reach) => reach.call(binding, 1));
    // Methods of an object that all share may change it, whatever they are.
    if (found.length === 0 && binding.kind !== 'function' && binding.kind !== 'class' && hasMethods(binding)) found.push({ line: lineOf(binding.node), what: binding.name });
    if (found.length > 0) for (const name of binding.exported) impure[name] = found;
  }
  const { defaultSink } = walk;
  const found = defaultSink && walk.defaultExport && !hasName(walk) ? effects.ofExport((reach) => reach.drain(defaultSink, 1)) : [];
  if (found.length > 0) impure.default = found;
  return impure;
}

const hasMethods = ({ sinks }: Binding): boolean => sinks.some(({ literal, units, uses }) => !literal && (units.length > 0 || uses.some(({ role }) => role === 'new')));

/** What using each local export may read. */
function listReaches(walk: Walk, bindings: readonly Binding[], indexOf: (raw: number) => number): Record<string, readonly Read[]> {
  const reaches: Record<string, readonly Read[]> = {};
  const imports = bindings.some(({ imported, uses }) => imported && uses.length > 0);
  for (const binding of bindings) {
    if (binding.exported.length === 0) continue;
    const reach = new Reach();
    if (imports) reach.call(binding, 3);
    const { reads } = listReads(reach.reads, indexOf);
    for (const name of binding.exported) reaches[name] = reads;
  }
  if (walk.defaultSink && walk.defaultExport && !hasName(walk)) {
    const reach = new Reach();
    if (imports) reach.drain(walk.defaultSink, 3);
    reaches.default = listReads(reach.reads, indexOf).reads;
  }
  return reaches;
}

