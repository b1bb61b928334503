/**
 * Text and outline of a module, and what its requests turned out to be -> the two forms of its code: what a bundler takes in
 * the module's place, and the artifact, which needs nothing around it. Both hold the same factory, each with its own frame.
 * Pure; must never read anything else.
 */
import MagicString from 'magic-string';
import { names } from '../runtime/names.js';
import type { Link } from '../runtime/protocol.js';
import { applyEdits, type Form } from './edits.js';
import { emittedNames, key } from './emitted.js';
import type { Outline, RequestOutline } from './outline.js';

/** What a request turned out to be. */
export interface Resolution {
  readonly hot: boolean;
  /** Id of a hot module, or the key of a cold one. */
  readonly target: string;
  /** What the import statement in the bundle form says. */
  readonly specifier: string;
}

/** A source map, version 3. */
export interface SourceMap {
  readonly version: 3;
  readonly sources: string[];
  readonly sourcesContent: string[];
  readonly names: string[];
  readonly mappings: string;
}

export interface Rewritten {
  readonly bundle: { readonly code: string; readonly map: SourceMap };
  /** The call that registers the module. */
  readonly artifact: { readonly code: string; readonly map: SourceMap };
  /** The factory as it stands in each form: the same, unless the module has classes of its own. */
  readonly factories: Readonly<Record<Form, string>>;
  /** With `n` and `r`. */
  readonly link: Link;
}

/** What the form for a dev server has besides. */
export interface Serving {
  /** Code for a module runner: the module itself comes as an artifact. */
  readonly isStub: boolean;
  /** What tells this version from others, of the artifact's code. */
  stampOf(artifact: string): string;
  /** What the artifact's code ends with. */
  readonly ending: string;
  /** Source text of `import.meta.env` if the module mentions it. */
  readonly env: string | null;
}

export interface RewriteOptions {
  readonly id: string;
  /** The bundle form is for a dev server, where every module stands for itself: whole link, stamp, and live exports for cold importers. */
  readonly serving?: Serving;
  /** By request index. */
  readonly requests: readonly Resolution[];
  /** By literal specifier. */
  readonly dynamic: Readonly<Record<string, Resolution>>;
  /** By specifier that `import.meta.hot` accepts. */
  readonly accepted?: Readonly<Record<string, Resolution>>;
  /** What the source maps call the source. */
  readonly sourceFile: string;
}

export function rewriteModule(text: string, outline: Outline, options: RewriteOptions): Rewritten {
  const { id, requests, dynamic, accepted = {}, serving } = options;
  const own = linkOf(outline, requests);
  const inBundle = writeFactory(text, outline, own, requests, 'bundle');
  const isOne = outline.body.edits.every((edit) => !('only' in edit));
  const inArtifact = isOne ? inBundle : writeFactory(text, outline, own, requests, 'artifact');
  const link: Link = { ...own, n: outline.requests.map((request, index) => linkedNames(request, requests[index])), r: requests.map(targetOf) };
  const wholeLink = compact(link);
  const exported = serving ? names.servedAccessor : names.accessor;
  const head = writeHead(id, outline, requests, exported);
  const { suffix } = outline.body;
  const artifact = join([`${names.register}(${JSON.stringify(id)}, ${wholeLink},`], inArtifact.code, [`, ${writeDynamic(outline, dynamic, accepted, false)});${serving?.ending ?? ''}`]);
  const meta = serving?.env ? `Object.assign(import.meta, { env: ${serving.env} })` : 'import.meta';
  const bundle = serving?.isStub ? writeStub(id, outline, requests, dynamic) : join([...head, `return ${names.record}${suffix} ??= ${names.define}${suffix}(${JSON.stringify(id)}, ${serving ? wholeLink : compact(own)},`], inBundle.code, [
    `, [${outline.requests.map((request, index) => writeBindings(request, requests[index], index, suffix)).join(', ')}], ${writeDynamic(outline, dynamic, accepted, true)}, ${meta}${serving ? `, ${JSON.stringify(serving.stampOf(artifact))}` : ''}); }`,
    ...writeTail(suffix, exported),
    ...(serving ? writeLive(outline, requests) : []),
  ]);
  const mapOf = (factory: Factory, linesBefore: number): SourceMap => {
    const mapped = factory.map();
    return { version: 3, sources: [options.sourceFile], sourcesContent: [text], names: mapped.names, mappings: ';'.repeat(linesBefore) + mapped.mappings };
  };
  // Maps take as long as all the rest, and most builds ask for none.
  return {
    bundle: { code: bundle, get map() { return mapOf(inBundle, head.length + 1); } },
    artifact: { code: artifact, get map() { return mapOf(inArtifact, 1); } },
    factories: { bundle: inBundle.code, artifact: inArtifact.code },
    link,
  };
}

/**
 * The factory stands on lines of its own, so that its mappings are the same in both forms. Engines compile a function in parentheses at once
 * and with the script, others when they are called; this one always is, and in an upgrade many are in one task.
 */
const join = (before: readonly string[], factory: string, after: readonly string[]): string => `${before.join('\n')} (\n${factory}\n)${after.join('\n')}\n`;

const targetOf = ({ hot, target }: Resolution): string => (hot ? target : `cold:${target}`);

/** What the module needs of a request: the names that a link check looks for. */
function linkedNames(request: RequestOutline, resolution: Resolution | undefined): readonly string[] {
  if (resolution?.hot) return request.names;
  return needsNamespace(request) ? ['*'] : [...new Set([...request.used, ...request.members])].sort();
}

/** Whether a cold request hands over its namespace as it is. */
const needsNamespace = ({ star, used }: RequestOutline): boolean => star || used.includes('*');

/** The link of the module alone. Cold bindings are values as they are. */
function linkOf({ link: { v = [], ...link } }: Outline, requests: readonly Resolution[]): Link {
  const values = v.filter((index) => index < 0 || requests[index]?.hot);
  return values.length > 0 ? { ...link, v: values } : link;
}

interface Factory {
  readonly code: string;
  readonly map: () => { readonly names: string[]; readonly mappings: string };
}

function writeFactory(text: string, { body, requests: outlined }: Outline, { v = [], c }: Link, requests: readonly Resolution[], form: Form): Factory {
  const emitted = emittedNames(body.suffix);
  const string = new MagicString(text);
  applyEdits(string, body.edits, form, (index) => requests[index]?.hot === true);
  const parameters = [emitted.exports, emitted.context, ...outlined.map((_, index) => emitted.request(index)), ...v.map(emitted.values), ...(c ? [emitted.cells] : [])];
  // In front of a moved default function, and behind it.
  string.prepend(`function* (${parameters.join(', ')}) { ${body.hoisted.map((statement) => `${statement} `).join('')}`);
  string.prependRight(0, 'yield;\n');
  string.append('\n}');
  let map: { readonly names: string[]; readonly mappings: string } | null = null;
  return { code: string.toString(), map: () => (map ??= string.generateMap({ hires: 'boundary' })) };
}

/** Everything of the bundle form in front of the factory. Imports stand in the order of the requests: it is the order of evaluation. */
function writeHead(id: string, { body, hot, requests: outlined }: Outline, requests: readonly Resolution[], exported: string): string[] {
  const { suffix, hashbang } = body;
  const lines = [`import { ${hot && exported === names.accessor ? 'defineHot' : 'define'} as ${names.define}${suffix} } from ${JSON.stringify(names.runtime)};`];
  if (hashbang !== null) lines.unshift(hashbang);
  outlined.forEach((request, index) => {
    const resolution = requests[index];
    if (!resolution) throw new Error(`No resolution for request ${index} of ${id}`);
    lines.push(writeImport(request, resolution, index, suffix, exported));
  });
  const accessor = names.accessor + suffix;
  lines.push(`var ${names.record}${suffix};`, `${accessor === exported ? 'export ' : ''}function ${accessor}() {`);
  return lines;
}

function writeTail(suffix: string, exported: string): string[] {
  const accessor = names.accessor + suffix;
  return [...(accessor === exported ? [] : [`export { ${accessor} as ${exported} };`]), `${accessor}().start();`];
}

/**
 * What a facade has, in the module itself: nobody knows beforehand who imports it.
 *
 * ```
 * await $().done; let $v1; $().facade({ "a": ($v) => { $v1 = $v; } }, undefined, true); export { $v1 as a }; export * from './b.js';
 * ```
 */
function writeLive(outline: Outline, requests: readonly Resolution[]): string[] {
  const { suffix } = outline.body;
  const accessor = names.accessor + suffix;
  return [...(outline.async ? [`await ${accessor}().done;`] : []), ...writeExports(outline, requests, `${accessor}()`, suffix)];
}

/**
 * ```
 * import { serve as $serve } from 'relup:runtime'; () => [import('./b.js')]; const $served = await $serve("src/a.js"); ...
 * ```
 * The imports that nobody runs tell Vite's module graph what belongs together.
 */
function writeStub(id: string, outline: Outline, requests: readonly Resolution[], dynamic: Readonly<Record<string, Resolution>>): string {
  const imported = [...new Set([...requests, ...Object.values(dynamic)].map(({ specifier }) => specifier))];
  return [
    `import { serve as ${names.serve} } from ${JSON.stringify(names.runtime)};`,
    `() => [${imported.map((specifier) => `import(${JSON.stringify(specifier)})`).join(', ')}];`,
    `const ${names.served} = await ${names.serve}(${JSON.stringify(id)});`,
    ...writeExports(outline, requests, names.served, ''),
  ].join('\n');
}

/** Real exports, which the runtime keeps. */
function writeExports({ exports, indirect, stars, requests: outlined }: Outline, requests: readonly Resolution[], record: string, suffix: string): string[] {
  const exported = [...exports, ...indirect.map(([name]) => name)];
  const lines: string[] = [];
  if (exported.length > 0) {
    const local = (index: number): string => names.live(index) + suffix;
    lines.push(
      `let ${exported.map((_, index) => local(index)).join(', ')};`,
      `${record}.facade({ ${exported.map((name, index) => `${JSON.stringify(name)}: (${names.live()}) => { ${local(index)} = ${names.live()}; }`).join(', ')} }, undefined, true);`,
      `export { ${exported.map((name, index) => `${local(index)} as ${key(name)}`).join(', ')} };`,
    );
  }
  for (const index of stars) lines.push(`export * from ${JSON.stringify(requests[index]?.specifier ?? outlined[index]?.specifier)};`);
  return lines;
}

/** import { $ as $a1 } from './hot.js'; import { b as $c1_0 } from 'cold'; import * as $c1 from 'cold'; import 'cold'; */
function writeImport(request: RequestOutline, { hot, specifier }: Resolution, index: number, suffix: string, exported: string): string {
  const from = JSON.stringify(specifier);
  if (hot) return `import { ${exported} as ${names.requestAccessor(index)}${suffix} } from ${from};`;
  const entries = Object.entries(request.attributes);
  const clause = entries.length > 0 ? ` with { ${entries.map(([name, value]) => `${key(name)}: ${JSON.stringify(value)}`).join(', ')} }` : '';
  const specifiers = request.names.map((name, binding) => `${key(name)} as ${names.cold(index, binding)}${suffix}`).filter((_, binding) => request.names[binding] !== '*');
  // A namespace and names cannot stand in one declaration; members of the namespace are enough for a bundler to drop the rest.
  if (needsNamespace(request)) return `import * as ${names.cold(index)}${suffix} from ${from}${clause};`;
  const lines: string[] = [];
  if (request.members.length > 0) lines.push(`import * as ${names.cold(index)}${suffix} from ${from}${clause};`);
  if (specifiers.length > 0) lines.push(`import { ${specifiers.join(', ')} } from ${from}${clause};`);
  return lines.join(' ') || `import ${from}${clause};`;
}

/** What `define` gets for a request: an accessor, bindings, or 0. */
function writeBindings(request: RequestOutline, resolution: Resolution | undefined, index: number, suffix: string): string {
  if (resolution?.hot) return names.requestAccessor(index) + suffix;
  if (needsNamespace(request)) return names.cold(index) + suffix;
  const getters = request.used.map((name) => `get ${key(name)}() { return ${names.cold(index, request.names.indexOf(name))}${suffix}; }`);
  for (const name of request.members) {
    if (request.used.includes(name)) continue;
    getters.push(`get ${key(name)}() { return ${names.cold(index)}${suffix}${/^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`}; }`);
  }
  return getters.length > 0 ? `{ ${getters.join(', ')} }` : '0';
}

/** { "./lazy.js": ["src/lazy.js", () => import('./lazy.js')], "./accepted.js": ["src/accepted.js"] } */
function writeDynamic(outline: Outline, dynamic: Readonly<Record<string, Resolution>>, accepted: Readonly<Record<string, Resolution>>, isBundle: boolean): string {
  const entries = outline.dynamic.flatMap(({ specifier, attributes }) => {
    const resolution = Object.hasOwn(dynamic, specifier) ? dynamic[specifier] : undefined;
    if (!resolution) return [];
    const kept = !resolution.hot && Object.keys(attributes).length > 0 ? `, { with: ${JSON.stringify(attributes)} }` : '';
    const load = isBundle ? `, () => import(${JSON.stringify(resolution.specifier)}${kept})` : '';
    return [`${JSON.stringify(specifier)}: [${JSON.stringify(targetOf(resolution))}${load}]`];
  });
  for (const [specifier, resolution] of Object.entries(accepted)) {
    if (resolution.hot && !Object.hasOwn(dynamic, specifier)) entries.push(`${JSON.stringify(specifier)}: [${JSON.stringify(resolution.target)}]`);
  }
  return entries.length > 0 ? `{ ${entries.join(', ')} }` : '{}';
}

/** A link as source text. */
const compact = (link: Link): string => `{${Object.entries(link).map(([name, value]) => `${name}:${JSON.stringify(value)}`).join(',')}}`;
