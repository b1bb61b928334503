/**
 * What each style sheet of a build was made of. Vite says which sheet a chunk came with; the chunk, which sources it holds.
 */
import type { OutputBundle } from 'rollup';
import type { Session } from './session.js';
import { isStyle } from './options.js';

/** What Vite adds to chunks. */
interface StyledChunk {
  readonly viteMetadata?: { readonly importedCss: ReadonlySet<string> };
  readonly moduleIds: readonly string[];
}

/** Remember it while the chunks are there: Vite takes those out that hold nothing but styles. */
export function collectSheets({ sheets, idOf }: Session, bundle: OutputBundle): void {
  for (const chunk of Object.values(bundle)) {
    if (chunk.type !== 'chunk') continue;
    const { viteMetadata, moduleIds } = chunk as StyledChunk;
    const sources = moduleIds.filter(isStyle).map(idOf);
    // Without a sheet of its own it goes into the one of all chunks.
    for (const file of viteMetadata?.importedCss.size ? viteMetadata.importedCss : ['']) {
      if (sources.length > 0) sheets.set(file, [...new Set([...sheets.get(file) ?? [], ...sources])].sort());
    }
  }
}

/** By file of the release: its own sources, or all those that went into no sheet of a chunk. */
export function sheetsOf({ sheets }: Session, styles: Readonly<Record<string, string>>): Record<string, readonly string[]> {
  return Object.fromEntries(Object.keys(styles).sort().flatMap(file => {
    const sources = sheets.get(file) ?? sheets.get('');
    return sources ? [[file, sources] as const] : [];
  }));
}
