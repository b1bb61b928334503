/** Runs the jobs that are due, a few at a time. A job that throws goes back into the queue. */
import { state } from 'relup';
import { audit } from '../operations/audit.js';
import { backoff } from './backoff.js';
import { createJob } from './create-job.js';
import { finishJob, returnJob, takeDueJobs, type QueuedJob } from './queue.js';

const concurrency = 8;

const worker = state({ running: 0, done: 0, failed: 0 });

export function runDueJobs(): void {
  const free = concurrency - worker.running;
  if (free > 0) for (const queued of takeDueJobs(free)) void work(queued);
}

export function workerCounts(): { running: number; done: number; failed: number } {
  return { running: worker.running, done: worker.done, failed: worker.failed };
}

async function work(queued: QueuedJob): Promise<void> {
  worker.running++;
  try {
    await createJob(queued).run();
    finishJob(queued.id);
    worker.done++;
  } catch (error) {
    worker.failed++;
    audit('worker', `${queued.kind} failed: ${String(error)}`);
    returnJob(queued.id, backoff(queued.attempts));
  } finally {
    worker.running--;
  }
}
