/**
 * Style sheets of a page: those of the next release are loaded beside the present ones, without effect, and take their places in
 * the turn of the commit. Must never leave the page without one that it had.
 */
import { integrityOf } from './browser-script.js';
import { RelupError } from './errors.js';
import type { Manifest } from './protocol.js';
import type { FileSwap } from './record.js';
import { planSheets } from './sheets.js';

/** What a sheet that has no effect (yet) says of its media. */
const idle = 'not all';

export interface Styles {
  /** Load what the next release needs and the page does not have. Errors: FILE_MISSING; nothing is left in the page then. */
  prepare(from: Manifest, to: Manifest, loaded: Iterable<string>): Promise<FileSwap>;
}

/** Shape: `site` is where the files of the build lie. */
export function createStyles(site: URL): Styles {
  const presentIn = (manifest: Manifest): Map<string, HTMLLinkElement> => {
    const found = new Map<string, HTMLLinkElement>();
    for (const link of document.querySelectorAll<HTMLLinkElement>('link[rel="stylesheet"]')) {
      const path = link.href.split(/[?#]/)[0] ?? '';
      const file = Object.keys(manifest.styles).find((each) => path.endsWith(`/${each}`));
      if (file !== undefined && link.media !== idle && isThere(link)) found.set(file, link);
    }
    return found;
  };

  return {
    async prepare(from, to, loaded) {
      const present = presentIn(from);
      const needed = planSheets(from, to, loaded, [...present.keys()]);
      const isSame = (file: string): boolean => present.has(file) && from.styles[file] === to.styles[file];
      const kept = new Set(needed.flatMap(({ file }) => (isSame(file) ? [file] : [])));
      const incoming: HTMLLinkElement[] = [];
      let last: HTMLLinkElement | null = null;
      for (const { file, replaces } of needed) {
        const old: HTMLLinkElement | null = (replaces === null ? null : present.get(replaces)) ?? null;
        if (!kept.has(file)) {
          const link = linkOf(old, from.styles[file] === undefined ? '' : `?relup=${to.styles[file]?.slice(0, 8)}`, file, site, to.styles[file]);
          incoming.push(link);
          const place: HTMLLinkElement | null = old ?? last;
          if (place) place.after(link);
          else document.head.append(link);
          last = link;
        } else last = old;
      }
      const outgoing = [...present].flatMap(([file, link]) => (kept.has(file) ? [] : [link]));
      const media = new Map([...incoming.map((link) => [link, link.dataset['media'] ?? ''] as const), ...outgoing.map((link) => [link, link.media] as const)]);
      const show = (link: HTMLLinkElement): void => void (link.media = media.get(link) ?? '');
      const hide = (link: HTMLLinkElement): void => void (link.media = idle);
      const remove = (links: readonly HTMLLinkElement[]): void => links.forEach((link) => link.remove());
      try {
        await Promise.all(incoming.map(whenLoaded));
      } catch (error) {
        remove(incoming);
        throw error;
      }
      let isSwitched = false;
      return {
        commit() {
          incoming.forEach(show);
          outgoing.forEach(hide);
          isSwitched = true;
        },
        restore() {
          outgoing.forEach(show);
          incoming.forEach(hide);
          isSwitched = false;
        },
        end: () => remove(isSwitched ? outgoing : incoming),
      };
    },
  };
}

/** A sheet without effect, as the one whose place it takes. */
function linkOf(old: HTMLLinkElement | null, query: string, file: string, site: URL, hash: string | undefined): HTMLLinkElement {
  const link = (old?.cloneNode() ?? document.createElement('link')) as HTMLLinkElement;
  link.rel = 'stylesheet';
  link.href = new URL(file, site).href + query;
  link.dataset['media'] = old?.media ?? '';
  link.media = idle;
  link.crossOrigin = 'anonymous';
  link.removeAttribute('integrity');
  if (hash !== undefined) link.integrity = integrityOf(hash);
  return link;
}

/** One that could not be fetched is left in the page without rules; by Vite's preloading, for example. */
function isThere({ sheet, dataset }: HTMLLinkElement): boolean {
  try {
    return dataset['relup'] !== undefined || (sheet?.cssRules.length ?? 0) > 0;
  } catch {
    // Of another origin, which does not let us look.
    return true;
  }
}

const whenLoaded = (link: HTMLLinkElement): Promise<void> =>
  new Promise((resolve, reject) => {
    link.addEventListener('load', () => {
      delete link.dataset['media'];
      link.dataset['relup'] = '';
      resolve();
    });
    link.addEventListener('error', () => reject(new RelupError('FILE_MISSING', new URL(link.href).pathname, 'A style sheet of the release cannot be fetched, or is not what the manifest says.', 'Deploy the files of the build with its store. Nothing was changed.')));
  });
