/**
 * What runs and who is old -> text for people. Pure; takes the answer of a process as it comes over its socket.
 */
import { plain, type Paint } from './print.js';

interface Job {
  readonly name: string;
  readonly mode: string;
  readonly ageMs: number;
  readonly site: string | null;
}

/** An answer to `versions`, as `Versions` of the runtime. */
export interface VersionsAnswer {
  readonly release: string;
  readonly number: number;
  readonly state: string;
  readonly modules: readonly { readonly id: string; readonly stamp: string; readonly evaluated: boolean; readonly frozen?: boolean }[];
  readonly jobs: readonly Job[];
  readonly old: readonly {
    readonly release: string;
    readonly number: number;
    readonly modules: readonly { readonly id: string; readonly stamp: string }[];
    readonly jobs: readonly Job[];
    readonly hooks: readonly { readonly hook: string; readonly module: string | null }[];
    readonly unconfirmed: boolean;
    readonly captured: boolean;
  }[];
  readonly classes: readonly { readonly module: string; readonly key: string; readonly migrated: number; readonly quarantined: readonly { readonly error: unknown }[] }[];
  readonly managed: { readonly include: readonly string[]; readonly exclude: readonly string[]; readonly frozen: readonly string[] };
}

/** Rows of one kind that are printed; `--json` has all. */
const most = 20;

export function printVersions({ release, number, state, modules, jobs, old, classes, managed }: VersionsAnswer, { bold, dim, yellow }: Paint = plain): string {
  const lines = [`${bold(`#${number} ${release}`)}  ${state}, ${modules.length} modules`];
  add(lines, modules, ({ id, stamp, evaluated, frozen }) => `  ${id}  ${dim(stamp.slice(0, 8))}${evaluated ? '' : dim('  not loaded')}${frozen ? yellow('  frozen') : ''}`);
  add(lines, jobs, job => `  ${printJob(job)}`);
  for (const left of old) {
    lines.push('', `${bold(`#${left.number} ${left.release}`)}  old${left.unconfirmed ? ', what a rollback returns to' : ''}${left.captured ? yellow(', held by code of the application') : ''}`);
    add(lines, left.modules, ({ id, stamp }) => `  ${id}  ${dim(stamp.slice(0, 8))}`);
    add(lines, left.jobs, job => `  ${printJob(job)}`);
    add(lines, left.hooks, ({ hook, module }) => `  ${hook}${module === null ? '' : ` of ${module}`} has not settled`);
  }
  if (classes.length > 0) lines.push('', bold('instances on their way to a new layout'));
  add(lines, classes, ({ module, key, migrated, quarantined }) => `  ${key} of ${module}  ${migrated} migrated${quarantined.length > 0 ? yellow(`, ${quarantined.length} quarantined: ${String(quarantined[0]?.error)}`) : ''}`);
  for (const key of ['include', 'exclude', 'frozen'] as const) if (managed[key].length > 0) lines.push('', `${bold(key)}  ${managed[key].join(', ')}`);
  return lines.join('\n');
}

const printJob = ({ name, mode, ageMs, site }: Job): string => `job "${name}"  ${mode}, ${(ageMs / 1000).toFixed(1)} s${site === null ? '' : `, started at ${site}`}`;

function add<T>(lines: string[], rows: readonly T[], print: (row: T) => string): void {
  for (const row of rows.slice(0, most)) lines.push(print(row));
  if (rows.length > most) lines.push(`  and ${rows.length - most} more`);
}
