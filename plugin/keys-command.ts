/**
 * `relup keys`: makes, rotates and lists the keys of an application. The only place that writes key files.
 *
 * A rotation is two releases: `rotate` adds a pair, and the next release is signed with both and brings both public keys;
 * `retire` removes the older pair once all that runs has taken that release.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { RelupError } from '../runtime/errors.js';
import { keyIdOf } from '../runtime/signed.js';
import { makeSigner, parsePublicKeys, parseSigners, privateFile, publicFile, type Signer } from './keys.js';

/** Adds the command to the program. `say` prints a text. Errors of its actions: KEY. */
export function addKeysCommand(program: Command, say: (text: string) => void): void {
  const keys = program.command('keys').description('make and rotate the keys that releases are signed with');
  const add = (name: string, description: string, act: (folder: string, id: string) => string, argument?: string): void => {
    const command = keys.command(name).description(description).option('--dir <dir>', `folder of ${privateFile} and ${publicFile}`, '.');
    if (argument) command.argument(argument, 'as "relup keys list" prints it');
    command.action((...parameters: unknown[]) => say(`${act(resolve(command.opts<{ dir: string }>().dir), String(parameters[0]))}\n`));
  };
  add('new', 'make the first pair of keys', makeKeys);
  add('rotate', 'add a second pair: releases are signed with both', rotateKeys);
  add('retire', 'remove a pair once everything that runs has taken a release with the next one', retireKey, '<id>');
  add('list', 'print ids of keys, and which halves are here', listKeys);
}

function makeKeys(folder: string): string {
  const file = join(folder, privateFile);
  if (existsSync(file)) throw new RelupError('KEY', privateFile, 'There is a private key already.', 'Add another with "relup keys rotate". Nothing was changed.');
  const signer = makeSigner();
  writeSecret(file, [signer]);
  writePublic(folder, `${publicText(folder)}${signer.publicKey}\n`);
  return [
    `key ${signer.id}`,
    `  ${privateFile}   private: keep it out of the repository and off the servers that deliver; CI gets its text as RELUP_KEY`,
    `  ${publicFile}  public: commit it, builds put it into the application`,
    'From the next release on, what runs refuses releases that this key did not sign.',
  ].join('\n');
}

function rotateKeys(folder: string): string {
  const signers = readSecret(folder);
  const signer = makeSigner();
  writeSecret(join(folder, privateFile), [...signers, signer]);
  writePublic(folder, `${publicText(folder)}${signer.publicKey}\n`);
  return [
    `key ${signer.id}, beside ${signers.map(({ id }) => id).join(', ')}`,
    'Give CI the new text of the private file and release: that release is signed with all of them, and what takes it trusts the new key.',
    `When everything that runs has taken it: ${signers.map(({ id }) => `relup keys retire ${id}`).join(', ')}`,
  ].join('\n');
}

function retireKey(folder: string, id: string): string {
  const signers = readSecret(folder);
  const isOther = (key: string): boolean => keyIdOf(key) !== id;
  const lines = publicText(folder).split('\n').filter((line) => parsePublicKeys(line, publicFile).every(isOther)).join('\n');
  const remaining = parsePublicKeys(lines, publicFile);
  if (remaining.length === readPublic(folder).length) throw new RelupError('KEY', publicFile, `There is no key ${id}.`, 'See "relup keys list". Nothing was changed.');
  if (!signers.some(({ publicKey }) => remaining.includes(publicKey))) throw new RelupError('KEY', publicFile, `${id} is the only key that can sign.`, 'Add another with "relup keys rotate" and release first. Nothing was changed.');
  // The public half first: a release must not bring a key that nothing signs with any more.
  writePublic(folder, lines);
  writeSecret(join(folder, privateFile), signers.filter(({ publicKey }) => isOther(publicKey)));
  return `key ${id} is gone. The next release is signed without it; what never took one that brings ${remaining.map(keyIdOf).join(', ')} refuses it until it is started anew.`;
}

function listKeys(folder: string): string {
  const publicKeys = readPublic(folder);
  const signers = existsSync(join(folder, privateFile)) ? readSecret(folder) : [];
  const all = new Set([...publicKeys, ...signers.map(({ publicKey }) => publicKey)]);
  if (all.size === 0) return `No keys in ${publicFile} or ${privateFile}; "relup keys new" makes some.`;
  return [...all].map((key) => {
    const halves = [publicKeys.includes(key) && 'public', signers.some(({ publicKey }) => publicKey === key) && 'private'];
    return `${keyIdOf(key)}  ${halves.filter(Boolean).join(' and ')}  ${key}`;
  }).join('\n');
}

const readPublic = (folder: string): readonly string[] => parsePublicKeys(publicText(folder), publicFile);

/** With its comments; ends with its last line, or is empty. */
function publicText(folder: string): string {
  const file = join(folder, publicFile);
  return existsSync(file) ? readFileSync(file, 'utf8').replace(/\n?$/, '\n') : '';
}

function readSecret(folder: string): readonly Signer[] {
  const file = join(folder, privateFile);
  if (!existsSync(file)) throw new RelupError('KEY', privateFile, 'There is no private key here.', 'Make one with "relup keys new", or name its folder with --dir. Nothing was changed.');
  return parseSigners(readFileSync(file, 'utf8'), privateFile);
}

function writePublic(folder: string, text: string): void {
  replace(join(folder, publicFile), text, 0o644);
}

/** Nobody but this user may read it at any time, so it is made so, not changed to it. */
function writeSecret(file: string, signers: readonly Signer[]): void {
  replace(file, signers.map(({ pem }) => pem).join(''), 0o600);
}

function replace(file: string, text: string, mode: number): void {
  // What is called so, Vite's dev server does not serve.
  const temporary = join(dirname(file), `.${process.pid}.pem`);
  try {
    writeFileSync(temporary, text, { mode, flag: 'wx' });
    renameSync(temporary, file);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new RelupError('KEY', file.endsWith(privateFile) ? privateFile : publicFile, `The file cannot be written: ${cause instanceof Error ? cause.message : String(cause)}.`, 'Let this user write to the folder, or name another with --dir. It is as it was.', cause);
  }
}
