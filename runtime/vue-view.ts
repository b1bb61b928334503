/**
 * What a template reads of setup: `$setup.count`. Vue unwraps refs by a `Proxy` there, which costs a render that reads much a tenth of its
 * time; in a build without relup templates read refs directly. An object with one accessor a binding does the same for less.
 */
import { isRef } from 'vue';

type Bindings = Record<string, unknown>;

/** Where a view has its bindings: one of them may be called anything. */
const held = Symbol('bindings');

interface View {
  readonly [held]: Bindings;
}

/** Make what makes views of objects with these bindings. */
export function createView(names: readonly string[]): (bindings: Bindings) => object {
  class Own implements View {
    readonly [held]: Bindings;
    constructor(bindings: Bindings) {
      this[held] = bindings;
    }
  }
  for (const name of names) Object.defineProperty(Own.prototype, name, accessor(name));
  return (bindings) => new Own(bindings);
}

const accessor = (name: string): PropertyDescriptor & ThisType<View> => ({
  enumerable: true,
  get() {
    const value = this[held][name];
    return isRef(value) ? value.value : value;
  },
  set(next: unknown) {
    const value = this[held][name];
    if (isRef(value) && !isRef(next)) value.value = next;
    else this[held][name] = next;
  },
});
