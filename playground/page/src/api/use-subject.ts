/** The value of a subject, in a component. */
import { useCallback, useSyncExternalStore } from 'react';
import { watch, type Subject } from './subject.js';

export function useSubject<Value, Part>(subject: Subject<Value>, select: (value: Value) => Part): Part {
  const subscribe = useCallback((watcher: () => void) => watch(subject, watcher), [subject]);
  return useSyncExternalStore(subscribe, () => select(subject.value));
}
