/**
 * Writes the applications that the figures are measured on. The same arguments give the same bytes.
 * Never depends on relup itself: with and without the plugin the same sources are built.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Mulberry32, so that generated text is varied (it is measured gzipped) and yet the same every time. */
function createRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const words = 'account action amount basket billing branch budget button cache carrier cart catalog channel charge city client column config contact coupon credit currency customer cycle date default delivery device discount district document draft entry error event export factor feature field filter folder format gateway group header history import index input invoice item label language layer ledger level limit list locale margin market measure member menu message method metric model month name notice number offer option order owner page parcel partner payment period phone place plan point policy portal price priority product profile project provider quantity query quota rate ratio reason record refund region report request result return review role route row rule sample schedule scope search season section segment service session setting shape share shipment size source stage state status stock store street style subject subscription summary supplier surface table target task tax team template term text theme ticket time title token total tracking transfer type unit update user value vendor version view visit voucher warehouse week weight window worker year zone'.split(' ');
const capital = word => word[0].toUpperCase() + word.slice(1);

/** What an entry adds so that a figure can upgrade it. */
export const followEntry = `import { follow } from 'relup/node';
import { rollback, upgrade } from 'relup/runtime';
export { follow, rollback, upgrade };
`;

function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Function bodies that look like an application's: conditions, loops, strings, objects. `calls` are expressions to mix in. */
function createBodies(random) {
  const pick = list => list[Math.floor(random() * list.length)];
  const name = () => `${pick(words)}${capital(pick(words))}`;
  const number = () => Math.floor(random() * 900) + 2;
  return (argument, call) => pick([
    () => `  const ${name()} = ${argument} * ${number()} + ${number()};\n  if (${argument} > ${number()}) return ${call} + '${pick(words)} ${pick(words)}'.length;\n  return ${argument} % ${number()};`,
    () => { const sum = name(); return `  let ${sum} = ${number()};\n  for (let index = 0; index < ${argument} % ${1 + number() % 7}; index++) ${sum} += index * ${number()};\n  return ${sum} + (${argument} < ${number()} ? 0 : ${call});`; },
    () => { const entry = name(); return `  const ${entry} = { ${pick(words)}: ${argument}, ${name()}: '${pick(words)}-${pick(words)}', ${name()}: [${number()}, ${number()}] };\n  return Object.keys(${entry}).length + (${argument} === ${number()} ? ${call} : ${number()});`; },
    () => `  const text = \`${capital(pick(words))} \${${argument}} of ${pick(words)} ${pick(words)}\`;\n  if (text.includes('${pick(words)}${number()}')) return ${call};\n  return text.length + ${number()};`,
  ])();
}

/**
 * A tree of modules with many exports, under `src/`: `main.js` <- `m0.js` <- `m1.js`, `m2.js` <- ...
 * `total()` calls through all of them and sums their revisions, so that it tells which code answers.
 *
 * Shape: `revision(index)` is a number; a module's text differs exactly where its revision does.
 */
export function writeTree(dir, { modules = 1000, exports = 20, revision = () => 1, entry = '' } = {}) {
  for (let index = 0; index < modules; index++) writeTreeModule(dir, index, { modules, exports, revision: revision(index) });
  write(join(dir, 'src', 'main.js'), `import { total } from './m0.js';\nexport function answer() { return total() }\n${entry}`);
  return join(dir, 'src', 'main.js');
}

/** One module of the tree, for a change in place. */
export function writeTreeModule(dir, index, { modules = 1000, exports = 20, revision = 1 } = {}) {
  const body = createBodies(createRandom(index + 1));
  const children = [2 * index + 1, 2 * index + 2].filter(child => child < modules);
  const lines = children.map(child => `import { total as total${child}, f0 as first${child} } from './m${child}.js';`);
  lines.push(`const revision = ${revision};`);
  lines.push(`export function total() { return revision${children.map(child => ` + total${child}()`).join('')} }`);
  for (let number = 0; number < exports - 1; number++) {
    lines.push(`export function f${number}(value) {\n${body('value', children.length ? `first${children[number % children.length]}(value - 1)` : 'value')}\n}`);
  }
  write(join(dir, 'src', `m${index}.js`), `${lines.join('\n')}\n`);
}

/**
 * An application of a kind that bundles badly: barrel files, exports that nobody uses, developer tools behind
 * `import.meta.env.DEV`. Under `src/`; 12 areas of 20 modules with 6 exports each, of which about a third are used.
 */
export function writeBarrels(dir, { areas = 12, perArea = 20, exports = 6 } = {}) {
  const random = createRandom(4711);
  const body = createBodies(random);
  const pick = list => list[Math.floor(random() * list.length)];
  const uses = [];
  for (let area = 0; area < areas; area++) {
    const names = [];
    for (let index = 0; index < perArea; index++) {
      const own = Array.from({ length: exports }, (_, number) => `${pick(words)}${capital(pick(words))}${area}x${index}x${number}`);
      const other = names.length ? pick(names) : null;
      const lines = [];
      if (other) lines.push(`import { ${other} } from './index.js';`);
      lines.push(`const settings = { ${pick(words)}: ${Math.floor(random() * 99)}, ${pick(words)}s: '${pick(words)} ${pick(words)}' };`);
      own.forEach((name, number) => lines.push(`/** ${capital(pick(words))} of the ${pick(words)} ${pick(words)}. */\nexport function ${name}(value) {\n${body('value', other && number % 2 ? `${other}(value - 1)` : 'Object.keys(settings).length')}\n}`));
      if (index % 5 === 0) lines.push(`if (import.meta.env.DEV) inspect('${own[0]}', ${own[0]});`);
      if (index % 5 === 0) lines.unshift(`import { inspect } from '../devtools/index.js';`);
      write(join(dir, 'src', `area${area}`, `module${index}.js`), `${lines.join('\n')}\n`);
      names.push(...own);
      // A third of the exports is used by the entry.
      own.filter(() => random() < 0.33).forEach(name => uses.push([area, name]));
    }
    write(join(dir, 'src', `area${area}`, 'index.js'), Array.from({ length: perArea }, (_, index) => `export * from './module${index}.js';`).join('\n'));
  }
  write(join(dir, 'src', 'devtools', 'index.js'), `export * from './inspect.js';\nexport * from './panel.js';\n`);
  write(join(dir, 'src', 'devtools', 'inspect.js'), `import { open } from './panel.js';\nexport function inspect(name, value) { open(name, value) }\n`);
  write(join(dir, 'src', 'devtools', 'panel.js'), `const help = ${JSON.stringify(Array.from({ length: 2000 }, () => pick(words)).join(' '))};\nexport function open(name, value) { console.log(help, name, value) }\n`);
  const byArea = Array.from({ length: areas }, (_, area) => `import { ${uses.filter(([of]) => of === area).map(([, name]) => name).join(', ')} } from './area${area}/index.js';`);
  const calls = uses.map(([, name], index) => `  sum += ${name}(start + ${index});`);
  write(join(dir, 'src', 'main.js'), `${byArea.join('\n')}\nexport function answer(start) {\n  let sum = 0;\n${calls.join('\n')}\n  return sum;\n}\nif (import.meta.env.DEV) console.log('development', answer(1));\n`);
  return join(dir, 'src', 'main.js');
}

/** An entry and one large module, `src/large.js`, whose `answer()` is its revision. */
export function writeLarge(dir, { bytes, entry = '' }) {
  const random = createRandom(100);
  const body = createBodies(random);
  const lines = ['const revision = 1;', 'export function answer() { return revision }'];
  let length = 0;
  for (let index = 0; length < bytes; index++) {
    lines.push(`export function f${index}(value) {\n${body('value', index ? `f${Math.floor(random() * index)}(value - 1)` : 'value')}\n}`);
    length += lines.at(-1).length + 1;
  }
  write(join(dir, 'src', 'large.js'), `${lines.join('\n')}\n`);
  write(join(dir, 'src', 'main.js'), `import { answer as read } from './large.js';\nexport function answer() { return read() }\n${entry}`);
  return join(dir, 'src', 'main.js');
}

/** An entry and one module with declared state, `src/state.js`, whose second version has a step for every entry. */
export function writeState(dir, { version, entry = '' }) {
  const steps = `{ version: 2,
  up: { 2: ({ entries }) => ({ entries: entries.map(({ price, name }) => ({ cents: price * 100, name })) }) },
  down: { 1: ({ entries }) => ({ entries: entries.map(({ cents, name }) => ({ price: cents / 100, name })) }) },
}`;
  write(join(dir, 'src', 'state.js'), `import { state } from 'relup';
const stock = state({ entries: [] }, ${version === 1 ? '{ version: 1 }' : steps});
export function fill(count) { stock.entries = Array.from({ length: count }, (_, index) => ({ price: index, name: 'entry ' + index })) }
export function answer() { return stock.entries.length + ${version} }
`);
  write(join(dir, 'src', 'main.js'), `import { answer as read, fill as load } from './state.js';\nexport function answer() { return read() }\nexport function fill(count) { load(count) }\n${entry}`);
  return join(dir, 'src', 'main.js');
}

/** Modules of the layers are `src/l<layer>/m<index>.js`; each imports three of the layer below. */
const layers = 10;

/**
 * A page of many small modules in ten layers, under `index.html` and `src/main.js`: 1,000 or 5,000 of them. A leaf is imported by
 * about 120 modules, over chains of ten. `window.answer[index]()` reads the revision of a leaf through all layers.
 *
 * Shape: `leaves` are indices of leaves whose answers the page shows. With `hot` the entry accepts what a leaf leads to (Vite's best form).
 */
export function writeLayers(dir, { modules = 1000, leaves = [40], hot = false } = {}) {
  const width = modules / layers;
  const above = leaf => Array.from({ length: 2 * layers - 1 }, (_, step) => (leaf - step + width) % width);
  for (let layer = 0; layer < layers; layer++) {
    for (let index = 0; index < width; index++) {
      const body = createBodies(createRandom(layer * width + index + 1));
      const below = [0, 1, 2].map(step => (index + step) % width);
      const lines = layer === layers - 1 ? ['const revision = 1;', 'export function read() { return revision }'] : [
        ...below.map(each => `import { read as read${each}, f0 as first${each} } from '../l${layer + 1}/m${each}.js';`),
        `export function read() { return read${index}() }`,
      ];
      for (let number = 0; number < 6; number++) lines.push(`export function f${number}(value) {\n${body('value', layer === layers - 1 ? 'value' : `first${below[number % 3]}(value - 1)`)}\n}`);
      write(join(dir, 'src', `l${layer}`, `m${index}.js`), `${lines.join('\n')}\n`);
    }
  }
  const main = Array.from({ length: width }, (_, index) => `import { read as read${index} } from './l0/m${index}.js';`);
  main.push(`window.answer = { ...window.answer, ${leaves.map(leaf => `${leaf}: () => read${leaf}()`).join(', ')} };`);
  if (hot) for (const leaf of leaves) main.push(`import.meta.hot.accept(${JSON.stringify(above(leaf).map(index => `./l0/m${index}.js`))}, ([next]) => { if (next) window.answer[${leaf}] = next.read; });`);
  main.push('window.loaded = true;');
  write(join(dir, 'src', 'main.js'), `${main.join('\n')}\n`);
  write(join(dir, 'index.html'), '<!doctype html><title>layers</title><link rel="icon" href="data:,"><script type="module" src="/src/main.js"></script>\n');
}

/** A leaf that accepts itself and shows by itself what is new: nothing above it has to run. */
export const writeAcceptingLeaf = (dir, index) => write(leafFile(dir, index), `${readFileSync(leafFile(dir, index), 'utf8')}(window.answer ??= {})[${index}] = read;\nimport.meta.hot.accept();\n`);

/** The file of a leaf of `writeLayers`. */
export const leafFile = (dir, index) => join(dir, 'src', `l${layers - 1}`, `m${index}.js`);

/**
 * A plain HTTP server of `modules` modules in a chain of services, `src/server.ts` or `.js`, on the port that it is given. Answers
 * `{ revision, visits }`: the code of its last module, and state.
 */
export function writeService(dir, { modules = 50, types = true } = {}) {
  const kind = types ? 'ts' : 'js';
  const number = types ? ': number' : '';
  for (let index = 0; index < modules; index++) {
    const body = createBodies(createRandom(index + 1));
    const isLast = index === modules - 1;
    const lines = isLast ? ['const revision = 1;', `export function read()${number} { return revision }`]
      // A chain of ten, and the others beside it.
      : [`import { read as below, f0 as first } from './m${index % 5 === 4 || index === modules - 2 ? Math.min(modules - 1, index + 5) : index + 1}.${kind}';`, `export function read()${number} { return below() }`];
    for (let each = 0; each < 6; each++) lines.push(`export function f${each}(value${number})${number} {\n${body('value', isLast ? 'value' : 'first(value - 1)')}\n}`);
    write(join(dir, 'src', `m${index}.${kind}`), `${lines.join('\n')}\n`);
  }
  write(join(dir, 'src', `visits.${kind}`), "import { state } from 'relup';\nexport const visits = state({ count: 0 });\n");
  write(join(dir, 'src', `server.${kind}`), `import { createServer } from 'node:http';
import { read } from './m0.${kind}';
import { visits } from './visits.${kind}';
export function answer()${types ? ': string' : ''} { return JSON.stringify({ revision: read(), visits: ++visits.count }) }
createServer((request, response) => { response.end(answer()) }).listen(Number(process.env.PORT), '127.0.0.1');
`);
  return { entry: join(dir, 'src', `server.${kind}`), leaf: join(dir, 'src', `m${modules - 1}.${kind}`) };
}
