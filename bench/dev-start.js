/**
 * From the start of a dev server to a page of 5,000 modules that says it is loaded: with no cache, and again with what the first one kept.
 * Plain Vite keeps nothing of such modules. Each start is a process and a browser context of its own. Must: <= 1.3x and <= 1.05x of Vite.
 */
import { forgetCaches, launch, openPage, startServer } from './dev-driver.js';
import { writeLayers } from './generate.js';
import { createWorkspace, interleave, median, medianRatio } from './measure.js';

export async function run(modules = 5000, rounds = 5) {
  const dir = createWorkspace(`start-${modules}`);
  writeLayers(dir, { modules });
  const browser = await launch();
  const start = async (hot, fresh) => {
    if (fresh) forgetCaches(dir);
    const begun = performance.now();
    const server = await startServer({ dir, hot });
    const { context } = await openPage(browser, server.url);
    const took = performance.now() - begun;
    await context.close();
    // Writes what it kept.
    await server.close();
    return took;
  };
  try {
    const times = await interleave({
      cold: () => start(true, true),
      viteCold: () => start(false, true),
      // The server before may have been plain Vite's, which left nothing.
      warm: async () => {
        await start(true, true);
        return start(true, false);
      },
      viteWarm: () => start(false, false),
    }, rounds);
    const seconds = list => `${(median(list) / 1000).toFixed(1)} s (${(Math.min(...list) / 1000).toFixed(1)} to ${(Math.max(...list) / 1000).toFixed(1)})`;
    const size = modules.toLocaleString('en');
    return [['cold', 'no cache', 1.3], ['warm', 'the second start', 1.05]].map(([name, what, limit]) => {
      const peer = times[name === 'cold' ? 'viteCold' : 'viteWarm'];
      return { case: `page of ${size} modules, ${what}`, value: medianRatio(times[name], peer), unit: 'x', need: ['<=', limit], note: `relup ${seconds(times[name])}, Vite ${seconds(peer)}; ${rounds} starts each` };
    });
  } finally {
    await browser.close();
  }
}
