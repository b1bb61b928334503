/**
 * What a process remembers of releases beyond its own life: which is permanent, which were given up, and how new a pointer it saw. It lies in
 * the store as `state.json`; a store that is a URL has none.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { RelupError } from './errors.js';
import { releaseGivenUp, type Follower } from './follower.js';
import type { NodeStore } from './node-store.js';
import type { Manifest } from './protocol.js';

interface Remembered {
  /** The release that a restart goes to, and its number. */
  permanent: string;
  number: number;
  /** Committed, on probation. A process that boots it goes back to the permanent one. */
  unconfirmed: string | null;
  /** Rolled back; not tried again. */
  rejected: string[];
  /** The highest number that a signed pointer named. Older ones are replays. */
  seen: number;
}

export interface Memory {
  /** The release to go to at once: the one that booted never got through its probation, or is older than the permanent one. */
  readonly permanentInstead: string | null;
  /** Give up the release on probation: the process is about to end by an error of its. */
  writeRejected(): void;
  stop(): void;
}

/**
 * Keep `state.json` of a store directory up to date.
 *
 * Changes: the file, at every commit, confirm and rollback, and at every higher number of a signed pointer (temp + rename).
 * Errors:  STORE_WRITE goes to `onProblem`, once: the process then remembers nothing beyond its own life.
 */
export function keepMemory({ directory, trust }: Pick<NodeStore, 'directory' | 'trust'>, follower: Follower, booted: Manifest, onProblem: (error: RelupError) => void): Memory {
  const file = directory === null ? null : `${directory}state.json`;
  const known = file === null ? null : readMemory(file);
  const failed = known !== null && known.permanent !== booted.release && (known.unconfirmed === booted.release || known.rejected.includes(booted.release));
  const permanentInstead = known && (failed || known.number > booted.number) ? known : null;
  const { permanent, number } = permanentInstead ?? { permanent: booted.release, number: booted.number };
  const remembered: Remembered = { permanent, number, unconfirmed: null, rejected: [], seen: known?.seen ?? 0 };
  const reject = (release: string): void => void (remembered.rejected = [...new Set([...remembered.rejected, release])]);
  // What became permanent, by whatever way, is forgiven.
  const forgive = (release: string): void => void (remembered.rejected = remembered.rejected.filter((other) => other !== release));
  known?.rejected.forEach(reject);
  if (failed) reject(booted.release);
  forgive(permanent);
  for (const release of remembered.rejected) follower.rejected.add(release);

  let told = false;
  const write = (): void => {
    if (file === null) return;
    const temporary = `${file}.${process.pid}.tmp`;
    try {
      writeFileSync(temporary, JSON.stringify(remembered));
      renameSync(temporary, file);
    } catch (cause) {
      rmSync(temporary, { force: true });
      if (!told) onProblem(new RelupError('STORE_WRITE', 'state.json', `What became of releases cannot be written: ${cause instanceof Error ? cause.message : String(cause)}.`, 'Let this process write into the store. Until then a restart forgets what was rolled back; everything else goes on.', cause));
      told = true;
    }
  };
  write();
  trust.remember(remembered.seen, (seen) => {
    remembered.seen = seen;
    write();
  });
  const stop = follower.upgrader.subscribe((event) => {
    const givenUp = releaseGivenUp(event);
    if (givenUp !== null) reject(givenUp);
    if (event.type === 'committed') remembered.unconfirmed = event.release;
    else if (event.type === 'confirmed' || event.type === 'rolledBack') Object.assign(remembered, { permanent: event.release, number: follower.upgrader.current().number, unconfirmed: null });
    else return;
    forgive(event.release);
    write();
  });
  return {
    permanentInstead: permanentInstead?.permanent ?? null,
    writeRejected() {
      if (remembered.unconfirmed === null) return;
      reject(remembered.unconfirmed);
      write();
    },
    stop,
  };
}

function readMemory(file: string): Remembered | null {
  try {
    const { permanent, number, unconfirmed, rejected, seen } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Remembered>;
    if (typeof permanent !== 'string' || typeof number !== 'number' || !Array.isArray(rejected)) return null;
    return { permanent, number, unconfirmed: unconfirmed ?? null, rejected: rejected.filter((release) => typeof release === 'string'), seen: typeof seen === 'number' ? seen : 0 };
  } catch {
    // No file yet, or one that was damaged: a process starts without memory rather than not at all.
    return null;
  }
}
