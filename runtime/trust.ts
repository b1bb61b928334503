/**
 * Whether what a store says may be believed: signed by one of the application's keys, and no older than what was seen before
 * (docs/decisions/0012-trust.md). An application without keys believes its store, as it believes the disk that it lies on.
 *
 * Must never let a text pass that it could not check. Verifies with WebCrypto, which pages, workers and Node have.
 */
import { RelupError } from './errors.js';
import type { Manifest, Pointer } from './protocol.js';
import { bytesOf, keyIdOf, signedText, splitSignatures, type SignedKind } from './signed.js';

export interface Trust {
  /** Check the text of a file before it is parsed. Errors: SIGNATURE, SIGNATURE_UNSUPPORTED. */
  check(kind: SignedKind, text: string, place: string): Promise<void>;
  /** Check the age of a pointer whose text was checked, and answer it. Changes: older ones are refused from now on. Errors: POINTER_OLD, POINTER_EXPIRED. */
  accept(pointer: Pointer, place: string): Pointer;
  /** A release runs from now on: its keys are those that count. */
  adopt(release: Pick<Manifest, 'keys' | 'number'>): void;
  /** What was seen in an earlier life of the process; `write` is told of every higher number. */
  remember(seen: number, write: (seen: number) => void): void;
}

/** Begin with the keys of the bundle; releases that are adopted bring their own. */
export function createTrust(bundled: readonly string[]): Trust {
  let keys = bundled;
  let seen = 0;
  let told: (seen: number) => void = () => {};
  const imported = new Map<string, Promise<CryptoKey>>();

  const keyOf = (publicKey: string): Promise<CryptoKey> => {
    let key = imported.get(publicKey);
    if (!key) imported.set(publicKey, (key = importKey(publicKey)));
    return key;
  };

  return {
    async check(kind, text, place) {
      if (keys.length === 0) return;
      const known = new Map(keys.map((key) => [keyIdOf(key), key]));
      const found = splitSignatures(text);
      if (!found) throw refuse(kind, place, 'is not signed');
      if (!found.signatures) throw refuse(kind, place, 'has a malformed signature');
      const signed = new TextEncoder().encode(signedText(kind, found.body));
      const fitting = Object.entries(found.signatures).filter(([id]) => known.has(id));
      if (fitting.length === 0) throw refuse(kind, place, `is signed by ${Object.keys(found.signatures).join(', ')}, known here is ${[...known.keys()].join(', ')}`);
      for (const [id, signature] of fitting) {
        const key = await keyOf(known.get(id) as string); // filtered above
        if (await crypto.subtle.verify('Ed25519', key, bytesOf(signature), signed)) return;
      }
      throw refuse(kind, place, `is not what ${fitting.map(([id]) => id).join(', ')} signed`);
    },
    accept(pointer, place) {
      if (keys.length === 0) return pointer;
      if (pointer.number < seen) throw new RelupError('POINTER_OLD', place, `The pointer names release #${pointer.number}, but #${seen} was seen before.`, 'Somebody serves an old copy: deploy the newest pointer, or build once more to go back to older code. Nothing was changed.');
      if (pointer.expires !== undefined && !(Date.now() <= Date.parse(pointer.expires))) throw new RelupError('POINTER_EXPIRED', place, `The pointer expired at ${pointer.expires}.`, 'Build again, which renews it, and see that it is deployed; if it is, look at the clock of this machine. Nothing was changed.');
      if (pointer.number > seen) told((seen = pointer.number));
      return pointer;
    },
    adopt(release) {
      keys = release.keys ?? [];
      seen = Math.max(seen, release.number);
    },
    remember(earlier, write) {
      seen = Math.max(seen, earlier);
      told = write;
    },
  };
}

/** Errors: SIGNATURE_UNSUPPORTED. What cannot be checked is not run. */
async function importKey(publicKey: string): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey('raw', bytesOf(publicKey), { name: 'Ed25519' }, false, ['verify']);
  } catch (cause) {
    throw new RelupError('SIGNATURE_UNSUPPORTED', '', 'Signatures of releases cannot be checked here, because WebCrypto has no Ed25519.', 'Serve the page by HTTPS, to a browser that has it (Chrome 137, Firefox 129, Safari 17); others go on with their release until they are loaded again. Nothing was changed.', cause);
  }
}

const refuse = (kind: SignedKind, place: string, what: string): RelupError =>
  new RelupError('SIGNATURE', place, `The ${kind} ${what}.`, 'Build with the private key of the application (RELUP_KEY) and deploy all of the store; if you did, somebody changed the file. Nothing was changed.');
