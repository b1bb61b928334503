/** The store on disk: what a build leaves, and what it leaves when it cannot finish. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkWritable, readBoot, readLatest, readRelease, writeRelease, type Disk, type ReleaseInput, type Written } from '../../plugin/store.js';
import type { RelupError } from '../../runtime/errors.js';
import { makeSigner } from '../../plugin/keys.js';
import { createTrust } from '../../runtime/trust.js';
import { moduleEntry, stampOf } from '../releases.js';

let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'relup-store-')); });
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Rest = Partial<ReleaseInput> & { app?: string; target?: 'node' | 'browser' };

/** A release whose modules are the given texts; the first is its entry. */
function input(texts: Readonly<Record<string, string>>, { target = 'node', ...rest }: Rest = {}): ReleaseInput {
  const modules = Object.fromEntries(Object.entries(texts).map(([id, text]) => [id, moduleEntry({ text })]));
  return {
    facts: { app: rest.app ?? 'shop:server', target, entries: Object.keys(modules).slice(0, 1), modules, cold: {}, chunks: {}, styles: {}, assets: {}, workers: {}, drop: [] },
    artifacts: new Map(Object.values(texts).map(text => [stampOf(text), { code: text, map: null }])),
    entryChunks: {}, keep: 10, ...rest,
  };
}

const write = (texts: Readonly<Record<string, string>>, rest: Rest = {}, disk?: Disk): Written => writeRelease(folder, input(texts, rest), disk);

/** All of the store: names and contents. */
function snapshot(): Record<string, string> {
  const files: Record<string, string> = {};
  const walk = (path: string): void => {
    for (const entry of readdirSync(join(folder, path), { withFileTypes: true })) {
      const name = join(path, entry.name);
      if (entry.isDirectory()) walk(name);
      else files[name] = readFileSync(join(folder, name), 'utf8');
    }
  };
  walk('');
  return files;
}

function codeOf(act: () => unknown): string {
  try {
    act();
    return 'nothing';
  } catch (error) {
    return (error as RelupError).code;
  }
}

describe('writeRelease', () => {
  test('writes pointer, manifest and artifacts under their stamps', () => {
    const { manifest, isNew, previous } = write({ 'a.js': 'one', 'b.js': 'two' });
    expect([isNew, previous, manifest.number]).toEqual([true, null, 1]);
    expect(Object.keys(snapshot()).sort()).toEqual([
      'boot.json', 'latest.json', `modules/${stampOf('one')}.js`, `modules/${stampOf('two')}.js`, `releases/${manifest.release}.json`,
    ].sort());
    expect(readLatest(folder)).toEqual({ format: 1, app: 'shop:server', release: manifest.release, number: 1 });
    expect(readRelease(folder, manifest.release)).toEqual(manifest);
  });

  test('an identical build is the same release', () => {
    const first = write({ 'a.js': 'one' });
    const files = snapshot();
    const second = write({ 'a.js': 'one' });
    expect([second.isNew, second.manifest, second.artifactsWritten]).toEqual([false, first.manifest, 0]);
    expect(snapshot()).toEqual(files);
  });

  test('numbers grow by one, and what is built again after a revert counts as new', () => {
    const numbers = ['one', 'two', 'one'].map(text => write({ 'a.js': text }).manifest.number);
    expect(numbers).toEqual([1, 2, 3]);
    expect(readLatest(folder)?.number).toBe(3);
  });

  test('keeps as many releases as asked and the artifacts that they use', () => {
    for (const text of ['one', 'two', 'three']) write({ 'a.js': text, 'b.js': 'same' }, { keep: 2, entryChunks: { 'main.js': stampOf(`main ${text}`) } });
    const files = Object.keys(snapshot());
    expect(files.filter(file => file.startsWith('releases/'))).toHaveLength(2);
    expect(files.filter(file => file.startsWith('modules/')).sort()).toEqual(['same', 'two', 'three'].map(text => `modules/${stampOf(text)}.js`).sort());
    expect(Object.keys(readBoot(folder)['main.js'] ?? {})).toEqual([stampOf('main two'), stampOf('main three')]);
  });

  test('a store of another application is left alone', () => {
    write({ 'a.js': 'one' });
    const files = snapshot();
    expect(codeOf(() => write({ 'a.js': 'two' }, { app: 'shop:client' }))).toBe('APP_MISMATCH');
    expect(snapshot()).toEqual(files);
  });

  test('a damaged pointer is replaced, and numbers go on', () => {
    write({ 'a.js': 'one' });
    write({ 'a.js': 'two' });
    writeFileSync(join(folder, 'latest.json'), '{"format":1,"ap');
    expect(write({ 'a.js': 'three' }).manifest.number).toBe(3);
  });

  test('an artifact that was cut off is written again', () => {
    write({ 'a.js': 'one' });
    writeFileSync(join(folder, 'modules', `${stampOf('one')}.js`), 'o');
    write({ 'a.js': 'one', 'b.js': 'two' });
    expect(snapshot()[`modules/${stampOf('one')}.js`]).toBe('one');
  });

  test.each([1, 2, 3, 4, 5])('a full disk at write %i leaves the store as it was', failing => {
    write({ 'a.js': 'one' });
    const files = snapshot();
    let writes = 0;
    const disk: Disk = {
      write(file, content) {
        writes++;
        // As a file system does it: a part arrives.
        writeFileSync(file, writes === failing ? content.slice(0, 3) : content);
        if (writes === failing) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      },
      rename: renameSync,
    };
    expect(codeOf(() => write({ 'a.js': 'two', 'b.js': 'new' }, {}, disk))).toBe('STORE_WRITE');
    expect(writes).toBe(failing);
    const after = snapshot();
    for (const file of Object.keys(files)) if (file !== 'boot.json') expect(after[file]).toBe(files[file]);
    expect(Object.keys(after).sort()).toEqual(Object.keys(files).sort());
    expect(write({ 'a.js': 'two', 'b.js': 'new' }).manifest.number).toBe(2);
  });

  test('a reader sees a whole release between any two steps', () => {
    write({ 'a.js': 'one' });
    const check = (): void => {
      const latest = readLatest(folder);
      const manifest = readRelease(folder, latest?.release ?? '');
      for (const entry of Object.values(manifest.modules)) expect(existsSync(join(folder, 'modules', `${entry.stamp}.js`))).toBe(true);
    };
    let steps = 0;
    const disk: Disk = {
      write: (file, content) => { check(); writeFileSync(file, content); check(); steps++; },
      rename: (from, to) => { check(); renameSync(from, to); check(); },
    };
    for (const text of ['two', 'three', 'four']) write({ 'a.js': text }, { keep: 1 }, disk);
    expect(steps).toBe(12);
  });
});

describe('patches', () => {
  const browser = { target: 'browser' } as const;
  const patches = (): Readonly<Record<string, string>> => readLatest(folder)?.patches ?? {};
  const scripts = (): string[] => Object.entries(snapshot()).flatMap(([file, text]) => (text.includes('relup:patch') ? [file] : [])).sort();

  test('lead from each kept release to the latest, and go when there is a newer one', () => {
    const releases = ['one', 'two', 'three', 'four'].map(text => write({ 'a.js': text }, { ...browser, keep: 3 }).manifest.release);
    expect(Object.keys(patches()).sort()).toEqual(releases.slice(1, 3).sort());
    expect(scripts()).toEqual(Object.values(patches()).map(stamp => `modules/${stamp}.js`).sort());
    expect(scripts()).toHaveLength(2);
    for (const stamp of Object.values(patches())) expect(stampOf(snapshot()[`modules/${stamp}.js`] as string)).toBe(stamp);
  });

  test('are made for pages alone', () => {
    for (const text of ['one', 'two']) write({ 'a.js': text });
    expect([patches(), scripts()]).toEqual([{}, []]);
  });

  test('stay as they are when the same is built again', () => {
    for (const text of ['one', 'two']) write({ 'a.js': text }, browser);
    const files = snapshot();
    write({ 'a.js': 'two' }, browser);
    expect(snapshot()).toEqual(files);
  });

  test('a full disk in the middle of them leaves the store as it was', () => {
    for (const text of ['one', 'two']) write({ 'a.js': text }, browser);
    const files = snapshot();
    const disk: Disk = {
      write(file, content) {
        if (content.includes('relup:patch')) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
        writeFileSync(file, content);
      },
      rename: renameSync,
    };
    expect(codeOf(() => write({ 'a.js': 'three' }, browser, disk))).toBe('STORE_WRITE');
    expect(snapshot()).toEqual(files);
    expect(write({ 'a.js': 'three' }, browser).manifest.number).toBe(3);
  });
});

describe('signatures', () => {
  const [older, newer] = [makeSigner(), makeSigner()];
  const by = (...signers: readonly (typeof older)[]): Partial<ReleaseInput> => ({ signing: { signers, lastsMs: null } });
  const check = async (key: typeof older): Promise<void> => {
    const trust = createTrust([key.publicKey]);
    const { release } = readLatest(folder) as { release: string };
    await trust.check('pointer', readFileSync(join(folder, 'latest.json'), 'utf8'), 'latest.json');
    await trust.check('manifest', readFileSync(join(folder, 'releases', `${release}.json`), 'utf8'), release);
  };

  test('are put to pointer and manifest, which say the same as without', async () => {
    const { manifest } = write({ 'a.js': 'one' }, by(older));
    await check(older);
    expect(readRelease(folder, manifest.release)).toMatchObject(manifest);
    await expect(check(newer)).rejects.toMatchObject({ code: 'SIGNATURE' });
  });

  test('are of all keys that sign', async () => {
    write({ 'a.js': 'one' }, by(older, newer));
    await check(older);
    await check(newer);
  });

  test('an identical build by the same keys writes nothing, one by others signs anew under the same number', async () => {
    write({ 'a.js': 'one' }, by(older));
    const files = snapshot();
    expect(write({ 'a.js': 'one' }, by(older)).isNew).toBe(false);
    expect(snapshot()).toEqual(files);
    expect(write({ 'a.js': 'one' }, by(newer))).toMatchObject({ isNew: false, manifest: { number: 1 } });
    await check(newer);
  });

  test('an identical build renews the time of the pointer, and the manifest stays', async () => {
    const signing = (days: number): Partial<ReleaseInput> => ({ signing: { signers: [older], lastsMs: days * 86_400_000 } });
    const { manifest } = write({ 'a.js': 'one' }, signing(1));
    const before = snapshot();
    write({ 'a.js': 'one' }, signing(30));
    const expires = Date.parse(readLatest(folder)?.expires ?? '');
    expect(Math.round((expires - Date.now()) / 86_400_000)).toBe(30);
    await check(older);
    expect(snapshot()[`releases/${manifest.release}.json`]).toBe(before[`releases/${manifest.release}.json`]);
  });

  test.each([1, 2, 3])('a full disk at write %i of an identical build by other keys leaves files that one of them signed', async failing => {
    write({ 'a.js': 'one' }, by(older));
    let writes = 0;
    const disk: Disk = {
      write(file, content) {
        writeFileSync(file, content.slice(0, ++writes === failing ? 3 : undefined));
        if (writes === failing) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      },
      rename: renameSync,
    };
    expect(codeOf(() => write({ 'a.js': 'one' }, by(older, newer), disk))).toBe('STORE_WRITE');
    await check(older);
    expect(readLatest(folder)).toMatchObject({ number: 1 });
  });
});

describe('a folder that cannot be written', () => {
  test('a file in the way is told with a hint', () => {
    writeFileSync(join(folder, 'relup'), '');
    let error: RelupError | undefined;
    try {
      checkWritable(join(folder, 'relup'));
    } catch (caught) {
      error = caught as RelupError;
    }
    expect(error?.code).toBe('STORE_WRITE');
    expect(error?.message).toContain('a file is in the way');
    expect(error?.hint).toContain('option "store"');
  });

  // Injected, because the modes of a folder mean nothing to root.
  test.each([
    ['EACCES', 'it may not be written'], ['EPERM', 'it may not be written'], ['EROFS', 'it may not be written'], ['ENOSPC', 'the disk is full'],
  ])('%s is told before anything is built', (code, reason) => {
    const closed: Disk = { write: () => { throw Object.assign(new Error(`${code}: no`), { code }); }, rename: () => { throw new Error('nothing to rename'); } };
    let error: RelupError | undefined;
    try {
      checkWritable(join(folder, 'closed'), closed);
    } catch (caught) {
      error = caught as RelupError;
    }
    expect(error).toMatchObject({ code: 'STORE_WRITE', cause: { code } });
    expect(error?.message).toContain(reason);
    expect(readdirSync(join(folder, 'closed'))).toEqual([]);
  });
});

describe('readRelease', () => {
  test('an unknown release is told with those that exist', () => {
    const { manifest } = write({ 'a.js': 'one' });
    expect(codeOf(() => readRelease(folder, '0000'))).toBe('RELEASE_UNKNOWN');
    expect(() => readRelease(folder, '../latest')).toThrow(manifest.release);
  });
});
