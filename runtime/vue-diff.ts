/**
 * Rendering a component by another render function than before. Vue compares only what the compiler marked as dynamic, which holds
 * between two runs of one function; between two functions everything has to be compared. So the marks of such a tree are set aside while
 * it is patched, and put back behind that.
 */
import { isVNode, type VNode } from 'vue';

/** Patch flag of Vue's compiler for "compare everything". */
const bail = -2;
/** Shape flag of a component whose children are slots. */
const slotChildren = 32;

interface Marks {
  patchFlag: number;
  dynamicChildren: VNode[] | null;
  ssContent?: unknown;
  ssFallback?: unknown;
}

type Slot = ((...args: unknown[]) => unknown) & { _d?: boolean };

/** Trees that are being patched and what puts their marks back; null while nothing is upgraded. */
let restoring: (() => void)[] | null = null;

/** Whether trees of other render functions are being patched. */
export const isComparing = (): boolean => restoring !== null;

/** Run patches during which everything is compared. */
export function comparing<T>(patch: () => T): T {
  const outer = restoring;
  restoring = [];
  try {
    return patch();
  } finally {
    for (const restore of restoring) restore();
    restoring = outer;
  }
}

/** Set the marks of a tree aside, if trees are being compared. Answers the tree. */
export function compareAll<T>(tree: T): T {
  if (restoring) setAside(tree, restoring);
  return tree;
}

function setAside(tree: unknown, restores: (() => void)[]): void {
  if (Array.isArray(tree)) {
    for (const each of tree) setAside(each, restores);
    return;
  }
  if (!isVNode(tree)) return;
  const marks = tree as unknown as Marks;
  if (marks.patchFlag !== bail) {
    const { patchFlag, dynamicChildren } = marks;
    restores.push(() => Object.assign(marks, { patchFlag, dynamicChildren }));
    Object.assign(marks, { patchFlag: bail, dynamicChildren: null });
  }
  const { children } = tree;
  if (Array.isArray(children)) setAside(children, restores);
  else if (tree.shapeFlag & slotChildren) wrapSlots(children as unknown as Record<string, unknown>);
  // Of <Suspense>.
  setAside(marks.ssContent, restores);
  setAside(marks.ssFallback, restores);
}

/** A slot's content is of this component, but a child renders it, which may be of a package. */
function wrapSlots(slots: Record<string, unknown>): void {
  for (const name of Object.keys(slots)) {
    const slot = slots[name];
    if (!name.startsWith('_') && typeof slot === 'function') slots[name] = wrapSlot(slot as Slot);
  }
  // Slots that Vue takes for stable (1) it would not hand over anew, and compare what they show by its marks: from now on they are dynamic (2).
  if (slots['_'] !== undefined) slots['_'] = 2;
}

/** A slot whose content is compared as a whole while trees are. */
function wrapSlot(slot: Slot): Slot {
  const wrapped: Slot = (...args) => compareAll(slot(...args));
  const { _d: _, ...marks } = slot;
  return Object.defineProperty(Object.assign(wrapped, marks), '_d', { get: () => slot._d, set: (value: boolean) => (slot._d = value) });
}
