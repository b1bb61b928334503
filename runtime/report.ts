/**
 * Events as lines for people. Pure.
 */
import type { RelupError } from './errors.js';
import type { Refusal } from './protocol.js';
import type { UpgradeEvent } from './upgrade.js';

const short = (release: string): string => release.slice(0, 8);

const describeRefusal = ({ code, place, reason, hint }: Refusal): string => `\n  ${code}: ${reason}${place ? ` (${place})` : ''}\n  Hint: ${hint}`;

/** One line an event; refusals in full below it. */
export function describeEvent(event: UpgradeEvent | { readonly type: 'problem'; readonly error: RelupError }): string {
  switch (event.type) {
    case 'preparing':
      return `[relup] ${short(event.release)} preparing`;
    case 'confirmed':
      return `[relup] ${short(event.release)} confirmed, permanent`;
    case 'error':
      return `[relup] ${short(event.release)} error in ${event.attributedTo} code: ${String(event.error)}`;
    case 'waiting':
      return `[relup] ${short(event.release)} waits for ${event.jobs.length} job${event.jobs.length === 1 ? '' : 's'}: ${event.jobs.slice(0, 10).join(', ')}${event.jobs.length > 10 ? ', ...' : ''}`;
    case 'lost':
      return `[relup] ${short(event.release)} does not have any more: ${event.exports.join(', ')}; saved references keep the old code until it is purged`;
    case 'invalidated': {
      const { message, accepted } = event;
      const boundaries = [...new Set(accepted.map(([boundary]) => boundary))].join(', ');
      return `[relup] ${short(event.release)} ${event.module} was invalidated${message === undefined ? '' : `: ${message}`}; ${boundaries ? `goes to ${boundaries}` : 'nobody above accepts it, importers have the new exports already'}`;
    }
    case 'purged':
      return `[relup] ${short(event.release)} purged ${event.purge.releases.length} old releases${event.purge.exports.length ? `; gone for good: ${event.purge.exports.join(', ')}` : ''}`;
    case 'problem':
      return event.error.message;
    default: {
      const { from, to, plan, pauseMs, migrationMs, refusals, outcome, restarted } = event.result;
      const modules = plan ? `, ${Object.keys(plan.modules).length} of ${Object.keys(plan.modules).length + plan.unchanged} modules` : '';
      const pause = pauseMs === null ? '' : `, pause ${pauseMs.toFixed(2)} ms (${(migrationMs ?? 0).toFixed(2)} ms migrations)`;
      return `[relup] ${short(from)} -> ${short(to)} ${outcome}${modules}${pause}${refusals.map(describeRefusal).join('')}${restarted?.length ? `\n  Started again: ${restarted.join(', ')}` : ''}`;
    }
  }
}
