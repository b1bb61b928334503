/** The queue of background work, in the database: it survives restarts and upgrades alike. */
import { all, one, run } from '../database/connection.js';

export type Kind = 'confirm-order' | 'pack-order' | 'ship-order';

export interface Payload {
  readonly order: number;
}

export interface QueuedJob {
  readonly id: number;
  readonly kind: Kind;
  readonly payload: Payload;
  readonly attempts: number;
}

type Row = Omit<QueuedJob, 'payload'> & { readonly payload: string };

export function enqueue(kind: Kind, payload: Payload, delayMs = 0): void {
  run('INSERT INTO jobs (kind, payload, dueAt) VALUES (?, ?, ?)', kind, JSON.stringify(payload), Date.now() + delayMs);
}

/** Takes up to `limit` jobs that are due; they belong to the caller until finished or returned. */
export function takeDueJobs(limit: number): QueuedJob[] {
  const rows = all<Row>("SELECT * FROM jobs WHERE state = 'ready' AND dueAt <= ? ORDER BY dueAt LIMIT ?", Date.now(), limit);
  for (const row of rows) run("UPDATE jobs SET state = 'running', attempts = attempts + 1 WHERE id = ?", row.id);
  return rows.map(row => ({ ...row, attempts: row.attempts + 1, payload: JSON.parse(row.payload) as Payload }));
}

export function finishJob(id: number): void {
  run('DELETE FROM jobs WHERE id = ?', id);
}

export function returnJob(id: number, delayMs: number): void {
  run("UPDATE jobs SET state = 'ready', dueAt = ? WHERE id = ?", Date.now() + delayMs, id);
}

/** Jobs that wait or run. */
export function queueLength(): number {
  return one<{ length: number }>('SELECT count(*) AS length FROM jobs')?.length ?? 0;
}

/** Jobs that a killed process had begun are due again. */
export function reclaimJobs(): void {
  run("UPDATE jobs SET state = 'ready' WHERE state = 'running'");
}
