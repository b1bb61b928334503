/**
 * Source maps one after the other -> one. Pure.
 */
import remapping from '@jridgewell/remapping';

type MapInput = Parameters<typeof remapping>[0];

/** The map of a text that was made from a text that `before` describes. */
export function chainMaps(after: object, before: object): string {
  return remapping([after, before] as unknown as MapInput, () => null).toString();
}
