/**
 * Sees to it that no save is lost: watchers keep silent about a file that changes again within 50 ms (chokidar; half of 60 quick saves
 * were lost). So a moment after each event the file is compared with what it was then, and told of once more.
 */
import { statSync } from 'node:fs';
import type { FSWatcher } from 'vite';

/** Longer than watchers are silent. */
const compareMs = 80;

export function tellOfQuickSaves(watcher: FSWatcher): void {
  const comparing = new Map<string, NodeJS.Timeout>();
  const compareLater = (file: string): void => {
    const before = stateOf(file);
    clearTimeout(comparing.get(file));
    comparing.set(file, setTimeout(() => {
      comparing.delete(file);
      const now = stateOf(file);
      if (now !== null && now !== before) watcher.emit('change', file);
    }, compareMs).unref());
  };
  watcher.on('change', compareLater);
  watcher.on('add', compareLater);
}

/** What changes whenever a file is written; null if there is none. */
function stateOf(file: string): string | null {
  const found = statSync(file, { throwIfNoEntry: false, bigint: true });
  return found ? `${found.mtimeNs} ${found.size} ${found.ino}` : null;
}
