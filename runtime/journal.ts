/**
 * The undo journal: every live change of a commit pushes what takes it back.
 */
export type Journal = (() => void)[];

/** Take everything back, newest first. Errors on the way are collected, never thrown: restoring must reach the end. */
export function restoreAll(journal: Journal): unknown[] {
  const suppressed: unknown[] = [];
  for (let undo = journal.pop(); undo; undo = journal.pop()) {
    try {
      undo();
    } catch (error) {
      suppressed.push(error);
    }
  }
  return suppressed;
}
