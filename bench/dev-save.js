/**
 * From before a file is written to its new code visible in an open page: 1 leaf of 1,000 and of 5,000 modules with importers ten deep.
 * Plain Vite 8 in its best forms: the entry accepts what the leaf leads to, or the leaf accepts itself and needs no importer.
 * Edits alternate. Must: <= 1.0x of Vite.
 */
import { edit, launch, openPage, startServer, watchPage } from './dev-driver.js';
import { leafFile, writeAcceptingLeaf, writeLayers } from './generate.js';
import { createWorkspace, interleave, median, quantile } from './measure.js';

const [leaf, accepting] = [40, 80];
/** The first edits compile what they run, on either side. */
const warmUp = 5;

export async function run(sizes = [1000, 5000], rounds = 31) {
  const rows = [];
  for (const modules of sizes) rows.push(...await measure(modules, rounds));
  return rows;
}

async function measure(modules, rounds) {
  const ours = createWorkspace(`save-relup-${modules}`);
  const vites = createWorkspace(`save-vite-${modules}`);
  writeLayers(ours, { modules, leaves: [leaf, accepting] });
  writeLayers(vites, { modules, leaves: [leaf], hot: true });
  writeAcceptingLeaf(vites, accepting);
  const browser = await launch();
  const servers = [];
  try {
    const open = async (dir, hot) => {
      const server = await startServer({ dir, hot });
      servers.push(server);
      return watchPage(await openPage(browser, server.url));
    };
    const [relup, vite] = [await open(ours, true), await open(vites, false)];
    const times = await interleave({
      relup: () => edit(relup, leafFile(ours, leaf), leaf),
      entry: () => edit(vite, leafFile(vites, leaf), leaf),
      self: () => edit(vite, leafFile(vites, accepting), accepting),
    }, rounds + warmUp);
    const steady = Object.fromEntries(Object.entries(times).map(([name, list]) => [name, list.slice(warmUp)]));
    const spread = list => `${median(list).toFixed(0)} ms (${quantile(list, 0.1).toFixed(0)} to ${quantile(list, 0.9).toFixed(0)})`;
    const size = modules.toLocaleString('en');
    return [['entry', 'accepted by the entry'], ['self', 'accepted by the leaf itself']].map(([name, what]) => ({
      case: `1 of ${size} modules, Vite: ${what}`, value: median(steady.relup) / median(steady[name]), unit: 'x', need: ['<=', 1],
      note: `relup ${spread(steady.relup)}, Vite ${spread(steady[name])}; 10th to 90th percentile of ${rounds} edits`,
    }));
  } finally {
    await browser.close();
    for (const server of servers) await server.close();
  }
}
