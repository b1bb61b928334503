/**
 * Ed25519 keys as files hold them: private ones as PEM, one block after the other, public ones in base64, one a line. Reads and
 * makes them; who writes them is keys-command.ts. No message ever shows a private key.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { RelupError } from '../runtime/errors.js';
import { keyIdOf } from '../runtime/signed.js';

/** `.pem`, because Vite's dev server serves no file that is called so. */
export const privateFile = 'relup.pem';
export const publicFile = 'relup.keys';

/** A private key, and the block of text that it was read from. */
export interface Signer {
  readonly id: string;
  readonly publicKey: string;
  readonly pem: string;
  /** Answers base64. */
  sign(text: string): string;
}

export const isPublicKey = (value: unknown): value is string => typeof value === 'string' && /^[A-Za-z0-9+/]{43}=$/.test(value);

export function makeSigner(): Signer {
  const { privateKey } = generateKeyPairSync('ed25519');
  return signerOf(privateKey, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
}

/**
 * The public keys of an application.
 *
 * Shape:  a list, the path of a file, or null for `relup.keys` if there is one; paths are relative to `root`.
 * Errors: KEY.
 */
export function readPublicKeys(keys: string | readonly string[] | null, root: string): readonly string[] {
  if (typeof keys === 'object' && keys !== null) return keys;
  const file = resolve(root, keys ?? publicFile);
  return keys === null && !existsSync(file) ? [] : parsePublicKeys(readKeyFile(file), basename(file));
}

/** Shape: one key a line; what follows `#` is a comment. Errors: KEY. */
export function parsePublicKeys(text: string, place: string): readonly string[] {
  return text.split('\n').flatMap((line, index) => {
    const key = line.replace(/#.*/, '').trim();
    if (key !== '' && !isPublicKey(key)) throw new RelupError('KEY', `${place}:${index + 1}`, 'The line is not a public key.', 'Restore it, or remove the line. Nothing was changed.');
    return key === '' ? [] : [key];
  });
}

/**
 * The private keys to sign with; none if nobody gave any.
 *
 * Shape:  `file` is the option; `env` what RELUP_KEY holds, text or path; else `relup.pem` if there is one.
 * Errors: KEY.
 */
export function readSigners(file: string | undefined, env: string | undefined, root: string): readonly Signer[] {
  if (file === undefined && env?.includes('-----BEGIN')) return parseSigners(env.replaceAll('\\n', '\n'), 'RELUP_KEY');
  const path = resolve(root, file ?? (env || privateFile));
  return file === undefined && !env && !existsSync(path) ? [] : parseSigners(readKeyFile(path), basename(path));
}

/** Errors: KEY. */
export function parseSigners(text: string, place: string): readonly Signer[] {
  const blocks = text.match(/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]+?-----END \1-----\n?/g);
  if (!blocks) throw new RelupError('KEY', place, 'There is no private key in it.', 'Make one with "relup keys new". Nothing was changed.');
  return blocks.map((pem) => {
    let key: KeyObject;
    try {
      key = createPrivateKey(pem);
    } catch (cause) {
      throw new RelupError('KEY', place, 'A private key in it cannot be read.', 'It may be cut short, or encrypted: restore it, or make another with "relup keys new". Nothing was changed.', cause);
    }
    if (key.asymmetricKeyType !== 'ed25519') throw new RelupError('KEY', place, `A private key in it is of type ${key.asymmetricKeyType}.`, 'Releases are signed with Ed25519: make a key with "relup keys new". Nothing was changed.');
    return signerOf(key, pem.endsWith('\n') ? pem : `${pem}\n`);
  });
}

function signerOf(key: KeyObject, pem: string): Signer {
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  const publicKey = Buffer.from(x as string, 'base64url').toString('base64'); // of Ed25519 keys it is the whole key
  return { id: keyIdOf(publicKey), publicKey, pem, sign: (text) => sign(null, Buffer.from(text), key).toString('base64') };
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new RelupError('KEY', basename(file), 'The file of keys cannot be read.', 'Name another, allow this user to read it, or make keys with "relup keys new". Nothing was changed.', cause);
  }
}
