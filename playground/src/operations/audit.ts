/** Who did what. Entries are collected in memory and written together. */
import { state } from 'relup';
import { run, transaction } from '../database/connection.js';

interface Entry {
  readonly at: number;
  readonly actor: string;
  readonly action: string;
}

const trail = state({ pending: [] as Entry[], written: 0 });

export function audit(actor: string, action: string): void {
  trail.pending.push({ at: Date.now(), actor, action });
}

export function flushAudit(): void {
  if (trail.pending.length === 0) return;
  const entries = trail.pending.splice(0);
  transaction(() => {
    for (const { at, actor, action } of entries) run('INSERT INTO audit (at, actor, action) VALUES (?, ?, ?)', at, actor, action);
  });
  trail.written += entries.length;
}

export function auditCounts(): { written: number; pending: number } {
  return { written: trail.written, pending: trail.pending.length };
}
