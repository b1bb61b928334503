/**
 * What a page tells of releases, besides what every upgrader tells. Types only.
 */
import type { Offer } from './browser-moment.js';
import type { RelupError } from './errors.js';
import type { Refusal } from './protocol.js';
import type { UpgradeEvent } from './upgrade.js';

export type FollowEvent =
  | UpgradeEvent
  /** There is another release than the running one, and nothing was done yet (mode `manual`). */
  | { readonly type: 'available'; readonly release: string }
  /** Artifacts of the release that are there, of how many. */
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  /** A prepared release is offered (mode `prompt`). */
  | { readonly type: 'offered'; readonly release: string; readonly offer: Offer }
  /** The release cannot come in place: the page would have to be loaded again. */
  | { readonly type: 'reload'; readonly release: string; readonly refusals: readonly Refusal[] }
  /** A look failed, or something of the running release cannot be had. */
  | { readonly type: 'problem'; readonly error: RelupError };
