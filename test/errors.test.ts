/**
 * Three lists are one: the codes, the headings of docs/errors.md, and the codes that some test sees raised.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { codes, RelupError } from '../runtime/errors.js';

const root = fileURLToPath(new URL('..', import.meta.url));

function testFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? testFiles(path) : /\.test\.ts$/.test(name) && name !== 'errors.test.ts' ? [path] : [];
  });
}

test('every code has a heading in docs/errors.md, and every heading a code', () => {
  const headings = [...readFileSync(join(root, 'docs/errors.md'), 'utf8').matchAll(/^### (\w+)$/gm)].map(([, code]) => code);
  expect(headings.length).toBeGreaterThan(30);
  expect([...headings].sort()).toEqual([...codes].sort());
});

test('every code is raised in some test', () => {
  const files = testFiles(join(root, 'test'));
  expect(files.length).toBeGreaterThan(10);
  const text = files.map((file) => readFileSync(file, 'utf8')).join('\n');
  expect(codes.filter((code) => !new RegExp(`\\b${code}\\b`).test(text))).toEqual([]);
});

test('messages say code, sentence, place and hint', () => {
  const error = new RelupError('STALE', 'src/a.js:3', 'It holds an old value.', 'Read it later. Nothing was changed.');
  expect(error.message).toBe('[relup] STALE: It holds an old value. (src/a.js:3)\n  Hint: Read it later. Nothing was changed.');
});
