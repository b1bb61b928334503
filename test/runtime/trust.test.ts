/** What may be believed of a store: signatures, numbers, time. Signed by the build's own code, attacked by hand. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { makeSigner } from '../../plugin/keys.js';
import { signFile } from '../../plugin/signing.js';
import type { Pointer } from '../../runtime/protocol.js';
import { joinSignatures, keyIdOf, signedText, splitSignatures } from '../../runtime/signed.js';
import { createTrust, type Trust } from '../../runtime/trust.js';

const [first, second, stranger] = [makeSigner(), makeSigner(), makeSigner()];
const pointer = (number: number, expires?: string): Pointer => ({ format: 1, app: 'shop', release: '0123456789abcdef', number, ...(expires !== undefined && { expires }) });
const body = JSON.stringify(pointer(3));
const signed = signFile('pointer', body, [first]);

const outcome = (act: () => unknown): Promise<string> => (async () => act())().then(() => 'passed', (error: { code?: string }) => error.code ?? String(error));
const check = (text: string, trust: Trust = createTrust([first.publicKey]), kind: 'pointer' | 'manifest' = 'pointer'): Promise<string> => outcome(() => trust.check(kind, text, 'latest.json'));
const accept = (trust: Trust, ...given: Parameters<typeof pointer>): Promise<string> => outcome(() => trust.accept(pointer(...given), 'latest.json'));

describe('a signature', () => {
  test('is the last property, and the rest is as it was', () => {
    expect(JSON.parse(signed)).toEqual({ ...pointer(3), signatures: { [first.id]: expect.stringMatching(/^[\w+/]{86}==$/) } });
    expect(splitSignatures(signed)?.body).toBe(body);
    expect(first.id).toBe(Buffer.from(first.publicKey, 'base64').toString('hex').slice(0, 16));
    expect(keyIdOf(first.publicKey)).toBe(first.id);
  });

  test('of a known key passes, also one of several, and also behind a line break', async () => {
    expect(await check(signed)).toBe('passed');
    expect(await check(`${signed}\n`)).toBe('passed');
    expect(await check(signFile('pointer', body, [stranger, first]))).toBe('passed');
    expect(await check(signed, createTrust([second.publicKey, first.publicKey]))).toBe('passed');
  });

  test('is not asked for where no keys are configured', async () => {
    expect(await check(body, createTrust([]))).toBe('passed');
    expect(await check('{"damaged', createTrust([]))).toBe('passed');
  });

  const wrong = `${'A'.repeat(86)}==`;
  test.each([
    ['missing', body, 'is not signed'],
    ['empty', joinSignatures(body, {}), 'malformed'],
    ['cut short', signed.slice(0, -20), 'malformed'],
    ['of another form', joinSignatures(body, { [first.id]: 'nonsense' }), 'malformed'],
    ['a number', `${body.slice(0, -1)},"signatures":7}`, 'malformed'],
    ['of a wrong key', signFile('pointer', body, [stranger]), `signed by ${stranger.id}, known here is ${first.id}`],
    ['of a wrong key that says to be another', joinSignatures(body, { [first.id]: stranger.sign(signedText('pointer', body)) }), 'is not what'],
    ['of zeros', joinSignatures(body, { [first.id]: wrong }), 'is not what'],
    ['of another text', signed.replace('"number":3', '"number":4'), 'is not what'],
    ['of another kind of file', signFile('manifest', body, [first]), 'is not what'],
    ['followed by a property', signed.replace(/\}$/, ',"number":9}'), 'malformed'],
    ['followed by the same property', signed.replace(/\}$/, `,"signatures":{"${first.id}":"${wrong}"}}`), 'is not what'],
    ['with a property inside', signed.replace(`"${first.id}"`, `"number":9,"${first.id}"`), 'malformed'],
    ['preceded by a property', signed.replace(',"signatures"', ',"number":9,"signatures"'), 'is not what'],
    ['in front', signed.replace(/^\{(.*),("signatures":\{.*\})\}$/, '{$2,$1}'), 'is not signed'],
  ])('that is %s is refused', async (_, text, why) => {
    await expect(createTrust([first.publicKey]).check('pointer', text, 'latest.json')).rejects.toMatchObject({
      code: 'SIGNATURE', place: 'latest.json', message: expect.stringContaining(why), hint: expect.stringContaining('Nothing was changed'),
    });
  });
});

describe('a pointer', () => {
  test('never goes back, whoever signed it', async () => {
    const trust = createTrust([first.publicKey]);
    expect([await accept(trust, 3), await accept(trust, 3), await accept(trust, 5), await accept(trust, 4)]).toEqual(['passed', 'passed', 'passed', 'POINTER_OLD']);
  });

  test('is no older than the release that runs, nor than what an earlier life saw', async () => {
    const trust = createTrust([first.publicKey]);
    trust.adopt({ keys: [first.publicKey], number: 4 });
    expect([await accept(trust, 3), await accept(trust, 4)]).toEqual(['POINTER_OLD', 'passed']);
    const written: number[] = [];
    trust.remember(7, (seen) => written.push(seen));
    expect([await accept(trust, 6), await accept(trust, 8), await accept(trust, 8)]).toEqual(['POINTER_OLD', 'passed', 'passed']);
    expect(written).toEqual([8]);
  });

  test('that went back is refused again after a rollback', async () => {
    const trust = createTrust([first.publicKey]);
    trust.adopt({ keys: [first.publicKey], number: 5 });
    trust.adopt({ keys: [first.publicKey], number: 4 });
    expect(await accept(trust, 4)).toBe('POINTER_OLD');
  });

  test('has its time', async () => {
    const trust = createTrust([first.publicKey]);
    const after = (ms: number): string => new Date(Date.now() + ms).toISOString();
    expect([await accept(trust, 3, after(60_000)), await accept(trust, 3, after(-1000)), await accept(trust, 3, 'soon')]).toEqual(['passed', 'POINTER_EXPIRED', 'POINTER_EXPIRED']);
  });

  test('that was refused for its time does not make others old', async () => {
    const trust = createTrust([first.publicKey]);
    expect([await accept(trust, 9, new Date(0).toISOString()), await accept(trust, 3)]).toEqual(['POINTER_EXPIRED', 'passed']);
  });

  test('has no age without keys: nobody vouches for its number', async () => {
    const trust = createTrust([]);
    expect([await accept(trust, 5), await accept(trust, 3, new Date(0).toISOString())]).toEqual(['passed', 'passed']);
  });
});

describe('a rotation', () => {
  test('comes with releases: those of the one that runs count', async () => {
    const trust = createTrust([first.publicKey]);
    const bySecond = signFile('pointer', body, [second]);
    expect(await check(bySecond, trust)).toBe('SIGNATURE');
    trust.adopt({ keys: [first.publicKey, second.publicKey], number: 1 });
    expect([await check(bySecond, trust), await check(signed, trust)]).toEqual(['passed', 'passed']);
    trust.adopt({ keys: [second.publicKey], number: 2 });
    expect([await check(bySecond, trust), await check(signed, trust)]).toEqual(['passed', 'SIGNATURE']);
  });

  test('can begin and end with none', async () => {
    const trust = createTrust([]);
    trust.adopt({ keys: [first.publicKey], number: 1 });
    expect(await check(body, trust)).toBe('SIGNATURE');
    trust.adopt({ number: 2 });
    expect(await check(body, trust)).toBe('passed');
  });
});

describe('a platform without Ed25519', () => {
  const real = globalThis.crypto;
  afterEach(() => Object.defineProperty(globalThis, 'crypto', { value: real, configurable: true }));

  test.each([
    ['the algorithm', { subtle: { importKey: () => Promise.reject(new DOMException('Unrecognized name.', 'NotSupportedError')) } }],
    ['WebCrypto: a page without HTTPS', {}],
  ])('that lacks %s refuses, and says why', async (_, crypto) => {
    Object.defineProperty(globalThis, 'crypto', { value: crypto, configurable: true });
    expect(await check(signed)).toBe('SIGNATURE_UNSUPPORTED');
    expect(await check(body)).toBe('SIGNATURE');
    expect(await check(body, createTrust([]))).toBe('passed');
  });
});
