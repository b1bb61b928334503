/**
 * Patches: for each release that the store keeps, the way from there to the one that was built, in one file (runtime/patch.ts). So a page
 * that knows neither manifest fetches little more than what changed. Whatever a patch does not hold, a page finds by manifest.
 *
 * Pure. Must never say less than carrying the plan out asks: what is left out is not missed, but taken for not being there.
 */
import { names } from '../runtime/names.js';
import { evaluationOrder } from '../runtime/order.js';
import { patchId, type Part, type WrittenPatch } from '../runtime/patch.js';
import { planReleases } from '../runtime/plan.js';
import type { Manifest, ModuleEntry, Plan } from '../runtime/protocol.js';
import type { NewArtifact } from './store.js';

/**
 * The text of a patch, and its source map if artifacts have some; null where the way does not go in place, or asks for more than a part.
 *
 * Shape: `artifacts` are those of `to`, by stamp.
 */
export function writePatch(from: Manifest, to: Manifest, artifacts: ReadonlyMap<string, NewArtifact>): NewArtifact | null {
  const plan = planReleases(from, to);
  const evaluated = Object.keys(plan.modules).filter((id) => plan.modules[id] !== 'removed');
  const always = { from: loadedAlways(from), to: loadedAlways(to) };
  const concerned = withRequests(to, evaluated, always.from);
  // What awaits at its top level may lead anywhere while it loads.
  if (plan.way !== 'inPlace' || [...concerned].some((id) => to.modules[id]?.async)) return null;
  const written: WrittenPatch = { plan, ...partsOf(from, to, plan, concerned, always.from) };
  const brought = Object.entries(written.to.modules).filter(([id]) => concerned.has(id) && always.to.has(id));
  const parts = brought.map(([, { stamp }]) => artifacts.get(stamp as string) as NewArtifact); // the part says stamps of the release
  return join(`${names.register}(${JSON.stringify(patchId)},{},()=>JSON.parse('${JSON.stringify(written).replace(/[\\']/g, '\\$&')}'));\n`, parts);
}

/** Modules that every page of a release has loaded: those that all entries request. */
function loadedAlways({ entries, modules }: Manifest): ReadonlySet<string> {
  const below = entries.map((entry) => {
    const found = new Set([entry]);
    for (const id of found) for (const target of modules[id]?.requests ?? []) if (modules[target]) found.add(target);
    return found;
  });
  return new Set([...(below[0] ?? [])].filter((id) => below.every((each) => each.has(id))));
}

/** Some modules, and what they request that a page may not have. */
function withRequests({ modules }: Manifest, ids: readonly string[], loaded: ReadonlySet<string>): ReadonlySet<string> {
  const found = new Set(ids);
  for (const id of found) for (const target of modules[id]?.requests ?? []) if (modules[target] && !loaded.has(target)) found.add(target);
  return found;
}

/** As much of both manifests as preparing and committing reads. */
function partsOf(from: Manifest, to: Manifest, { modules, files }: Plan, concerned: ReadonlySet<string>, loaded: ReadonlySet<string>): Pick<WrittenPatch, 'from' | 'to'> {
  const keys = new Set([...concerned].flatMap((id) => (to.modules[id]?.requests ?? []).filter((target) => target.startsWith('cold:'))));
  const sheets = sheetsOf(from, to, files, concerned);
  const asked = new Set([...holdersOf(from, to, keys, concerned, loaded), ...sheets.from]);
  const before = new Set([...Object.keys(modules), ...asked]);
  const after = new Set([...concerned, ...sheets.to]);
  const part = (manifest: Manifest, entries: Part['modules']): Part => ({
    format: manifest.format, app: manifest.app, release: manifest.release, number: manifest.number, modules: entries,
    ...(manifest.keys && { keys: manifest.keys }),
    ...(sheets.isNeeded && { styles: manifest.styles, ...(manifest.sheets && { sheets: manifest.sheets }) }),
  });
  return {
    from: part(from, pick(from, before, (id, { stamp, requests, classes }) => ({
      // Of what changed it says nothing that it came from another text.
      ...(to.modules[id]?.stamp === stamp && { stamp }), ...(asked.has(id) && { requests }), ...(!isEmpty(classes) && { classes }),
    }))),
    to: {
      ...part(to, pick(to, after, (_, { stamp, requests, dynamic, classes }) => ({ stamp, requests, ...(dynamic.length > 0 && { dynamic }), ...(!isEmpty(classes) && { classes }) }))),
      cold: Object.fromEntries([...keys].flatMap((key) => {
        const entry = to.cold[key.slice('cold:'.length)];
        return entry ? [[key.slice('cold:'.length), { ...entry, names: [] }]] : [];
      })),
    },
  };
}

const isEmpty = (object: object): boolean => Object.keys(object).length === 0;

/** Entries in the order of evaluation. */
function pick(manifest: Manifest, ids: ReadonlySet<string>, abridge: (id: string, entry: ModuleEntry) => Partial<ModuleEntry>): Part['modules'] {
  const picked: Record<string, Partial<ModuleEntry>> = {};
  for (const id of evaluationOrder(manifest).keys()) if (ids.has(id)) picked[id] = abridge(id, manifest.modules[id] as ModuleEntry); // the order is of its modules
  return picked;
}

/** Modules of the running release through which new code gets what the bundle holds of packages. */
function holdersOf(from: Manifest, to: Manifest, keys: ReadonlySet<string>, concerned: ReadonlySet<string>, loaded: ReadonlySet<string>): string[] {
  const wanted = new Map([...keys].map((key) => [key, new Set<string>()]));
  for (const id of concerned) to.modules[id]?.requests.forEach((target, index) => to.modules[id]?.names[index]?.forEach((name) => wanted.get(target)?.add(name)));
  return [...wanted].flatMap(([key, names]) => {
    const holders = Object.keys(from.modules).filter((id) => from.modules[id]?.requests.includes(key));
    const chosen: string[] = [];
    const left = new Set(names);
    for (const id of holders.filter((each) => loaded.has(each))) {
      const { requests, names: held } = from.modules[id] as ModuleEntry; // it is one of them
      const found = requests.flatMap((target, index) => (target === key ? held[index] ?? [] : [])).filter((name) => left.delete(name));
      if (found.length > 0) chosen.push(id);
    }
    return left.size > 0 ? holders : chosen;
  });
}

/** Whose sheets are asked for: everybody's, if any of them changes or somebody else wants one. */
function sheetsOf(from: Manifest, to: Manifest, { styles }: Plan['files'], concerned: ReadonlySet<string>) {
  const sources = new Set([from, to].flatMap(({ sheets = {} }) => Object.values(sheets).flat()));
  const isSource = (target: string): boolean => sources.has(target.replace(/^cold:/, ''));
  const bringing = ({ modules }: Manifest): string[] => Object.keys(modules).filter((id) => isSource(id) || modules[id]?.requests.some(isSource));
  const isNeeded = styles.length > 0 || JSON.stringify(from.sheets) !== JSON.stringify(to.sheets) || [...concerned].some((id) => isSource(id) || to.modules[id]?.requests.some(isSource));
  return isNeeded ? { isNeeded, from: bringing(from), to: bringing(to) } : { isNeeded, from: [], to: [] };
}

/** Several scripts of the store as one. Each begins on a line of its own, so that the map is made of theirs. */
function join(head: string, artifacts: readonly NewArtifact[]): NewArtifact {
  const strict = '"use strict";\n';
  const texts = [strict, head];
  const sections: object[] = [];
  let line = 2;
  for (const { code, map } of artifacts) {
    // Their own first line, which is the same in all, is left out.
    if (map !== null) sections.push({ offset: { line: line - 1, column: 0 }, map: JSON.parse(map) as object });
    const text = code.slice(strict.length);
    texts.push(text);
    line += text.split('\n').length - 1;
  }
  return { code: texts.join(''), map: sections.length > 0 ? JSON.stringify({ version: 3, sections }) : null };
}
