/**
 * What a process remembers of releases beyond its own life: which is permanent, and which were given up. It lies in
 * the store as `state.json`; a store that is a URL has none.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Follower } from './follower.js';

interface Remembered {
  /** The release that a restart boots. */
  permanent: string;
  /** Committed, on probation. If the process ends now, it was bad. */
  unconfirmed: string | null;
  /** Rolled back; not tried again. */
  rejected: string[];
}

export interface Memory {
  /** The release to go to at once, because the one that booted never got through its probation. */
  readonly permanentInstead: string | null;
  /** Give up the release on probation: the process is about to end by an error of its. */
  writeRejected(): void;
  stop(): void;
}

/**
 * Keep `state.json` of a store directory up to date.
 *
 * Changes: the file, at every commit, confirm and rollback (temp + rename).
 */
export function keepMemory(directory: string | null, follower: Follower, booted: string): Memory {
  const file = directory === null ? null : `${directory}state.json`;
  const known = file === null ? null : readMemory(file);
  const failed = known !== null && known.permanent !== booted && (known.unconfirmed === booted || known.rejected.includes(booted));
  const remembered: Remembered = { permanent: failed ? known.permanent : booted, unconfirmed: null, rejected: [...(known?.rejected ?? []), ...(failed ? [booted] : [])] };
  // Booting a release again by hand, after it was permanent elsewhere, forgives it.
  remembered.rejected = [...new Set(remembered.rejected)].filter((release) => release !== remembered.permanent);
  for (const release of remembered.rejected) follower.rejected.add(release);

  const write = (): void => {
    if (file === null) return;
    try {
      writeFileSync(`${file}.${process.pid}.tmp`, JSON.stringify(remembered));
      renameSync(`${file}.${process.pid}.tmp`, file);
    } catch {
      // A store that this process may only read: it then remembers nothing beyond its own life.
    }
  };
  write();
  const stop = follower.upgrader.subscribe((event) => {
    if (event.type === 'committed') remembered.unconfirmed = event.release;
    else if (event.type === 'confirmed') Object.assign(remembered, { permanent: event.release, unconfirmed: null });
    else if (event.type === 'rolledBack') Object.assign(remembered, { permanent: event.release, unconfirmed: null, rejected: [...remembered.rejected, event.result.from] });
    else return;
    write();
  });
  return {
    permanentInstead: failed ? known.permanent : null,
    writeRejected() {
      if (remembered.unconfirmed === null) return;
      remembered.rejected.push(remembered.unconfirmed);
      write();
    },
    stop,
  };
}

function readMemory(file: string): Remembered | null {
  try {
    const { permanent, unconfirmed, rejected } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Remembered>;
    if (typeof permanent !== 'string' || !Array.isArray(rejected)) return null;
    return { permanent, unconfirmed: unconfirmed ?? null, rejected: rejected.filter((release) => typeof release === 'string') };
  } catch {
    // No file yet, or one that was damaged: a process starts without memory rather than not at all.
    return null;
  }
}
