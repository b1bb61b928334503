/**
 * What two manifests say of the classes of a module, as far as putting new code on them asks. Pure.
 */
import type { ClassFacts } from './overlay.js';
import { staticBlocks, type ClassEntry, type Manifest } from './protocol.js';

/** The facts of the way from one release to another. */
export function classFacts(from: Manifest, to: Manifest): ClassFacts {
  const of = (manifest: Manifest, module: string, key: string): ClassEntry | undefined => {
    const classes = manifest.modules[module]?.classes ?? {};
    return Object.hasOwn(classes, key) ? classes[key] : undefined;
  };
  const before = (module: string, key: string): ClassEntry | undefined => of(from, module, key) ?? of(from, module, of(to, module, key)?.renamedFrom ?? '');
  return {
    statics(module, key) {
      const [entry, successor] = [before(module, key), of(to, module, key)];
      const old = entry?.statics ?? {};
      const next = successor?.statics ?? {};
      const unchanged = entry !== undefined && entry.text === successor?.text;
      return {
        unchanged: unchanged || (old[staticBlocks] !== undefined && old[staticBlocks] === next[staticBlocks]),
        fixed: unchanged && (successor?.privateOfOthers !== undefined || successor?.staticPrivates !== undefined),
        named: new Set(Object.keys(next)),
        kept: new Set(Object.keys(old).filter((name) => next[name] === old[name])),
        dropped: new Set(Object.keys(old).filter((name) => !Object.hasOwn(next, name))),
      };
    },
    layouts(module, key) {
      const old = before(module, key);
      const next = of(to, module, key);
      return old && next ? { from: { release: from.release, fields: old.fields }, to: { release: to.release, fields: next.fields } } : null;
    },
  };
}
