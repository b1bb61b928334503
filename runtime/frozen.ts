/**
 * Modules that somebody locked: upgrades that would change them are refused. Patterns mean what they mean in the options of
 * the plugin.
 */
import { RelupError } from './errors.js';
import type { Plan, Refusal } from './protocol.js';

/** A module id (`src/main.ts`), a folder (`src/legacy/`), a package's name, or an expression that ids are tested with. */
export type Pattern = string | RegExp;

export interface Frozen {
  freeze(pattern: Pattern): void;
  /** False if that pattern was not frozen. */
  thaw(pattern: Pattern): boolean;
  isFrozen(id: string): boolean;
  patterns(): readonly string[];
  /** Why a plan cannot be carried out. */
  refusals(plan: Plan['modules']): readonly Refusal[];
}

export function createFrozen(): Frozen {
  const patterns = new Map<string, Pattern>();
  const frozenBy = (id: string): string | undefined => [...patterns].find(([, pattern]) => matches(pattern, id))?.[0];
  return {
    freeze(pattern) {
      if (typeof pattern !== 'string' && !(pattern instanceof RegExp)) throw new RelupError('OPTION', '', `A pattern is ${JSON.stringify(pattern)}.`, 'Give an id, a folder that ends with "/", a package, or a regular expression. Nothing was changed.');
      patterns.set(String(pattern), pattern instanceof RegExp ? new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')) : pattern);
    },
    thaw: (pattern) => patterns.delete(String(pattern)),
    isFrozen: (id) => frozenBy(id) !== undefined,
    patterns: () => [...patterns.keys()],
    refusals: (modules) => Object.entries(modules).flatMap(([id, decision]) => {
      const by = decision === 'added' ? undefined : frozenBy(id);
      return by === undefined ? [] : [{ code: 'FROZEN', place: id, reason: `${id} is frozen by ${JSON.stringify(by)}, and the release has it ${decision}.`, hint: `Thaw it: thaw(${by.startsWith('/') ? by : JSON.stringify(by)}). Nothing was changed.` }];
    }),
  };
}

function matches(pattern: Pattern, id: string): boolean {
  if (pattern instanceof RegExp) return pattern.test(id);
  if (pattern === id || id.split('?')[0] === pattern) return true;
  return pattern.endsWith('/') ? id.startsWith(pattern) : `/${id}`.includes(`/node_modules/${pattern}/`);
}
