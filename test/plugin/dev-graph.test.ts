/** The modules of a dev server, one revision after the other: what it keeps up to date says what a look at all modules would say. */
import { describe, expect, test } from '@jest/globals';
import { DevGraph } from '../../plugin/dev-graph.js';
import type { DevModule } from '../../plugin/dev-modules.js';
import { planChange } from '../../plugin/dev-patches.js';
import { planReleases } from '../../runtime/plan.js';
import type { ModuleEntry, Plan, Read, Refusal } from '../../runtime/protocol.js';
import { release, type ModuleSketch } from '../releases.js';

const policy = { onStale: 'reevaluate', allow: ['STATE_UNDECLARED'], drop: [] } as const;

function createRandom(seed: number): (count: number) => number {
  let state = seed;
  return (count) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % count;
  };
}

/** A module that reads, re-exports, accepts or declares something, as chance has it. */
function sketchModule(pick: (count: number) => number, size: number, revision: number): ModuleSketch {
  const requests = Array.from({ length: pick(4) }, () => `m${pick(size)}.js`);
  const has = (request: number): boolean => request < requests.length;
  const loads: Read[] = [...(has(0) && pick(2) ? [[0, 'a'] as const] : []), ...(has(1) && pick(3) === 0 ? [[1, '*'] as const] : [])];
  return {
    text: `revision ${revision}`, requests,
    names: requests.map(() => ['a', ...(pick(3) ? [] : ['b'])]),
    exports: ['a', ...(pick(4) ? ['b'] : [])],
    stars: has(2) && pick(3) === 0 ? [2] : [],
    dynamic: pick(4) ? [] : [`m${pick(size)}.js`],
    loads, loadLines: loads.map(() => 1),
    reaches: has(0) && pick(2) ? { a: [[0, 'a']] } : {},
    effects: pick(12) ? [] : [{ what: 'listen()', line: 3 }],
    ...(pick(5) === 0 && { hot: { self: 1, dispose: 1 } as const }),
  };
}

/** Whichever importer comes first names the path; what is decided, and where, is the same. Some notes are not for those who edit. */
function settled(plan: Plan): object {
  const places = (findings: readonly Refusal[]): string[] => findings.map(({ code, place }) => `${code} ${place}`).sort();
  return { ...plan, stale: Object.entries(plan.stale).map(([id, { line }]) => `${id}:${line}`).sort(), refusals: places(plan.refusals), notes: places(plan.notes.filter(({ code }) => code !== 'STALE')) };
}

describe('a dev server', () => {
  test('plans a change as from whole lists of both revisions', () => {
    let changes = 0;
    for (let seed = 1; seed <= 25; seed++) {
      const pick = createRandom(seed);
      const size = 4 + pick(14);
      const graph = new DevGraph();
      const entries = new Map<string, ModuleEntry>();
      const note = (id: string, revision: number): void => {
        const entry = release({ modules: { [id]: sketchModule(pick, size, revision) } }).modules[id] as ModuleEntry;
        entries.set(id, entry);
        graph.note({ id, resolvedId: `/${id}`, entry } as DevModule);
      };
      for (let index = 0; index < size; index++) note(`m${index}.js`, 0);
      for (let revision = 1; revision <= 12; revision++) {
        const before = Object.fromEntries(entries);
        // What a removed module comes back as, nobody was told of.
        for (const id of new Set(Array.from({ length: 1 + pick(3) }, () => `m${pick(size)}.js`))) {
          const isNew = !entries.has(id);
          note(id, revision);
          if (isNew) before[id] = entries.get(id) as ModuleEntry;
        }
        // Whatever is imported is transformed before anybody runs it.
        for (const { requests } of entries.values()) {
          for (const id of requests) {
            if (entries.has(id)) continue;
            note(id, revision);
            before[id] = entries.get(id) as ModuleEntry;
          }
        }
        const change = graph.advance(({ id }) => id === 'm0.js');
        if (!change) continue;
        changes++;
        for (const id of change.removed) entries.delete(id);
        const now = Object.fromEntries(entries);
        const imported = new Set(Object.values(now).flatMap(({ requests, dynamic }) => [...requests, ...dynamic]));
        const roots = Object.keys(now).filter((id) => !imported.has(id));
        // All of them export something, so none is an entry.
        const shape = { app: 'dev', target: 'node' } as const;
        const whole = planReleases(
          { ...release({ ...shape, number: graph.revision - 1 }), release: `dev-${graph.revision - 1}`, entries: [], modules: before },
          { ...release({ ...shape, number: graph.revision }), release: `dev-${graph.revision}`, entries: [], modules: now },
          { ...policy, oneWay: true },
        );
        const { plan } = planChange(graph, change, policy);
        expect(graph.roots().sort()).toEqual(roots.sort());
        expect(settled(plan)).toEqual(settled(whole));
      }
    }
    expect(changes).toBeGreaterThan(200);
  });
});
