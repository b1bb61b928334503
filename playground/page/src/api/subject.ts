/** A value that components watch: who subscribes is called with every change. */
export interface Subject<Value> {
  value: Value;
  readonly watchers: Set<() => void>;
}

export function change<Value>(subject: Subject<Value>, value: Value): void {
  subject.value = value;
  for (const watcher of subject.watchers) watcher();
}

export function watch(subject: Subject<unknown>, watcher: () => void): () => void {
  subject.watchers.add(watcher);
  return () => subject.watchers.delete(watcher);
}
