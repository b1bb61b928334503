/**
 * What the classes of a module are to it: the first version of a class is the class, for ever. Later ones only give it their code
 * (lineage.ts). Here is what a bundle needs before any upgrade.
 */
import type { Adoption, Constructor, MadeClass, Version } from './record.js';

/**
 * Make what classes without heritage extend in artifacts. Newer versions of a class initialise objects that its permanent
 * constructor allocated, and only the constructor of a derived class can take an object from outside, fields and private names included.
 */
export function createAdoption(): Adoption {
  let next: object | null = null;
  class Adopted extends Object {
    constructor() {
      const object = next;
      if (object) {
        next = null;
        return object;
      }
      super();
    }
  }
  return {
    base: Adopted as unknown as Constructor,
    adopt: (object) => {
      next = object;
    },
  };
}

/** A body made a class. Answers the class that its name stands for. */
export function defineClass(version: Version, key: string, found: MadeClass): Constructor {
  const { record, cells } = version;
  const { runtime } = record;
  const { made } = found;
  // Natively it would have no heritage.
  if (Object.getPrototypeOf(made) === runtime.adoption.base) Object.setPrototypeOf(made.prototype as object, Object.prototype);
  found.declared = { statics: Reflect.ownKeys(made), members: Reflect.ownKeys(made.prototype as object) };
  version.classes.set(key, found);
  if (!version.live && runtime.overlay) return runtime.overlay.adopt(version, key, found);
  record.lineages.set(key, { key, first: made, flags: found.flags, cells: cells as Record<string, unknown>, adoption: runtime.adoption });
  return made;
}
