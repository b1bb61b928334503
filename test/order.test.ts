/**
 * Modules run in the order of the engine: the same random graph of modules, with cycles and top-level awaits, once as
 * plain ES modules and once rewritten, must leave the same trace, turn of the microtask queue by turn.
 *
 *   RELUP_GRAPHS=1200 RELUP_SEED=1 npx jest test/order.test.ts
 *
 * Both sides run in one realm of their own: a promise of another realm costs an await two turns more.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { afterAll, describe, expect, test } from '@jest/globals';
import { transformSync } from '@swc/core';
import { rollup } from 'rollup';
import { outlineModule } from '../plugin/outline.js';
import { rewriteModule, type Resolution } from '../plugin/rewrite.js';
import { relup } from '../plugin/rollup.js';
import { node24 } from './node24.js';
import { createGraph, dynamicProfile, staticProfile, throwingProfile, type Graph, type Profile } from './graphs.js';

const project = fileURLToPath(new URL('..', import.meta.url));
const firstSeed = Number(process.env['RELUP_SEED'] ?? 1);
const count = Number(process.env['RELUP_GRAPHS'] ?? 200);
/** A build takes a hundred times as long as a rewrite. */
const builtCount = Math.ceil(count / 8);
const seeds = (number: number): number[] => Array.from({ length: number }, (_, index) => firstSeed + index);

type Trace = readonly string[];

/** All microtasks that are there, and those that they bring. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Evaluate module texts in a context of their own and tell what they traced, and how it ended. */
async function traceModules(texts: ReadonlyMap<string, string>, entry: string, outcomeOf: (error: unknown) => string): Promise<Trace> {
  const trace: string[] = [];
  const context = vm.createContext({ trace: (text: string) => void trace.push(text) });
  const made = new Map<string, vm.SourceTextModule>();
  const get = (name: string): vm.SourceTextModule => {
    const text = texts.get(name);
    if (text === undefined) throw new Error(`No module is named ${name}.`);
    const module = made.get(name) ?? new vm.SourceTextModule(text, { context, identifier: name, initializeImportMeta: (meta) => void (meta.url = name) });
    made.set(name, module);
    return module;
  };
  const root = get(entry);
  await root.link((specifier) => get(specifier.replace('./', '')));
  let outcome = 'never settled';
  root.evaluate().then(() => (outcome = 'fulfilled'), (error: unknown) => (outcome = outcomeOf(error)));
  await settle();
  return [...trace, outcome];
}

const outcomeOf = (error: unknown): string => `rejected: ${String((error as { message?: unknown }).message)}`;

const traceNatively = (graph: Graph): Promise<Trace> => traceModules(graph.modules, graph.entry, outcomeOf);

const stripTypes = (source: string): string => transformSync(source, { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }).code;

/** The runtime's sources by file name, to be evaluated inside the realm of the graph. */
const runtimeTexts = new Map(
  readdirSync(join(project, 'runtime')).filter((file) => file.endsWith('.ts')).map((file) => [file.replace(/\.ts$/, '.js'), stripTypes(readFileSync(join(project, 'runtime', file), 'utf8'))]),
);

/** Rewritten modules, unbundled: each one starts at the place where the engine evaluates its carrier. */
function rewriteGraph(graph: Graph): ReadonlyMap<string, string> {
  const texts = new Map(runtimeTexts);
  texts.set('relup:runtime', "export { define } from './main.js';");
  for (const [file, source] of graph.modules) texts.set(file, rewrite(file, source));
  texts.set('entry', `import { $ } from './${graph.entry}';\n$().facade({}, import.meta.url);\nawait $().done;`);
  return texts;
}

function rewrite(file: string, source: string): string {
  const outline = outlineModule(source, { id: file, define: {}, keepMetaEnv: false });
  const resolve = ({ specifier }: { readonly specifier: string }): Resolution => ({ hot: true, target: specifier.replace('./', ''), specifier });
  const dynamic = Object.fromEntries(outline.dynamic.map((request) => [request.specifier, resolve(request)]));
  return rewriteModule(source, outline, { id: file, requests: outline.requests.map(resolve), dynamic, sourceFile: file }).bundle.code;
}

const traceRewritten = (graph: Graph): Promise<Trace> => traceModules(rewriteGraph(graph), 'entry', outcomeOf);

// -- the real build

const workspace = mkdtempSync(join(tmpdir(), 'relup-order-'));
afterAll(() => rmSync(workspace, { recursive: true, force: true }));

/** Write the sources of a graph and answer its entry. */
function writeGraph(graph: Graph, folder: string): string {
  const dir = join(workspace, folder, String(graph.seed));
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
  for (const [file, source] of graph.modules) writeFileSync(join(dir, file), source);
  return join(dir, graph.entry);
}

async function traceBuilt(graphs: readonly Graph[]): Promise<Trace[]> {
  const files: string[] = [];
  for (const graph of graphs) {
    const input = writeGraph(graph, 'sources');
    const bundle = await rollup({ input, treeshake: false, preserveEntrySignatures: 'strict', plugins: [relup({ root: dirname(input), app: 'order', store: false })], onLog() {} });
    const dir = join(workspace, 'built', String(graph.seed));
    await bundle.write({ dir, format: 'es', entryFileNames: 'entry.js' });
    await bundle.close();
    writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
    files.push(join(dir, 'entry.js'));
  }
  return traceFiles(files);
}

/** Import files one after the other in one fresh process, and tell what each traced. */
function traceFiles(files: readonly string[]): Trace[] {
  const script = join(workspace, 'trace.mjs');
  writeFileSync(script, `
    import { pathToFileURL } from 'node:url';
    const traces = [];
    process.on('unhandledRejection', () => {});
    for (const file of ${JSON.stringify(files)}) {
      const trace = [];
      globalThis.trace = text => { trace.push(text); };
      let outcome;
      import(pathToFileURL(file).href).then(() => { outcome = 'fulfilled'; }, error => { outcome = 'rejected: ' + error.message; });
      // Loading files takes turns of the event loop, deadlocks would take all of them.
      for (let turn = 0, quiet = 0; quiet < 20 && turn < 2000; turn++) {
        const before = trace.length;
        await new Promise(resolve => setTimeout(resolve));
        quiet = outcome !== undefined && before === trace.length ? quiet + 1 : 0;
      }
      traces.push([...trace, outcome ?? 'never settled']);
    }
    process.stdout.write(JSON.stringify(traces), () => process.exit(0));
  `);
  const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', script], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (!stdout) throw new Error(`The traces were not written:\n${stderr}`);
  return JSON.parse(stdout) as Trace[];
}

/** Graphs whose trace differs, with everything one needs to look into it. */
function report(differing: readonly { readonly graph: Graph; readonly native: Trace; readonly hot: Trace }[]): string {
  const shortest = [...differing].sort((a, b) => a.native.length - b.native.length)[0];
  if (!shortest) return '';
  const { graph, native, hot } = shortest;
  const lines = Array.from({ length: Math.max(native.length, hot.length) }, (_, index) => `${native[index] === hot[index] ? ' ' : '!'} ${(native[index] ?? '').padEnd(40)} ${hot[index] ?? ''}`);
  const sources = [...graph.modules].map(([name, source]) => `--- ${name}\n${source}`);
  return [`seeds ${differing.slice(0, 20).map(({ graph: { seed } }) => seed).join(', ')} (${differing.length} graphs differ); the shortest is ${graph.seed} (engine | relup):`, ...lines, ...sources].join('\n');
}

async function compare(profile: Profile, number: number, traceHot: (graph: Graph) => Promise<Trace> | Trace, same: (trace: Trace) => Trace = (trace) => trace): Promise<string> {
  const differing = [];
  let events = 0;
  for (const seed of seeds(number)) {
    const graph = createGraph(seed, profile);
    const native = same(await traceNatively(graph));
    const hot = same(await traceHot(graph));
    events += native.length;
    if (native.join('\n') !== hot.join('\n')) differing.push({ graph, native, hot });
  }
  // A trace of nothing would equal anything.
  expect(events).toBeGreaterThan(number * 15);
  return report(differing);
}

describe('order of evaluation', () => {
  test(`equals the engine's in ${count} graphs with cycles and top-level await`, async () => {
    expect(await compare(staticProfile, count, traceRewritten)).toBe('');
  });

  // Node 20 dies of some such graphs by itself (V8: "Check failed: module->status() == kEvaluating").
  const engineSurvives = Number(process.versions.node.split('.')[0]) >= 22;
  test(`equals the engine's in ${count} graphs with modules that throw`, async () => {
    if (engineSurvives) return expect(await compare(throwingProfile, count, traceRewritten)).toBe('');
    const there = spawnSync(node24, ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', 'test/order.test.ts', '-t', 'modules that throw'], { cwd: project, encoding: 'utf8' });
    expect(there.stderr).toMatch(/^Tests: .*\b1 passed/m);
    expect(there.status).toBe(0);
  });

  test(`equals the engine's in ${builtCount} graphs that were built with Rollup`, async () => {
    const graphs = seeds(builtCount).map((seed) => createGraph(seed, staticProfile));
    const traces = await traceBuilt(graphs);
    expect(await compare(staticProfile, builtCount, ({ seed }) => traces[seed - firstSeed] ?? [])).toBe('');
  });

  test(`evaluates the same modules as the engine in ${builtCount} graphs with dynamic imports`, async () => {
    const graphs = seeds(builtCount).map((seed) => createGraph(seed, dynamicProfile));
    const [built, native] = [await traceBuilt(graphs), traceFiles(graphs.map((graph) => writeGraph(graph, 'native')))];
    const differing = graphs.flatMap((graph, index) => {
      // What a module sees of others depends on when a host loads: only what ran, and how it ended, is compared.
      const ran = (trace: Trace | undefined): Trace => (trace ?? []).filter((text) => !/sees|dead/.test(text)).sort();
      const [hot, engine] = [ran(built[index]), ran(native[index])];
      return hot.join('\n') === engine.join('\n') ? [] : [{ graph, native: engine, hot }];
    });
    expect(report(differing)).toBe('');
  });

  test('is compared by a harness that notices a module that comes too late', async () => {
    const late = (graph: Graph): Promise<Trace> => {
      const texts = new Map(rewriteGraph(graph));
      for (const [file] of graph.modules) texts.set(file, (texts.get(file) ?? '').replace('$().start();', 'await 0;\n$().start();'));
      return traceModules(texts, 'entry', outcomeOf);
    };
    expect(await compare(staticProfile, 50, late)).toMatch(/^seeds \d+/);
  });
});
