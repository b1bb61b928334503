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

export function checkWorkers(inputs: Inputs, escalations: Refusal[]): void {
  const { from, to } = inputs;
  const gone = Object.keys(from.workers).filter(file => to.workers[file] !== from.workers[file]);
  const come = Object.keys(to.workers).filter(file => to.workers[file] !== from.workers[file]);
  if (gone.length === 0 || come.length === 0) return;
  escalations.push(refusal('WORKER_CHANGED', come[0] as string, `The code of a worker changed (${come.map(file => `"${file}"`).join(', ')}); running workers keep their own.`,
    restartHint(to)));
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
