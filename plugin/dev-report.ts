/**
 * What a dev server says to people: lines in the terminal, frames and problems for the overlay. Pure, but for reading the sources
 * that a frame shows.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { originalPositionFor, TraceMap, type SourceMapInput } from '@jridgewell/trace-mapping';
import type { DevPatch, DevProblem, DevReport } from '../runtime/dev-protocol.js';
import type { Refusal } from '../runtime/protocol.js';
import { RelupError } from '../runtime/errors.js';
import type { DevModule } from './dev-modules.js';
import { drawFrame } from './parse.js';

const describeRefusal = ({ code, place, reason, hint }: Refusal): string => `  ${code}: ${reason}${place ? ` (${place})` : ''}\n  Hint: ${hint}`;

const many = 5;
const list = (names: readonly string[]): string => names.slice(0, many).join(', ') + (names.length > many ? ` and ${names.length - many} more` : '');

/** What is about to be done with what was saved. */
export function describePlanned({ plan, files, frames }: DevPatch, environment: string): string {
  const what = `${list(files.length > 0 ? files : Object.keys(plan.modules))} (${environment})`;
  if (plan.way === 'inPlace' || plan.way === 'none') return plan.notes.map((note) => `${what}: note\n${describeRefusal(note)}`).join('\n');
  return `${what} refused; what runs goes on as it was\n${plan.refusals.map((each) => `${describeRefusal(each)}${frames[each.place] ? `\n${frames[each.place]}` : ''}`).join('\n')}`;
}

/** What became of it. Null if there is nothing to say. */
export function describeReport({ outcome, modules, pauseMs, refusals }: DevReport, environment: string, sent: { readonly files: readonly string[]; readonly totalMs: number } | undefined): string | null {
  if (outcome === 'none') return null;
  const what = `${sent && sent.files.length > 0 ? `${list(sent.files)} ` : ''}(${environment})`;
  if (outcome === 'refused') return refusals.length > 0 ? `${what} refused; what runs goes on as it was\n${refusals.map(describeRefusal).join('\n')}` : null;
  return `${what} upgraded, ${modules} module${modules === 1 ? '' : 's'}${sent ? ` in ${sent.totalMs.toFixed(0)} ms` : ''}, pause ${(pauseMs ?? 0).toFixed(2)} ms`;
}

/** Shape: frames by place, `id:line`, where a module and a line are known. */
export function drawFrames(places: readonly (readonly [place: string, module: DevModule | undefined])[], root: string): Record<string, string> {
  const frames: Record<string, string> = {};
  for (const [place, module] of places) {
    const line = Number(/:(\d+)$/.exec(place)?.[1]);
    if (!module || !(line > 0)) continue;
    const { text, at, file } = originOf(module, line, root);
    frames[place] = `${file}:${at}\n${drawFrame(text, at, 0).replace(/\n.*\^$/m, '')}`;
  }
  return frames;
}

/** Plans speak of the text that relup was given; people, of what they wrote. */
function originOf({ sourceMap, text, id, resolvedId }: DevModule, line: number, root: string): { readonly text: string; readonly at: number; readonly file: string } {
  const own = { text, at: line, file: id };
  if (!sourceMap || !(sourceMap as { mappings?: string }).mappings) return own;
  const map = new TraceMap(sourceMap as SourceMapInput);
  const column = /\S/.exec(text.split('\n')[line - 1] ?? '')?.index ?? 0;
  const found = originalPositionFor(map, { line, column, bias: 1 });
  const file = resolvedId.split('?')[0] ?? '';
  if (found.line === null) return own;
  try {
    return { text: readFileSync(file, 'utf8'), at: found.line, file: relative(root, file).replaceAll('\\', '/') };
  } catch {
    return own;
  }
}

/** An error of a plugin, as Vite's overlay shows it. */
export function problemOf(error: unknown, root: string): DevProblem {
  const { message = String(error), stack = '', id, frame, plugin, loc } = (typeof error === 'object' && error !== null ? error : {}) as Partial<DevProblem>;
  const hasFrame = typeof frame === 'string' && frame !== '';
  const isOurs = error instanceof RelupError;
  return {
    message: isOurs ? `${error.code}: ${error.reason}${error.place ? ` (${error.place})` : ''}\n${error.hint}` : stripVTControlCharacters(message),
    stack: isOurs ? '' : stripVTControlCharacters(stack).replaceAll(`${root}/`, ''),
    ...(id !== undefined && { id }),
    ...(hasFrame && { frame: stripVTControlCharacters(frame) }),
    plugin: isOurs ? 'relup' : plugin ?? '',
    ...(loc && { loc }),
  };
}
