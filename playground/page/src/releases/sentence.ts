/** What an event of an upgrade means to who looks at the page; null if nothing. Pure. */
import type { UpgradeEvent } from 'relup/browser';

export function sentenceOf(event: UpgradeEvent): string | null {
  switch (event.type) {
    case 'committed': return 'came in place.';
    // What is busy is tried again.
    case 'refused': return event.result.refusals[0]?.code === 'BUSY' ? null : `(${event.release.slice(0, 8)} was refused)`;
    case 'rolledBack': return `(${event.release.slice(0, 8)} was taken back)`;
    default: return null;
  }
}
