/**
 * The longest request while the playground is upgraded under load, against the longest without an upgrade. Must: < +5 ms.
 * Windows with and without an upgrade take turns in one process; the figure is the difference of the medians of their
 * longest requests. Releases are on disk before a window begins, so that no build takes the processor from the service.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { median } from './measure.js';
import { openReleases } from './releases.js';

const windows = 24;
const windowMs = 400;

export async function run() {
  const { Workspace } = await import('../playground/run/workspace.js');
  const { Service } = await import('../playground/run/service.js');
  const { Load } = await import('../playground/run/load.js');
  const workspace = new Workspace('bench');
  await workspace.clean();
  await workspace.release();
  const releases = await openReleases(join(workspace.root, 'dist', 'relup'));
  const service = await Service.start({ bundle: workspace.bundle, cwd: workspace.root, dataFile: workspace.dataFile });
  try {
    const load = await Load.start(service.port);
    await delay(3000);
    for (let window = 0; window < windows; window++) {
      const upgrade = window % 2 === 1;
      if (upgrade) releases.derive('src/pricing/volume-tiers.ts', text => `${text}// ${window}\n`);
      await delay(50);
      load.begin(upgrade ? 'upgrade' : 'quiet');
      const seen = service.upgrades.length;
      await delay(windowMs / 4);
      if (upgrade) releases.publish();
      await delay(windowMs * 3 / 4);
      if (upgrade) await service.upgrade(event => event.type === 'committed', { from: seen, ms: 5000 });
    }
    const { phases } = await load.stop();
    const of = name => phases.filter(phase => phase.name === name);
    const longest = name => median(of(name).map(phase => phase.longest));
    const failed = phases.reduce((total, phase) => total + phase.failed, 0);
    const requests = of('upgrade').reduce((total, phase) => total + phase.requests, 0);
    if (failed) throw new Error(`${failed} requests failed: ${JSON.stringify(phases.find(phase => phase.failed).failures).slice(0, 300)}`);
    return [{
      case: 'playground, longest request of a window', value: longest('upgrade') - longest('quiet'), unit: 'ms more', need: ['<', 5],
      note: `${longest('upgrade').toFixed(1)} ms with an upgrade, ${longest('quiet').toFixed(1)} ms without; ${of('upgrade').length} upgrades, ${requests} requests, 0 failed`,
    }];
  } finally {
    await service.stop();
    await workspace.clean();
  }
}
