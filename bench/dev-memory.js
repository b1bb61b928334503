/**
 * Memory of a page of 1,000 modules and of its dev server after 500 edits of a leaf, garbage collected. Plain Vite: the entry accepts what
 * the leaf leads to, or the leaf accepts itself. Must: <= Vite's.
 */
import { edit, launch, openPage, pageMemory, startServer, watchPage } from './dev-driver.js';
import { leafFile, writeAcceptingLeaf, writeLayers } from './generate.js';
import { createWorkspace } from './measure.js';

const [leaf, accepting] = [40, 80];
const mebibytes = bytes => bytes / 2 ** 20;

export async function run(modules = 1000, edits = 500) {
  const browser = await launch();
  const measure = async (name, { hot, index, prepare }) => {
    const dir = createWorkspace(`memory-${name}`);
    prepare(dir);
    const server = await startServer({ dir, hot });
    try {
      const page = await watchPage(await openPage(browser, server.url));
      for (let count = 0; count < 3; count++) await edit(page, leafFile(dir, index), index);
      const before = [await pageMemory(page), await server.memory()].map(mebibytes);
      for (let count = 0; count < edits; count++) await edit(page, leafFile(dir, index), index);
      const after = [await pageMemory(page), await server.memory()].map(mebibytes);
      await page.context.close();
      return { before, after };
    } finally {
      await server.close();
    }
  };
  try {
    const relup = await measure('relup', { hot: true, index: leaf, prepare: dir => writeLayers(dir, { modules, leaves: [leaf] }) });
    const entry = await measure('entry', { hot: false, index: leaf, prepare: dir => writeLayers(dir, { modules, leaves: [leaf], hot: true }) });
    const self = await measure('self', { hot: false, index: accepting, prepare: (dir) => { writeLayers(dir, { modules, leaves: [] }); writeAcceptingLeaf(dir, accepting); } });
    const rows = [];
    for (const [place, what] of [[0, 'page'], [1, 'server']]) {
      const tell = ({ before, after }) => `${before[place].toFixed(1)} -> ${after[place].toFixed(1)} MB`;
      for (const [peer, form] of [[entry, 'the entry'], [self, 'the leaf itself']]) {
        rows.push({ case: `${what} after ${edits} edits, Vite: accepted by ${form}`, value: relup.after[place] / peer.after[place], unit: 'x', need: ['<=', 1], note: `relup ${tell(relup)}, Vite ${tell(peer)}` });
      }
    }
    return rows;
  } finally {
    await browser.close();
  }
}
