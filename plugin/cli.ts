#!/usr/bin/env node
/**
 * The command `relup`: a dev server for Node servers, plans between releases of a store, control of a running process, keys.
 *
 * Only reads stores. Exit codes of `plan`: 0 in place or nothing to do, 3 reload, 4 handover, 2 refused, 1 anything else.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, Option } from 'commander';
import colours from 'picocolors';
import { RelupError } from '../runtime/errors.js';
import { planReleases, type PlanOptions } from '../runtime/plan.js';
import type { Manifest, Plan } from '../runtime/protocol.js';
import { parseManifest } from '../runtime/verify.js';
import { askProcess } from './control.js';
import { addKeysCommand } from './keys-command.js';
import { printPlan } from './print.js';
import { printVersions, type VersionsAnswer } from './print-versions.js';
import { serve, type ServeFlags } from './serve-command.js';
import { listReleases, readLatest, readRelease } from './store.js';

const exitCodes: Readonly<Record<Plan['way'], number>> = { none: 0, inPlace: 0, refused: 2, reload: 3, handover: 4 };

export interface Output {
  out(text: string): void;
  err(text: string): void;
}

/** Runs one command line and answers its exit code. */
export async function runCli(args: readonly string[], output: Output): Promise<number> {
  let exitCode = 0;
  const program = new Command('relup')
    .enablePositionalOptions()
    .description('Upgrades running JavaScript: a dev server, plans between releases, and control of a running process.')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ writeOut: text => output.out(text), writeErr: text => output.err(text) });

  program.command('dev')
    .description('run a Node server from its sources and upgrade it in place at every save')
    .argument('<entry>', 'the server, for example src/server.ts')
    .argument('[args...]', 'what the server itself gets')
    .option('--config <file>', 'configuration of Vite; by default vite.config.* if there is one')
    .option('--mode <mode>', 'mode of Vite, for .env files')
    .passThroughOptions()
    .action(async (entry: string, args: string[], flags: ServeFlags) => {
      exitCode = await serve(entry, args, flags, line => output.out(line));
    });

  program.command('plan')
    .description('show how release A becomes release B; exit code 0 in place, 3 reload, 4 handover, 2 refused')
    .argument('<from>', 'release: its name, the beginning of it, #number, "latest", "previous" or a manifest file')
    .argument('<to>', 'release, likewise')
    .option('--store <dir>', 'folder of the store', 'dist/relup')
    .option('--json', 'print the plan as JSON')
    .option('--rollback', 'the older release is wanted')
    .option('--allow <codes...>', 'refusals to accept, as the option allow of the plugin')
    .addOption(new Option('--on-stale <policy>', 'what becomes of stale modules').choices(['refuse', 'reevaluate']))
    .action((from: string, to: string, flags: PlanFlags) => {
      const store = resolve(flags.store);
      const options: PlanOptions = {
        ...(flags.onStale && { onStale: flags.onStale }),
        ...(flags.allow && { allow: flags.allow }),
        ...(flags.rollback && { rollback: true }),
      };
      const plan = planReleases(findRelease(store, from), findRelease(store, to), options);
      output.out(flags.json ? `${JSON.stringify(plan, null, 2)}\n` : `${printPlan(plan, colours)}\n`);
      exitCode = exitCodes[plan.way];
    });

  const ctl = program.command('ctl').description('control a running process');
  const commands: readonly [name: string, description: string, argument?: string][] = [
    ['status', 'what runs, and what the last upgrade did'],
    ['upgrade', 'upgrade to the latest release, or to another one', '[release]'],
    ['rollback', 'go back to the release before'],
    ['confirm', 'end probation: the release becomes permanent'],
    ['versions', 'modules and jobs, and what still holds anything of old releases'],
    ['purge', 'tell jobs of old releases to stop, and give up what is left of them'],
  ];
  for (const [name, description, argument] of commands) {
    const command = ctl.command(name).description(description)
      .option('--store <dir>', 'folder of the store that the process follows', 'dist/relup')
      .option('--socket <path>', 'control socket; default: control.sock in the store')
      .option('--timeout <seconds>', 'how long to wait for the answer', '60')
      .option('--json', 'print the answer as JSON');
    if (argument) command.argument(argument);
    if (name === 'purge') command.option('--grace <ms>', 'how long the jobs have to end');
    command.action(async (...parameters: unknown[]) => {
      const { grace } = command.opts<ControlFlags>();
      const given = argument && typeof parameters[0] === 'string' ? [parameters[0]] : grace === undefined ? [] : [grace];
      exitCode = await control(name, given, command.opts<ControlFlags>(), output);
    });
  }

  addKeysCommand(program, text => output.out(text));

  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    output.err(`${error instanceof RelupError ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
    return 1;
  }
  return exitCode;
}

interface PlanFlags {
  readonly store: string;
  readonly json?: boolean;
  readonly rollback?: boolean;
  readonly allow?: string[];
  readonly onStale?: 'refuse' | 'reevaluate';
}

interface ControlFlags {
  readonly store: string;
  readonly socket?: string;
  readonly timeout: string;
  readonly grace?: string;
  readonly json?: boolean;
}

async function control(name: string, args: readonly string[], flags: ControlFlags, output: Output): Promise<number> {
  const socketPath = flags.socket ?? join(resolve(flags.store), 'control.sock');
  const seconds = Number(flags.timeout);
  if (!(seconds > 0)) {
    output.err(`--timeout is ${JSON.stringify(flags.timeout)}: give a number of seconds.\n`);
    return 1;
  }
  let answer;
  try {
    answer = await askProcess(socketPath, { command: name, args }, seconds * 1000 + (Number(flags.grace) || 0));
  } catch (error) {
    output.err(`No process answers at ${socketPath}: ${error instanceof Error ? error.message : String(error)}\n`
      + '  Hint: start the application with follow(store, { control: true }), or name its socket with --socket.\n');
    return 1;
  }
  if (flags.json) output.out(`${JSON.stringify(answer, null, 2)}\n`);
  else if (answer.ok) output.out(`${name === 'versions' ? printVersions(answer.result as VersionsAnswer, colours) : printResult(answer.result)}\n`);
  if (!answer.ok) {
    if (!flags.json) output.err(`${answer.error.message}\n`);
    return 2;
  }
  // An upgrade that did not happen is an answer, not an error; scripts still have to see it.
  const outcome = (answer.result as { outcome?: unknown } | null)?.outcome;
  return outcome === 'refused' || outcome === 'failed' || outcome === 'rolledBack' && name !== 'rollback' ? 2 : 0;
}

function printResult(result: unknown): string {
  if (typeof result === 'string') return result;
  if (typeof result !== 'object' || result === null) return String(result);
  return Object.entries(result).map(([key, value]) => `${colours.bold(key)}  ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`).join('\n');
}

/** `latest`, `previous`, `#3`, a name, the beginning of a name, or a manifest file. */
function findRelease(store: string, wanted: string): Manifest {
  if (wanted.endsWith('.json') && existsSync(wanted)) return parseManifest(readFileSync(wanted, 'utf8'), basename(wanted));
  const releases = listReleases(store);
  if (releases.includes(wanted)) return readRelease(store, wanted);
  if (wanted === 'latest') {
    const latest = readLatest(store);
    if (latest) return readRelease(store, latest.release);
  } else if (wanted === 'previous' || /^#?\d{1,9}$/.test(wanted)) {
    const manifests = releases.map(release => readRelease(store, release)).sort((left, right) => right.number - left.number);
    const found = wanted === 'previous' ? manifests[1] : manifests.find(manifest => manifest.number === Number(wanted.replace('#', '')));
    if (found) return found;
  }
  const [only, ...more] = wanted.length >= 4 ? releases.filter(release => release.startsWith(wanted)) : [];
  if (only !== undefined && more.length === 0) return readRelease(store, only);
  throw new RelupError('RELEASE_UNKNOWN', '', more.length > 0 ? `"${wanted}" begins more than one release.` : `There is no release "${wanted}" in the store.`,
    releases.length > 0 ? `It has: ${releases.join(', ')}.` : 'Build a release first, or name the store with --store.');
}

function packageVersion(): string {
  for (const up of ['..', '../..']) {
    const file = fileURLToPath(new URL(`${up}/package.json`, import.meta.url));
    if (!existsSync(file)) continue;
    const found = JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown };
    if (typeof found.version === 'string') return found.version;
  }
  return 'unknown';
}

/** Whether this file is what Node was asked to run; a test imports it instead. */
function isMain(): boolean {
  try {
    return process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url);
  } catch {
    return false;
  }
}

if (isMain()) {
  process.exitCode = await runCli(process.argv.slice(2), {
    out: text => process.stdout.write(text),
    err: text => process.stderr.write(text),
  });
}
