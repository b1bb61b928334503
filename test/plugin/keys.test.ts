/** Keys: what `relup keys` makes of them, and what a build reads. Files in temporary folders; nothing is built. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../plugin/cli.js';
import { makeSigner, parseSigners, readPublicKeys, readSigners } from '../../plugin/keys.js';
import { checkOptions } from '../../plugin/options.js';
import { describeSigning, readSigning, signFile } from '../../plugin/signing.js';
import { createTrust } from '../../runtime/trust.js';

let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'relup-keys-')); });
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const text = (file: string): string => readFileSync(join(folder, file), 'utf8');
async function keys(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await runCli(['keys', ...args, '--dir', folder], { out: part => { out += part; }, err: part => { err += part; } });
  return { code, out, err };
}
const idsIn = (out: string): string[] => out.match(/\b[0-9a-f]{16}\b/g) ?? [];
const publicKeys = (): readonly string[] => readPublicKeys(null, folder);
const signers = (): ReturnType<typeof readSigners> => readSigners(undefined, '', folder);

describe('relup keys', () => {
  test('new makes a pair, the private half for this user alone', async () => {
    const { code, out } = await keys('new');
    expect(code).toBe(0);
    expect(signers().map(({ id }) => id)).toEqual([idsIn(out)[0]]);
    expect(signers().map(({ publicKey }) => publicKey)).toEqual(publicKeys());
    if (process.platform !== 'win32') expect(statSync(join(folder, 'relup.pem')).mode & 0o777).toBe(0o600);
    expect(out).toContain('keep it out of the repository');
    expect(out).not.toContain(text('relup.pem').split('\n')[1]);
  });

  test('new never overwrites a private key, and keeps public ones of others with their comments', async () => {
    const other = makeSigner().publicKey;
    writeFileSync(join(folder, 'relup.keys'), `# of the old CI\n${other}`);
    await keys('new');
    expect(text('relup.keys')).toContain(`# of the old CI\n${other}\n`);
    const before = text('relup.pem');
    expect(await keys('new')).toMatchObject({ code: 1, err: expect.stringContaining('[relup] KEY:') });
    expect(text('relup.pem')).toBe(before);
    expect(publicKeys()).toHaveLength(2);
  });

  test('rotate adds a pair, retire removes one, list says what is here', async () => {
    const [first] = idsIn((await keys('new')).out) as [string];
    const [second, ...told] = idsIn((await keys('rotate')).out) as [string];
    expect(told).toEqual([first, first]);
    expect(signers().map(({ id }) => id)).toEqual([first, second]);
    expect(publicKeys()).toHaveLength(2);
    expect((await keys('list')).out.match(/public and private/g)).toHaveLength(2);
    expect((await keys('retire', first)).code).toBe(0);
    expect(signers().map(({ id }) => id)).toEqual([second]);
    expect(publicKeys()).toEqual(signers().map(({ publicKey }) => publicKey));
    rmSync(join(folder, 'relup.pem'));
    expect((await keys('list')).out).toMatch(new RegExp(`^${second}  public  `));
  });

  test.each([
    ['rotate without a private key', ['rotate'], false],
    ['retire of a key that is not there', ['retire', '0123456789abcdef'], true],
    ['retire of the only key', ['retire', 'only'], true],
  ])('%s is an error that changes nothing', async (_, args, made) => {
    if (made) await keys('new');
    const files = (): string[] => ['relup.pem', 'relup.keys'].map(file => existsSync(join(folder, file)) ? text(file) : '');
    const before = files();
    const only = made ? signers()[0]?.id ?? '' : '';
    expect(await keys(...args.map(arg => arg === 'only' ? only : arg))).toMatchObject({ code: 1, err: expect.stringMatching(/KEY: [\s\S]*Hint: .*Nothing was changed/) });
    expect(files()).toEqual(before);
  });

  test('list of no keys says how to make them', async () => {
    expect((await keys('list')).out).toContain('relup keys new');
  });

  test('the private file has an ending that Vite does not serve, but for who allows it', () => {
    const script = `const { resolveConfig } = await import('vite'); console.log(JSON.stringify((await resolveConfig({ configFile: false }, 'serve')).server.fs.deny));`;
    const deny = JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } })) as string[];
    expect(deny.some(pattern => pattern.startsWith('*.') && pattern.includes('pem'))).toBe(true);
  });
});

describe('what a build reads', () => {
  const codeOf = (act: () => unknown): string => {
    try {
      act();
      return 'nothing';
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  test('keys by list, by file, by the usual file, and none', () => {
    const { publicKey } = makeSigner();
    expect(readPublicKeys(null, folder)).toEqual([]);
    writeFileSync(join(folder, 'other.keys'), `${publicKey} # CI\n\n`);
    expect(readPublicKeys('other.keys', folder)).toEqual([publicKey]);
    writeFileSync(join(folder, 'relup.keys'), publicKey);
    expect(readPublicKeys(null, folder)).toEqual([publicKey]);
    expect(readPublicKeys([], folder)).toEqual([]);
  });

  test('private keys by option, by text and path in the environment, by the usual file, and none', () => {
    const [option, env, usual] = [makeSigner(), makeSigner(), makeSigner()];
    expect(readSigners(undefined, undefined, folder)).toEqual([]);
    writeFileSync(join(folder, 'option.pem'), option.pem);
    writeFileSync(join(folder, 'relup.pem'), usual.pem);
    const idsOf = (...given: [string | undefined, string | undefined]): string[] => readSigners(...given, folder).map(({ id }) => id);
    expect(idsOf(undefined, undefined)).toEqual([usual.id]);
    expect(idsOf(undefined, env.pem + option.pem)).toEqual([env.id, option.id]);
    // As many a CI hands on what has more than one line.
    expect(idsOf(undefined, env.pem.replaceAll('\n', '\\n'))).toEqual([env.id]);
    expect(idsOf(undefined, 'option.pem')).toEqual([option.id]);
    expect(idsOf('option.pem', env.pem)).toEqual([option.id]);
  });

  test('damaged and foreign keys are KEY errors that show nothing of them', () => {
    const { pem } = makeSigner();
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    expect(codeOf(() => parseSigners('', 'relup.pem'))).toBe('KEY');
    expect(codeOf(() => parseSigners(pem.slice(0, 60), 'relup.pem'))).toBe('KEY');
    const broken = pem.replace(/^(-----BEGIN.*\n.{10})/m, '$1!');
    expect(() => parseSigners(broken, 'relup.pem')).toThrow(expect.objectContaining({ code: 'KEY', message: expect.not.stringContaining(broken.split('\n')[1] as string) }));
    expect(() => parseSigners(rsa, 'relup.pem')).toThrow('of type rsa');
    writeFileSync(join(folder, 'relup.keys'), `${makeSigner().publicKey}\nnonsense\n`);
    expect(() => readPublicKeys(null, folder)).toThrow('(relup.keys:2)');
    expect(codeOf(() => readPublicKeys('missing.keys', folder))).toBe('KEY');
    expect(codeOf(() => readSigners('missing.pem', undefined, folder))).toBe('KEY');
  });

  test('an application that knows none of the keys that sign is an error, one that knows none at all is told', () => {
    const [known, other] = [makeSigner(), makeSigner()];
    writeFileSync(join(folder, 'relup.pem'), other.pem);
    expect(codeOf(() => readSigning({ keys: [known.publicKey], sign: {} }, folder, ''))).toBe('KEY');
    expect(describeSigning(readSigning({ keys: [], sign: {} }, folder, ''))).toContain('no keys to check it');
    expect(describeSigning(readSigning({ keys: [other.publicKey], sign: {} }, folder, ''))).toBe(`; signed by ${other.id}`);
    rmSync(join(folder, 'relup.pem'));
    expect(describeSigning(readSigning({ keys: [known.publicKey], sign: {} }, folder, ''))).toContain('NOT SIGNED');
    expect(describeSigning(readSigning({ keys: null, sign: {} }, folder, ''))).toBe('');
  });

  test('what is signed with several keys passes where any of them is known', async () => {
    const [first, second] = [makeSigner(), makeSigner()];
    const signed = signFile('manifest', '{"a":1}', [first, second]);
    for (const { publicKey } of [first, second]) await createTrust([publicKey]).check('manifest', signed, '');
    expect(signFile('manifest', '{"a":1}', [])).toBe('{"a":1}');
  });

  test.each([
    [{ keys: ['short'] }], [{ keys: [7] }], [{ sign: true }], [{ sign: { keys: 'x' } }], [{ sign: { key: '' } }], [{ sign: { expires: 0 } }], [{ sign: { expires: '30 days' } }],
  ])('options %j are refused', options => {
    expect(codeOf(() => checkOptions(options as object))).toBe('OPTION');
  });
});
