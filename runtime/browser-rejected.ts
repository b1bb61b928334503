/**
 * Releases that failed in this application, where pages find them again after they were loaded anew. Written by browser-memory.ts.
 */

/** Where they are kept, by the path of the store. */
export const rejectedKey = (store: string): string => `relup:${store}`;

/** A page whose storage is forbidden knows of none. */
export function isRejected(store: string, release: string): boolean {
  try {
    return localStorage.getItem(rejectedKey(store))?.includes(release) ?? false;
  } catch {
    return false;
  }
}
