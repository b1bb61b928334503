/** What becomes known of upgrades: to the audit trail, to subscribers, to whoever supervises this process. */
import type { FollowEvent } from 'relup/node';
import { publish } from '../live/publish.js';
import { audit } from './audit.js';
import { announce } from './supervisor.js';

export function noteUpgrade(event: FollowEvent): void {
  const report = summarise(event);
  audit('relup', `${report.type} ${'release' in report ? report.release : report.error}`);
  publish('upgrades', report);
  announce({ kind: 'upgrade', ...report });
}

/** Plain data: an event may hold errors and the whole plan. */
function summarise(event: FollowEvent) {
  if (event.type === 'problem') return { type: event.type, error: event.error.message };
  const { type, release } = event;
  if (event.type === 'error') return { type, release, error: String(event.error), attributedTo: event.attributedTo };
  if (!('result' in event)) return { type, release };
  const { pauseMs, migrationMs, refusals, plan } = event.result;
  return { type, release, pauseMs, migrationMs, refusals, modules: plan?.modules ?? {} };
}
