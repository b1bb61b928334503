/**
 * Which style sheets a page needs in a release. Pure: what stands in the page is the host's.
 */
import type { Manifest } from './protocol.js';

/** What of a release is asked here. */
export type Sheets = Pick<Manifest, 'modules' | 'sheets' | 'styles'>;

/** A style sheet of the new release. */
export interface NeededSheet {
  readonly file: string;
  /** The one in the page that it takes the place of; itself if it stays as it is. */
  readonly replaces: string | null;
}

/** Sources that a module brings: what it imports, and itself where style sheets have exports. */
const sourcesOf = ({ modules }: Sheets, id: string): string[] => [id, ...(modules[id]?.requests ?? []).map((target) => (target.startsWith('cold:') ? target.slice('cold:'.length) : target))];

/**
 * The style sheets of a page after it went from one release to another, in the order in which they stand there.
 *
 * Shape: `loaded` are ids of the modules that run then, `present` the files that the page shows. What no module of the old release
 *        imports, the page has of its own and keeps.
 */
export function planSheets(from: Sheets, to: Sheets, loaded: Iterable<string>, present: readonly string[]): NeededSheet[] {
  const wanted = new Set<string>();
  for (const id of loaded) for (const source of sourcesOf(to, id)) wanted.add(source);
  const imported = new Set(Object.keys(from.modules).flatMap((id) => sourcesOf(from, id)));
  for (const file of present) for (const source of from.sheets?.[file] ?? []) if (!imported.has(source)) wanted.add(source);
  const needed = Object.entries(to.sheets ?? {}).flatMap(([file, sources]) => (sources.some((source) => wanted.has(source)) ? [file] : []));
  const left = new Set(needed);
  const placed = present.flatMap((old): NeededSheet[] => {
    const sources = from.sheets?.[old];
    // Nothing is known of it: it is none of the build's business.
    if (!sources) return [{ file: old, replaces: old }];
    const same = [...left].filter((file) => file === old || to.sheets?.[file]?.some((source) => sources.includes(source)));
    for (const file of same) left.delete(file);
    return same.map((file, index) => ({ file, replaces: index === 0 ? old : null }));
  });
  return [...placed, ...[...left].map((file) => ({ file, replaces: null }))];
}
