/**
 * The one error type and the list of codes. docs/errors.md has a heading for each; a test ties the two.
 */
export const codes = [
  // transform and build
  'PARSE', 'UNSUPPORTED_SYNTAX', 'STATE_PLACE', 'EFFECT_PLACE', 'HOOK_PLACE', 'MISSING_EXPORT', 'PROPERTY_MANGLING',
  'OPTION', 'STORE_WRITE', 'HELD_VALUE', 'IMPORT_UNRESOLVED',
  // store and manifests
  'MANIFEST', 'FORMAT_UNKNOWN', 'APP_MISMATCH', 'ARTIFACT_MISSING', 'ARTIFACT_STAMP', 'STORE_READ', 'RELEASE_UNKNOWN',
  // trust
  'SIGNATURE', 'SIGNATURE_UNSUPPORTED', 'POINTER_OLD', 'POINTER_EXPIRED', 'SCRIPT_BLOCKED', 'KEY',
  // plan
  'OLDER_RELEASE', 'EXPORT_REMOVED', 'ENTRY_CHANGED', 'ENTRY_STALE', 'STALE', 'EFFECT_AT_LOAD', 'STATE_UNDECLARED', 'STATE_AT_LOAD',
  'STATE_DROPPED', 'STATE_CHAIN', 'STATE_NO_DOWN', 'COLD_CHANGED', 'COLD_MISSING', 'WORKER_CHANGED',
  'EXPORT_KIND', 'CLASS_LAYOUT', 'CLASS_HERITAGE', 'CLASS_RENAMED', 'CLASS_TWICE', 'CLASS_PRIVATE', 'CLASS_REMOVED', 'CAPTURED',
  // prepare and commit
  'LINK', 'EVALUATE', 'EVALUATE_TIMEOUT', 'ASYNC_LOAD_MIXED', 'STATE_MIGRATION', 'STATE_SHAPE', 'STATE_ASYNC', 'STATE_TIMEOUT',
  'EFFECT', 'HOOK', 'COMPONENT', 'BUSY', 'PROBATION', 'NO_PREVIOUS',
  'HOT_DECLINED', 'HOT_RESTART',
  'CLASS_FROZEN', 'CLASS_UPGRADE', 'EXPORT_RETIRED', 'FROZEN', 'JOBS_RUNNING', 'JOB_IMPORT',
  // delivery to pages
  'FILE_MISSING', 'DISMISSED', 'SUPERSEDED',
  // Node delivery
  'CONTROL_TAKEN', 'NOT_BUILT', 'NOT_FOLLOWING',
] as const;

export type Code = (typeof codes)[number];

/**
 * Misuse, bad input or a failed step. Expected outcomes of an upgrade are values (`UpgradeResult`), not errors.
 *
 * Shape: `message` is the printed form: code, one sentence, hint, and whether anything was changed.
 */
export class RelupError extends Error {
  // Declared, not defined: every page carries this class.
  declare readonly code: Code;
  declare readonly reason: string;
  declare readonly place: string;
  declare readonly hint: string;

  constructor(code: Code, place: string, reason: string, hint: string, cause?: unknown) {
    super(`[relup] ${code}: ${reason}${place ? ` (${place})` : ''}\n  Hint: ${hint}`, cause === undefined ? {} : { cause });
    Object.assign(this, { name: 'RelupError', code, place, reason, hint });
  }
}
