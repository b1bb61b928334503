/**
 * Runs a graph of modules given as text three ways: by the engine, as rewritten artifacts, and as rewritten bundle modules; and
 * compares what they log, what they export and how they end. Cold modules are values given by the test.
 * All runs happen in fresh contexts, so that nothing is shared but the text.
 */
import { inspect } from 'node:util';
import vm from 'node:vm';
import { expect } from '@jest/globals';
import { outlineModule, type Outline, type OutlineOptions } from '../../plugin/outline.js';
import { rewriteModule, type Resolution } from '../../plugin/rewrite.js';
import { createRuntime, defineModule } from '../../runtime/core.js';
import { evaluate, whenDone } from '../../runtime/evaluate.js';
import { namespaceOf } from '../../runtime/link.js';
import type { Dynamic, Factory, Link } from '../../runtime/protocol.js';
import type { ModuleRecord, Runtime } from '../../runtime/record.js';

export type Graph = Readonly<Record<string, string>>;
export type Cold = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What a run shows of itself. */
export interface Outcome {
  readonly log: readonly string[];
  /** Names and values of the entry's exports, or the name of the error that it ended with. */
  readonly end: readonly (readonly [string, string])[] | string;
}

export interface Options extends Omit<OutlineOptions, 'id'> {
  readonly cold?: Cold;
}

const show = (value: unknown): string => {
  if (typeof value === 'function') return `function ${value.name}`;
  // Errors of the runtime are of another realm than those of the engine.
  if (Object.prototype.toString.call(value) === '[object Error]') return (value as Error).name;
  return inspect(value, { depth: 4 });
};

function createContext(log: string[]): vm.Context {
  return vm.createContext({
    log: (...values: unknown[]) => void log.push(values.map(show).join(' ')),
    queueMicrotask,
  });
}

/** `./b.js` as written in `lib/a.js` -> `lib/b.js` */
const resolve = (specifier: string): string => specifier.replace(/^\.\//, '');

function endOf(namespace: object): (readonly [string, string])[] {
  return Reflect.ownKeys(namespace).filter((name) => typeof name === 'string').map((name) => {
    try {
      return [name, show((namespace as Record<string, unknown>)[name])] as const;
    } catch (error) {
      return [name, `throws ${(error as Error).name}`] as const;
    }
  });
}

const failureOf = (error: unknown): string => `${(error as Error | undefined)?.name ?? String(error)}`;

/** Turns of the microtask queue, for what a module leaves running. */
const settle = (): Promise<void> => new Promise((done) => setImmediate(done));

async function runModules(texts: Graph, entry: string, cold: Cold, log: string[], extra: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {}): Promise<object> {
  const context = createContext(log);
  const modules = new Map<string, vm.Module>();
  const values = { ...cold, ...extra };
  const load = (specifier: string): vm.Module => {
    const name = resolve(specifier);
    const known = modules.get(name);
    if (known) return known;
    const text = texts[name];
    const value = values[name];
    let module: vm.Module;
    if (text !== undefined) {
      module = new vm.SourceTextModule(text, {
        context, identifier: name,
        initializeImportMeta: (meta) => void (meta.url = `file:///${name}`),
        importModuleDynamically: async (wanted: string) => {
          const imported = load(wanted);
          if (imported.status === 'unlinked') await imported.link(load);
          await imported.evaluate();
          return imported;
        },
      } as vm.SourceTextModuleOptions);
    } else if (value) {
      module = new vm.SyntheticModule(Object.keys(value), function (this: vm.SyntheticModule) {
        for (const [key, held] of Object.entries(value)) this.setExport(key, held);
      }, { context, identifier: name });
    } else throw new Error(`No module ${name}`);
    modules.set(name, module);
    return module;
  };
  const module = load(entry);
  await module.link(load);
  await module.evaluate();
  return module.namespace;
}

async function observe(run: (log: string[]) => Promise<object>): Promise<Outcome> {
  const log: string[] = [];
  try {
    const namespace = await run(log);
    await settle();
    return { log, end: endOf(namespace) };
  } catch (error) {
    await settle();
    return { log, end: failureOf(error) };
  }
}

export const runNative = (graph: Graph, entry: string, cold: Cold = {}): Promise<Outcome> => observe((log) => runModules(graph, entry, cold, log));

function resolutions(outline: Outline, graph: Graph): { requests: Resolution[]; dynamic: Record<string, Resolution> } {
  const find = (specifier: string): Resolution => ({ hot: resolve(specifier) in graph, target: resolve(specifier), specifier });
  return { requests: outline.requests.map(({ specifier }) => find(specifier)), dynamic: Object.fromEntries(outline.dynamic.map(({ specifier }) => [specifier, find(specifier)])) };
}

/** Rewrite all modules of a graph. */
export function rewriteGraph(graph: Graph, options: Omit<OutlineOptions, 'id'> = {}): Map<string, { outline: Outline; bundle: string; artifact: string }> {
  const rewritten = new Map<string, { outline: Outline; bundle: string; artifact: string }>();
  for (const [id, text] of Object.entries(graph)) {
    const outline = outlineModule(text, { ...options, id });
    const { bundle, artifact } = rewriteModule(text, outline, { id, ...resolutions(outline, graph), sourceFile: id });
    rewritten.set(id, { outline, bundle: bundle.code, artifact: artifact.code });
  }
  return rewritten;
}

const createTestRuntime = (): Runtime => createRuntime({
  now: () => 0,
  schedule: (task) => void setImmediate(task),
  importCold: () => Promise.reject(new Error('no cold import')),
});

/** Run the artifacts of a graph. */
export function runArtifacts(graph: Graph, entry: string, { cold = {}, ...options }: Options = {}): Promise<Outcome> {
  return observe(async (log) => {
    const context = createContext(log);
    const runtime = createTestRuntime();
    const namespaces = new Map<string, object>();
    for (const name of Object.keys(cold)) namespaces.set(name, await runModules({}, name, cold, log));
    for (const [id, { artifact }] of rewriteGraph(graph, options)) {
      const evaluateText = vm.runInContext(`(function (__relup__) { "use strict"; ${artifact} })`, context) as (register: unknown) => void;
      evaluateText((name: string, link: Link, factory: Factory, dynamic: Dynamic) => {
        const requests = (link.r ?? []).map((target) => (target.startsWith('cold:') ? (namespaces.get(target.slice(5)) as Record<string, unknown>) : () => runtime.records.get(target) as ModuleRecord));
        defineModule(runtime, name, link, factory, requests, dynamic, { url: `file:///${id}` });
      });
    }
    const record = runtime.records.get(entry) as ModuleRecord;
    await evaluate(record.current);
    return namespaceOf(record);
  });
}

/** Run the bundle form of a graph by the engine. */
export function runBundle(graph: Graph, entry: string, { cold = {}, ...options }: Options = {}): Promise<Outcome> {
  return observe(async (log) => {
    const runtime = createTestRuntime();
    const texts = Object.fromEntries([...rewriteGraph(graph, options)].map(([id, { bundle }]) => [id, bundle]));
    const define = (...definition: unknown[]): unknown => (defineModule as (...all: unknown[]) => unknown)(runtime, ...definition);
    const namespace = (await runModules(texts, entry, cold, log, { 'relup:runtime': { define } })) as { $: () => ModuleRecord };
    const record = namespace.$();
    await whenDone(record.current);
    return namespaceOf(record);
  });
}

/**
 * Assert that a graph does the same as the engine's own modules, in both forms.
 *
 * Shape: `graph` by name, `m.js` is requested as './m.js'; the entry is the first. Answers what was observed.
 */
export async function expectSameAsNative(graph: Graph | string, options: Options = {}): Promise<Outcome> {
  const modules = typeof graph === 'string' ? { 'main.js': graph } : graph;
  const entry = Object.keys(modules)[0] ?? '';
  const native = await runNative(modules, entry, options.cold);
  if (native.log.length === 0 && (typeof native.end === 'string' ? native.end : native.end.length) === 0) throw new Error('The program shows nothing that could be compared.');
  const artifacts = await runArtifacts(modules, entry, options);
  expect({ form: 'artifact', ...artifacts }).toEqual({ form: 'artifact', ...native });
  const bundle = await runBundle(modules, entry, options);
  expect({ form: 'bundle', ...bundle }).toEqual({ form: 'bundle', ...native });
  return native;
}
