/**
 * What a page remembers across loads: releases that failed. Whatever becomes of the storage (none, full, forbidden, damaged), the
 * page goes on without.
 */
import { rejectedKey } from './browser-rejected.js';

/** More than these are not kept, oldest first. */
const most = 20;

export interface Memory {
  /** Releases that are not tried again. */
  rejected(): readonly string[];
  reject(release: string): void;
  forgive(release: string): void;
}

/** Shape: `store` is the path of the store; applications of one origin have memories of their own. */
export function openMemory(store: string): Memory {
  const key = rejectedKey(store);
  let known: readonly string[] = [];
  const read = (): readonly string[] => {
    try {
      const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
      if (Array.isArray(kept)) known = kept.filter((each) => typeof each === 'string');
    } catch {
      // What is known here goes on to count.
    }
    return known;
  };
  const write = (next: readonly string[]): void => {
    known = next.slice(-most);
    try {
      localStorage.setItem(key, JSON.stringify(known));
    } catch {
      // As above.
    }
  };
  return {
    rejected: read,
    reject: (release) => write([...read().filter((each) => each !== release), release]),
    forgive: (release) => void (read().includes(release) && write(known.filter((each) => each !== release))),
  };
}
