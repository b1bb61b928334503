/**
 * How a file of a store carries its signatures: as the last property of its JSON object, over the very text before it. So a file
 * is checked before anything parses it, and nothing has to be written anew to be compared. Pure; the build signs by it, too.
 */

/** What is signed as one kind never counts as another. */
export type SignedKind = 'pointer' | 'manifest';

/** Base64 of Ed25519 signatures by key id. */
export type Signatures = Readonly<Record<string, string>>;

const property = ',"signatures":';
const entries = /"([0-9a-f]{16})":"([A-Za-z0-9+/]{86}==)"/g;
const whole = new RegExp(`^\\{(?:${entries.source},?)+\\}\\}\\s*$`);

/** What a key puts its signature to. */
export const signedText = (kind: SignedKind, body: string): string => `relup ${kind}\n${body}`;

/** By which signatures name their key: the first eight bytes of a public key, in hex. They are random enough to need no hash. */
export const keyIdOf = (publicKey: string): string => [...bytesOf(publicKey).subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

export const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** `{"a":1}` -> `{"a":1,"signatures":{...}}` */
export const joinSignatures = (body: string, signatures: Signatures): string => `${body.slice(0, -1)}${property}${JSON.stringify(signatures)}}`;

/**
 * The way back. Behind the signed text there can be nothing but signatures, else whoever has no key could add properties.
 *
 * Shape: null without signatures; `signatures` is null if they are not of that form.
 */
export function splitSignatures(text: string): { readonly body: string; readonly signatures: Signatures | null } | null {
  const at = text.lastIndexOf(property);
  if (at < 0) return null;
  const tail = text.slice(at + property.length);
  const signatures = whole.test(tail) ? Object.fromEntries([...tail.matchAll(entries)].map(([, id, signature]) => [id, signature])) as Signatures : null;
  return { body: `${text.slice(0, at)}}`, signatures };
}
