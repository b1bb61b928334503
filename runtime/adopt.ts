/**
 * What the classes of a module are to it: the first version of a class is the class, for ever. Later ones only give it new code
 * (lineage.ts). Here is what a bundle needs before any upgrade.
 */
import type { Constructor, MadeClass, Version } from './record.js';

let adopted: object | null = null;

/**
 * What classes without heritage extend in artifacts. Newer versions of a class initialise objects that its permanent constructor
 * allocated: only the constructor of a derived class can take an object from outside, fields and private names included.
 */
export class Adopted extends Object {
  constructor() {
    const object = adopted;
    if (object) {
      adopted = null;
      return object;
    }
    super();
  }
}

/** Let the next construction of a class that extends `Adopted` initialise this object. */
export function adopt(object: object): void {
  adopted = object;
}

/** A body made a class. Answers the class that its name stands for. */
export function defineClass(version: Version, key: string, found: MadeClass): Constructor {
  const { record, cells } = version;
  const { made } = found;
  // Natively it would have no heritage.
  if (Object.getPrototypeOf(made) === Adopted) Object.setPrototypeOf(made.prototype as object, Object.prototype);
  version.classes.set(key, found);
  if (!version.live && record.runtime.overlay) return record.runtime.overlay.adopt(version, key, found);
  record.lineages.set(key, { key, first: made, flags: found.flags, cells: cells as Record<string, unknown> });
  return made;
}
