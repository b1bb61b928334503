/**
 * Builds a project again and again in a process of its own, as `vite build` does; starting Vite takes most of the time of a build.
 */
import { build } from 'vite';

process.on('message', async () => {
  try {
    await build();
    process.send({});
  } catch (error) {
    process.send({ failed: error instanceof Error ? error.message : String(error) });
  }
});
