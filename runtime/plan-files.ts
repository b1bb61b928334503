/** What of a release is no module of the application: packages, workers, style sheets, assets. Pure. */
import { isEvaluated, refusal, type Decided, type Inputs } from './plan-inputs.js';
import type { ColdEntry, Manifest, Plan, Refusal } from './protocol.js';

export function checkCold(inputs: Inputs, modules: Decided, escalations: Refusal[]): void {
  const { from, to } = inputs;
  for (const key in to.cold) {
    const before = from.cold[key];
    const after = to.cold[key] as ColdEntry;
    if (before && isColdChanged(before, after)) {
      escalations.push(refusal('COLD_CHANGED', key, `"${key}" changed from ${before.version ?? 'an unknown version'} to ${after.version ?? 'an unknown version'}${before.external === after.external ? '' : ', and between bundled and external'}.`,
        restartHint(to)));
    }
  }
  for (const id in modules) {
    if (!isEvaluated(inputs, modules, id)) continue;
    to.modules[id]?.requests.forEach((target, index) => {
      if (!target.startsWith('cold:')) return;
      const key = target.slice('cold:'.length);
      // It comes with the files of the release.
      if (to.cold[key]?.style) return;
      if (to.target === 'node' && to.cold[key]?.external) return;
      const held = from.cold[key];
      const wanted = to.modules[id]?.names[index] ?? [];
      const lacking = held ? wanted.filter(name => !held.names.includes(name) && !held.names.includes('*')) : wanted;
      if (held && lacking.length === 0) return;
      const what = lacking.length > 0 ? `${lacking.map(name => name === '*' ? 'its namespace' : `"${name}"`).join(', ')} of "${key}"` : `"${key}"`;
      escalations.push(refusal('COLD_MISSING', id, `"${id}" imports ${what}, which the running bundle does not hold.`,
        to.target === 'node' ? `Leave "${key}" external, so that Node loads it, or ${lower(restartHint(to))}` : restartHint(to)));
    });
  }
}

/**
 * A worker whose code changed runs on with its own, unless an effect starts it: that one ends with the old release, and begins anew with
 * the new one, which names another file.
 */
export function checkWorkers({ from, to }: Inputs, escalations: Refusal[]): void {
  const gone = Object.keys(from.workers).filter(file => to.workers[file] !== from.workers[file]);
  const come = Object.keys(to.workers).filter(file => to.workers[file] !== from.workers[file]);
  if (gone.length === 0 || come.length === 0) return;
  const isSame = (file: string): boolean => gone.includes(file) && come.includes(file);
  const kept = [from, to].flatMap(release => (release === from ? gone : come).flatMap(file => isSame(file) ? [null] : keptBy(release, file)));
  if (kept.length === 0) return;
  const place = kept.includes(null) ? null : kept[0] as string; // all of them are places
  const files = come.map(file => `"${file}"`).join(', ');
  escalations.push(place === null
    ? refusal('WORKER_CHANGED', come[0] as string, `The code of a worker changed (${files}); running workers keep their own.`, restartHint(to))
    : refusal('WORKER_CHANGED', place, `The code of a worker changed (${files}), which is started outside of an effect: the running one keeps its own.`,
      `Start it in an effect, which begins anew with a release: effect(() => { const worker = new Worker(...); return () => worker.terminate(); }). Or ${lower(restartHint(to))}`));
}

/** Who goes on with the code of a worker that went. Null: it is not known who starts it. */
function keptBy({ modules }: Manifest, file: string): (string | null)[] {
  const starts = Object.entries(modules).flatMap(([id, { workers }]) => workers?.[file] === undefined ? [] : [[id, workers[file]] as const]);
  return starts.length === 0 ? [null] : starts.flatMap(([id, line]) => line === 0 ? [] : [`${id}:${line}`]);
}

function restartHint(to: Manifest): string {
  return to.target === 'browser' ? 'Load the page again for this release.' : 'Restart the application, or hand over to a new process, for this release.';
}

function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

function isColdChanged(before: ColdEntry, after: ColdEntry): boolean {
  return before.version !== after.version || before.external !== after.external;
}

function changedCold(from: Manifest, to: Manifest): string[] {
  const changed = Object.keys(to.cold).filter(key => {
    const before = from.cold[key];
    return !before || isColdChanged(before, to.cold[key] as ColdEntry);
  });
  return [...changed, ...Object.keys(from.cold).filter(key => !to.cold[key])].sort();
}

/** Changed files besides modules, by kind. */
export function compareFiles(from: Manifest, to: Manifest): Plan['files'] {
  return {
    styles: changedFiles(from.styles, to.styles),
    assets: changedFiles(from.assets, to.assets),
    workers: changedFiles(from.workers, to.workers),
    cold: changedCold(from, to),
  };
}

/** New and changed files, and those that went without a successor: a new hash in a name is a change, not two. */
function changedFiles(from: Readonly<Record<string, string>>, to: Readonly<Record<string, string>>): string[] {
  const changed = Object.keys(to).filter(file => from[file] !== to[file]);
  const stems = new Set(changed.map(stemOf));
  const gone = Object.keys(from).filter(file => !Object.hasOwn(to, file) && !stems.has(stemOf(file)));
  return [...changed, ...gone].sort();
}

/** `assets/index-B2x_9dQa.css` -> `assets/index.css` */
function stemOf(file: string): string {
  return file.replace(/[-.][\w-]{8,}(?=\.\w+$)/, '');
}
