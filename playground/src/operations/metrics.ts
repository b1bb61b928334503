/** What the service has done since it started. */
import { state } from 'relup';
import { observeDuration, quantile } from './histogram.js';

const record = state({
  startedAt: Date.now(),
  answers: 0,
  faults: 0,
  /** Times of the latest faults, in milliseconds since 1970. */
  latestFaults: [] as number[],
  /** See histogram.ts. */
  durations: [] as number[],
});

export function recordAnswer(status: number, ms: number): void {
  record.answers++;
  observeDuration(record.durations, ms);
  if (status < 500 || status === 503) return;
  record.faults++;
  record.latestFaults.push(Date.now());
  if (record.latestFaults.length > 100) record.latestFaults.shift();
}

/** Answers with a status of 500 or more in the last so many milliseconds. */
export function faultsWithin(ms: number): number {
  const oldest = Date.now() - ms;
  return record.latestFaults.filter(at => at >= oldest).length;
}

export function answerCounts(): { startedAt: number; answers: number; faults: number; p99: number } {
  return { startedAt: record.startedAt, answers: record.answers, faults: record.faults, p99: quantile(record.durations, 0.99) };
}
