/**
 * Own properties of objects as values, and writing one. Knows nothing of modules.
 */

/** Own properties by key; `heritage` stands for the prototype. */
export type Properties = ReadonlyMap<PropertyKey, PropertyDescriptor>;

/** The key under which an object's prototype is kept. */
export const heritage = Symbol('prototype');

/** What an object has now. */
export function snapshot(object: object): Map<PropertyKey, PropertyDescriptor> {
  const properties = new Map<PropertyKey, PropertyDescriptor>([[heritage, { value: Object.getPrototypeOf(object) as unknown }]]);
  for (const key of Reflect.ownKeys(object)) properties.set(key, Object.getOwnPropertyDescriptor(object, key) as PropertyDescriptor);
  return properties;
}

/** Whether two descriptors make the same property; undefined: none. */
export function isSameProperty(a: PropertyDescriptor | undefined, b: PropertyDescriptor | undefined): boolean {
  if (!a || !b) return a === b;
  return Object.is(a.value, b.value) && a.get === b.get && a.set === b.set && a.writable === b.writable && a.enumerable === b.enumerable && a.configurable === b.configurable;
}

/** Give a property of an object this descriptor, or none; what is the same is not touched, for V8 makes a dictionary of what is redefined. Throws a TypeError where the object does not let it happen. */
export function writeProperty(object: object, key: PropertyKey, descriptor: PropertyDescriptor | undefined): void {
  if (key === heritage) {
    if (Object.getPrototypeOf(object) !== descriptor?.value) Object.setPrototypeOf(object, descriptor?.value as object | null);
  } else if (isSameProperty(Object.getOwnPropertyDescriptor(object, key), descriptor)) return;
  else if (descriptor) Object.defineProperty(object, key, descriptor);
  else if (!Reflect.deleteProperty(object, key)) throw new TypeError(`Cannot delete property '${String(key)}'`);
}
