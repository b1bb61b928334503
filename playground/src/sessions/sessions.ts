/** Who is signed in. In memory only. */
import { randomUUID } from 'node:crypto';
import { state } from 'relup';
import { Unauthorised } from '../problem.js';

interface Session {
  readonly customer: string;
  requests: number;
  seenAt: number;
}

const store = state({ sessions: new Map<string, Session>(), opened: 0 });

/** Answers the token of a new session. */
export function openSession(customer: string): string {
  const token = randomUUID();
  store.sessions.set(token, { customer, requests: 0, seenAt: Date.now() });
  store.opened++;
  return token;
}

/** Counts a request of a session and answers whose it is. */
export function useSession(token: string): { customer: string; requests: number } {
  const session = store.sessions.get(token);
  if (!session) throw new Unauthorised('The session is unknown or has ended.');
  session.requests++;
  session.seenAt = Date.now();
  return { customer: session.customer, requests: session.requests };
}

export function endIdleSessions(idleMs: number): number {
  const oldest = Date.now() - idleMs;
  let ended = 0;
  for (const [token, session] of store.sessions) {
    if (session.seenAt < oldest && store.sessions.delete(token)) ended++;
  }
  return ended;
}

export function sessionCounts(): { open: number; opened: number } {
  return { open: store.sessions.size, opened: store.opened };
}
