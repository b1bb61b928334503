/**
 * Makes releases without building: takes the latest one of a store and gives one artifact another text, as a build of the
 * changed source would. For figures that need many releases; what a build costs is measured in build-time.js.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { project } from './measure.js';

/**
 * Open a store for writing releases. `publish` makes the release that `derive` answered the latest one; its time is when
 * the new release is on disk.
 */
export async function openReleases(store) {
  const { hashOf, nameRelease } = await import(join(project, 'dist', 'plugin', 'manifest.js'));
  const { writePatch } = await import(join(project, 'dist', 'plugin', 'patches.js'));
  const read = file => readFileSync(join(store, file), 'utf8');
  let latest = JSON.parse(read(`releases/${JSON.parse(read('latest.json')).release}.json`));

  /** Shape: `edit` takes and gives an artifact's text. Writes artifact and manifest, not the pointer. */
  function derive(id, edit) {
    const before = latest.modules[id];
    const text = read(`modules/${before.stamp}.js`);
    const code = edit(text);
    if (code === text) throw new Error(`The artifact of ${id} was not changed.`);
    const stamp = hashOf(code);
    writeFileSync(join(store, 'modules', `${stamp}.js`), code);
    const { release, number, ...facts } = { ...latest, modules: { ...latest.modules, [id]: { ...before, stamp, size: Buffer.byteLength(code) } } };
    latest = { ...nameRelease(facts), number: number + 1 };
    if (latest.release === release) throw new Error('The release has the name of the one before.');
    writeFileSync(join(store, 'releases', `${latest.release}.json`), JSON.stringify(latest));
    return { release: latest.release, replaced: { release, stamp: before.stamp } };
  }

  /** Shape: `from` names older releases that get a patch, as a build makes them for all that the store keeps. Answers stamps by release. */
  function publish(from = []) {
    const { format, app, release, number } = latest;
    const patches = Object.fromEntries(from.map(older => {
      const { code } = writePatch(JSON.parse(read(`releases/${older}.json`)), latest, new Map(Object.values(latest.modules).map(({ stamp }) => [stamp, { code: read(`modules/${stamp}.js`), map: null }])));
      const stamp = hashOf(code);
      writeFileSync(join(store, 'modules', `${stamp}.js`), code);
      return [older, stamp];
    }));
    const temporary = join(store, '.latest.tmp');
    writeFileSync(temporary, JSON.stringify({ format, app, release, number, ...(from.length > 0 && { patches }) }));
    renameSync(temporary, join(store, 'latest.json'));
    return patches;
  }

  /** Remove what only an older release needed, so that a thousand of them do not fill the disk. */
  function forget({ release, stamp }) {
    rmSync(join(store, 'modules', `${stamp}.js`), { force: true });
    rmSync(join(store, 'releases', `${release}.json`), { force: true });
  }
  return { derive, publish, forget, latest: () => latest.release };
}
