/**
 * What a module asks of others, from its walk: requests with the names that they need, re-exports, literal import calls.
 * Which requests there are, and in which order, is settled here and nowhere else.
 */
import { isVanished } from './author.js';
import { isTableRead } from './imports.js';
import type { Binding } from './scope.js';
import { lineOf, literalString } from './tree.js';
import type { Walk } from './walk.js';

/** One import or export-from; all declarations with this specifier and these attributes. */
export interface RequestOutline {
  readonly specifier: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Imported and re-exported names, sorted; '*' if the namespace is needed as a value. A linker checks them. */
  readonly names: readonly string[];
  /** Those of `names` that running code reads or that are re-exported. */
  readonly used: readonly string[];
  /** Names that are read as members of the namespace. They need not exist. */
  readonly members: readonly string[];
  /** `export * from` */
  readonly star: boolean;
  /** Nothing is imported: the module is only evaluated. */
  readonly sideEffectOnly: boolean;
  readonly line: number;
}

/** An import call with a literal specifier. */
export interface DynamicOutline {
  readonly specifier: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly line: number;
}

interface NamesOfRequest {
  readonly names: Set<string>;
  readonly used: Set<string>;
  readonly members: Set<string>;
}

/** The requests that stay: one that only brought the author API vanishes with its calls. */
export function listRequests(walk: Walk): { readonly requests: RequestOutline[]; readonly indexOf: (raw: number) => number } {
  const found: NamesOfRequest[] = walk.requests.map(() => ({ names: new Set(), used: new Set(), members: new Set() }));
  const vanishing = new Set<number>();
  for (const binding of walk.module.bindings.values()) {
    const { imported } = binding;
    const target = imported && found[imported.request];
    if (!target) continue;
    if (walk.requests[imported.request]?.specifier === 'relup' && isVanished(binding)) {
      vanishing.add(imported.request);
      continue;
    }
    addNames(target, binding, walk.deadNames);
  }
  for (const { request, imported } of walk.indirect) {
    found[request]?.names.add(imported ?? '*');
    found[request]?.used.add(imported ?? '*');
  }
  const positions: number[] = [];
  const requests: RequestOutline[] = [];
  walk.requests.forEach(({ specifier, attributes, node }, raw) => {
    const { names, used, members } = found[raw] as NamesOfRequest; // made above for each
    const star = walk.stars.includes(raw);
    const isEmpty = names.size === 0 && members.size === 0 && !star;
    positions.push(isEmpty && vanishing.has(raw) ? -1 : requests.length);
    if (isEmpty && vanishing.has(raw)) return;
    requests.push({ specifier, attributes, names: [...names].sort(), used: [...used].sort(), members: [...members].sort(), star, sideEffectOnly: isEmpty, line: lineOf(node) });
  });
  return { requests, indexOf: (raw) => positions[raw] ?? -1 };
}

function addNames({ names, used, members }: NamesOfRequest, { imported, uses, name: local }: Binding, deadNames: ReadonlySet<string>): void {
  const name = imported?.name ?? '*';
  if (name !== '*') {
    // What only dead code mentions is not needed; what nothing mentions is still checked.
    if (uses.length > 0 || !deadNames.has(local)) names.add(name);
    if (uses.length > 0) used.add(name);
    return;
  }
  for (const use of uses) {
    if (isTableRead(use) && !imported?.literalStar) members.add(use.chain.first);
    else {
      names.add('*');
      used.add('*');
    }
  }
}

/** Exports that are another module's: `export { a } from`, and `export { a }` of an import. */
export function listIndirect(walk: Walk, indexOf: (raw: number) => number): (readonly [string, number, string | null])[] {
  const indirect = walk.indirect.map(({ exported, request, imported }) => [exported, indexOf(request), imported] as const);
  for (const { exported, use } of walk.localExports) {
    const imported = use.binding?.imported;
    if (imported) indirect.push([exported, indexOf(imported.request), imported.name === '*' ? null : imported.name]);
  }
  return indirect;
}

export function listDynamic(walk: Walk): DynamicOutline[] {
  const found = new Map<string, DynamicOutline>();
  for (const node of walk.imports) {
    const specifier = literalString(node.source);
    if (specifier === null || found.has(specifier)) continue;
    found.set(specifier, { specifier, attributes: readAttributes(node.options), line: lineOf(node) });
  }
  return [...found.values()];
}

/** { with: { type: 'json' } } */
function readAttributes(options: unknown): Record<string, string> {
  const attributes: Record<string, string> = {};
  const [clause] = propertiesOf(options).filter(({ name }) => name === 'with');
  for (const { name, value } of propertiesOf(clause?.value)) {
    const text = literalString(value as Parameters<typeof literalString>[0]);
    if (text !== null) attributes[name] = text;
  }
  return attributes;
}

function propertiesOf(value: unknown): { readonly name: string; readonly value: unknown }[] {
  const node = value as { type?: string; properties?: { type: string; key?: { name?: string; value?: string }; value?: unknown; computed?: boolean }[] } | null | undefined;
  if (node?.type !== 'ObjectExpression') return [];
  return (node.properties ?? []).flatMap(({ type, key, value: inner, computed }) => (type === 'ObjectProperty' && !computed ? [{ name: key?.name ?? String(key?.value), value: inner }] : []));
}
