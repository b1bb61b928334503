/**
 * Where a run happens: a folder of its own with the sources of one release at a time, so that nothing of the playground
 * itself is changed. A release is playground/src with overlays of playground/releases on top, in order.
 */
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import configurePage from '../page/vite.config.js';
import configure from '../vite.config.js';

const playground = fileURLToPath(new URL('..', import.meta.url));

export class Workspace {
  constructor(name) {
    this.root = join(playground, '.run', name);
    this.bundle = join(this.root, 'dist', 'server.js');
    this.dataFile = join(this.root, 'data', 'coffee.db');
  }

  async clean() {
    await rm(this.root, { recursive: true, force: true });
    await mkdir(this.root, { recursive: true });
  }

  /** Builds the first release with these overlays; answers how long the build took, in ms. */
  async release(...overlays) {
    const sources = join(this.root, 'src');
    await rm(sources, { recursive: true, force: true });
    await cp(join(playground, 'src'), sources, { recursive: true });
    for (const overlay of overlays) await cp(join(playground, 'releases', overlay), sources, { recursive: true });
    return buildService(this.root);
  }
}

/** Builds the sources below `root` as vite.config.js says; rejects if that fails. */
export async function buildService(root, mode = 'production') {
  return buildAs(configure({ mode }), root, mode);
}

/** The same for the page: sources in `src/` below `root`. */
export async function buildPage(root = join(playground, 'page'), mode = 'production') {
  return buildAs(configurePage({ mode }), root, mode);
}

async function buildAs(config, root, mode) {
  const began = performance.now();
  await build({ ...config, root, mode, configFile: false, logLevel: 'silent' });
  return performance.now() - began;
}
