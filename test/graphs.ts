/**
 * Random graphs of ES modules as source text, for tests that compare the order of evaluation with an engine's.
 *
 * Every module reports what it does through a global `trace(text)`: when its body begins, after each await, what it
 * sees of its imports, and its end. Nothing here depends on time, on the machine or on `Math.random`: a seed is a graph.
 * Never let a body use timers: only turns of the microtask queue are comparable between processes.
 */

/** A graph is its seed: the same seed and profile give the same text. */
export interface Graph {
  readonly seed: number;
  readonly entry: string;
  /** Source text by file name (`m0.js`, ...). Requests are `./m1.js`. */
  readonly modules: ReadonlyMap<string, string>;
}

/** What the modules of a graph may do; each a probability from 0 to 1. */
export interface Profile {
  /** A module awaits at its top level. */
  readonly awaits: number;
  /** A request goes backwards, so that it closes a cycle (or requests itself). */
  readonly cycles: number;
  /** A module throws, somewhere in its body. */
  readonly throws: number;
  /** A module imports another one dynamically, awaited or not. */
  readonly dynamic: number;
}

/** Cycles and all kinds of awaits. */
export const staticProfile: Profile = { awaits: 0.45, cycles: 0.3, throws: 0, dynamic: 0 };

/** The same with modules that throw. Node 20 itself dies of some of these (V8: "Check failed: module->status()"). */
export const throwingProfile: Profile = { ...staticProfile, throws: 0.08 };

/** The same with dynamic imports. When a dynamic import settles depends on the host: compare what ran, not when. */
export const dynamicProfile: Profile = { ...staticProfile, dynamic: 0.2 };

/** Mulberry32: small, seedable, good enough to draw graphs. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Statements that wait some turns and then report. `for await` waits differently from `await`, so it is among them. */
const waits: readonly ((name: string) => string)[] = [
  name => `await 0; trace('${name}');`,
  name => `await Promise.resolve(); trace('${name}');`,
  name => `await Promise.resolve().then(() => {}).then(() => {}); trace('${name}');`,
  name => `await { then(resolve) { resolve() } }; trace('${name}');`,
  name => `await (async () => { await 0; trace('${name} inner'); })(); trace('${name}');`,
  name => `try { await Promise.reject(0) } catch { trace('${name}'); }`,
  name => `for await (const turn of [1, Promise.resolve(2)]) trace('${name} turn ' + turn);`,
  name => `for await (const turn of (async function* () { yield 1; await 0; yield 2 })()) trace('${name} turn ' + turn);`,
];

/** Draw one graph. Shape: 3 to 14 modules; `m0.js` is the entry and reaches all of them. */
export function createGraph(seed: number, profile: Profile = staticProfile): Graph {
  const random = createRandom(seed);
  const chance = (probability: number): boolean => random() < probability;
  const pick = (count: number): number => Math.floor(random() * count);
  const size = 3 + pick(12);
  const requests = Array.from({ length: size }, () => new Set<number>());
  for (let target = 1; target < size; target++) requests[pick(target)]?.add(target);
  for (let extra = pick(size + 1); extra > 0; extra--) {
    const [from, to] = [pick(size), pick(size)];
    // Forwards, unless the profile closes a cycle (a module may also request itself).
    if (chance(profile.cycles)) requests[Math.max(from, to)]?.add(Math.min(from, to));
    else if (from !== to) requests[Math.min(from, to)]?.add(Math.max(from, to));
  }
  const modules = new Map<string, string>();
  requests.forEach((targets, index) => modules.set(`m${index}.js`, writeModule(`m${index}`, shuffle([...targets]))));
  return { seed, entry: 'm0.js', modules };

  function shuffle(targets: number[]): number[] {
    const left = [...targets];
    return targets.map(() => left.splice(pick(left.length), 1)[0] ?? 0);
  }

  function writeModule(name: string, requests: readonly number[]): string {
    const lines: string[] = [];
    for (const target of requests) {
      const form = pick(4);
      if (form === 0) lines.push(`import './m${target}.js';`);
      else if (form === 1) lines.push(`import * as n${target} from './m${target}.js';`);
      else if (form === 2) lines.push(`import { value as v${target}, call as c${target} } from './m${target}.js';`);
      else lines.push(`export * as s${target} from './m${target}.js';`);
      if (form === 1) lines.push(look(`n${target}.value`, target));
      if (form === 2) lines.push(look(`v${target}`, target), look(`c${target}()`, target));
    }
    const body: string[] = [`trace('${name} begins');`];
    const looks = lines.filter(line => line.startsWith('try'));
    const imports = lines.filter(line => !line.startsWith('try'));
    body.push(...looks);
    if (chance(profile.awaits)) {
      const count = 1 + pick(3);
      for (let index = 0; index < count; index++) body.push(wait(`${name} wait ${index}`));
    }
    if (chance(profile.dynamic)) {
      const target = pick(size);
      const report = `.then(() => trace('${name} has m${target}'), error => trace('${name} lost m${target}: ' + error.message))`;
      // Awaiting an ancestor would never end, in an engine too: only later modules are awaited.
      body.push(`${target > Number(name.slice(1)) && profile.cycles === 0 && chance(0.5) ? 'await ' : ''}import('./m${target}.js')${report};`);
    }
    if (chance(profile.throws)) body.splice(1 + pick(body.length), 0, `if (true) throw new Error('${name} throws');`);
    body.push(`export let value = '${name}';`, `export function call() { return value }`, `trace('${name} ends');`);
    return [...imports, ...body, ''].join('\n');
  }

  function wait(name: string): string {
    const write = waits[pick(waits.length)];
    if (!write) throw new Error('The list of waits is empty.');
    return write(name);
  }

  /** A read of an import in a cycle may be dead: what the module sees then is part of the trace. */
  function look(expression: string, target: number): string {
    return `try { trace('sees ' + ${expression}) } catch (error) { trace('m${target} is dead: ' + error.name) }`;
  }
}
