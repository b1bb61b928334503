/**
 * The program of the nine rows. `main` imports `v` from `b`, which re-exports `c`, and `Foo` and `fn` from `lib`; `main` never runs
 * again. What a user writes differs by tool: who accepts an update, and how something is said that has to be stopped.
 */

/** What the program tells the one who looks: put in place before the program loads. */
export const recorder = `globalThis.seen = { ran: [], stopped: [], ticks: {}, given: null, problems: [] };
globalThis.tick = (name) => { seen.ticks[name] = (seen.ticks[name] ?? 0) + 1; };
`;

/** How long the program's timer waits between two ticks. */
export const tickMs = 20;

/**
 * The tools' own words. `hot` is the object of the API, without it the program uses relup's.
 * Shape of `accepts`, all optional: `main`: the specifiers that main accepts; `b`: b accepts itself; `byHand`: b accepts c
 * and copies the binding, main those of lib, as Vite's documentation asks; `onError`: main hands in an error handler (webpack only has one).
 */
export function createProgram({ hot = null, accepts = {} } = {}) {
  const when = (...lines) => (hot ? `if (${hot}) {\n${lines.map(line => `  ${line}\n`).join('')}}\n` : '');
  const accept = specifier =>
    `${hot}.accept('./${specifier}.js', (module) => { ${accepts.byHand ? 'if (module) ({ Foo, fn } = module); ' : ''}seen.given = module && module.fn ? module.fn() : fn(); }${accepts.onError ? ', (error) => { seen.problems.push(error.message); }' : ''});`;

  const main = `import { v } from './b.js';
${accepts.byHand ? `import { Foo as FirstFoo, fn as firstFn } from './lib.js';\n\nlet Foo = FirstFoo;\nlet fn = firstFn;` : `import { Foo, fn } from './lib.js';`}

let saved = null;

/** Keep an instance and a reference, as a program has that runs for a while. */
export function save() {
  saved = { instance: new Foo(), call: fn };
}

/** What \`lib\` exports now, to who asks now. Not part of \`look\`: some tools run a broken module again for it. */
export async function late() {
  const lib = await import('./lib.js');
  return lib.added ? lib.added() : null;
}

export function look() {
  return {
    v, fn: fn(), reference: saved?.call(), instanceOf: saved?.instance instanceof Foo, method: saved?.instance.method(),
    fresh: new Foo().method(), ...seen,
  };
}
${when(...(accepts.main ?? []).map(accept))}`;

  const b = accepts.byHand
    ? `import { v as first } from './c.js';\nexport let v = first;\n${when(`${hot}.accept('./c.js', (next) => { if (next) v = next.v; });`)}`
    : `export { v } from './c.js';\n${accepts.b ? when(`${hot}.accept();`) : ''}`;

  const c = word => (hot
    ? `export const v = '${word}';\nseen.ran.push('c ${word}');\n${when(`${hot}.dispose(() => { seen.stopped.push('c ${word}'); });`)}`
    : `import { effect } from 'relup';\nexport const v = '${word}';\neffect(() => {\n  seen.ran.push('c ${word}');\n  return () => { seen.stopped.push('c ${word}'); };\n});\n`);

  /**
   * The two disposers of `lib`. The one that ends the timer is the last: with a tool that keeps only the last one it is the one
   * that runs, so that a timer which goes on is never an accident.
   */
  const runs = word => (hot
    ? `const timer = setInterval(() => tick('${word}'), ${tickMs});
${when(`${hot}.dispose(() => { seen.stopped.push('lib ${word}, first'); });`, `${hot}.dispose(() => { clearInterval(timer); seen.stopped.push('lib ${word}, second'); });`)}`
    : `effect(() => {
  seen.ran.push('lib ${word}');
  return () => { seen.stopped.push('lib ${word}, first'); };
});
effect(() => {
  const timer = setInterval(() => tick('${word}'), ${tickMs});
  return () => { clearInterval(timer); seen.stopped.push('lib ${word}, second'); };
});
`);

  /** `extended`: with an export, a method, a field with its hook and a top-level binding more. `broken`: throws at 'start' or 'end'. */
  const lib = (word, { extended = false, broken = null } = {}) => {
    const fails = `throw new Error('lib ${word} is broken');\n`;
    return `${hot ? '' : `import { effect } from 'relup';\n`}${hot ? `seen.ran.push('lib ${word} begins');\n` : ''}${broken === 'start' ? fails : ''}${extended ? `const mark = '!';
export function added() { return 'added' + mark; }
` : ''}export class Foo {
  count = 1;
${extended ? `  unit = 'kg';
  static upgrade(instance, { added }) { if (added.includes('unit')) instance.unit = 'g'; }
  weight() { return this.count + this.unit + mark; }
` : ''}  method() { return '${word} ' + ${extended ? 'this.weight()' : 'this.count'}; }
}
export function fn() { return '${word}'${extended ? ' + mark' : ''}; }
${runs(word)}${broken === 'end' ? fails : ''}${hot ? `seen.ran.push('lib ${word}');\n` : ''}`;
  };

  return { files: { 'main.js': main, 'b.js': b, 'c.js': c('one'), 'lib.js': lib('one') }, c, lib };
}

/** What `lib` answers at a word. The field of a new instance comes from its initialiser, that of a saved one from the hook. */
export const answers = (word, extended) => ({ fn: extended ? `${word}!` : word, fresh: extended ? `${word} 1kg!` : `${word} 1`, method: extended ? `${word} 1g!` : `${word} 1` });
