/**
 * Plan -> text for people. Pure: colours come from outside, so that output without a terminal stays plain.
 */
import type { Plan, Refusal } from '../runtime/protocol.js';

export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  red(text: string): string;
}

const same = (text: string): string => text;
export const plain: Paint = { bold: same, dim: same, green: same, yellow: same, red: same };

const ways: Readonly<Record<Plan['way'], string>> = {
  none: 'nothing to do, the releases are the same',
  inPlace: 'in place',
  reload: 'reload: the page has to be loaded again',
  handover: 'handover: a new process has to take over',
  refused: 'refused',
};

/** At most this many modules are listed per decision. */
const listed = 20;

export function printPlan(plan: Plan, paint: Paint = plain): string {
  const colour = plan.way === 'refused' ? paint.red : plan.way === 'reload' || plan.way === 'handover' ? paint.yellow : paint.green;
  const lines = [
    `${paint.bold(`${nameOf(plan.from)} -> ${nameOf(plan.to)}`)}  ${colour(ways[plan.way])}`,
  ];
  if (plan.way === 'none') return lines.join('\n');
  for (const decision of ['changed', 'stale', 'refreshed', 'added', 'removed'] as const) {
    const ids = Object.keys(plan.modules).filter(id => plan.modules[id] === decision).sort();
    if (ids.length === 0) continue;
    lines.push(`  ${decision} ${ids.length}`);
    for (const id of ids.slice(0, listed)) lines.push(`    ${id}${decision === 'stale' ? readBy(plan, id) : ''}`);
    if (ids.length > listed) lines.push(paint.dim(`    and ${ids.length - listed} more`));
  }
  lines.push(paint.dim(`  unchanged ${plan.unchanged}`));
  for (const [kind, files] of Object.entries(plan.files)) {
    if (files.length > 0) lines.push(`  ${kind} ${files.join(', ')}`);
  }
  for (const refusal of plan.refusals) lines.push(...printRefusal(refusal, plan.way === 'refused' ? paint.red : paint.yellow));
  if (plan.way === 'inPlace') {
    if (plan.noRollback.length === 0) lines.push(`  rollback ${paint.green('possible')}`);
    else {
      lines.push(`  rollback ${paint.yellow('not possible')}`);
      for (const refusal of plan.noRollback) lines.push(...printRefusal(refusal, paint.yellow));
    }
  }
  for (const note of plan.notes) lines.push(...printRefusal(note, paint.dim));
  if (plan.way === 'inPlace' && plan.drain.length > 0) {
    lines.push(`  pinned jobs ${paint.yellow('end first')}`);
    for (const reason of plan.drain) lines.push(...printRefusal(reason, paint.dim));
  }
  return lines.join('\n');
}

/** ":7 read src/b.js#make, which reads src/c.js#RATE" */
function readBy({ stale }: Plan, id: string): string {
  const why = stale[id];
  return why ? `:${why.line} read ${why.chain.slice(1).join(', which reads ')}` : '';
}

function printRefusal({ code, place, reason, hint }: Refusal, colour: Paint['red']): string[] {
  return [`  ${colour(code)} ${place}`, `    ${reason}`, `    Hint: ${hint.replaceAll('\n', '\n      ')}`];
}

function nameOf(end: Plan['from']): string {
  return `#${end.number} ${end.release}`;
}
