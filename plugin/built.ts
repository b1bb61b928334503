/**
 * What a build tells the code that runs in it, and the page that this code runs in: where the store is, what upgrades pages, which
 * release the page is of. Pure.
 */
import type { Built } from '../runtime/built.js';

/** Text of `runtime/built.js` in a build. */
export const builtText = (built: Built): string => `export const built = ${JSON.stringify(built)};`;

/** The store's URL. `base` as Vite has it; a relative one is relative to the page. */
export const storeUrl = (base: string, folder: string): string => `${base === './' ? '' : base}${folder}/`;

/** Stands in a page for its release, which is known when all files are. */
const unknown = '%relup-release%';

/** The element by which a page says of which release it is, and which number that has: built again, the same release has another. */
export const releaseMark = { tag: 'meta', attrs: { name: 'relup-release', content: unknown }, injectTo: 'head' as const };

const mark = (content: string): string => `<meta name="relup-release" content="${content}">`;

/** The page with its release. */
export const markPage = (text: string, release: string, number: number): string => text.replace(mark(unknown), mark(`${release}.${number}`));

/** The page as it was before it was marked: what its release is made of. */
export const unmarkedPage = (text: string): string => text.replace(/<meta name="relup-release" content="[0-9a-f]{16}\.\d+">/, mark(unknown));
