/**
 * Code of the store in a page: a classic script that registers what it brings and is removed again. The browser itself checks, on the
 * very bytes that it runs, that they are what the stamp says.
 */
import { scriptUrl } from './browser-policy.js';
import { RelupError } from './errors.js';
import { registerName } from './names.js';
import type { Artifact } from './protocol.js';

/** What fails is tried again after so long, in ms; then it has failed. */
const pauses = [300, 1000, 3000, 0];

/** Try something until it answers. Null: it did not, as often as it was tried. Errors: those of `work`, at once. */
export async function persist<T>(signal: AbortSignal, work: () => Promise<T | null>): Promise<T | null> {
  for (const pause of pauses) {
    const answer = await work();
    if (answer !== null || signal.aborted) return answer;
    if (pause) await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return null;
}

export type RunScript = typeof runScript;

/**
 * Run a script of the store. Answers whether it could be fetched, was what its stamp says, and ran.
 *
 * Shape:  `isAgain` asks by another address: one that hangs holds up all who ask for the same.
 * Errors: SCRIPT_BLOCKED.
 */
export function runScript(url: URL, stamp: string, signal: AbortSignal, isAgain: boolean): Promise<boolean> {
  // Addresses of assets in artifacts are relative to the folder of artifacts.
  (globalThis as unknown as Record<string, unknown>)[registerName] ??= Object.assign(register, { base: url.href });
  const address = isAgain ? `${url.href}?again=${Date.now()}` : url.href;
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    const ended = new AbortController();
    const until = { signal: ended.signal };
    const end = (isRun: boolean): void => {
      script.remove();
      ended.abort();
      resolve(isRun);
    };
    const fail = (): void => end(false);
    // The browser tells of it before the script's own error.
    const seeViolation = ({ blockedURI, effectiveDirective }: SecurityPolicyViolationEvent): void => {
      if (blockedURI === address) reject(blocked(url, effectiveDirective));
    };
    try {
      script.src = scriptUrl(address);
    } catch (cause) {
      return reject(blocked(url, 'require-trusted-types-for', cause));
    }
    script.integrity = integrityOf(stamp);
    script.crossOrigin = 'anonymous';
    script.nonce = document.querySelector<HTMLElement>('script[nonce],meta[property=csp-nonce]')?.nonce ?? '';
    script.onload = () => end(true);
    script.onerror = fail;
    document.addEventListener('securitypolicyviolation', seeViolation, until);
    signal.addEventListener('abort', fail, until);
    document.head.append(script);
  });
}

const blocked = (url: URL, directive: string, cause?: unknown): RelupError => new RelupError('SCRIPT_BLOCKED', url.pathname, `The page's content security policy keeps it out, by ${directive}.`,
  'Allow what docs/errors.md has. Nothing was changed.', cause);

const registered = new Map<string, Artifact>();
const register = (id: string, link: Artifact['link'], factory: Artifact['factory'], dynamic: Artifact['dynamic']): void => void registered.set(id, { id, link, factory, dynamic });

export type TakeRegistered = typeof takeRegistered;

/** What a script has registered under an id. */
export function takeRegistered(id: string): Artifact | undefined {
  const artifact = registered.get(id);
  registered.delete(id);
  return artifact;
}

/** A SHA-256 in hex, as `integrity` wants it. */
export const integrityOf = (hash: string): string => `sha256-${btoa(hash.replace(/../g, (pair) => String.fromCharCode(parseInt(pair, 16))))}`;
