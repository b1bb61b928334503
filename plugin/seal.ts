/**
 * A factory takes nothing from the chunk around it, so the bundler need not parse, analyse and print it: a seal stands for it
 * until chunks are rendered. Saves most of what plain Rollup does with a module. Pure.
 *
 * Must never be used where others look into the code of modules or chunks in between, or where a source map is wanted.
 */
import type { Part } from './trim.js';

/** What the seal looks like once Rollup has printed it, which it does as it read it. */
const sealText = /function\* \(\) \{ return \[("relup:factory:(?:[^"\\]|\\.)*")[^\]]*\] \}/g;
const prefix = 'relup:factory:';

/** Code that could reach what it does not name stays as it is. */
export function canSeal(globals: readonly string[]): boolean {
  return !globals.includes('eval') && !globals.includes('arguments');
}

/**
 * A function, because a factory is one. It names the globals of the factory, so that the bundler keeps those names free:
 * a cold module's own `fetch` must not come in between.
 */
export function seal(id: string, globals: readonly string[]): string {
  return `function* () { return [${[JSON.stringify(prefix + id), ...globals].join(', ')}] }`;
}

/** Replacements for the seals in a chunk. Shape: `factoryOf` answers the text for a module id. */
export function breakSeals(code: string, factoryOf: (id: string) => string): Part[] {
  return [...code.matchAll(sealText)].map(found => ({
    start: found.index,
    end: found.index + found[0].length,
    text: factoryOf((JSON.parse(found[1] as string) as string).slice(prefix.length)), // the group takes part in every match
  }));
}
