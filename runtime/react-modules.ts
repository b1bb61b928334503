/**
 * Components that their module does not export as functions: nobody else keeps their identity, so it is kept here by module and name.
 * Which version's code is run follows from the version of the module that is current.
 */
import { runtime } from './main.js';
import type { Version } from './record.js';
import { render, type Code } from './react-components.js';
import { answer, answering, asks, type Signature } from './react-signature.js';

interface Component extends Signature {
  readonly code: Code;
}

type Components = Map<string, Component>;

/** What the body of one version declares its components with. */
export interface Own {
  component(name: string, code: Code, text?: string, hooks?: Signature['hooks']): Code;
  readonly asks: typeof asks;
  readonly answer: typeof answer;
}

const declared = new WeakMap<Version, Components>();
/** Of modules that no release had before: their versions are known once they are committed. */
const unclaimed = new Map<string, Components>();
/** Permanent components by module and name. */
const outers = new Map<string, Code>();
/** What memo() and the like made, by module, name and text, with what it was made of. */
const made = new Map<string, { readonly inputs: readonly unknown[]; readonly value: unknown }>();

/** Begin a version of a module: called by its body. */
export function ownOf(id: string): Own {
  const components: Components = new Map();
  answering.add(id);
  const record = runtime.records.get(id);
  if (record) declared.set(record.pending ?? record.current, components);
  else unclaimed.set(id, components);
  return {
    asks,
    answer,
    component(name, code, text = '', hooks) {
      components.set(name, { code, text, hooks });
      const key = `${id}#${name}`;
      let outer = outers.get(key);
      if (!outer) outers.set(key, (outer = createOuter(id, name)));
      return outer;
    },
  };
}

function createOuter(id: string, name: string): Code {
  let last: Component;
  const outer: Code = (props, ref) => {
    const { code, text, hooks } = (last = currentOf(id)?.get(name) ?? last);
    return render(outer, code, props, ref, text, hooks);
  };
  return Object.defineProperty(outer, 'name', { value: name.slice(name.lastIndexOf('.') + 1) });
}

function currentOf(id: string): Components | undefined {
  const version = runtime.records.get(id)?.current;
  if (!version) return unclaimed.get(id);
  const own = declared.get(version) ?? unclaimed.get(id);
  if (own && unclaimed.get(id) === own) {
    declared.set(version, own);
    unclaimed.delete(id);
  }
  return own;
}

/** What is made of permanent components is permanent as well, for as long as it is made in the same way. */
export function kept(key: string, value: unknown, inputs: readonly unknown[] = []): unknown {
  const known = made.get(key);
  if (known?.inputs.every((input, index) => input === inputs[index])) return known.value;
  made.set(key, { inputs, value });
  return value;
}
