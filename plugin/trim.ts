/**
 * Text of a chunk -> the same without what the modules in it need not export: the name in the link and the statement that
 * puts the function into the table. What then nothing mentions, minifiers drop. Goes by the shape of the rewrite's own text,
 * as bundlers print it, and leaves alone whatever it does not find in that shape. Pure.
 */

/** A replacement of a part of a text. */
export interface Part {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** `$record ??= $define("src/cart.js", {f:["total"]}, (function* ($e, $x, $1) {` */
const definition = /\?\?=\s*[\w$]+\((?<id>"(?:[^"\\]|\\.)*"),\s*(?<link>\{[^{}]*\}),\s*\(\s*function\s*\*\s*\([\w$\s,]*\)\s*\{/g;
/** `$e.total = total;` */
const hoistedWrite = /\s*\$e_*\.([\w$]+) = [\w$]+;/y;
/** `f:["a","b"],` and `h:["a",["b","a"]],` */
const functionNames = /([{,]\s*)f:\s*(\[[^\]]*\])(,?)/;
const handledNames = /([{,]\s*)h:\s*(\[(?:[^[\]]|\[[^\]]*\])*\])(,?)/;

/** Replacements, in the order of the text. Shape: `unneeded` are names by module id. */
export function trimText(code: string, unneeded: ReadonlyMap<string, readonly string[]>): Part[] {
  const parts: Part[] = [];
  for (const found of code.matchAll(definition)) {
    const { id = '""', link = '' } = found.groups ?? {};
    const names = unneeded.get(JSON.parse(id) as string);
    if (!names) continue;
    const left = new Set(names);
    const end = found.index + found[0].length;
    const writes = hoistedWrites(code, end).filter(({ name }) => left.has(name));
    const shorter = withoutNames(link, left);
    // All or nothing: a name in the link that never comes into the table would be a hole.
    if (shorter === null || writes.length !== names.length) continue;
    const start = found.index + found[0].indexOf(link, found[0].indexOf(id) + id.length);
    parts.push({ start, end: start + link.length, text: shorter }, ...writes);
  }
  return parts;
}

/** The statements with which a factory begins, as parts to remove. */
function hoistedWrites(code: string, start: number): (Part & { readonly name: string })[] {
  const found: (Part & { readonly name: string })[] = [];
  hoistedWrite.lastIndex = start;
  for (let match = hoistedWrite.exec(code); match; match = hoistedWrite.exec(code)) {
    found.push({ name: match[1] as string, start: match.index, end: hoistedWrite.lastIndex, text: '' }); // the group takes part in every match
  }
  return found;
}

/** {f:["a","b"],h:["a","b"]} -> {f:["b"],h:["b"]} */
function withoutNames(link: string, names: ReadonlySet<string>): string | null {
  const shorter = withoutListed(link, 'f', functionNames, names);
  return shorter && withoutListed(shorter, 'h', handledNames, names);
}

function withoutListed(link: string, field: string, pattern: RegExp, names: ReadonlySet<string>): string | null {
  const found = pattern.exec(link);
  if (!found) return null;
  let listed: unknown;
  try {
    listed = JSON.parse(found[2] as string); // the group takes part in every match
  } catch {
    return null;
  }
  if (!Array.isArray(listed) || ![...names].every(name => listed.includes(name))) return null;
  const kept = listed.filter(name => !names.has(name as string));
  return link.replace(pattern, (_, before: string, __, after: string) => before + (kept.length > 0 ? `${field}:${JSON.stringify(kept)}${after}` : ''));
}

/** Shape: `parts` do not overlap and stand in the order of the text. */
export function replaceParts(code: string, parts: readonly Part[]): string {
  let at = 0;
  let result = '';
  for (const { start, end, text } of parts) {
    result += code.slice(at, start) + text;
    at = end;
  }
  return result + code.slice(at);
}
