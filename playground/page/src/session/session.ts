/** Who is signed in. */
import { state } from 'relup';
import { queryClient } from '../api/query-client.js';
import { change, type Subject } from '../api/subject.js';
import type { Session } from '../api/types.js';
import { useSubject } from '../api/use-subject.js';

const session: Subject<Session | null> = state({ value: null as Session | null, watchers: new Set<() => void>() });

export function beginSession(begun: Session): void {
  // What another customer was answered.
  queryClient().clear();
  change(session, begun);
}

export function endSession(): void {
  change(session, null);
}

export function currentToken(): string | null {
  return session.value?.token ?? null;
}

export function currentCustomer(): string | null {
  return session.value?.customer.id ?? null;
}

export function useSession(): Session | null {
  return useSubject(session, value => value);
}
