/**
 * What a build knows of trust: the keys that the application gets, and how the store's files are signed.
 */
import { RelupError } from '../runtime/errors.js';
import { joinSignatures, signedText, type SignedKind } from '../runtime/signed.js';
import { readPublicKeys, readSigners, type Signer } from './keys.js';
import type { CheckedOptions } from './options.js';

export interface Signing {
  /** Public keys of the application. */
  readonly keys: readonly string[];
  readonly signers: readonly Signer[];
  /** How long a pointer holds, in ms; null for ever. */
  readonly lastsMs: number | null;
}

/**
 * Reads what the options name.
 *
 * Errors: KEY, also if the application knows none of the keys that sign: it would refuse every release.
 */
export function readSigning({ keys, sign }: Pick<CheckedOptions, 'keys' | 'sign'>, root: string, env: string | undefined = process.env['RELUP_KEY']): Signing {
  const known = readPublicKeys(keys, root);
  const signers = readSigners(sign.key, env, root);
  if (known.length > 0 && signers.length > 0 && !signers.some(({ publicKey }) => known.includes(publicKey))) {
    throw new RelupError('KEY', '', `The application knows none of the keys that sign (${signers.map(({ id }) => id).join(', ')}).`, 'Add the public key to relup.keys, or sign with another private key. Nothing was changed.');
  }
  return { keys: known, signers, lastsMs: sign.expires === undefined ? null : sign.expires * 86_400_000 };
}

/** A file's text with the signatures of all private keys; as it is without any. */
export function signFile(kind: SignedKind, text: string, signers: readonly Signer[]): string {
  if (signers.length === 0) return text;
  const signed = signedText(kind, text);
  return joinSignatures(text, Object.fromEntries(signers.map(({ id, sign }) => [id, sign(signed)])));
}

/** What the build says of it; nothing where nobody checks and nobody signs. */
export function describeSigning({ keys, signers }: Signing): string {
  if (signers.length > 0) return `; signed by ${signers.map(({ id }) => id).join(', ')}${keys.length === 0 ? ', but the application has no keys to check it' : ''}`;
  return keys.length > 0 ? '; NOT SIGNED, so whoever has the keys of this application refuses it (RELUP_KEY is not set)' : '';
}
